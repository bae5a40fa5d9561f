#compdef sweepformer
# zsh completion of sweepformer: asks the program, `sweepformer complete -- WORDS`.
_sweepformer() {
  local line text
  local -a closed open
  for line in "${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
      :files*)
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files -g "*${line##*[ s]}"
        ;;
      :folders)
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files -/
        ;;
      ?*)
        text=${line%%$'\t'*}
        line="${text//:/\\:}:${line#*$'\t'}"
        if [[ $text == *= ]]; then open+=("$line"); else closed+=("$line"); fi
        ;;
    esac
  done
  (( $#open )) && _describe sweepformer open -S ''
  (( $#closed )) && _describe sweepformer closed
}
if [[ $funcstack[1] == _sweepformer ]]; then
  _sweepformer "$@"
elif (( $+functions[compdef] )); then
  compdef _sweepformer sweepformer
fi

# bash completion of sweepformer: asks the program, `sweepformer complete -- WORDS`.
_sweepformer() {
  local line word kept i words=() last=${COMP_WORDS[COMP_CWORD]}
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]//\\/}  # "lr\ s" is typed for "lr s"
    # bash takes '=' and ':' for words of their own, sweepformer does not
    if [[ ${#words[@]} -gt 0 && ($word == [=:] || (${COMP_WORDS[i - 1]} == [=:] && -n $word)) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  [[ $last == [=:] ]] && last= word=
  kept=${words[-1]%"$word"}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files*)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X "!*${line##*[ s]}" -- "$last"; compgen -d -- "$last")
        ;;
      :folders)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$last")
        ;;
      *)
        line=${line%%$'\t'*}
        line=${line#"$kept"}
        [[ $line == *[[:blank:]]* ]] && printf -v line %q "$line"
        COMPREPLY+=("$line")
        ;;
    esac
  done < <("$1" complete -- "${words[@]}" 2>/dev/null)
  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _sweepformer sweepformer

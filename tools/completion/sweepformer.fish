# fish completion of sweepformer: asks the program, `sweepformer complete -- WORDS`.
function __sweepformer_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    for line in ($before[1] complete -- $before[2..] "$typed" 2>/dev/null)
        switch $line
            case ':files .*'
                __fish_complete_suffix (string replace ':files ' '' -- $line)
            case ':files'
                __fish_complete_path "$typed"
            case ':folders'
                __fish_complete_directories "$typed"
            case '*'
                echo $line
        end
    end
end
complete -c sweepformer -f -a '(__sweepformer_complete)'

namespace SandboxApi.Cli.Completion;

/// <summary>
/// What a shell reads to complete our command line. Each asks the program itself, which answers with the kind of path on the first line and then a word a line;
/// nothing that comes back is run.
/// </summary>
internal static class CompletionScripts
{
    internal static readonly string[] Shells = ["bash", "zsh", "fish"];

    internal static string Of(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };

    private const string Bash = """
        # Completion of sandbox for bash: eval "$(sandbox completion bash)"
        _sandbox() {
            local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} kind='' candidate
            if [[ $program == '~/'* ]]; then program=$HOME/${program:2}; fi
            COMPREPLY=()
            {
                IFS= read -r kind
                while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done
            } < <("$program" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
            if [[ $current == '=' ]]; then current=''; fi
            case $kind in
                files)
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$current")
                    ;;
                directories)
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -d -- "$current")
                    ;;
            esac
        }
        complete -F _sandbox sandbox

        """;

    private const string Zsh = """
        #compdef sandbox
        # Completion of sandbox for zsh: eval "$(sandbox completion zsh)", or save it as _sandbox in a directory of $fpath.
        _sandbox() {
            local program=${words[1]/#\~\//$HOME/}
            local -a lines candidates
            lines=("${(@f)$("$program" __complete "${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
            candidates=("${(@)${(@)lines[2,-1]}:#}")
            (( $#candidates )) && compadd -- "${(@)candidates}"
            case $lines[1] in
                files)
                    compset -P '--*='
                    _files
                    ;;
                directories)
                    compset -P '--*='
                    _files -/
                    ;;
            esac
        }
        if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
            _sandbox "$@"
        elif (( $+functions[compdef] )); then
            compdef _sandbox sandbox
        else
            autoload -Uz compinit && compinit && compdef _sandbox sandbox
        fi

        """;

    private const string Fish = """
        # Completion of sandbox for fish: sandbox completion fish | source
        function __sandbox_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
            set -l lines ($program __complete $words[2..-1] "$current" 2>/dev/null </dev/null)
            for candidate in $lines[2..-1]
                echo -- $candidate
            end
            set -l prefix (string match -r '^--[^=]+=' -- $current)
            set -l path (string replace -r '^--[^=]+=' '' -- $current)
            switch "$lines[1]"
                case files
                    for candidate in (__fish_complete_path "$path")
                        echo -- "$prefix$candidate"
                    end
                case directories
                    for candidate in (__fish_complete_directories "$path" '')
                        echo -- "$prefix$candidate"
                    end
            end
        end
        complete -c sandbox -f -a '(__sandbox_complete)'

        """;
}

import ArgumentParser
import Workflows

/// Prints what a shell needs for `headgate switch` to go where it says, because a program cannot change the directory of
/// the shell that started it.
struct ShellInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell-init", abstract: "Print the function with which `headgate switch` takes your shell along",
        discussion: """
            Add one of these lines to your shell's start file, and `headgate switch BRANCH` goes to the branch's workspace:
              bash, ~/.bashrc:                    eval "$(headgate shell-init bash)"
              zsh, ~/.zshrc:                      eval "$(headgate shell-init zsh)"
              fish, ~/.config/fish/config.fish:   headgate shell-init fish | source
            The path is printed all the same, so that cd "$(headgate switch BRANCH)" keeps working.
            Example: headgate shell-init bash
            """)

    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish")
    var shell: Kind

    func run() async throws {
        switch shell {
        case .bash, .zsh: Launch.required.output.answerText(Self.posix)
        case .fish: Launch.required.output.answerText(Self.fish)
        }
    }

    /// `status` is a name of zsh's own, so none of the variables is called that.
    private static let posix = """
        # Lets `headgate switch` take this shell along. Made by `headgate shell-init`.
        headgate() {
            if [ "${1-}" != switch ]; then
                command headgate "$@"
                return
            fi
            local headgate_word headgate_place
            for headgate_word in "$@"; do
                case $headgate_word in
                --) break ;;
                -h | --help | --json)
                    command headgate "$@"
                    return
                    ;;
                esac
            done
            headgate_place=$(command headgate "$@") || return
            printf '%s\\n' "$headgate_place"
            if [ -d "$headgate_place" ]; then cd -- "$headgate_place" || return; fi
        }

        """

    private static let fish = """
        # Lets `headgate switch` take this shell along. Made by `headgate shell-init`.
        function headgate
            if test "$argv[1]" != switch
                command headgate $argv
                return
            end
            for headgate_word in $argv
                switch $headgate_word
                    case --
                        break
                    case -h --help --json
                        command headgate $argv
                        return
                end
            end
            set -l headgate_place (command headgate $argv)
            or return
            printf '%s\\n' $headgate_place
            if test -d "$headgate_place"
                cd -- $headgate_place
            end
        end

        """
}

import ArgumentParser
import Model

/// The commands that a command line names, such as `env list`, as far as they exist.
struct CommandPath {
    /// Their names; empty for `headgate` itself.
    private(set) var names: [String] = []
    /// The word where a command was expected and none of that name exists, with the names that would do.
    private(set) var unknown: (word: String, known: [String])?

    init(_ arguments: [String], from root: any ParsableCommand.Type) {
        var command = root
        for word in arguments {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, !word.hasPrefix("-"), !(names.isEmpty && word == "help") else { return }
            guard let next = commands.first(where: { $0._commandName == word }) else {
                unknown = (word, commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName })
                return
            }
            names.append(word)
            command = next
        }
    }

    /// The command that shows how it is used.
    var help: String { (["headgate", "help"] + names).joined(separator: " ") }

    /// Throws when a word stands where a command was expected.
    func check() throws {
        guard let unknown else { return }
        let whole = (["headgate"] + names + [unknown.word]).joined(separator: " ")
        let close = unknown.known.filter { Spelling.distance($0, unknown.word) <= 2 }.sorted()
        throw UsageError(
            "there is no command `\(whole)`",
            remedy: close.isEmpty
                ? "`\(help)` lists the commands"
                : "did you mean "
                    + close.map { "`\((["headgate"] + names + [$0]).joined(separator: " "))`" }
                    .joined(separator: " or ") + "?")
    }
}

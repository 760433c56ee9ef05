import ArgumentParser
import Model
import SystemPackage
import Workflows

/// The option that every command which answers something has.
struct AnswerOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON object instead of text")
    var json = false
}

/// Which environment a command is about.
struct EnvironmentOptions: ParsableArguments {
    @Option(
        name: .customLong("env"), help: ArgumentHelp("The branch whose environment is meant", valueName: "branch"), transform: branchName)
    var branch: BranchName?
}

/// Reads a branch's name from the command line.
@Sendable func branchName(_ text: String) throws -> BranchName {
    guard let name = BranchName(text) else { throw ValidationError("Git allows no branch of that name") }
    return name
}

extension MergeMethod: ExpressibleByArgument {}

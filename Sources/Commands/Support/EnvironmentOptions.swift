import ArgumentParser
import Model

/// Which environment a command is about.
struct EnvironmentOptions: ParsableArguments {
    @Option(
        name: .customLong("env"), help: ArgumentHelp("The branch whose environment is meant", valueName: "branch"),
        transform: branchName)
    var branch: BranchName?
}

/// Reads a branch's name from the command line.
@Sendable func branchName(_ text: String) throws -> BranchName {
    guard let name = BranchName(text) else { throw ValidationError("Git allows no branch of that name") }
    return name
}

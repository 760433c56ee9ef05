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
    @Option(name: .customLong("env"), help: ArgumentHelp("The branch whose environment is meant", valueName: "branch"))
    var branch: BranchName?
}

extension BranchName: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension MergeMethod: ExpressibleByArgument {}

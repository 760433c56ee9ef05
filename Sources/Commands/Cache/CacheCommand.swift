import ArgumentParser

struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Say how large the cache of step outputs is, or make it smaller",
        discussion: "Example: headgate cache", subcommands: [CacheShow.self, CachePrune.self],
        defaultSubcommand: CacheShow.self)
}

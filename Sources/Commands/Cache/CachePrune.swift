import ArgumentParser
import Model
import Reporting
import Workflows

struct CachePrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Forget the least recently used results until the cache is within its limit",
        discussion: """
            What an environment has in place is kept; whatever is forgotten is computed again when it is needed. Runs do this
            by themselves when the cache has outgrown `store.cache`.
            Example: headgate cache prune
                     headgate cache prune --limit 5GB
            """)

    @Option(help: ArgumentHelp("Another limit than `store.cache`, such as 5GB", valueName: "size"))
    var limit: String?

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let size = try limit.map { text in
            guard let size = ByteCount(text) else {
                throw UsageError("`--limit \(text)` is no size", remedy: "write it like 500MB, 20GB or 4GiB")
            }
            return size
        }
        let report = try await CareForCache(try await launch.openProject()).prune(to: size)
        if answer.json { return try launch.output.answer(CacheDocument(report)) }
        launch.output.message(
            "freed \(report.freed.readable); \(report.results) results, \(report.bytes.readable) are left")
        if report.bytes > size ?? report.limit {
            launch.output.message("what is left beyond the limit is in use by environments; see `headgate prune`")
        }
    }
}

import ArgumentParser
import Model
import Reporting
import Workflows

struct CacheShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say how large the cache is (the default)",
        discussion: "Example: headgate cache show --json")

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let report = try await CareForCache(try await launch.openProject())()
        if answer.json { return try launch.output.answer(CacheDocument(report)) }
        let results = report.results == 1 ? "1 result" : "\(report.results) results"
        launch.output.answer("\(results), \(report.bytes.readable) of \(report.limit.readable)")
        launch.output.answer(launch.output.style.dim(TerminalText.escaped(report.directory.string)))
    }
}

extension CacheDocument {
    init(_ report: CareForCache.Report) {
        self.init(
            path: report.directory, bytes: report.bytes, results: report.results, limit: report.limit,
            freed: report.freed)
    }
}

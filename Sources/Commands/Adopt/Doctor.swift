import ArgumentParser
import Model
import Reporting
import Workflows

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look whether everything Headgate needs and keeps is in order",
        discussion: "Exit code 1 when something is not.\nExample: headgate doctor")

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let launch = Launch.required
        let project = try await Project.openToExamine(at: launch.directory, host: launch.host)
        let checks = try await CheckHealth(project)()
        if answer.json {
            try launch.output.answer(
                DoctorDocument(
                    checks.map {
                        .init(id: $0.id, outcome: .init($0.outcome), message: $0.message, remedy: $0.remedy)
                    }))
        } else {
            let style = launch.output.style
            for check in checks {
                let word: String =
                    switch check.outcome {
                    case .passed: style.green("passed ")
                    case .failed: style.red("failed ")
                    case .skipped: style.dim("skipped")
                    }
                launch.output.answer("\(word)  \(check.id.padded(to: 13))  \(TerminalText.escaped(check.message))")
                if check.outcome == .failed, let remedy = check.remedy {
                    launch.output.answer("         " + style.dim("mend: ") + TerminalText.escaped(remedy))
                }
            }
        }
        if checks.contains(where: { $0.outcome == .failed }) { throw Answered(status: .refused) }
    }
}

extension DoctorDocument.Check.Outcome {
    init(_ outcome: CheckHealth.Outcome) {
        switch outcome {
        case .passed: self = .passed
        case .failed: self = .failed
        case .skipped: self = .skipped
        }
    }
}

import Model
import Reporting
import Workflows

/// How a gate that is closed is opened, in sentences.
enum RemedyText {
    /// What helps where data is too old: no commit does.
    static func refresh(_ branch: BranchName) -> String {
        "bring newer data to where the source is, then `headgate env update \(shellWord(branch.rawValue))`"
    }

    static func sentences(
        _ remedies: [LandBranch.Remedy], branch: BranchName, target: BranchName
    ) -> [String] {
        var sentences: [String] = []
        var acknowledged: [String] = []
        for remedy in remedies {
            switch remedy {
            case .mendBranch: sentences.append("mend it on \(branch), commit, and try again")
            case .refreshData: sentences.append(refresh(target) + ", and try again")
            case .mendTests: sentences.append("make the test run: its message says what is missing")
            case .addTests:
                sentences.append(
                    "give a step or a source in headgate.yaml on \(branch) a test, such as `row_count: {min: 1}`, "
                        + "commit, and try again")
            case .addStep: sentences.append("bring the step back on \(branch), commit, and try again")
            case .changePolicy:
                sentences.append("take that back on \(branch), or land a policy on \(target) first that allows it")
            case .acknowledge(let id): acknowledged.append("--acknowledge \(shellWord(id))")
            case .isolate(let level):
                sentences.append("make `\(level.rawValue)` possible here: `headgate doctor` says what is missing")
            case .cleanRun:
                sentences.append(
                    "let no step change what Git tracks, what is pinned, or what another step made; commit, and try again"
                )
            case .judge: sentences.append("leave out `--no-run`")
            }
        }
        if !acknowledged.isEmpty {
            let flags = acknowledged.joined(separator: " ")
            sentences.append(
                "where that is meant: `headgate merge \(shellWord(branch.rawValue)) "
                    + "--into \(shellWord(target.rawValue)) \(flags) --reason …`")
        }
        return sentences
    }
}

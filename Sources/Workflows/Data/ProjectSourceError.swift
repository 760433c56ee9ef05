import Git
import Model
import SystemPackage

/// Why what another project made cannot be pinned.
public enum ProjectSourceError: DiagnosableError, Equatable {
    /// Nothing is there, or no repository, or one without a working tree.
    case noRepository(source: String, FilePath, reason: String)
    /// It is the repository of the project that reads the source.
    case ownRepository(source: String, FilePath)
    /// The commit has no `headgate.yaml`; without a commit, the working tree has none.
    case noConfiguration(source: String, FilePath, ObjectID?)
    /// Its `headgate.yaml` does not read at that commit.
    case brokenConfiguration(source: String, FilePath, ObjectID, reason: String)
    /// Headgate was never used there.
    case nothingRecorded(source: String, FilePath)
    case noReference(source: String, FilePath, String?)
    /// No step declares the output, or the step that is named has none or several.
    case noOutput(source: String, output: String, project: String, known: [String])
    case linkOutput(source: String, output: String)
    /// No verdict, one that lets nothing land, or one that does not hold any more.
    case notProven(source: String, project: String, FilePath, reference: String, ObjectID, reason: String, Proof)
    /// The commit passed, but what it made is not at hand.
    ///
    /// `branch` is the one whose run there makes it again; `nil` where only a new verdict helps.
    case noData(
        source: String, project: String, FilePath, reference: String, ObjectID, reason: String, branch: BranchName?)

    /// What would prove the commit.
    public enum Proof: Equatable, Sendable {
        case landing
        case look
        /// Nothing lands where the reference points: a protected branch has to be named, one of these patterns.
        case protectedReference([String])
    }

    public var diagnosis: Diagnosis {
        switch self {
        case .noRepository(let source, let path, let reason):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned", reason: reason,
                remedy: "set `sources: \(source): repository:` to the top of the other project's working tree, "
                    + "or make \(path) one")
        case .ownRepository(let source, let path):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned", reason: "\(path) is this very repository",
                remedy: "name the step's output in `inputs`; `kind: project` is for other projects")
        case .noConfiguration(let source, let path, let commit):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned",
                reason: "\(path) has no headgate.yaml" + (commit.map { " at \($0.short)" } ?? ""),
                remedy: "run `headgate init` there, or use `kind: files`")
        case .brokenConfiguration(let source, let path, let commit, let reason):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned",
                reason: "the headgate.yaml of \(path) is wrong at \(commit.short): \(reason)",
                remedy: "mend it there, and land that")
        case .nothingRecorded(let source, let path):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned",
                reason: "Headgate has recorded nothing at \(path) yet, so nothing there has passed",
                remedy: "land a change there (in \(path): `headgate merge <branch>`)")
        case .noReference(let source, let path, let reference):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned",
                reason: reference.map { "\(path) has no branch, tag or commit `\($0)`" }
                    ?? "\(path) has no protected branch",
                remedy: "name one in `sources: \(source): ref:`")
        case .noOutput(let source, let output, let project, let known):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned",
                reason: "`\(output)` is neither an output of \(project) nor a step with exactly one",
                remedy: known.isEmpty
                    ? "give a step of \(project) an output"
                    : "set `sources: \(source): output:` to one of: \(known.prefix(10).joined(separator: ", "))"
                        + (known.count > 10 ? ", …" : ""))
        case .linkOutput(let source, let output):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned", reason: "`\(output)` is a symbolic link there",
                remedy: "name the output that holds the data")
        case .notProven(let source, let project, let path, let reference, let commit, let reason, let proof):
            Diagnosis(
                problem: "the source `\(source)` cannot be pinned as it is now",
                reason: "\(commit.short), at which \(reference) of \(project) stands, \(reason)",
                remedy: remedy(proof, source, path, commit) + "; what was pinned before stays in use")
        case .noData(let source, let project, let path, let reference, let commit, let reason, let branch):
            Diagnosis(
                problem: "the data of the source `\(source)` is not at hand",
                reason: "\(commit.short), at which \(reference) of \(project) stands, passed; \(reason)",
                remedy: branch.map { "make it again (in \(path): `headgate run --env \(quoted($0))`), then try again" }
                    ?? "land a change there on this machine (in \(path): `headgate merge <branch>`), then try again")
        }
    }

    private func remedy(_ proof: Proof, _ source: String, _ path: FilePath, _ commit: ObjectID) -> String {
        switch proof {
        case .landing: "land a change there (in \(path): `headgate merge <branch>`)"
        case .look: "look there (in \(path): `headgate verify \(commit.short)`)"
        case .protectedReference(let names):
            "name a protected branch in `sources: \(source): ref:`"
                + (names.isEmpty ? "" : ", there: \(names.joined(separator: ", "))")
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .noRepository, .ownRepository, .noConfiguration, .brokenConfiguration, .noReference, .noOutput,
            .linkOutput:
            .configuration
        case .notProven, .nothingRecorded: .refused
        case .noData: .inputOutput
        }
    }
}

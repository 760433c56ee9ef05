import Model
import SystemPackage

/// What is wrong with a pipeline, or keeps it from being checked or run.
public enum PipelineError: DiagnosableError, Equatable {
    /// A step with the line that declares it.
    public struct Place: Sendable, Hashable, CustomStringConvertible {
        public var step: String
        public var line: SourceLine?

        public init(step: String, line: SourceLine? = nil) {
            self.step = step
            self.line = line
        }

        public init(_ step: ResolvedStep) {
            self.step = step.id
            self.line = step.line
        }

        /// Such as `clean (headgate.yaml:12)`.
        public var description: String {
            line.map { "`\(step)` (headgate.yaml:\($0.line))" } ?? "`\(step)`"
        }
    }

    /// Each step depends on the next, and the last on the first.
    case cycle([Place])
    /// A step's input covers one of its own outputs.
    case readsOwnOutput(input: String, output: String, Place)
    case duplicateStep(Place, Place)
    /// Two steps write the same path, or one writes inside what the other writes.
    case duplicateOutput(String, Place, Place)
    case outputInSource(output: String, Place, source: String, path: String)
    case outputIsPattern(String, Place)
    /// An output with the name of a file is a directory, in which the pattern of the second step may match.
    case directoryNotDeclared(String, Place, input: String, Place)
    /// Absolute, with `..`, or inside Git's or Headgate's own directory.
    case pathNotAllowed(String, Place)
    case missingInput(String, Place)
    /// An input that Git tracks, and that is not in the working tree.
    ///
    /// With `leftOut`, its sparse checkout keeps it out: `leftOut` is what to add to that.
    case inputNotCheckedOut(String, Place, leftOut: String?)
    case unknownNeed(String, Place, similar: String?)
    case unknownStep(String, similar: String?)
    /// The source has no pinned data at hand.
    case sourceNotPinned(String)
    case inputChanged(FilePath)
    /// Something other than a file, link or directory.
    case inputNotReadable(String, kind: String)
    case missingSecret(String, Place)
    /// A hermetic step must say what it reads, and nothing but the sandbox can hide the rest.
    case notHermetic(Place, because: String)
    /// A container step, and no engine at hand.
    case noContainerEngine(Place)
    /// podman or docker is there and does not answer, or not as either does.
    case silentContainerEngine(FilePath, reason: String?)
    /// A step without a sandbox would change the live data of a writable source.
    case liveData(source: String, path: String, Place)

    public var diagnosis: Diagnosis {
        switch self {
        case .cycle(let places):
            Diagnosis(
                problem: "the steps depend on each other in a circle",
                reason: (places + places.prefix(1)).map(\.description).joined(separator: " needs "),
                remedy: "take one of these inputs or `needs` away")
        case .readsOwnOutput(let input, let output, let place):
            Diagnosis(
                problem: "\(place) reads what it writes",
                reason: "its input `\(input)` covers its output `\(output)`, so it would never be up to date",
                remedy: "write elsewhere, or name the inputs more narrowly")
        case .duplicateStep(let one, let other):
            Diagnosis(problem: "two steps have the same name", reason: "\(one) and \(other)", remedy: "rename one")
        case .duplicateOutput(let path, let one, let other):
            Diagnosis(
                problem: "two steps write `\(path)`", reason: "\(one) and \(other)",
                remedy: "give each step outputs of its own")
        case .outputInSource(let output, let place, let source, let path):
            Diagnosis(
                problem: "\(place) would write into a source",
                reason: "its output `\(output)` overlaps `\(path)`, where the source `\(source)` is shown read-only",
                remedy: "write elsewhere, or give the source `writable: true`")
        case .outputIsPattern(let output, let place):
            Diagnosis(
                problem: "\(place) declares a pattern as an output", reason: "`\(output)` holds `*` or `?`",
                remedy: "declare the directory that holds the files")
        case .directoryNotDeclared(let path, let place, let input, let reader):
            Diagnosis(
                problem: "the output `\(path)` of \(place) is a directory with the name of a file",
                reason: "\(reader) reads `\(input)`, which may match inside it, and does not wait for it",
                remedy:
                    "add `needs: [\(place.step)]` to \(reader), narrow its pattern, or name the directory without an extension"
            )
        case .pathNotAllowed(let path, let place):
            Diagnosis(
                problem: "\(place) declares `\(path)`, which cannot be an input or output",
                reason: "paths are relative to the project's root, without `..`, and not in `.git` or `.headgate`")
        case .missingInput(let path, let place):
            Diagnosis(
                problem: "\(place) reads `\(path)`, which does not exist and which no step makes",
                remedy: "create it, correct the path, or declare it as an output of the step that makes it")
        case .inputNotCheckedOut(let path, let place, nil):
            Diagnosis(
                problem: "\(place) reads `\(path)`, which is not there",
                reason: "Git tracks it: it was deleted here", remedy: "run `git restore \(shellWord(path))`")
        case .inputNotCheckedOut(let path, let place, let pattern?):
            Diagnosis(
                problem: "\(place) reads `\(path)`, which is not there",
                reason: "Git tracks it, and the sparse checkout leaves it out",
                remedy: "run `git sparse-checkout add \(shellWord(pattern))`")
        case .unknownNeed(let name, let place, let similar):
            Diagnosis(
                problem: "\(place) needs `\(name)`, which is neither a step nor a source",
                remedy: similar.map { "did you mean `\($0)`?" })
        case .unknownStep(let name, let similar):
            Diagnosis(
                problem: "there is no step `\(name)`",
                remedy: similar.map { "did you mean `\($0)`?" } ?? "`headgate plan` lists the steps")
        case .sourceNotPinned(let name):
            Diagnosis(
                problem: "the source `\(name)` has no pinned data here", remedy: "run `headgate env update`")
        case .inputChanged(let path):
            Diagnosis(
                problem: "\(path) changed while it was read",
                reason: "what a step reads must stand still while the run looks at it",
                remedy: "let the writer finish, then run again")
        case .inputNotReadable(let path, let kind):
            Diagnosis(problem: "`\(path)` cannot be an input or output", reason: "it is a \(kind)")
        case .missingSecret(let name, let place):
            Diagnosis(
                problem: "\(place) needs the secret `\(name)`, which has no value here",
                remedy: "set the variable \(name), or write it to the project's secrets file")
        case .notHermetic(let place, let reason):
            Diagnosis(problem: "\(place) cannot run hermetically", reason: reason)
        case .noContainerEngine(let place):
            Diagnosis(
                problem: "\(place) runs in a container, and neither podman nor docker was found",
                remedy: "install podman")
        case .silentContainerEngine(let engine, let reason):
            Diagnosis(
                problem: "\(engine) does not say whom its containers run as", reason: reason,
                remedy: "see whether `\(engine.lastComponent?.string ?? "podman") info` works")
        case .liveData(let source, let path, let place):
            Diagnosis(
                problem: "\(place) would change the live data of the source `\(source)`",
                reason:
                    "`\(path)` holds it in this workspace, and only a sandbox can show the environment's own copy there",
                remedy:
                    "run it in a linked workspace (`headgate switch`), let it run in the sandbox, or move the data and "
                    + "name its place in `sources: \(source): location:`")
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .inputChanged: .tryAgain
        case .unknownStep: .usage
        case .noContainerEngine, .silentContainerEngine, .notHermetic, .liveData: .refused
        default: .configuration
        }
    }
}

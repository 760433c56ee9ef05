/// Something that Git has begun in a working tree and not finished.
public enum GitOperation: String, Hashable, Sendable, CaseIterable {
    case rebase
    case merge
    case cherryPick = "cherry-pick"
    case revert
    case bisect
    case applyMailbox = "am"

    /// The git command that gives it up.
    public var abortCommand: String {
        switch self {
        case .bisect: "bisect reset"
        default: rawValue + " --abort"
        }
    }
}

import Model
import SystemPackage

/// A hook that Headgate can install; the raw value is Git's name for it.
public enum HookName: String, Hashable, Sendable, Codable, CaseIterable {
    case postCheckout = "post-checkout"
    case preMergeCommit = "pre-merge-commit"
    case prePush = "pre-push"
    case postMerge = "post-merge"
    case postRewrite = "post-rewrite"
    case referenceTransaction = "reference-transaction"
    case preReceive = "pre-receive"

    /// Those of a repository that people work in.
    public static let client: [HookName] = [
        .postCheckout, .preMergeCommit, .prePush, .postMerge, .postRewrite, .referenceTransaction,
    ]
    /// Those of a bare repository that people push to.
    public static let server: [HookName] = [.preReceive, .referenceTransaction]
}

/// One change that installing makes, by itself atomic, and undone exactly by reverting it.
///
/// Applying a change that is in effect, or reverting one that is not, does nothing: so a list of them can be journaled and
/// taken up again after a crash.
public enum HookChange: Hashable, Sendable, Codable {
    /// The hooks directory is made.
    case makeDirectory(FilePath)
    /// Our program is put at `path`; the hook that is there goes to `chained` first and is run by ours.
    case install(HookName, at: FilePath, chaining: FilePath?)
    /// Our program at `path` is of another version and is replaced. Reverting leaves the newer one.
    case update(HookName, at: FilePath)
    /// `key = value` is added to the repository's own configuration.
    case addConfiguration(key: String, value: String)

    /// What the change does, for people.
    public var summary: String {
        switch self {
        case .makeDirectory(let path): "make the directory \(path)"
        case .install(_, let path, nil): "add the hook \(path)"
        case .install(_, let path, let chained?): "add the hook \(path); the one there now stays in use as \(chained)"
        case .update(_, let path): "bring the hook \(path) up to date"
        case .addConfiguration(let key, let value): "git config --add \(key) \(shellWord(value))"
        }
    }
}

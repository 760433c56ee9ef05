import Model
import SystemPackage

/// One entry of a Git tree that is not itself a tree.
public struct TrackedFile: Hashable, Sendable {
    /// What Git keeps of a file's mode.
    public enum Mode: Int32, Hashable, Sendable {
        case file = 0o100644
        case executable = 0o100755
        case symbolicLink = 0o120000
        /// A commit of another repository.
        case submodule = 0o160000
    }

    /// Relative to the top of the tree, byte by byte.
    public let path: FilePath
    public let mode: Mode
    /// The blob, or for a submodule the commit.
    public let id: ObjectID

    public init(path: FilePath, mode: Mode, id: ObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }
}

/// How one path differs between two trees.
public struct ChangedPath: Hashable, Sendable {
    /// What happened to it.
    public enum Kind: Hashable, Sendable {
        case added, deleted, modified
        /// A file became a link or a submodule, or the other way round.
        case typeChanged
    }

    public let path: FilePath
    public let kind: Kind

    public init(path: FilePath, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

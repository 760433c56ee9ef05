import Model
import SystemPackage

/// One entry of a tree.
public struct TreeEntry: Sendable, Hashable {
    /// The path relative to the root of the walk, byte by byte as the file system has it.
    public let path: FilePath
    public let status: FileStatus

    public init(path: FilePath, status: FileStatus) {
        self.path = path
        self.status = status
    }
}

/// Lists trees.
public enum TreeWalk {
    /// Returns everything beneath `root`, which is not itself listed, in the order of the bytes of the paths.
    ///
    /// Links are listed, not followed; other file systems mounted inside are entered. A file that vanishes during
    /// the walk is left out.
    ///
    /// - Parameter width: how many threads look at once.
    public static func list(_ root: FilePath, width: Int = 1) throws(HostError) -> [TreeEntry] { [] }
}

import HostSystem
import Model
import SystemPackage

/// Where the parts of a linked worktree lie while it is in the trash.
///
/// The workspace itself goes where the caller says, by rename. The administrative directory (index, reflog, `HEAD`,
/// what was begun and not finished) goes beneath `<common>/headgate/trash`, always the same file system as where it came
/// from. A commit under `refs/headgate/trash/<operation>` keeps from garbage collection what only these files name.
public struct TrashedWorktree: Hashable, Sendable, Codable {
    /// The name of the removal: letters, digits, `.`, `_`, `-`.
    public let operation: String
    /// Where the workspace was.
    public let path: FilePath
    /// Where it is.
    public let trashedPath: FilePath
    /// The name of its administrative directory in `<common>/worktrees`.
    public let entryName: String

    public init?(operation: String, path: FilePath, trashedPath: FilePath, entryName: String) {
        func isPlain(_ name: String) -> Bool {
            !name.isEmpty && !name.hasPrefix(".") && !name.hasSuffix(".lock") && !name.contains("..")
                && name.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
                }
        }
        guard isPlain(operation) else { return nil }
        self.operation = operation
        self.path = path
        self.trashedPath = trashedPath
        self.entryName = entryName
    }

    /// The reference that keeps its objects alive.
    public var reference: String { "refs/headgate/trash/" + operation }

    /// Where its administrative directory is.
    func trashedEntry(in layout: RepositoryLayout) -> FilePath {
        layout.headgateDirectory.appending("trash").appending(operation)
    }

    /// Where its administrative directory was.
    func entry(in layout: RepositoryLayout) -> FilePath {
        layout.worktreeEntries.appending(entryName)
    }
}

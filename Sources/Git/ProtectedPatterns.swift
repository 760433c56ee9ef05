import HostSystem
import Model
import SystemPackage

/// The branches that only landing may move, as `headgate-hook` reads them from `<common>/headgate/protected`.
///
/// A pattern is a branch name in which `*` stands for any characters, `/` included; `headgate-hook/patterns.c` goes the
/// same steps as `wildcard`.
public struct ProtectedPatterns: Hashable, Sendable {
    /// Full reference names, such as `refs/heads/release/*`, in the order given.
    public let references: [String]

    /// Takes branch patterns such as `main` and `release/*`; a full reference name stands for itself, a line with a
    /// blank or control character is left out.
    public init(_ patterns: [String]) {
        references = patterns.map { $0.hasBytePrefix("refs/heads/") ? $0 : "refs/heads/" + $0 }
            .filter { $0.utf8.allSatisfy { $0 > 32 && $0 != 127 } }
    }

    /// What counts where the list is missing or damaged.
    public static let fallback = ProtectedPatterns(["main", "master"])

    /// Whether a full reference name is protected.
    public func matches(_ reference: String) -> Bool {
        guard reference.hasBytePrefix("refs/heads/") else { return false }
        return references.contains { wildcard($0, matches: reference) }
    }

    /// Whether a branch is protected.
    public func matches(_ branch: BranchName) -> Bool { matches(branch.reference) }

    /// Reads the list; a missing or damaged one gives `fallback`, as in `headgate-hook`.
    public static func load(_ layout: RepositoryLayout) throws -> ProtectedPatterns {
        guard let text = try textIfPresent(file(layout)), text.hasPrefix(heading), text.utf8.last == 10 else {
            return fallback
        }
        return ProtectedPatterns(
            text.dropFirst(heading.count).split(separator: "\n").filter { $0.first != "#" }.map(String.init))
    }

    /// Puts the list in place, atomically.
    public func save(_ layout: RepositoryLayout) throws {
        let file = Self.file(layout)
        try FileSystem.makeDirectories(file.removingLastComponent(), mode: 0o700)
        try FileSystem.replace(file, withText: Self.heading + references.map { $0 + "\n" }.joined())
    }

    static func file(_ layout: RepositoryLayout) -> FilePath { layout.headgateDirectory.appending("protected") }

    /// Marks a whole list: one that was emptied or cut short does not begin so.
    private static let heading = "# headgate protected\n"
}

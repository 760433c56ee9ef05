import Model
import SystemPackage

/// What differs in a working tree, with paths relative to its top in Git's order.
public struct WorktreeStatus: Hashable, Sendable {
    /// Differ between `HEAD` and the index.
    public var staged: [FilePath] = []
    /// Differ between the index and the working tree, changed submodules included.
    public var changed: [FilePath] = []
    /// Neither tracked nor ignored, one by one.
    public var untracked: [FilePath] = []
    /// Left by a merge that was not finished.
    public var conflicts: [FilePath] = []

    public init() {}

    /// Whether nothing at all differs.
    public var isClean: Bool { staged.isEmpty && changed.isEmpty && untracked.isEmpty && conflicts.isEmpty }
}

extension WorktreeStatus {
    /// Reads the output of `git status --porcelain=v2 -z --no-renames`. Source: `git-status(1)`.
    init(parsing bytes: [UInt8]) {
        for line in splitAtNULs(bytes) {
            switch line.first {
            case UInt8(ascii: "1"):
                // 1 <XY> <sub> <mH> <mI> <mW> <hH> <hI> <path>
                guard let path = field(8, of: line), line.count > 4 else { continue }
                let (index, tree) = (line[line.startIndex + 2], line[line.startIndex + 3])
                if index != UInt8(ascii: ".") { staged.append(path) }
                if tree != UInt8(ascii: ".") { changed.append(path) }
            case UInt8(ascii: "u"):
                // u <XY> <sub> <m1> <m2> <m3> <mW> <h1> <h2> <h3> <path>
                if let path = field(10, of: line) { conflicts.append(path) }
            case UInt8(ascii: "?"):
                if let path = field(1, of: line) { untracked.append(path) }
            default: break
            }
        }
    }

    /// What stands after `count` spaces.
    private func field(_ count: Int, of line: ArraySlice<UInt8>) -> FilePath? {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: count, omittingEmptySubsequences: false)
        return parts.count == count + 1 ? FilePath(bytes: parts[count]) : nil
    }
}

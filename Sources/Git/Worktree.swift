import Model
import SystemPackage

/// One line of Git's list of worktrees.
public struct Worktree: Hashable, Sendable {
    /// The top of the working tree; of a bare repository, the repository itself.
    public let path: FilePath
    public let isBare: Bool
    /// `nil` for a bare repository, and where there is no commit yet.
    public let head: ObjectID?
    /// `nil` when detached or bare.
    public let branch: BranchName?
    /// Why it is locked, possibly empty; `nil` when it is not.
    public let lockReason: String?
    /// Why Git would prune it, such as `gitdir file points to non-existent location`; `nil` when it would not.
    public let prunableBecause: String?
}

/// What a new worktree has checked out.
public enum WorktreeStart: Hashable, Sendable {
    /// A branch that is there and nowhere checked out.
    case branch(BranchName)
    case detached(ObjectID)
}

extension Worktree {
    /// Reads the output of `git worktree list --porcelain -z`, the main one first.
    static func list(parsing bytes: [UInt8]) -> [Worktree] {
        var result: [Worktree] = []
        for record in records(bytes) {
            guard let path = record["worktree"] else { continue }
            let head = record["HEAD"].flatMap { ObjectID(String(decoding: $0, as: UTF8.self)) }
            result.append(
                Worktree(
                    path: FilePath(bytes: path), isBare: record["bare"] != nil,
                    head: head.flatMap { $0.isZero ? nil : $0 },
                    branch: record["branch"].flatMap { BranchName(reference: String(decoding: $0, as: UTF8.self)) },
                    lockReason: record["locked"].map { String(decoding: $0, as: UTF8.self) },
                    prunableBecause: record["prunable"].map { String(decoding: $0, as: UTF8.self) }))
        }
        return result
    }

    /// Records of `name value` fields; each field ends with a NUL, each record with one more.
    private static func records(_ bytes: [UInt8]) -> [[String: ArraySlice<UInt8>]] {
        var records: [[String: ArraySlice<UInt8>]] = [[:]]
        for field in splitAtNULs(bytes) {
            if field.isEmpty {
                records.append([:])
                continue
            }
            let space = field.firstIndex(of: UInt8(ascii: " ")) ?? field.endIndex
            let name = String(decoding: field[..<space], as: UTF8.self)
            records[records.count - 1][name] = field[min(space + 1, field.endIndex)...]
        }
        return records
    }
}

import CLibgit2
import HostSystem
import Model

/// History of shallow clones. libgit2 before 1.7 does not know that it ends, and fails at the first missing parent; so here
/// it is walked by hand, commit by commit. Source: `shallow` in `gitrepository-layout(5)`.
extension Repository {
    /// The commits whose parents are left out; empty in a whole clone.
    func shallowBoundary() throws(GitError) -> Set<ObjectID> {
        let file = commonDirectory.appending("shallow")
        do throws(HostError) {
            guard let text = try textIfPresent(file) else { return [] }
            return Set(text.split(separator: "\n").compactMap { ObjectID($0) })
        } catch {
            throw .malformed(file, error.diagnosis.reason ?? error.diagnosis.problem)
        }
    }

    /// Everything that can be reached from `tips`, those included, newest first by the time of the commit.
    func shallowHistory(of tips: [ObjectID]) throws(GitError) -> [ObjectID] {
        var seen: Set<ObjectID> = []
        var found: [Commit] = []
        var waiting = tips
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted else { continue }
            let commit = try commit(id)
            found.append(commit)
            waiting += commit.parents
        }
        return found.sorted { $0.committed > $1.committed }.map(\.id)
    }

    /// The common ancestor that no other common ancestor comes after; of several, the newest.
    func shallowMergeBase(_ one: ObjectID, _ other: ObjectID) throws(GitError) -> ObjectID? {
        let reachable = Set(try shallowHistory(of: [other]))
        let common = try shallowHistory(of: [one]).filter { reachable.contains($0) }
        var older: Set<ObjectID> = []
        for id in common { older.formUnion(try commit(id).parents) }
        return common.first { !older.contains($0) }
    }
}

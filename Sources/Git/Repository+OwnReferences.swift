import CLibgit2
import HostSystem
import Model

/// References beneath `refs/headgate/`, changed one at a time, each only from the value it is expected to have.
///
/// libgit2 runs no hooks, and none is needed here: nothing of Git's own points into this name space.
extension Repository {
    /// Where all references lie that Headgate makes.
    public static let ownPrefix = "refs/headgate/"

    /// Changes a reference beneath `refs/headgate/` from `expected` to `new`, on the disk when it returns.
    ///
    /// - Parameters:
    ///   - expected: the value it must have now; `nil`: it must not exist.
    ///   - new: the value it gets; `nil` deletes it.
    /// - Throws: `GitError.referenceMoved` when it had another value, `.locked`, `.notOurReference`.
    public func changeOwnReference(
        _ name: String, from expected: ObjectID?, to new: ObjectID?
    ) throws(GitError) {
        guard name.hasBytePrefix(Self.ownPrefix) else { throw .notOurReference(name) }
        FaultPoints.changing(.reference)
        let code: Int32
        switch (expected, new) {
        case (nil, nil):
            guard let found = try resolve(reference: name) else { return }
            throw .referenceMoved(name, expected: nil, found: found)
        case (nil, let new?):
            var id = try new.binary()
            var reference: OpaquePointer?
            code = git_reference_create(&reference, handle.pointer, name, &id, 0, "headgate")
            git_reference_free(reference)
        case (let expected?, let new?):
            var id = try new.binary()
            var old = try expected.binary()
            var reference: OpaquePointer?
            code = git_reference_create_matching(&reference, handle.pointer, name, &id, 1, &old, "headgate")
            git_reference_free(reference)
        case (let expected?, nil):
            guard try resolve(reference: name) == expected else {
                code = GIT_EMODIFIED.rawValue
                break
            }
            var pointer: OpaquePointer?
            code = git_reference_lookup(&pointer, handle.pointer, name)
            guard code == 0 else { break }
            let reference = Handle(pointer, free: git_reference_free)
            try rethrow(git_reference_delete(reference.pointer), name, expected)
            return
        }
        try rethrow(code, name, expected)
    }

    /// Creates a reference beneath `refs/headgate/`; one that has this value already is fine.
    public func ensureOwnReference(_ name: String, is target: ObjectID) throws(GitError) {
        if try resolve(reference: name) == target { return }
        try changeOwnReference(name, from: nil, to: target)
    }

    /// Deletes a reference beneath `refs/headgate/` whatever its value; none there is fine.
    public func removeOwnReference(_ name: String) throws(GitError) {
        guard let value = try resolve(reference: name) else { return }
        try changeOwnReference(name, from: value, to: nil)
    }

    private func rethrow(_ code: Int32, _ name: String, _ expected: ObjectID?) throws(GitError) {
        switch code {
        case 0: return
        case GIT_EEXISTS.rawValue, GIT_EMODIFIED.rawValue, GIT_ENOTFOUND.rawValue:
            throw .referenceMoved(name, expected: expected, found: try resolve(reference: name))
        case GIT_ELOCKED.rawValue:
            throw .locked(GitLockFile(at: commonDirectory.appending(name + ".lock")))
        default: try check(code, "git_reference")
        }
    }
}

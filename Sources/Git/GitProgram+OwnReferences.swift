import HostSystem
import Model

/// References beneath `refs/headgate/`, changed one at a time, each only from the value it is expected to have.
///
/// Git takes their locks, not this process: a Headgate that is killed then leaves a `git` that finishes within
/// milliseconds, and no `.lock` file that would stand in the way for good. No hooks run, and none is needed: nothing of
/// Git's own points into this name space.
extension GitProgram {
    /// Where all references lie that Headgate makes.
    public static let ownPrefix = "refs/headgate/"

    /// Changes a reference beneath `refs/headgate/` from `expected` to `new`, on the disk when it returns.
    ///
    /// - Parameters:
    ///   - expected: the value it must have now; `nil`: it must not exist.
    ///   - new: the value it gets; `nil` deletes it.
    /// - Throws: `GitError.referenceMoved` when it had another value, `.locked`, `.notOurReference`.
    public func changeOwnReference(_ name: String, from expected: ObjectID?, to new: ObjectID?) async throws {
        guard name.hasBytePrefix(Self.ownPrefix) else { throw GitError.notOurReference(name) }
        if expected == nil, new == nil {
            guard let found = try await reference(name) else { return }
            throw GitError.referenceMoved(name, expected: nil, found: found)
        }
        try await updateReferences(
            [ReferenceChange(name, from: expected, to: new)], message: "headgate", hooks: .disabled)
    }

    /// Creates a reference beneath `refs/headgate/`; one that has this value already is fine.
    public func ensureOwnReference(_ name: String, is target: ObjectID) async throws {
        if try await reference(name) == target { return }
        try await changeOwnReference(name, from: nil, to: target)
    }

    /// Deletes a reference beneath `refs/headgate/` whatever its value; none there is fine.
    public func removeOwnReference(_ name: String) async throws {
        guard let value = try await reference(name) else { return }
        try await changeOwnReference(name, from: value, to: nil)
    }
}

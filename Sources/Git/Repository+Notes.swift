import CLibgit2
import HostSystem
import Model

/// Notes under `refs/notes/headgate`, which `git log --notes=headgate` shows.
extension Repository {
    /// The reference that holds them.
    public static let notesReference = "refs/notes/headgate"

    /// Returns the note on a commit, or `nil` when it has none.
    public func note(on commit: ObjectID) throws(GitError) -> String? {
        var id = try commit.binary()
        var pointer: OpaquePointer?
        guard try found(git_note_read(&pointer, handle.pointer, Self.notesReference, &id), "git_note_read") else {
            return nil
        }
        let note = Handle(pointer, free: git_note_free)
        return git_note_message(note.pointer).map { String(cString: $0) } ?? ""
    }

    /// Adds lines to the note on a commit, or begins one; lines that are there already are not added again.
    ///
    /// - Parameters:
    ///   - identity: who is recorded as the writer.
    ///   - time: when.
    /// - Throws: `GitError.locked` when other writers stayed in the way.
    public func appendNote(_ text: String, on commit: ObjectID, by identity: Identity, at time: Timestamp)
        throws(GitError)
    {
        var tries = 0
        while true {
            let old = try note(on: commit)
            let content = joined(old, text)
            if content == old { return }
            let code = try writeNote(content, on: commit, by: identity, at: time)
            if code == 0 { return }
            tries += 1
            let isRace = [GIT_EMODIFIED, GIT_ELOCKED, GIT_EEXISTS].contains { $0.rawValue == code }
            guard isRace, tries < 20 else { throw refusal(code) }
        }
    }

    private func refusal(_ code: Int32) -> GitError {
        code == GIT_ELOCKED.rawValue
            ? .locked(GitLockFile(at: commonDirectory.appending(Self.notesReference + ".lock")))
            : .library(failure(code, "git_note_create"))
    }

    private func writeNote(
        _ text: String, on commit: ObjectID, by identity: Identity, at time: Timestamp
    ) throws(GitError) -> Int32 {
        var signature: UnsafeMutablePointer<git_signature>?
        try check(git_signature_new(&signature, identity.name, identity.email, time.seconds, 0), "git_signature_new")
        defer { git_signature_free(signature) }
        var target = try commit.binary()
        var note = git_oid()
        FaultPoints.changing(.reference)
        return git_note_create(&note, handle.pointer, Self.notesReference, signature, signature, &target, text, 1)
    }
}

private func joined(_ old: String?, _ new: String) -> String {
    guard let old, !old.isEmpty else { return new.hasSuffix("\n") ? new : new + "\n" }
    let known = Set(old.split(separator: "\n"))
    let added = new.split(separator: "\n").filter { !known.contains($0) }
    guard !added.isEmpty else { return old }
    return (old.hasSuffix("\n") ? old : old + "\n") + added.joined(separator: "\n") + "\n"
}

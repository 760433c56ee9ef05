import CLibgit2
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

    /// Writes the commit that the reference of the notes must move to so that the note on `commit` holds `text` too;
    /// lines that are there already are not added again.
    ///
    /// - Parameters:
    ///   - tip: the notes it builds on; `nil` begins them.
    ///   - identity: who is recorded as the writer.
    ///   - time: when.
    /// - Returns: `nil` when the note holds all of it.
    func notesCommit(
        adding text: String, to commit: ObjectID, onTopOf tip: ObjectID?, by identity: Identity, at time: Timestamp
    ) throws(GitError) -> ObjectID? {
        let old = try note(on: commit)
        let content = joined(old, text)
        if content == old { return nil }
        var signature: UnsafeMutablePointer<git_signature>?
        try check(git_signature_new(&signature, identity.name, identity.email, time.seconds, 0), "git_signature_new")
        defer { git_signature_free(signature) }
        var parent: OpaquePointer?
        if let tip {
            var id = try tip.binary()
            try check(git_commit_lookup(&parent, handle.pointer, &id), "git_commit_lookup")
        }
        defer { git_commit_free(parent) }
        var target = try commit.binary()
        var (made, blob) = (git_oid(), git_oid())
        try check(
            git_note_commit_create(&made, &blob, handle.pointer, parent, signature, signature, &target, content, 1),
            "git_note_commit_create")
        return ObjectID(made)
    }
}

extension GitProgram {
    /// Adds lines to the note on a commit, or begins one; lines that are there already are not added again.
    ///
    /// - Throws: `GitError.locked` or `.referenceMoved` when other writers stayed in the way.
    public func appendNote(
        _ text: String, on commit: ObjectID, by identity: Identity, at time: Timestamp, in repository: Repository
    ) async throws {
        let name = Repository.notesReference
        for attempt in 1... {
            let tip = try await repository.resolve(reference: name)
            guard
                let new = try await repository.notesCommit(
                    adding: text, to: commit, onTopOf: tip, by: identity, at: time)
            else { return }
            do {
                return try await updateReferences(
                    [ReferenceChange(name, from: tip, to: new)], message: "headgate: note", hooks: .disabled)
            } catch let error as GitError {
                guard attempt < 20, error.isRace else { throw error }
            }
        }
    }
}

extension GitError {
    /// Whether another writer was quicker, so that trying again helps.
    fileprivate var isRace: Bool {
        switch self {
        case .referenceMoved, .locked: true
        default: false
        }
    }
}

private func joined(_ old: String?, _ new: String) -> String {
    guard let old, !old.isEmpty else { return new.hasSuffix("\n") ? new : new + "\n" }
    let known = Set(old.split(separator: "\n"))
    let added = new.split(separator: "\n").filter { !known.contains($0) }
    guard !added.isEmpty else { return old }
    return (old.hasSuffix("\n") ? old : old + "\n") + added.joined(separator: "\n") + "\n"
}

import Model

/// Verdicts and audit records as blobs under references of their own, so that they travel with push and fetch and a
/// lost state directory changes no answer.
///
/// `refs/headgate/verdicts/<tree>/<key>` and `refs/headgate/audit/<branch>/<oid>` are ours; what a remote sent lies
/// beneath `refs/headgate/remotes/<remote>/`, apart, so that `git fetch --prune` can never delete a local one.
public struct VerdictRefs: Sendable {
    private let repository: Repository
    private let git: GitProgram

    public init(_ repository: Repository, _ git: GitProgram) {
        self.repository = repository
        self.git = git
    }

    /// Where verdicts lie.
    public static let verdictPrefix = "refs/headgate/verdicts/"
    /// Where lies what remotes sent.
    public static let remotesPrefix = "refs/headgate/remotes/"
    /// Where landings, acceptances and audited tips lie.
    public static let auditPrefix = "refs/headgate/audit/"

    /// The reference of a verdict.
    public static func reference(tree: ObjectID, key: ContentHash) -> String {
        verdictPrefix + tree.hex + "/" + key.hex
    }

    /// Writes a verdict; one with the same key is kept and not overwritten: verdicts are only ever added.
    ///
    /// - Returns: the blob that the reference has now, the older one where there was one.
    @discardableResult
    public func writeVerdict(_ content: [UInt8], tree: ObjectID, key: ContentHash) async throws -> ObjectID {
        let name = Self.reference(tree: tree, key: key)
        let blob = try await repository.writeBlob(content)
        do {
            try await git.changeOwnReference(name, from: nil, to: blob)
            return blob
        } catch GitError.referenceMoved(_, _, let found?) {
            return found
        }
    }

    /// Puts a verdict in the place of another with the same key, which must still be `old`.
    public func replaceVerdict(_ old: ObjectID, with content: [UInt8], tree: ObjectID, key: ContentHash) async throws {
        let blob = try await repository.writeBlob(content)
        try await git.changeOwnReference(Self.reference(tree: tree, key: key), from: old, to: blob)
    }

    /// Returns the verdict with exactly this key, or `nil`.
    public func verdict(tree: ObjectID, key: ContentHash) async throws -> [UInt8]? {
        guard let blob = try await repository.resolve(reference: Self.reference(tree: tree, key: key)) else {
            return nil
        }
        return try await repository.blob(blob)
    }

    /// Returns all verdicts about a tree, our own first, then those that remotes sent.
    public func verdicts(of tree: ObjectID) async throws -> [StoredRecord] {
        var records = try await records(beneath: Self.verdictPrefix + tree.hex + "/")
        for reference in try await repository.references(beneath: Self.remotesPrefix) {
            let parts = reference.name.split(separator: "/")
            // refs/headgate/remotes/<remote>/verdicts/<tree>/<key>; a remote's name may hold slashes.
            guard parts.count >= 7, parts[parts.count - 3] == "verdicts", parts[parts.count - 2] == tree.hex else {
                continue
            }
            records.append(StoredRecord(reference: reference, content: try await repository.blob(reference.target)))
        }
        return records
    }

    /// Writes a record about a commit of a protected branch; the record that is there already is replaced.
    public func writeAudit(_ content: [UInt8], branch: BranchName, commit: ObjectID) async throws {
        let name = Self.auditPrefix + branch.rawValue + "/" + commit.hex
        let blob = try await repository.writeBlob(content)
        try await git.changeOwnReference(name, from: try await repository.resolve(reference: name), to: blob)
    }

    /// Returns the record about a commit of a protected branch, or `nil`.
    public func audit(branch: BranchName, commit: ObjectID) async throws -> [UInt8]? {
        let name = Self.auditPrefix + branch.rawValue + "/" + commit.hex
        guard let blob = try await repository.resolve(reference: name) else { return nil }
        return try await repository.blob(blob)
    }

    /// Returns all records about a protected branch, with the commit each is about, sorted by it.
    public func audits(branch: BranchName) async throws -> [(commit: ObjectID, content: [UInt8])] {
        let prefix = Self.auditPrefix + branch.rawValue + "/"
        return try await records(beneath: prefix).compactMap { record in
            // A branch `main/x` lies beneath `main`; what is left of its name holds a slash and is no id.
            ObjectID(record.reference.name.droppingBytePrefix(prefix)).map { (commit: $0, content: record.content) }
        }
    }

    private func records(beneath prefix: String) async throws -> [StoredRecord] {
        var records: [StoredRecord] = []
        for reference in try await repository.references(beneath: prefix) {
            records.append(StoredRecord(reference: reference, content: try await repository.blob(reference.target)))
        }
        return records
    }
}

/// A blob and the reference that it lies under.
public struct StoredRecord: Hashable, Sendable {
    public let reference: Reference
    public let content: [UInt8]
}

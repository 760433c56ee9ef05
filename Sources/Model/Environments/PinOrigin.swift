/// Where pinned data comes from that another project made, and what proved it.
public struct PinOrigin: Hashable, Sendable, Codable {
    /// What the other project calls itself.
    public var project: String
    /// The top of its working tree, absolute, links resolved.
    public var repository: String
    /// What was asked for: `ref` as the configuration writes it; `nil` for the main protected branch there.
    public var askedReference: String?
    /// What was asked for: `output` as the configuration writes it.
    public var askedOutput: String
    /// The full name of the reference that was read, such as `refs/heads/main`; what was asked for where it names none.
    public var reference: String
    /// The path of the output in that project.
    public var output: String
    /// Where the reference stood.
    public var commit: ObjectID
    /// The key of the passing verdict about that commit's tree.
    public var verdict: ContentHash
    /// When the commit landed there; when it was made where no landing is recorded.
    public var landed: Timestamp

    public init(
        project: String, repository: String, askedReference: String?, askedOutput: String, reference: String,
        output: String, commit: ObjectID, verdict: ContentHash, landed: Timestamp
    ) {
        self.project = project
        self.repository = repository
        self.askedReference = askedReference
        self.askedOutput = askedOutput
        self.reference = reference
        self.output = output
        self.commit = commit
        self.verdict = verdict
        self.landed = landed
    }

    /// Such as `fx, main at 1a2b3c4d5e`.
    public var summary: String { "\(project), \(shortReference) at \(commit.short)" }

    /// The reference without `refs/heads/` and the like.
    public var shortReference: String {
        for prefix in ["refs/heads/", "refs/tags/", "refs/"] where reference.hasPrefix(prefix) {
            return String(reference.dropFirst(prefix.count))
        }
        return reference
    }
}

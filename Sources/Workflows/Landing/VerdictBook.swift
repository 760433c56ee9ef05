import FoundationEssentials
import Gate
import Git
import Model
import Persistence

/// Verdicts and landings where they are kept: in the state store for speed, and in Git's references for good.
///
/// What is read from a reference may have been forged or edited: a verdict counts only when its key is the hash of its
/// parts and its tree is the one it was looked up by.
struct VerdictBook {
    let project: Project

    func record(_ verdict: Verdict) throws {
        try project.store.insert(verdict)
    }

    /// Writes the verdict as a blob under `refs/headgate/verdicts/<tree>/<key>`.
    func publish(_ verdict: Verdict) async throws {
        let content = try encoded(verdict)
        let references = try await references()
        let stored = try await references.writeVerdict(content, tree: verdict.tree, key: verdict.key)
        let present = try await project.repository().blob(stored)
        if present != content {
            // The same key was judged before. A verdict that lets nothing through may be replaced by a later one.
            guard decodedVerdict(present)?.outcome.mayLand != true else { return }
            try await references.replaceVerdict(stored, with: content, tree: verdict.tree, key: verdict.key)
        }
    }

    /// Returns a verdict with exactly this key that lets its tree land, or `nil`.
    func passing(key: ContentHash, tree: ObjectID) async throws -> Verdict? {
        let local = try project.store.verdict(key: key)
        let verdict: Verdict?
        if let local {
            verdict = local
        } else {
            verdict = try await references().verdict(tree: tree, key: key)
                .flatMap(decodedVerdict)
        }
        guard let verdict, verdict.key == key, verdict.tree == tree, verdict.outcome.mayLand,
            VerdictKey.isAuthentic(verdict), verdict.isConsistent
        else { return nil }
        return verdict
    }

    /// Returns the authentic verdicts about a tree, the newest first.
    func verdicts(of tree: ObjectID) async throws -> [Verdict] {
        try await references().verdicts(of: tree)
            .compactMap { decodedVerdict($0.content) }
            .filter { $0.tree == tree && VerdictKey.isAuthentic($0) && $0.isConsistent }
            .sorted { $0.finished > $1.finished }
    }

    /// Returns the verdict that decides about a tree: the newest that lets it land, or else the newest; `nil` for none.
    func decisive(of tree: ObjectID, for target: BranchName? = nil) async throws -> Verdict? {
        let verdicts = try await verdicts(of: tree).filter { target == nil || $0.target == target }
        return verdicts.first { $0.outcome.mayLand } ?? verdicts.first
    }

    /// Whether any authentic verdict lets the tree land.
    func hasPassing(tree: ObjectID) async throws -> Bool {
        try await verdicts(of: tree).contains { $0.outcome.mayLand }
    }

    func record(_ landing: LandingRecord) throws {
        try project.store.insert(landing)
    }

    /// Writes the landing under `refs/headgate/audit/<branch>/<oid>`.
    func publish(_ landing: LandingRecord) async throws {
        try await references().writeAudit(
            encoded(landing), branch: landing.branch, commit: landing.commit)
    }

    /// Returns what is recorded of the commits of a branch, by commit.
    func landings(on branch: BranchName) async throws -> [ObjectID: LandingRecord] {
        var landings: [ObjectID: LandingRecord] = [:]
        for (commit, content) in try await references().audits(branch: branch) {
            // A record that does not read, or is about another commit, answers for nothing.
            if let landing = try? JSONDecoder().decode(LandingRecord.self, from: Data(content)),
                landing.commit == commit
            {
                landings[commit] = landing
            }
        }
        return landings
    }

    private func references() async throws -> VerdictRefs {
        VerdictRefs(try await project.repository(), project.git)
    }

    private func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    private func decodedVerdict(_ content: [UInt8]) -> Verdict? {
        // What does not read as a verdict is none.
        try? JSONDecoder().decode(Verdict.self, from: Data(content))
    }
}

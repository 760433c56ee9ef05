import HostSystem
import Model
import SystemPackage

/// Builds merge results in a setting in which nothing but the two commits decides.
///
/// Even `git merge-tree` is no pure function of two commits: an untracked `.gitattributes`, `info/attributes`, replace
/// references and the user's `merge.*` change what it returns. So it runs in a private Git directory with a
/// configuration of its own, over the repository's objects, with a working tree that holds the `.gitattributes` files of
/// the target's tip and nothing else. What the user's configuration adds is the identity, and the merge drivers and
/// filters that those files name.
///
/// Thus whoever has the two commits computes the same tree, and what was tested is what lands.
public struct CanonicalMerge: Sendable {
    private let repository: Repository
    private let git: GitProgram

    public init(_ repository: Repository, _ git: GitProgram) {
        self.repository = repository
        self.git = git
    }

    /// Builds the commit that merging `source` into `target` would create, and keeps it under
    /// `refs/headgate/candidates/`.
    ///
    /// - Parameter message: the message of the commit; not used by `fastForward`.
    /// - Throws: `GitError.unrelatedHistories`, `.undefinedDriver`, `.identityMissing`, `HostError.locked`.
    public func candidate(
        target: ObjectID, source: ObjectID, method: MergeMethod, message: String
    ) async throws -> CandidateOutcome {
        if try await repository.isAncestor(source, of: target) { return .upToDate }
        let attributes = try await repository.files(named: ".gitattributes", inTree: repository.tree(of: target))
        // A target that names what nobody defines may still be mended: what counts is what would land.
        let drivers = try await requiredDrivers(attributes, mayLack: true)
        let outcome =
            switch method {
            case .fastForward: try await fastForward(target, source, drivers)
            case .merge, .squash: try await merge(target, source, method, message, attributes, drivers)
            }
        // A driver that is missing may be all that makes it a conflict.
        if case .conflict = outcome { _ = try await requiredDrivers(attributes, mayLack: false) }
        if case .candidate(let candidate) = outcome {
            let landing = try await repository.files(named: ".gitattributes", inTree: candidate.tree)
            _ = try await requiredDrivers(landing, mayLack: false)
            try await git.ensureOwnReference(candidate.reference, is: candidate.commit)
        }
        return outcome
    }

    /// Lets garbage collection have a candidate.
    public func forget(_ candidate: ObjectID) async throws {
        try await git.removeOwnReference(Candidate.referencePrefix + candidate.hex)
    }

    /// Returns the message that `git merge --squash` prepares: the commits that are only in `source`.
    public func squashMessage(target: ObjectID, source: ObjectID) async throws -> String {
        let log = try await git.require([
            "log", "--format=medium", "--no-color", "--no-decorate", "--no-show-signature", "--no-notes",
            "--no-mailmap",
            "--no-patch", source.hex, "^" + target.hex,
        ])
        return "Squashed commit of the following:\n\n" + log.outputText
    }

    private func fastForward(
        _ target: ObjectID, _ source: ObjectID, _ drivers: [String: String]
    ) async throws -> CandidateOutcome {
        guard try await repository.isAncestor(target, of: source) else { return .notFastForward }
        return .candidate(
            Candidate(
                commit: source, tree: try await repository.tree(of: source), target: target, source: source,
                method: .fastForward, drivers: drivers))
    }

    private func merge(
        _ target: ObjectID, _ source: ObjectID, _ method: MergeMethod, _ message: String,
        _ attributes: [TrackedFile], _ drivers: [String: String]
    ) async throws -> CandidateOutcome {
        let identity = try await git.identityVariables()
        let setting = try await CanonicalSetting(repository, git, attributes: attributes, drivers: drivers)
        switch try await setting.mergeTree(target, source) {
        case .conflict(let paths): return .conflict(paths)
        case .tree(let tree):
            if method == .squash, try await repository.tree(of: target) == tree { return .upToDate }
            let parents = method == .squash ? [target] : [target, source]
            let commit = try await setting.commit(tree, parents: parents, message: message, identity: identity)
            return .candidate(
                Candidate(
                    commit: commit, tree: tree, target: target, source: source, method: method, drivers: drivers))
        }
    }

    /// The configuration of the drivers and filters that the attributes name.
    private func requiredDrivers(_ attributes: [TrackedFile], mayLack: Bool) async throws -> [String: String] {
        var named: [(driver: NamedDriver, file: FilePath)] = []
        for file in attributes {
            let text = String(decoding: try await repository.blob(file.id), as: UTF8.self)
            named += namedDrivers(in: text).map { ($0, file.path) }
        }
        guard !named.isEmpty else { return [:] }
        // Asked of Git itself: libgit2 does not look where GIT_CONFIG_GLOBAL says.
        let configuration = try await git.configuration()
        var needed: [String: String] = [:]
        for (driver, file) in named {
            let found = configuration.filter { driver.keys.contains($0.key) }
            guard mayLack || driver.isOptional || driver.definingKeys.contains(where: { found[$0] != nil }) else {
                throw GitError.undefinedDriver(kind: driver.kind, name: driver.name, attributes: file)
            }
            needed.merge(found) { $1 }
        }
        return needed
    }
}

/// A merge driver or filter that a line of attributes names.
struct NamedDriver: Hashable {
    let kind: DriverKind
    let name: String

    var keys: [String] {
        switch kind {
        case .mergeDriver: ["name", "driver", "recursive"].map { "merge.\(name).\($0)" }
        case .filter: ["clean", "smudge", "process", "required"].map { "filter.\(name).\($0)" }
        }
    }

    /// Of which one must be set.
    var definingKeys: [String] {
        kind == .mergeDriver ? ["merge.\(name).driver"] : ["clean", "smudge", "process"].map { "filter.\(name).\($0)" }
    }

    /// `git lfs track` writes `merge=lfs` and defines no such driver: Git merges the pointers as text, and two different
    /// pointers always conflict.
    var isOptional: Bool { kind == .mergeDriver && name == "lfs" }
}

/// Returns the drivers that a `.gitattributes` file names, those within Git left out. Source: `gitattributes(5)`.
func namedDrivers(in text: String) -> [NamedDriver] {
    var result: [NamedDriver] = []
    for line in text.split(whereSeparator: \.isNewline) {
        let line = line.drop { $0 == " " || $0 == "\t" }
        guard line.first != "#" else { continue }
        for word in line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !parts[1].isEmpty else { continue }
            let name = String(parts[1])
            switch parts[0] {
            case "merge" where !["text", "binary", "union"].contains(name):
                result.append(NamedDriver(kind: .mergeDriver, name: name))
            case "filter": result.append(NamedDriver(kind: .filter, name: name))
            default: break
            }
        }
    }
    return result
}

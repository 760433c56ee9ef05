import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct CanonicalMergeTests {
    @Test("A candidate has the parents of its method, Git's message, and a reference that keeps it")
    func methods() async throws {
        let fixture = try await TemporaryRepository()
        let (t, s) = try await fork(fixture)
        let merge = CanonicalMerge(try fixture.repository(), try fixture.program())
        let repository = try fixture.repository()
        let message = MergeMessage.merge(branch("side"), into: branch("main"))

        let merged = try await candidate(merge, t, s, .merge, message)
        #expect(try await repository.commit(merged.commit).parents == [t, s])
        #expect(try await repository.commit(merged.commit).tree == merged.tree)
        #expect(try await repository.commit(merged.commit).author.name == fixture.git("config", "user.name"))
        #expect(try await repository.resolve(reference: merged.reference) == merged.commit)

        let squashText = try await merge.squashMessage(target: t, source: s)
        let squashed = try await candidate(merge, t, s, .squash, squashText)
        #expect(try await repository.commit(squashed.commit).parents == [t])
        #expect(squashed.tree == merged.tree)

        // Git's own words for both.
        try await fixture.git("merge", "--quiet", "--squash", "side")
        #expect(try FileSystem.readText(fixture.path.appending(".git").appending("SQUASH_MSG")) == squashText)
        try await fixture.git("reset", "--quiet", "--hard", t.hex)
        try await fixture.git("merge", "--quiet", "--no-edit", "side")
        #expect(try await repository.commit(fixture.tip()).message == message)
        #expect(try await repository.commit(fixture.tip()).tree == merged.tree)

        #expect(try await merge.candidate(target: t, source: s, method: .fastForward, message: "") == .notFastForward)
        #expect(try await merge.candidate(target: merged.commit, source: s, method: .merge, message: "") == .upToDate)
        #expect(try await merge.candidate(target: squashed.commit, source: s, method: .squash, message: "m") == .upToDate)
        let forward = try await candidate(merge, t, merged.commit, .fastForward, "")
        #expect(forward.commit == merged.commit)
        try await merge.forget(merged.commit)
        #expect(try await repository.resolve(reference: merged.reference) == nil)
    }

    @Test("A conflict names its paths; unrelated histories are refused")
    func conflicts() async throws {
        let fixture = try await TemporaryRepository()
        let base = try await fixture.commit(["a\tb": "1\n", "c": "1\n"])
        let t = try await fixture.commit(["a\tb": "2\n", "c": "2\n"])
        try await fixture.branch("side", from: base.hex)
        let s = try await fixture.commit(["a\tb": "3\n", "c": "3\n"])
        let merge = CanonicalMerge(try fixture.repository(), try fixture.program())
        #expect(try await merge.candidate(target: t, source: s, method: .merge, message: "m") == .conflict(["a\tb", "c"]))
        try await fixture.git("switch", "--quiet", "--orphan", "alone")
        let alone = try await fixture.commit(["x": "1"])
        #expect(
            await gitError { _ = try await merge.candidate(target: t, source: alone, method: .merge, message: "m") }
                == .unrelatedHistories(t, alone))
    }

    @Test("Nothing outside of the two commits changes the result")
    func attributesAttacks() async throws {
        let fixture = try await TemporaryRepository()
        let base = try await fixture.commit(["f": "1\n", "dir/f": "1\n"])
        let t = try await fixture.commit(["f": "2\n", "dir/f": "2\n"])
        try await fixture.branch("side", from: base.hex)
        // The branch brings attributes by which its side would win without a word.
        let s = try await fixture.commit(["f": "3\n", "dir/f": "3\n", ".gitattributes": "* merge=union\n", "dir/.gitattributes": "* merge=union\n"])
        try await fixture.git("switch", "--quiet", "main")
        let git = try fixture.program()
        let merge = CanonicalMerge(try fixture.repository(), git)
        let conflict = CandidateOutcome.conflict(["dir/f", "f"])
        #expect(try await merge.candidate(target: t, source: s, method: .merge, message: "m") == conflict)

        try fixture.write(".gitattributes", "* merge=union\n")
        try await fixture.git("add", ".gitattributes")
        try fixture.write(".git/info/attributes", "* merge=union\n")
        try fixture.write("../home/attributes", "* merge=union\n")
        try fixture.write("../home/.config/git/attributes", "* merge=union\n")
        for (key, value) in [
            ("merge.default", "union"), ("core.attributesFile", fixture.directory.path("home/attributes").string),
            ("merge.directoryRenames", "true"), ("merge.renames", "false"), ("merge.renormalize", "true"),
        ] {
            try await fixture.git("config", key, value)
            try await fixture.git("config", "--global", key, value)
        }
        // Replaced: Git would take another commit for the branch's.
        let other = try await fixture.git("commit-tree", "\(base)^{tree}", "-p", t.hex, "-m", "replaced")
        try await fixture.git("replace", s.hex, other)
        let fresh = CanonicalMerge(try fixture.repository(), git)
        #expect(try await fresh.candidate(target: t, source: s, method: .merge, message: "m") == conflict)
    }

    @Test("The target's own attributes count, with drivers and filters defined by the user and named in the result")
    func drivers() async throws {
        let fixture = try await TemporaryRepository()
        let base = try await fixture.commit([".gitattributes": "[attr]mine merge=ours-wins\nf mine\n*.bin filter=lfs merge=lfs\n", "f": "1\n"])
        let t = try await fixture.commit(["f": "2\n"])
        try await fixture.branch("side", from: base.hex)
        let s = try await fixture.commit(["f": "3\n"])
        let merge = CanonicalMerge(try fixture.repository(), try fixture.program())
        func build() async throws -> CandidateOutcome {
            try await merge.candidate(target: t, source: s, method: .squash, message: "m")
        }
        #expect(
            await gitError { _ = try await build() }
                == .undefinedDriver(kind: .mergeDriver, name: "ours-wins", attributes: ".gitattributes"))
        try await fixture.git("config", "--global", "merge.ours-wins.driver", "cat %B > %A; printf '\"y\" ; #x' >> %A")
        #expect(
            await gitError { _ = try await build() }
                == .undefinedDriver(kind: .filter, name: "lfs", attributes: ".gitattributes"))
        try await fixture.git("config", "--global", "filter.lfs.clean", "git-lfs clean -- %f")
        let result = try await candidate(merge, t, s, .squash, "m")
        #expect(result.drivers["merge.ours-wins.driver"]?.contains("cat %B") == true)
        #expect(result.drivers["filter.lfs.clean"] == "git-lfs clean -- %f")
        let content = try await fixture.repository().blob(at: "f", inCommit: result.commit)
        #expect(content.map { String(decoding: $0, as: UTF8.self) } == "3\n\"y\" ; #x")
    }

    @Test("Without a name the user is told to give one")
    func identity() async throws {
        let fixture = try await TemporaryRepository()
        let (t, s) = try await fork(fixture)
        try await fixture.git("config", "user.useConfigOnly", "true")
        let git = try fixture.program(variables: ["GIT_CONFIG_GLOBAL": "/dev/null"])
        let error = await gitError {
            let merge = CanonicalMerge(try fixture.repository(), git)
            _ = try await merge.candidate(target: t, source: s, method: .merge, message: "m")
        }
        guard case .identityMissing? = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
    }

    @Test("A merge in a shallow clone, and in one with alternates, equals that of the whole")
    func shallow() async throws {
        let fixture = try await TemporaryRepository()
        for number in 0..<3 { try await fixture.commit(["n": "\(number)"]) }
        let (t, s) = try await fork(fixture)
        let whole = try await candidate(
            CanonicalMerge(try fixture.repository(), try fixture.program()), t, s, .merge, "m")
        for options in [["--depth=3", "--no-single-branch"], ["--shared"]] {
            let clone = fixture.directory.path("clone" + options[0])
            let source = options[0] == "--shared" ? fixture.path.string : "file://" + fixture.path.string
            try await fixture.git(["clone", "--quiet"] + options + [source, clone.string])
            let merge = CanonicalMerge(try fixture.repository(at: clone), try fixture.program(at: clone))
            #expect(try await candidate(merge, t, s, .merge, "m").tree == whole.tree)
        }
    }

    @Test("Random merges have the tree, or the conflict, of `git merge` in a clean clone")
    func agreesWithGit() async throws {
        let seed = UInt64(ProcessVariables.current()["HEADGATE_SEED"] ?? "") ?? UInt64.random(in: 0 ... 999_999)
        print("seed of the random merges: \(seed)")
        let repositories = 4
        let merges = try await withThrowingTaskGroup(of: MergeTally.self) { group in
            for part in 0..<repositories {
                group.addTask {
                    var merges = RandomMerges(seed: seed &+ UInt64(part) &* 1_000_003)
                    return try await merges.compare(count: 28)
                }
            }
            return try await group.reduce(into: MergeTally()) { $0.add($1) }
        }
        #expect(merges.disagreements == [], "HEADGATE_SEED=\(seed)")
        #expect(merges.clean + merges.conflicts >= 100)
        // A generator that only ever made one kind would prove little.
        #expect(merges.clean > 10 && merges.conflicts > 10, "\(merges)")
    }

    private func fork(_ fixture: TemporaryRepository) async throws -> (target: ObjectID, source: ObjectID) {
        try await fixture.branch("side")
        try await fixture.commit(["s": "1"], message: "First\n\nWith a body.")
        let source = try await fixture.commit(["s": "2"], message: "Second")
        try await fixture.git("switch", "--quiet", "main")
        return (try await fixture.commit(["t": "1"]), source)
    }

    private func candidate(
        _ merge: CanonicalMerge, _ t: ObjectID, _ s: ObjectID, _ method: MergeMethod, _ message: String
    ) async throws -> Candidate {
        let outcome = try await merge.candidate(target: t, source: s, method: method, message: message)
        guard case .candidate(let candidate) = outcome else { throw FixtureFailed(message: "\(outcome)") }
        return candidate
    }
}

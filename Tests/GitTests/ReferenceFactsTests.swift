import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct ReferenceFactsTests {
    /// The transactions of one git command, as its hook saw them, with the facts of the moment before.
    private func transactions(
        _ fixture: TemporaryRepository, _ command: [String], prepare: () async throws -> Void = {}
    ) async throws -> [[ReferenceUpdate]] {
        try await prepare()
        let log = fixture.directory.path("transactions")
        try FileSystem.remove(log)
        let hook = fixture.path.appending(".git/hooks/reference-transaction")
        try FileSystem.makeDirectories(hook.removingLastComponent())
        try FileSystem.replace(
            hook, withText: "#!/bin/sh\n[ $1 = prepared ] && { cat; echo; } >> '\(log)'\nexit 0\n", mode: 0o755)
        _ = try await fixture.tryGit(command)
        try FileSystem.remove(hook)
        guard FileSystem.exists(log) else { return [] }
        return try FileSystem.readText(log).split(separator: "\n\n").map { try ReferenceUpdate.parse(Array($0.utf8)) }
    }

    private let patterns = ProtectedPatterns(["main", "release/*"])

    @Test("Packing references looks like a deletion, and the packed value tells that it is none")
    func packRefs() async throws {
        let fixture = try await TemporaryRepository()
        let tip = try await fixture.tip()
        let seen = try await transactions(fixture, ["pack-refs", "--all"])
        let update = try #require(seen.joined().first { $0.reference == "refs/heads/main" && $0.new == .none })
        #expect(update.old == .object(tip))
        // At that moment Git had written packed-refs already; so it is now.
        let facts = try await fixture.repository().facts(about: update, protected: patterns)
        #expect(facts.packed == tip)
        #expect(facts.exists)
    }

    @Test("Deleting a branch, loose or packed, is told from that", arguments: [false, true])
    func deletion(packed: Bool) async throws {
        let fixture = try await TemporaryRepository()
        let tip = try await fixture.tip()
        try await fixture.git("switch", "--quiet", "-c", "topic")
        if packed { try await fixture.git("pack-refs", "--all", "--no-prune") }
        // Git first takes the packed value away, whether there is one or not, and looks at no old value.
        let update = ReferenceUpdate(old: .none, new: .none, reference: "refs/heads/main")
        let facts = try await fixture.repository().facts(about: update, protected: patterns)
        #expect(facts.current == tip)
        #expect(facts.packed == (packed ? tip : nil))
        let seen = try await transactions(fixture, ["branch", "-D", "main"]).joined()
        #expect(seen.first { $0.reference == "refs/heads/main" } == update)
    }

    @Test("Facts about a movement: fast-forward, upstream, other protected branches, permits aside")
    func movement() async throws {
        let origin = try await TemporaryRepository()
        let old = try await origin.tip()
        let landed = try await origin.commit(["a": "1"])
        let clone = origin.directory.path("clone")
        try await origin.git("clone", "--quiet", origin.path.string, clone.string)
        try await origin.git("reset", "--quiet", "--hard", old.hex, in: clone)
        let repository = try origin.repository(at: clone)
        func facts(_ reference: String, _ new: ObjectID) async throws -> ReferenceUpdateFacts {
            try await repository.facts(
                about: ReferenceUpdate(old: .none, new: .object(new), reference: reference), protected: patterns)
        }
        let pull = try await facts("refs/heads/main", landed)
        #expect(pull.isProtected && pull.isFastForward && pull.isInUpstream && pull.current == old)
        #expect(pull.anyProtectedBranchExists)

        let own = try await origin.commit(["b": "1"], in: clone)
        try await origin.git("switch", "--quiet", "--detach", in: clone)
        try await origin.git("branch", "--quiet", "--force", "main", old.hex, in: clone)
        let local = try await facts("refs/heads/main", own)
        #expect(local.isFastForward && !local.isInUpstream && local.containingProtectedBranch == nil)
        let creation = try await facts("refs/heads/release/1", old)
        #expect(creation.current == nil && creation.containingProtectedBranch == branch("main"))
        #expect(try await !facts("refs/heads/topic", own).isProtected)
        let absent = try #require(ObjectID(String(repeating: "1", count: 40)))
        #expect(try await !facts("refs/heads/main", absent).isFastForward)
    }

    @Test("The first protected branch of a new repository is told as such")
    func firstBranch() async throws {
        let fixture = try await TemporaryRepository(empty: true)
        try await fixture.git("switch", "--quiet", "-c", "topic")
        let tip = try await fixture.commit(["a": "1"])
        let facts = try await fixture.repository().facts(
            about: ReferenceUpdate(old: .none, new: .object(tip), reference: "refs/heads/main"), protected: patterns)
        #expect(!facts.exists && !facts.anyProtectedBranchExists)
    }

    @Test("Lines are read as Git writes them, and anything else closes the gate")
    func parsing() throws {
        let id = String(repeating: "a", count: 40)
        let zero = String(repeating: "0", count: 40)
        let updates = try ReferenceUpdate.parse(Array("\(zero) \(id) refs/heads/x\n\(id) ref:refs/heads/y HEAD\n".utf8))
        #expect(updates.map(\.reference) == ["refs/heads/x", "HEAD"])
        #expect(updates[0].old == .none && updates[0].new.object?.hex == id)
        #expect(updates[1].new == .symbolic("refs/heads/y"))
        #expect(try ReferenceUpdate.parse([]).isEmpty)
        for line in [
            "x", " ", "\(id) \(id)", "\(id) \(id) ", "\(id)  refs/heads/x", "\(id.uppercased()) \(id) refs/heads/x",
            "\(id) \(id) refs/heads/x y", "\(id) \(id.dropLast()) refs/heads/x", "\(id)\t\(id)\trefs/heads/x",
            "\(id) \(id) a\0b",
        ] {
            #expect(throws: GitError.self, "\(line)") { try ReferenceUpdate.parse(Array((line + "\n").utf8)) }
        }
        let push = try PushLine.parse(
            Array(":/a subject \(id) refs/heads/main \(zero)\n(delete) \(zero) refs/heads/x \(id)\n".utf8))
        #expect(push[0].localReference == ":/a subject" && push[0].remoteObject == nil)
        #expect(push[1].localObject == nil && push[1].remoteReference == "refs/heads/x")
    }

    @Test("Random bytes never crash the readers")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let pieces: [[UInt8]] = [
            Array(String(repeating: "0", count: 40).utf8), [32], [10], [0], Array("ref:".utf8),
            Array("refs/heads/main".utf8), [0xff, 0xfe],
            Array("# headgate protected\n".utf8), [0xcc, 0x81],
        ]
        for _ in 0..<500 {
            let input = (0..<Int.random(in: 0..<12)).flatMap { _ in pieces.randomElement(using: &generator) ?? [] }
            _ = try? ReferenceUpdate.parse(input)  // Whether it throws does not matter here.
            _ = try? PushLine.parse(input)
            _ = RepositoryFormat(parsing: String(decoding: input, as: UTF8.self))
            _ = WorktreeStatus(parsing: input)
            _ = Worktree.list(parsing: input)
        }
    }

    @Test("The format of a repository is read with quotes, comments and odd spacing")
    func format() {
        let format = RepositoryFormat(
            parsing: """
                [core]
                \trepositoryformatversion = 1 ; one
                \tbare=true
                [Core] worktree = "a b; c" # outside
                [extensions]
                \tobjectFormat = sha256
                \tpartialClone=origin
                \tnoop
                [remote "core"]
                \tbare = false
                """)
        #expect(format.version == 1 && format.isBare && format.workTree == "a b; c")
        #expect(format.extensions == ["objectformat": "sha256", "partialclone": "origin", "noop": "true"])
        #expect(format.unsupportedExtension?.name == "objectformat")
    }
}

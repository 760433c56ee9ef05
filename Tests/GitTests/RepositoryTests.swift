import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct RepositoryTests {
    @Test("Outside of a repository there is none, an empty one has no commit, and a bare one no working tree")
    func discovery() async throws {
        let plain = try TemporaryDirectory()
        let error = await gitError { _ = try RepositoryLayout.find(from: plain.path) }
        #expect(error == .notARepository(plain.path))
        #expect(error?.exitStatus == .refused)
        #expect(error?.diagnosis.remedy != nil)

        let empty = try await TemporaryRepository(empty: true)
        let head = try await empty.repository().head()
        #expect(head == .branch(branch("main"), tip: nil))
        #expect(head.isUnborn)

        let bare = try await TemporaryRepository()
        let path = bare.directory.path("bare.git")
        try await bare.git("clone", "--quiet", "--bare", bare.path.string, path.string)
        #expect(try bare.layout(at: path).isBare)
        #expect(try await bare.repository(at: path).head() == .branch(branch("main"), tip: try await bare.tip()))
    }

    @Test("A SHA-256 repository is refused by the name of its extension")
    func namesTheExtension() async throws {
        let fixture = try await TemporaryRepository(objectFormat: "sha256")
        let error = await gitError { _ = try fixture.repository() }
        guard case .unsupportedExtension("objectformat", "sha256", _)? = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(error?.diagnosis.reason?.contains("extensions.objectformat = sha256") == true)
        #expect(try fixture.layout().head().commit?.hex.count == 64)
        #expect(try await fixture.program().reference("refs/heads/main")?.hex.count == 64)
    }

    @Test(
        "Another user's repository is not trusted unless safe.directory names it",
        .enabled(if: CurrentProcess.userID == 0))
    func ownership() async throws {
        let fixture = try await TemporaryRepository()
        let variables = fixture.variables
        _ = try await CommandRunner().run(
            Invocation("chown", ["-R", "65534", fixture.path.string], variables: variables))
        let git = try fixture.program()
        #expect(await gitError { try await git.requireTrusted(userID: 0) } == .dubiousOwnership(fixture.path))
        try await fixture.git("config", "--global", "safe.directory", fixture.path.string, in: fixture.directory.path)
        try await git.requireTrusted(userID: 0)
    }

    @Test("A repository with extensions.worktreeConfig opens, and its worktree's configuration counts")
    func worktreeConfiguration() async throws {
        let fixture = try await TemporaryRepository()
        try await fixture.git("config", "extensions.worktreeConfig", "true")
        try await fixture.git("config", "headgate.production", "local")
        try await fixture.git("config", "--worktree", "headgate.production", "worktree")
        let repository = try fixture.repository()
        #expect(try await repository.configuration("headgate.production") == "worktree")
        #expect(try await repository.configuration("headgate.absent") == nil)
    }

    @Test("HEAD is told detached, on a branch, and in a linked worktree, by libgit2 and by files alike")
    func head() async throws {
        let fixture = try await TemporaryRepository()
        let tip = try await fixture.tip()
        #expect(try await fixture.repository().head() == .branch(branch("main"), tip: tip))
        #expect(try fixture.layout().head() == .branch(branch("main"), tip: tip))

        let linked = fixture.directory.path("linked")
        try await fixture.git("worktree", "add", "--quiet", "-b", "feature/x", linked.string)
        let layout = try fixture.layout(at: linked)
        #expect(layout.isLinkedWorktree)
        #expect(layout.mainWorkTree == fixture.path)
        #expect(layout.commonDirectory == fixture.path.appending(".git"))
        #expect(try layout.head() == .branch(branch("feature/x"), tip: tip))
        #expect(try await fixture.repository(at: linked).head() == .branch(branch("feature/x"), tip: tip))

        try await fixture.git("switch", "--quiet", "--detach", in: linked)
        #expect(try layout.head() == .detached(tip))
        #expect(try await fixture.repository(at: linked).head() == .detached(tip))
    }

    @Test("References are read the same from files, packed or loose, as by Git", arguments: [false, true])
    func references(packed: Bool) async throws {
        let fixture = try await TemporaryRepository()
        for name in hostileBranchNames { try await fixture.git("update-ref", "refs/heads/\(name)", "HEAD") }
        if packed { try await fixture.git("pack-refs", "--all") }
        let tip = try await fixture.tip()
        let layout = try fixture.layout()
        for name in hostileBranchNames {
            #expect(try layout.resolve(reference: "refs/heads/" + name) == tip, "\(name)")
            #expect(try layout.packedValue(of: "refs/heads/" + name) == (packed ? tip : nil), "\(name)")
        }
        let names = Set(try await fixture.repository().branches().map(\.name.rawValue))
        #expect(names == Set(hostileBranchNames + ["main"]))
        #expect(try layout.resolve(reference: "refs/heads/absent") == nil)
        #expect(try layout.resolve(reference: "refs/heads/../../config") == nil)
        #expect(try await fixture.repository().resolve(reference: "refs/heads/..") == nil)
    }

    @Test("History answers as Git's own commands do")
    func history() async throws {
        let fixture = try await TemporaryRepository()
        let root = try await fixture.tip()
        try await fixture.branch("side")
        let side = try await fixture.commit(["side": "1"], message: "Side")
        try await fixture.git("switch", "--quiet", "main")
        let one = try await fixture.commit(["one": "1"], message: "One")
        try await fixture.git("merge", "--quiet", "--no-edit", "side")
        let merge = try await fixture.tip()
        let repository = try fixture.repository()
        #expect(try await repository.mergeBase(one, side) == root)
        #expect(try await repository.isAncestor(side, of: merge))
        #expect(try await !repository.isAncestor(merge, of: side))
        #expect(try await repository.aheadBehind(merge, side) == Divergence(ahead: 2, behind: 0))
        #expect(try await repository.firstParentLog(from: merge).map(\.id) == [merge, one, root])
        #expect(try await repository.firstParentLog(from: merge, until: root).map(\.id) == [merge, one])
        #expect(try await repository.commit(merge).parents == [one, side])
        #expect(try await repository.commit(side).subject == "Side")
        let sideTree = try await repository.tree(of: side)
        #expect(try await repository.treeAppearsSince(root, tip: merge, tree: sideTree) == side)
        #expect(try await repository.treeAppearsSince(root, tip: one, tree: sideTree) == nil)
        #expect(await gitError { _ = try await repository.resolve(commitish: "nope") } == .unknownRevision("nope"))
        #expect(try await repository.resolve(commitish: "main~1") == one)
    }

    @Test("A shallow clone answers up to where its history ends")
    func shallow() async throws {
        let fixture = try await TemporaryRepository()
        let first = try await fixture.commit(["a": "1"])
        let second = try await fixture.commit(["a": "2"])
        let third = try await fixture.commit(["a": "3"])
        let clone = fixture.directory.path("clone")
        try await fixture.git("clone", "--quiet", "--depth=2", "file://" + fixture.path.string, clone.string)
        let repository = try fixture.repository(at: clone)
        #expect(repository.isShallow)
        #expect(try await repository.isAncestor(second, of: third))
        #expect(try await !repository.isAncestor(third, of: second))
        #expect(try await repository.firstParentLog(from: third).map(\.id) == [third, second])
        #expect(try await repository.mergeBase(second, third) == second)
        #expect(try await repository.aheadBehind(third, second) == Divergence(ahead: 1, behind: 0))
        #expect(try await repository.commits(reachableFrom: third, notFrom: []) == [third, second])
        #expect(await gitError { _ = try await repository.commit(first) } == .missingObject(first, isShallow: true))
    }

    @Test("Trees list files with modes, and changed paths by kind")
    func content() async throws {
        let fixture = try await TemporaryRepository()
        let before = try await fixture.tip()
        try fixture.write("dir/tool", "#!/bin/sh\n")
        try FileSystem.setMode(fixture.path.appending("dir").appending("tool"), 0o755)
        try FileSystem.symbolicLink(at: fixture.path.appending("link"), to: "dir/tool")
        try FileSystem.remove(fixture.path.appending("README"))
        let after = try await fixture.commit()
        let repository = try fixture.repository()
        let tree = try await repository.tree(of: after)
        let files = try await repository.files(inTree: tree)
        #expect(files.map(\.path) == ["dir/tool", "link"])
        #expect(files.map(\.mode) == [.executable, .symbolicLink])
        #expect(try await repository.files(inTree: tree, beneath: "dir").map(\.path) == ["dir/tool"])
        #expect(try await repository.files(inTree: tree, beneath: "absent").isEmpty)
        #expect(try await repository.blob(at: "link", inCommit: after) == Array("dir/tool".utf8))
        #expect(try await repository.blob(at: "dir", inCommit: after) == nil)
        let changed = try await repository.changedPaths(from: repository.tree(of: before), to: tree)
        #expect(changed.map(\.kind) == [.deleted, .added, .added])
        #expect(changed.map(\.path) == ["README", "dir/tool", "link"])
    }

    @Test("Upstreams are told, also when what follows them is gone")
    func upstreams() async throws {
        let fixture = try await TemporaryRepository()
        let clone = fixture.directory.path("clone")
        try await fixture.git("clone", "--quiet", fixture.path.string, clone.string)
        let repository = try fixture.repository(at: clone)
        let upstream = try #require(try await repository.upstream(of: branch("main")))
        #expect(upstream.remote == "origin")
        #expect(upstream.remoteReference == "refs/heads/main")
        #expect(upstream.trackingReference == "refs/remotes/origin/main")
        #expect(try await upstream.tip == fixture.tip())
        try await fixture.git("update-ref", "-d", "refs/remotes/origin/main", in: clone)
        #expect(try await repository.upstream(of: branch("main"))?.tip == nil)
        #expect(try await repository.upstream(of: branch("other")) == nil)
    }
}

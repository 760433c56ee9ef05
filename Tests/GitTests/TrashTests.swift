import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct TrashTests {
    @Test(
        "A worktree with staged changes, a detached HEAD and a reflog survives trash, garbage collection and undelete")
    func roundTrip() async throws {
        let fixture = try await TemporaryRepository()
        let git = try fixture.program()
        let path = fixture.directory.path("workspaces").appending("x")
        let trashed = fixture.directory.path("workspaces").appending(".trash").appending("op-1")
        let worktree = try await git.addWorktree(at: path, .detached(try await fixture.tip()))
        try await worktree.populate()
        let lost = try await fixture.commit(["lost": "in the reflog only"], in: path)
        try await fixture.git("reset", "--quiet", "--hard", "HEAD~1", in: path)
        let head = try await fixture.commit(["own": "a commit no branch has"], in: path)
        try fixture.write("staged", "staged\n", in: path)
        try await fixture.git("add", "staged", in: path)
        try fixture.write("staged", "and changed again\n", in: path)
        let blob = try await fixture.id(":staged", in: path)
        let before = try await fixture.git("status", "--porcelain=v2", "--branch", in: path)
        let reflog = try await fixture.git("reflog", in: path)

        let plan = try git.planTrash(path, to: trashed, operation: "op-1")
        try await git.keepAlive(plan)
        try await git.keepAlive(plan)
        try await git.moveToTrash(plan)
        try await git.moveToTrash(plan)
        #expect(!FileSystem.exists(path) && FileSystem.exists(trashed.appending("own")))
        #expect(try await git.worktrees().count == 1)

        // Another worktree takes the name meanwhile; nothing that happens in the trash may reach it.
        try await git.createBranch(branch("other"), at: try await fixture.tip())
        let other = try await git.addWorktree(at: path, .branch(branch("other")))
        try await other.populate()
        #expect(try await fixture.tryGit(["status"], in: trashed).succeeded == false)
        try await fixture.git("reflog", "expire", "--expire=now", "--all")
        try await fixture.git("gc", "--quiet", "--prune=now")
        for id in [lost, head, blob] { #expect(try await fixture.tryGit(["cat-file", "-e", id.hex]).succeeded) }

        #expect(await gitError { try await git.restoreFromTrash(plan) } == .destinationExists(path))
        try FileSystem.removeTree(path, within: fixture.directory.path)
        try await git.restoreFromTrash(plan)
        #expect(try await fixture.git("status", "--porcelain=v2", "--branch", in: path) == before)
        #expect(try await fixture.git("reflog", in: path) == reflog)
        #expect(try await git.reference(plan.reference) == nil)
        #expect(try await fixture.tryGit(["fsck", "--no-dangling"]).succeeded)
    }

    @Test("What a merge left unfinished is kept alive, each side of each conflict")
    func conflicts() async throws {
        let fixture = try await TemporaryRepository()
        let base = try await fixture.commit(["f": "1\n"])
        try await fixture.commit(["f": "2\n"])
        let git = try fixture.program()
        let path = fixture.directory.path("w")
        try await git.createBranch(branch("side"), at: base)
        let worktree = try await git.addWorktree(at: path, .branch(branch("side")))
        try await worktree.populate()
        try await fixture.commit(["f": "3\n"], in: path)
        _ = try await fixture.tryGit(["merge", "main"], in: path)
        let stages = try await fixture.git("ls-files", "--stage", in: path)
        let plan = try git.planTrash(path, to: fixture.directory.path("t"), operation: "op")
        let kept = try await git.keepAlive(plan)
        #expect(try await fixture.git("ls-tree", "-r", "--name-only", kept.hex).contains("f~stage2"))
        try await git.moveToTrash(plan)
        try await git.restoreFromTrash(plan)
        #expect(try await fixture.git("ls-files", "--stage", in: path) == stages)
        #expect(worktree.layout.operationInProgress() == .merge)
    }

    @Test("A branch checked out elsewhere by now stops undelete before anything moves")
    func branchTaken() async throws {
        let fixture = try await TemporaryRepository()
        let git = try fixture.program()
        let path = fixture.directory.path("w")
        try await git.createBranch(branch("x"), at: try await fixture.tip())
        _ = try await git.addWorktree(at: path, .branch(branch("x")))
        let plan = try git.planTrash(path, to: fixture.directory.path("t"), operation: "op")
        try await git.keepAlive(plan)
        try await git.moveToTrash(plan)
        try await git.switchTo(branch("x"))
        #expect(
            await gitError { try await git.restoreFromTrash(plan) } == .branchCheckedOut(branch("x"), at: fixture.path))
        #expect(FileSystem.exists(fixture.directory.path("t")))
        try await git.emptyTrash(plan)
        #expect(try await git.reference(plan.reference) == nil)
    }

    @Test("The name of an operation cannot lead anywhere", arguments: ["", "..", "a/b", ".x", "x.lock", "a b", "é"])
    func operationNames(name: String) {
        #expect(TrashedWorktree(operation: name, path: "/a", trashedPath: "/b", entryName: "c") == nil)
    }

    @Test(
        "The block in info/exclude comes and goes without a trace",
        arguments: [
            nil, "", "a\n", "a\nno end", "a\r\n", "a\r\nno end", "\u{ff}bytes",
        ])
    func excludeBlock(before: String?) async throws {
        let fixture = try await TemporaryRepository()
        let layout = try fixture.layout()
        let file = layout.commonDirectory.appending("info").appending("exclude")
        try FileSystem.remove(file)
        // Each character stands for the byte of its number, so that the last one is no UTF-8.
        let bytes = before?.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        if let bytes { try FileSystem.replace(file, with: bytes) }
        let block = ExcludeBlock(layout)
        try block.set([".headgate", "data/ra*w", "trailing ", "#odd", "!odd"])
        try block.set(["data/ra*w", "trailing ", "#odd", "!odd", "é"])
        let paths: [FilePath] = ["data/ra*w/x", "data/raw", "trailing ", "#odd", "!odd", "sub/#odd", "é"]
        #expect(try await fixture.program().ignored(among: paths) == ["data/ra*w/x", "trailing ", "#odd", "!odd", "é"])
        #expect(try block.patterns() == ["/data/ra\\*w", "/trailing\\ ", "/#odd", "/!odd", "/é"])
        try block.set([])
        #expect(FileSystem.exists(file) == (bytes != nil))
        if let bytes { #expect(try FileSystem.readBytes(file) == bytes) }
        #expect(throws: GitError.self) { try block.set(["a\nb"]) }
    }
}

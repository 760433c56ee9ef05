import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct GitProgramTests {
    @Test(
        "Versions are read as Git writes them",
        arguments: [
            ("git version 2.39.5", "2.39.5"), ("git version 2.50.1 (Apple Git-155)", "2.50.1"),
            ("git version 2.45.0-rc1", "2.45.0"), ("git version 2.39.5.windows.1", "2.39.5"),
        ])
    func versions(text: String, expected: String) throws {
        #expect(GitVersion(reading: text)?.description == expected)
    }

    @Test("Git is asked for its version; a missing program is said to be missing")
    func requireVersion() async throws {
        let fixture = try await TemporaryRepository()
        #expect(try await fixture.program().requireVersion() >= .oldest)
        let missing = GitProgram(
            try fixture.layout(), runner: CommandRunner(), variables: fixture.variables, program: "no-such-git")
        #expect(await gitError { try await missing.requireVersion() } == .gitMissing)
    }

    @Test("Worktrees are listed though another process is just making one")
    func worktreeInTheMaking() async throws {
        let fixture = try await TemporaryRepository()
        let git = try fixture.program()
        try await fixture.git("worktree", "add", "--quiet", "--detach", "../other")
        let file = fixture.path.appending(".git/worktrees/other/commondir")
        let whole = try FileSystem.readText(file)
        // As `git worktree add` has it for a moment.
        try FileSystem.replace(file, withText: "")
        #expect(try await fixture.tryGit(["worktree", "list"]).succeeded == false)
        let making = Task {
            try await Task.sleep(for: .milliseconds(30))
            try FileSystem.replace(file, withText: whole)
        }
        #expect(try await git.worktrees().count == 2)
        try await making.value
    }

    @Test("The variables that hooks export lead nowhere")
    func ignoresRepositoryVariables() async throws {
        let fixture = try await TemporaryRepository()
        let other = try await TemporaryRepository()
        let tip = try await other.commit(["other": "1"])
        let git = try fixture.program(variables: [
            "GIT_DIR": other.path.appending(".git").string, "GIT_WORK_TREE": other.path.string,
            "GIT_INDEX_FILE": "/nonexistent/index", "GIT_CONFIG_COUNT": "x", "GIT_NAMESPACE": "n",
            "GIT_OBJECT_DIRECTORY": "/nonexistent",
        ])
        #expect(try await git.reference("HEAD") == fixture.tip())
        #expect(try await git.status().isClean)
        #expect(try await other.tip() == tip)
        let listed = try await fixture.git("rev-parse", "--local-env-vars").split(separator: "\n").map(String.init)
        #expect(Set(listed).subtracting(GitProgram.repositoryVariables).isEmpty)
    }

    @Test("A lock that Git left is explained with age and owner, and stays")
    func explainsLocks() async throws {
        let fixture = try await TemporaryRepository()
        let lock = fixture.path.appending(".git").appending("index.lock")
        try FileSystem.replace(lock, withText: "")
        let git = try fixture.program()
        let error = await gitError { try await git.reset(to: try await fixture.tip(), hooks: .enabled) }
        guard case .locked(let found)? = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(found.path == lock)
        #expect(found.owner == CurrentProcess.userID)
        #expect(error?.exitStatus == .tryAgain)
        #expect(FileSystem.exists(lock))
    }

    @Test("A branch with any name gets a worktree and is found there", arguments: hostileBranchNames)
    func worktreeOfHostileBranch(name: String) async throws {
        let fixture = try await TemporaryRepository()
        let tip = try await fixture.tip()
        let git = try fixture.program()
        // A branch `x` must not be taken for `refs/heads/x`, nor `main` for `heads/main`.
        try await git.createBranch(branch("x"), at: try await fixture.commit(["x": "x"]))
        let path = fixture.directory.path("workspaces").appending(branch(name).slug)
        try await git.createBranch(branch(name), at: tip)
        let worktree = try await git.addWorktree(at: path, .branch(branch(name)))
        try await worktree.populate()
        #expect(try worktree.layout.head() == .branch(branch(name), tip: tip))
        #expect(try await git.worktree(of: branch(name))?.path == path)
        #expect(try await worktree.status().isClean)
        #expect(
            await gitError {
                _ = try await git.addWorktree(at: path.removingLastComponent().appending("2"), .branch(branch(name)))
            }
                == .branchCheckedOut(branch(name), at: path))
        #expect(
            await gitError { try await git.deleteBranch(branch(name), at: tip) }
                == .branchCheckedOut(branch(name), at: path))
        try FileSystem.removeTree(path, within: fixture.directory.path)
        try await git.removeWorktreeEntry(at: path)
        #expect(try await git.worktrees().count == 1)
        let again = try await git.addWorktree(at: path, .branch(branch(name)))
        try await again.populate()
        #expect(try again.layout.head() == .branch(branch(name), tip: tip))
        try FileSystem.removeTree(path, within: fixture.directory.path)
        try await git.removeWorktreeEntry(at: path)
        try await git.switchTo(branch(name))
        #expect(try fixture.layout().head() == .branch(branch(name), tip: tip))
        try await git.switchTo(branch("main"))
        try await git.deleteBranch(branch(name), at: tip)
        #expect(try await git.reference("refs/heads/" + name) == nil)
    }

    @Test("Many worktrees are added at once without harm")
    func concurrentWorktrees() async throws {
        let fixture = try await TemporaryRepository()
        let tip = try await fixture.tip()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<6 {
                let git = try fixture.program()
                let path = fixture.directory.path("w\(number)")
                group.addTask {
                    try await git.createBranch(branch("b\(number)"), at: tip)
                    let worktree = try await git.addWorktree(at: path, .branch(branch("b\(number)")))
                    try await worktree.populate()
                }
            }
            try await group.waitForAll()
        }
        let list = try await fixture.program().worktrees()
        #expect(list.count == 7)
        #expect(list.allSatisfy { $0.prunableBecause == nil && $0.head == tip })
    }

    @Test("Status tells staged, changed, untracked and conflicting files apart")
    func status() async throws {
        let fixture = try await TemporaryRepository()
        try await fixture.commit(["a": "1", "b c": "1", "gone": "1", ".gitignore": "*.log\n"])
        try fixture.write("a", "2")
        try await fixture.git("add", "a")
        try fixture.write("b c", "2")
        try FileSystem.remove(fixture.path.appending("gone"))
        try fixture.write("new\nline", "")
        try fixture.write("x.log", "")
        let git = try fixture.program()
        let status = try await git.status()
        #expect(status.staged == ["a"])
        #expect(status.changed == ["b c", "gone"])
        #expect(status.untracked == ["new\nline"])
        #expect(!status.isClean)
        #expect(try await git.status(untracked: false).untracked.isEmpty)
        #expect(try await git.untrackedFiles(includingIgnored: true) == ["new\nline", "x.log"])
        #expect(try await git.ignored(among: ["x.log", "a", "y.log", "b c"]) == ["x.log", "y.log"])
        #expect(try await git.ignored(among: ["b c"]).isEmpty)
        #expect(try await git.trackedFiles(beneath: "b c") == ["b c"])
        #expect(try await git.trackedFiles().count == 5)
    }

    @Test("An unfinished operation is told by name", arguments: GitOperation.allCases.filter { $0 != .applyMailbox })
    func operations(operation: GitOperation) async throws {
        let fixture = try await TemporaryRepository()
        let base = try await fixture.commit(["f": "1\n"])
        let ours = try await fixture.commit(["f": "2\n"])
        try await fixture.branch("side", from: base.hex)
        let theirs = try await fixture.commit(["f": "3\n"])
        #expect(try fixture.layout().operationInProgress() == nil)
        switch operation {
        case .merge: _ = try await fixture.tryGit(["merge", "main"])
        case .rebase: _ = try await fixture.tryGit(["rebase", "main"])
        case .cherryPick: _ = try await fixture.tryGit(["cherry-pick", ours.hex])
        case .revert:
            try await fixture.commit(["f": "4\n"])
            _ = try await fixture.tryGit(["revert", "--no-edit", theirs.hex])
        case .bisect: _ = try await fixture.tryGit(["bisect", "start"])
        case .applyMailbox: break
        }
        #expect(try fixture.layout().operationInProgress() == operation)
        if operation != .bisect {
            #expect(
                await gitError { try await fixture.program().switchTo(branch("main")) }
                    == .operationInProgress(operation, at: fixture.path))
        }
        if operation == .merge { #expect(try await fixture.program().status().conflicts == ["f"]) }
    }

    @Test("A changed tracked file is found, however it is hidden")
    func findsChangedFiles() async throws {
        let fixture = try await TemporaryRepository()
        let names = ["plain", "assumed", "skipped", "mode", "same", "gone", "hidden-gone", "link"]
        for name in names where name != "link" { try fixture.write(name, "content\n") }
        try FileSystem.symbolicLink(at: fixture.path.appending("link"), to: "plain")
        try await fixture.commit()
        let git = try fixture.program()
        try await git.refreshIndex()
        let tree = try await fixture.id("HEAD^{tree}")
        #expect(try await git.trackedFiles(differingFrom: tree).isEmpty)
        try await fixture.git("update-index", "--assume-unchanged", "assumed", "same", "link")
        try await fixture.git("update-index", "--skip-worktree", "skipped", "hidden-gone")
        #expect(try await git.trackedFiles(differingFrom: tree).isEmpty)

        // The same length, and the old modification time: only ctime tells.
        for name in ["plain", "assumed", "skipped"] {
            let path = fixture.path.appending(name)
            let before = try FileSystem.requireStatus(path).modified
            let file = try FileDescriptor.open(path, .writeOnly)
            try file.closeAfter { _ = try file.writeAll("CONTENT\n".utf8) }
            try FileSystem.setModified(path, before)
        }
        try FileSystem.setMode(fixture.path.appending("mode"), 0o755)
        try FileSystem.remove(fixture.path.appending("gone"))
        try FileSystem.remove(fixture.path.appending("hidden-gone"))
        try FileSystem.remove(fixture.path.appending("link"))
        try FileSystem.symbolicLink(at: fixture.path.appending("link"), to: "mode")
        #expect(
            try await git.trackedFiles(differingFrom: tree)
                == ["assumed", "gone", "hidden-gone", "link", "mode", "plain", "skipped"])
    }

    @Test("A fast-forward moves branch and files, and refuses what it would overwrite")
    func fastForward() async throws {
        let fixture = try await TemporaryRepository()
        let old = try await fixture.commit(["a": "1", "b": "1", ".gitignore": "ignored\n"])
        try await fixture.branch("side")
        try fixture.write("ignored", "landed\n")
        try await fixture.git("add", "-f", "ignored")
        let new = try await fixture.commit(["a": "2", "new": "1"])
        try await fixture.git("switch", "--quiet", "main")
        let git = try fixture.program()

        try fixture.write("b", "mine")  // Not touched by the merge: stays.
        try fixture.write("new", "precious")
        #expect(
            await gitError { try await git.fastForward(branch("main"), from: old, to: new) }
                == .wouldOverwrite(["new"], at: fixture.path))
        try FileSystem.remove(fixture.path.appending("new"))
        try fixture.write("ignored", "precious")
        guard case .wouldOverwrite? = await gitError({ try await git.fastForward(branch("main"), from: old, to: new) })
        else {
            Issue.record("an ignored file was overwritten")
            return
        }
        #expect(try FileSystem.readText(fixture.path.appending("ignored")) == "precious")
        try FileSystem.remove(fixture.path.appending("ignored"))
        try fixture.write("a", "2")  // As the merge would have it, but nobody committed it.
        #expect(
            await gitError { try await git.fastForward(branch("main"), from: old, to: new) }
                == .wouldOverwrite(["a"], at: fixture.path))
        try fixture.write("a", "1")
        #expect(
            await gitError { try await git.fastForward(branch("main"), from: new, to: new) }
                == .referenceMoved("refs/heads/main", expected: new, found: old))
        #expect(try await fixture.tip() == old)
        try await git.fastForward(branch("main"), from: old, to: new)
        #expect(try await fixture.tip() == new)
        #expect(try FileSystem.readText(fixture.path.appending("a")) == "2")
        #expect(try FileSystem.readText(fixture.path.appending("b")) == "mine")
    }

    @Test("When a hook vetoes a fast-forward, files and index are put back")
    func vetoedFastForward() async throws {
        let fixture = try await TemporaryRepository()
        let old = try await fixture.commit(["a": "1"])
        try await fixture.branch("side")
        let new = try await fixture.commit(["a": "2", "new": "1"])
        try await fixture.git("switch", "--quiet", "main")
        try fixture.write("README", "mine")
        let hook = fixture.path.appending(".git").appending("hooks").appending("reference-transaction")
        try FileSystem.makeDirectories(hook.removingLastComponent())
        try FileSystem.replace(
            hook,
            withText:
                "#!/bin/sh\n[ $1 = prepared ] && grep -q refs/heads/main && { echo no, thanks >&2; exit 1; }\nexit 0\n",
            mode: 0o755)
        let git = try fixture.program()
        guard
            case .vetoedByHook(let message)? = await gitError({
                try await git.fastForward(branch("main"), from: old, to: new)
            })
        else {
            Issue.record("no veto")
            return
        }
        #expect(message.contains("no, thanks"))
        #expect(try await fixture.tip() == old)
        let status = try await git.status()
        #expect(status.staged.isEmpty && status.untracked.isEmpty && status.changed == ["README"])
        guard
            case .vetoedByHook? = await gitError({
                try await git.updateReferences([ReferenceChange("refs/heads/main", from: old, to: new)], message: "m")
            })
        else {
            Issue.record("no veto of update-ref")
            return
        }
    }

    @Test("References change all together or not at all")
    func transaction() async throws {
        let fixture = try await TemporaryRepository()
        let one = try await fixture.tip()
        let two = try await fixture.commit(["a": "1"])
        let git = try fixture.program()
        let error = await gitError {
            try await git.updateReferences(
                [
                    ReferenceChange("refs/heads/new", from: nil, to: one),
                    ReferenceChange("refs/heads/main", from: one, to: two),
                ], message: "m")
        }
        #expect(error == .referenceMoved("refs/heads/main", expected: one, found: two))
        #expect(try await git.reference("refs/heads/new") == nil)
        #expect(await gitError { try await git.createBranch(branch("main"), at: one) } == .branchExists(branch("main")))
    }

    @Test("A rename of a branch is told by its reflog")
    func rename() async throws {
        let fixture = try await TemporaryRepository()
        try await fixture.branch("old")
        try await fixture.git("branch", "-m", "old", "new/name")
        #expect(try fixture.layout().branchRenamed(from: branch("old")) == branch("new/name"))
        #expect(try fixture.layout().branchRenamed(from: branch("main")) == nil)
        #expect(try fixture.layout().branchRenamed(from: branch("never")) == nil)
    }

    @Test("Cleaning leaves what is tracked, and nothing else")
    func clean() async throws {
        let fixture = try await TemporaryRepository()
        try fixture.write(".gitignore", "*.log\n")
        try await fixture.commit()
        for name in ["new *", "a.log", "dir/nested/.git/HEAD", "sub/deep/file"] {
            try fixture.write(name, "x")
        }
        try await fixture.program().clean()
        let left = try TreeWalk.list(fixture.path).map(\.path.string).filter { !$0.hasPrefix(".git") }
        #expect(left == ["README"])
    }

    @Test("A fetch brings the references that were asked for")
    func fetch() async throws {
        let fixture = try await TemporaryRepository()
        let remote = fixture.directory.path("remote.git")
        try await fixture.git("clone", "--quiet", "--bare", fixture.path.string, remote.string)
        try await fixture.git("remote", "add", "origin", remote.string)
        let tip = try await fixture.tip()
        try await fixture.git("update-ref", "refs/heads/fetched", tip.hex, in: remote)
        let git = try fixture.program()
        try await git.fetch("origin", refspecs: ["refs/heads/fetched:refs/remotes/origin/fetched"])
        #expect(try await git.reference("refs/remotes/origin/fetched") == tip)
    }
}

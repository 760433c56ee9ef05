import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct HookInstallerTests {
    @Test("Installing, installing again and uninstalling leaves the hooks directory as it was, to the byte and mode")
    func roundTrip() async throws {
        let fixture = try await TemporaryRepository()
        let directory = fixture.path.appending(".git").appending("hooks")
        try FileSystem.makeDirectories(directory)
        func put(_ name: String, _ text: String, _ mode: UInt32) throws {
            try FileSystem.replace(directory.appending(name), withText: text, mode: mode)
        }
        try put("pre-push", "#!/bin/sh\n. \"$(dirname \"$0\")/helper\"\n", 0o750)
        try put("post-checkout", "#!/bin/sh\nn=$(basename \"$0\")\n", 0o755)
        try put("post-merge", "not executable", 0o644)
        try put("dispatch", "#!/bin/sh\nexec run \"${0##*/}\"\n", 0o755)
        try put("commit-msg", "#!/bin/sh\n", 0o755)
        try FileSystem.symbolicLink(at: directory.appending("post-rewrite"), to: "dispatch")
        let before = try snapshot(directory)

        let installer = HookInstaller(try fixture.program(), hookProgram: try await builtHookProgram())
        let plan = try await installer.plan()
        #expect(plan.count == HookName.client.count)
        for change in plan { try await installer.apply(change) }
        for change in plan { try await installer.apply(change) }
        #expect(try await installer.plan().isEmpty)
        #expect(try FileSystem.list(directory).map(\.string).contains("pre-push.headgate-chained"))
        #expect(
            try FileSystem.list(directory.appending("headgate-chained")).map(\.string) == [
                "post-checkout", "post-rewrite",
            ])
        #expect(
            try FileSystem.readText(directory.appending("headgate-chained").appending("post-rewrite")).contains(
                "exec run"))

        let installed = try await installer.installed()
        #expect(Set(installed) == Set(plan))
        for change in installed.reversed() { try await installer.revert(change) }
        for change in installed.reversed() { try await installer.revert(change) }
        #expect(try snapshot(directory) == before)
        #expect(try await installer.installed().isEmpty)
    }

    @Test("Everything that somebody adds behind an installed hook is kept, each time beside what was kept before")
    func addedTwice() async throws {
        let fixture = try await TemporaryRepository()
        let directory = fixture.path.appending(".git").appending("hooks")
        let installer = HookInstaller(try fixture.program(), hookProgram: try await builtHookProgram())
        for change in try await installer.plan() { try await installer.apply(change) }
        let hook = directory.appending("pre-push")
        let program = try FileSystem.readBytes(hook)
        for line in ["first\n", "second\n", "third\n"] {
            try FileSystem.replace(hook, with: program + Array(line.utf8), mode: 0o755)
            if line == "third\n" {
                let kept = try await installer.remains()
                #expect(kept.contains { $0.contains("kept as \(hook).headgate-changed-3,") }, "\(kept)")
                for change in try await installer.installed().reversed() { try await installer.revert(change) }
                continue
            }
            for change in try await installer.plan() { try await installer.apply(change) }
            for change in try await installer.plan() { try await installer.apply(change) }
        }
        for (name, line) in [("", "first\n"), ("-2", "second\n"), ("-3", "third\n")] {
            let bytes = try FileSystem.readBytes(directory.appending("pre-push.headgate-changed" + name))
            #expect(bytes == program + Array(line.utf8))
        }
        #expect(!FileSystem.exists(directory.appending("pre-push.headgate-changed-4")))
    }

    @Test("Cut short after any change, a second install finishes and uninstall still undoes all")
    func cutShort() async throws {
        let program = try await builtHookProgram()
        for cut in [0, 1, 3, 5] {
            let fixture = try await TemporaryRepository()
            let directory = fixture.path.appending(".git").appending("hooks")
            try FileSystem.makeDirectories(directory)
            try FileSystem.replace(directory.appending("pre-push"), withText: "#!/bin/sh\n", mode: 0o755)
            let before = try snapshot(directory)
            let installer = HookInstaller(try fixture.program(), hookProgram: program)
            for change in try await installer.plan().prefix(cut) { try await installer.apply(change) }
            if cut == 0 {
                // Between keeping the hook that was there and putting ours in its place.
                try FileSystem.hardLink(
                    at: directory.appending("pre-push.headgate-chained"), to: directory.appending("pre-push"))
            }
            for change in try await installer.plan() { try await installer.apply(change) }
            for change in try await installer.installed().reversed() { try await installer.revert(change) }
            #expect(try snapshot(directory) == before, "\(cut)")
        }
    }

    @Test("A missing hooks directory is made, and goes again when nothing else came")
    func makesDirectory() async throws {
        let fixture = try await TemporaryRepository()
        let directory = fixture.path.appending(".git").appending("hooks")
        try FileSystem.removeTree(directory, within: fixture.path)
        let installer = HookInstaller(try fixture.program(), hookProgram: try await builtHookProgram())
        for change in try await installer.plan() { try await installer.apply(change) }
        #expect(FileSystem.exists(directory.appending("pre-push")))
        for change in try await installer.installed().reversed() { try await installer.revert(change) }
        #expect(!FileSystem.exists(directory))
    }

    @Test("Hooks inside a working tree, or shared by all repositories, are refused with the reason")
    func refuses() async throws {
        let fixture = try await TemporaryRepository()
        let program = try await builtHookProgram()
        try await fixture.git("config", "core.hooksPath", ".husky")
        try FileSystem.makeDirectories(fixture.path.appending(".husky"))
        let error = await gitError {
            _ = try await HookInstaller(try fixture.program(), hookProgram: program).plan()
        }
        guard case .hooksDirectoryInWorkTree(let path, _)? = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(path == fixture.path.appending(".husky"))
        var options = HookInstaller.Options()
        options.allowsWorkTree = true
        #expect(
            try await !HookInstaller(try fixture.program(), hookProgram: program, options: options).plan().isEmpty)

        try await fixture.git("config", "--unset", "core.hooksPath")
        let shared = try fixture.directory.makeDirectory("shared-hooks")
        try await fixture.git("config", "--global", "core.hooksPath", shared.string)
        let second = await gitError {
            _ = try await HookInstaller(try fixture.program(), hookProgram: program, options: options).plan()
        }
        guard case .hooksDirectoryShared(shared, _)? = second else {
            Issue.record("got \(String(describing: second))")
            return
        }
    }

    @Test("A tool installed over ours, keeping it as the older hook, is respected")
    func keptByOthers() async throws {
        let fixture = try await TemporaryRepository()
        let directory = fixture.path.appending(".git").appending("hooks")
        let installer = HookInstaller(try fixture.program(), hookProgram: try await builtHookProgram())
        for change in try await installer.plan() { try await installer.apply(change) }
        try FileSystem.rename(directory.appending("pre-push"), to: directory.appending("pre-push.legacy"))
        try FileSystem.replace(directory.appending("pre-push"), withText: "#!/bin/sh\n", mode: 0o755)
        #expect(try await installer.plan().isEmpty)
        for change in try await installer.installed().reversed() { try await installer.revert(change) }
        #expect(!FileSystem.exists(directory.appending("pre-push.legacy")))
        #expect(try FileSystem.readText(directory.appending("pre-push")) == "#!/bin/sh\n")
    }

    @Test("Status proves each hook in each worktree, and sees the one that does not fire")
    func status() async throws {
        let fixture = try await TemporaryRepository()
        try await fixture.git("config", "extensions.worktreeConfig", "true")
        let linked = fixture.directory.path("linked")
        try await fixture.git("worktree", "add", "--quiet", linked.string)
        let installer = HookInstaller(try fixture.program(), hookProgram: try await builtHookProgram())
        #expect(try await installer.status().allSatisfy { $0.state == .notInstalled })
        for change in try await installer.plan() { try await installer.apply(change) }
        try installer.writeLists(protected: ProtectedPatterns(["main"]), program: "/nonexistent")
        #expect(try await installer.status().count == 2 * HookName.client.count)
        #expect(try await installer.status().allSatisfy { $0.state == .fires })

        try await fixture.git("config", "--worktree", "core.hooksPath", "/nonexistent", in: linked)
        try FileSystem.setMode(fixture.path.appending(".git/hooks/pre-push"), 0o644)
        let status = try await installer.status()
        #expect(status.filter { $0.worktree == linked }.allSatisfy { $0.state == .notInstalled })
        #expect(status.filter { $0.worktree == fixture.path && $0.state == .silent }.map(\.hook) == [.prePush])
        #expect(try await installer.plan() == [.update(.prePush, at: fixture.path.appending(".git/hooks/pre-push"))])
        #expect(try await fixture.git("for-each-ref", "refs/headgate") == "")
    }

    @Test("Verdicts are fetched to where a prune of the remote cannot delete ours")
    func verdictRefspecs() async throws {
        let fixture = try await TemporaryRepository()
        let origin = try await TemporaryRepository()
        let blob = try await origin.repository().writeBlob([1])
        try await origin.program().changeOwnReference("refs/headgate/verdicts/a/b", from: nil, to: blob)
        try await fixture.git("remote", "add", "origin", origin.path.string)
        let before = try FileSystem.readText(fixture.path.appending(".git/config"))
        var options = HookInstaller.Options()
        options.verdictRemote = "origin"
        let installer = HookInstaller(
            try fixture.program(), hookProgram: try await builtHookProgram(), options: options)
        for change in try await installer.plan() { try await installer.apply(change) }
        let ours = try await fixture.repository().writeBlob([2])
        try await fixture.program().changeOwnReference("refs/headgate/verdicts/c/d", from: nil, to: ours)
        try await fixture.git("fetch", "--quiet", "--prune")
        #expect(try await fixture.id("refs/headgate/remotes/origin/verdicts/a/b") == blob)
        #expect(try await fixture.id("refs/headgate/verdicts/c/d") == ours)
        for change in try await installer.installed().reversed() { try await installer.revert(change) }
        #expect(try FileSystem.readText(fixture.path.appending(".git/config")) == before)
    }

    @Test("A bare repository gets the server's hooks; what is pushed can be read while it is in quarantine")
    func server() async throws {
        let fixture = try await TemporaryRepository()
        let bare = fixture.directory.path("bare.git")
        try await fixture.git("clone", "--quiet", "--bare", fixture.path.string, bare.string)
        var options = HookInstaller.Options()
        options.hooks = HookName.server
        let installer = HookInstaller(
            try fixture.program(at: bare), hookProgram: try await builtHookProgram(), options: options)
        for change in try await installer.plan() { try await installer.apply(change) }
        #expect(try await installer.status().map(\.state) == [.fires, .fires])
        let log = fixture.directory.path("log")
        let program = try fixture.directory.write(
            "program", "#!/bin/sh\n{ echo $GIT_OBJECT_DIRECTORY; cat; } >> '\(log)'\nexit 1\n", mode: 0o755)
        try installer.writeLists(protected: ProtectedPatterns(["main"]), program: program)

        let pushed = try await fixture.commit(["a": "1"])
        #expect(try await fixture.tryGit(["push", bare.string, "main"]).succeeded == false)
        let lines = try FileSystem.readText(log).split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.contains(pushed.hex) == true)
        try await fixture.git("push", "--quiet", bare.string, "main:refs/heads/topic")

        let objects = fixture.path.appending(".git").appending("objects")
        let plain = try Repository(opening: fixture.layout(at: bare))
        let next = try await fixture.commit(["b": "1"])
        #expect(try await !plain.hasCommit(next))
        let quarantined = try Repository(opening: fixture.layout(at: bare), quarantine: [objects])
        #expect(try await quarantined.isAncestor(pushed, of: next))
    }

    /// Names, kinds, modes, times and contents of a directory.
    private func snapshot(_ directory: FilePath) throws -> [String] {
        try TreeWalk.list(directory).map { entry in
            let path = directory.pushing(entry.path)
            let content =
                switch entry.status.kind {
                case .symbolicLink: try FileSystem.readLink(path).string
                case .file: try FileSystem.readText(path)
                default: ""
                }
            let time = entry.status.kind == .file ? entry.status.modified.nanoseconds : 0
            return "\(entry.path) \(entry.status.kind) \(entry.status.mode) \(time) \(content)"
        }
    }
}

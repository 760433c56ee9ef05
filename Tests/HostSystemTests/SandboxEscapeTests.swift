import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// One test per thing that the sandbox must stop. Each is run with the protection, where it must fail, and without the
/// one flag that stops it, where it must succeed: a test that cannot fail proves nothing.
@Suite(.enabled(if: FileSystem.exists("/usr/bin/bwrap"), "bubblewrap is not installed"))
struct SandboxEscapeTests {
    private func expectStopped(
        _ script: String, in world: SandboxWorld, by flags: [String]..., insteadOf replacement: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let stopped = try await world.run(script)
        #expect(stopped.termination != .exited(0), "it got out", sourceLocation: location)
        let free = try await world.run(script, without: flags, replacedBy: replacement)
        #expect(free.succeeded, "it fails even without \(flags): \(free.errorText)", sourceLocation: location)
    }

    @Test(arguments: Runner.available) func writeThroughALinkToTheLocation(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        try await expectStopped(
            "echo bad > data/file", in: world, by: ["--ro-bind", "/", "/"], insteadOf: ["--bind", "/", "/"])
        #expect(try world.directory.read("location/file") == "bad\n")
    }

    @Test(arguments: Runner.available) func writeBesideTheWorkspaceThatVanishes(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        let root = world.projects.pushing("p.envs").string
        try await expectStopped("echo x > ../elsewhere", in: world, by: ["--remount-ro", root])
        try await expectStopped(
            "echo x > ../../elsewhere", in: world, by: ["--remount-ro", world.directory.path.string])
    }

    @Test(arguments: Runner.available) func writeIntoTheGitDirectory(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        let git = world.projects.pushing("p/.git").string
        try await expectStopped(
            "echo evil > \(git)/config", in: world, by: ["--ro-bind", git, git], insteadOf: ["--bind", git, git])
        let file = world.workspace.appending(".git").string
        try await expectStopped("echo evil > .git", in: world, by: ["--ro-bind", file, file])
    }

    @Test(arguments: Runner.available) func replacementOfTheGitFile(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        let file = world.workspace.appending(".git").string
        try await expectStopped("rm .git && mkdir .git", in: world, by: ["--ro-bind", file, file])
    }

    @Test(arguments: Runner.available) func readingOfSecretsInTheHomeDirectory(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        try await expectStopped(
            "cat \(world.home)/.ssh/id", in: world, by: ["--perms", "0700", "--tmpfs", world.home.string])
    }

    @Test(arguments: Runner.available) func readingOfAnotherEnvironment(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        let root = world.projects.pushing("p.envs").string
        try await expectStopped(
            "cat ../b/file", in: world, by: ["--perms", "0755", "--tmpfs", root], ["--remount-ro", root])
    }

    @Test(arguments: Runner.available) func writeToAPin(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        let pin = world.projects.pushing("p.envs/.store/snapshots/s/1").string
        let target = world.workspace.appending("pinned").string
        try await expectStopped(
            "echo x > pinned/new", in: world, by: ["--ro-bind", pin, target], insteadOf: ["--bind", pin, target])
        try await expectStopped(
            "echo x > \(pin)/new", in: world, by: ["--ro-bind", pin, pin], insteadOf: ["--bind", pin, pin])
    }

    @Test(.enabled(if: CurrentProcess.userID == 0)) func remountByRoot() async throws {
        let world = try await SandboxWorld(.oneself, in: "/srv")
        try await expectStopped(
            // Each of the two is enough: capabilities are gone, and the mounts belong to an outer user namespace.
            "mount -o remount,bind,rw / && echo bad > \(world.directory.path)/location/file", in: world,
            by: ["--cap-drop", "ALL"], ["--disable-userns"])
        #expect(try world.directory.read("location/file") == "bad\n")
    }

    @Test(arguments: Runner.available) func userNamespaceOfItsOwn(_ runner: Runner) async throws {
        try await expectStopped("unshare --user true", in: SandboxWorld(runner), by: ["--disable-userns"])
    }

    @Test(arguments: Runner.available) func sharedSession(_ runner: Runner) async throws {
        // A session that was begun outside has no number inside.
        let script = "read -r line < /proc/self/stat; set -- ${line##*) }; test $4 = 0"
        try await expectStopped(script, in: SandboxWorld(runner), by: ["--new-session"])
    }

    @Test(arguments: Runner.available) func typingForTheUser(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        // In the foreground of a terminal, which script(1) makes. Source: TIOCSTI in ioctl_tty(2).
        func outcome(_ change: ([String]) -> [String]) async throws -> String {
            var command = Invocation(
                "bash", ["-c", "(: < /dev/tty) 2>/dev/null && echo reachable || echo shut"],
                variables: ["PATH": "/usr/bin:/bin"], directory: world.workspace)
            command = try world.sandbox.wrap(command, in: world.specification)
            let words = ([command.program] + change(command.arguments)).map { "'\($0)'" }.joined(separator: " ")
            command.program = "/usr/bin/script"
            command.arguments = ["-qec", words.replacing("'bash'", with: "bash"), "/dev/null"]
            return try await CommandRunner().run(world.asRunner(command)).outputText
        }
        // The script holds no quote of its own, so that quoting its words is enough.
        #expect(try await outcome { $0 }.contains("shut"))
        #expect(try await outcome { $0.filter { $0 != "--new-session" } }.contains("reachable"))
    }

    @Test(arguments: Runner.available) func sightOfTheProcessesOfTheHost(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        try await expectStopped(
            "read -r line < /proc/\(getpid())/cmdline || test -n \"$line\"", in: world,
            by: ["--unshare-pid", "--unshare-ipc"],
            insteadOf: ["--unshare-ipc"])
    }

    @Test(arguments: Runner.available) func signalsAndTracesOfTheHost(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        let victim = Task {
            try await CommandRunner().run(
                world.asRunner(Invocation("/bin/sleep", ["60"], directory: world.workspace)))
        }
        defer { victim.cancel() }
        var found: RunningProcess?
        while found == nil {
            found = RunningProcess.using(world.workspace).first { $0.command.hasPrefix("sleep") }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        let process = try #require(found).identifier
        // Whoever may trace a process may read its memory map. Source: PTRACE_MODE_READ in proc_pid_maps(5).
        try await expectStopped("kill -0 \(process)", in: world, by: ["--unshare-pid"])
        if runner == .oneself, CurrentProcess.userID == 0 {
            try await expectStopped(
                "cat /proc/\(process)/maps", in: world, by: ["--unshare-pid"], ["--unshare-user", "--disable-userns"],
                ["--cap-drop", "ALL"])
        }
    }

    @Test(arguments: Runner.available) func sharedMemoryOfTheHost(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        let segment = shmget(IPC_PRIVATE, 4096, 0o1000 | 0o666)
        try #require(segment >= 0)
        defer { shmctl(segment, IPC_RMID, nil) }
        try await expectStopped(
            "ipcs --shmems | grep -q ' \(segment) '", in: world, by: ["--unshare-ipc"])
    }

    @Test(.enabled(if: CurrentProcess.userID == 0), arguments: Runner.available)
    func socketsOfTheHost(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner, in: "/srv")
        for (place, permissions) in [("/run", "0755"), ("/tmp", "1777")] {
            let path = "\(place)/headgate-test-\(UInt32.random(in: .min ... .max)).sock"
            let socket = try ListeningSocket(path)
            try await expectStopped(
                connect(to: path), in: world, by: ["--perms", permissions, "--tmpfs", place])
            withExtendedLifetime(socket) {}
        }
    }

    @Test(arguments: Runner.available) func abstractSocketsOfTheHost(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        let name = "headgate-test-\(UInt32.random(in: .min ... .max))"
        let socket = try ListeningSocket("@" + name)
        try await expectStopped(connect(to: "\\0" + name), in: world, by: ["--unshare-net"])
        withExtendedLifetime(socket) {}
    }

    @Test(arguments: Runner.available) func outlivingHeadgate(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        func survivors(_ change: ([String]) -> [String]) async throws -> [RunningProcess] {
            let sleep = Invocation("sleep", ["300"], variables: ["PATH": "/usr/bin:/bin"], directory: world.workspace)
            let wrapped = try world.sandbox.wrap(sleep, in: world.specification)
            // In a session of its own, so that nothing but the death of its parent can end it.
            let script = "setsid -f bash -c '\"$@\" & sleep 0.3; kill -KILL $$' bash \"$@\"; sleep 0.5"
            let words = [wrapped.program] + change(wrapped.arguments)
            var command = Invocation("bash", ["-c", script, "bash"] + words, variables: wrapped.variables)
            command.output = .discarded
            command.errorOutput = .discarded
            _ = try await CommandRunner().run(world.asRunner(command))
            return RunningProcess.using(world.workspace).filter { $0.command.hasPrefix("sleep 300") }
        }
        #expect(try await survivors { $0 }.isEmpty)
        let left = try await survivors { $0.filter { $0 != "--die-with-parent" } }
        #expect(!left.isEmpty)
        for process in left { kill(process.identifier, SIGKILL) }
    }

    /// What an earlier command left in the workspace must not choose what the next one sees.
    @Test(arguments: Runner.available, ["projects", "home/work"])
    func linksPlantedInTheWorkspace(_ runner: Runner, projects: String) async throws {
        let world = try await SandboxWorld(runner, in: "/srv", projects: projects)
        let secret = world.home.appending(".ssh")
        let planted = world.workspace.appending("planted")
        try FileSystem.symbolicLink(at: planted, to: secret)
        try FileSystem.symbolicLink(at: world.workspace.appending("bin"), to: secret)
        var specification = world.specification
        specification.toolDirectories.append(world.workspace.appending("bin"))
        specification.read = [planted]
        #expect(try await !world.run("cat planted/id || cat \(secret)/id", specification).succeeded)
        let mounts: [(inout SandboxSpecification) -> Void] = [
            { $0.writableBinds = [.init(planted)] },
            { $0.readOnlyBinds = [.init(planted)] },
            { $0.gitDirectories = [planted] },
        ]
        for change in mounts {
            var specification = world.specification
            change(&specification)
            #expect(throws: HostError.outside(planted, root: world.workspace)) {
                try world.sandbox.arguments(for: specification)
            }
        }
        try FileSystem.remove(world.workspace.appending(".git"))
        try FileSystem.symbolicLink(at: world.workspace.appending(".git"), to: secret)
        #expect(try await !world.run("cat .git/id || cat \(secret)/id").succeeded)
    }

    @Test func newPrivileges() async throws {
        let world = try await SandboxWorld(.oneself)
        let result = try await world.run("grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status")
        #expect(result.outputText == "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\n")
    }

    @Test(arguments: Runner.available) func daemonsLeftBehind(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        _ = try await world.run("setsid -f sleep 300 > /dev/null 2>&1 < /dev/null; echo started")
        #expect(RunningProcess.using(world.workspace).isEmpty)
    }

    private func connect(to path: String) -> String {
        #"perl -MIO::Socket::UNIX -e 'exit(IO::Socket::UNIX->new(Peer => "\#(path)") ? 0 : 1)'"#
    }
}

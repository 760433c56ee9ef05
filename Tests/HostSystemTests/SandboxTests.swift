import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: FileSystem.exists("/usr/bin/bwrap"), "bubblewrap is not installed"))
struct SandboxTests {
    @Test func saysThatItWorks() async throws {
        let probe = await Sandbox.probe(CommandRunner(), variables: ["PATH": "/usr/bin:/bin"])
        #expect(probe == .available(Sandbox()))
        #expect(SandboxProbe(text: probe.text) == probe)
    }

    @Test func saysWhyItDoesNotWork() async throws {
        let directory = try TemporaryDirectory()
        try FileSystem.symbolicLink(at: directory.path("true"), to: "/usr/bin/true")
        let missing = await Sandbox.probe(CommandRunner(), variables: ["PATH": directory.path.string])
        guard case .unavailable("bubblewrap is not installed", let remedy?) = missing else {
            Issue.record("\(missing)")
            return
        }
        #expect(remedy.contains("apt install bubblewrap"))
        #expect(SandboxProbe(text: missing.text) == missing)

        try directory.write(
            "bwrap", "#!/bin/sh\necho 'bwrap: Unknown option --disable-userns' >&2\nexit 1\n", mode: 0o755)
        let old = await Sandbox.probe(CommandRunner(), variables: ["PATH": directory.path.string + ":/usr/bin:/bin"])
        #expect(
            old
                == .unavailable(
                    reason: "bwrap: Unknown option --disable-userns", remedy: "install bubblewrap 0.8 or newer"))
    }

    /// Where projects may lie: temporary and home directories are private in the sandbox, others are the host's.
    static let places: [(FilePath, String)] = [
        ("/tmp", "projects"), ("/var/tmp", "deep/er/projects"), ("/srv", "projects"), ("/srv", "home"),
        ("/srv", "home/work/projects"), ("/home", "projects"), ("/tmp", "home/work"),
    ]

    @Test(arguments: Runner.available, places)
    func worksWhereverTheWorkspaceLies(_ runner: Runner, _ place: (FilePath, String)) async throws {
        let world = try await SandboxWorld(runner, in: place.0, projects: place.1)
        let script = """
            set -e
            test "$(pwd)" = \(world.workspace)
            echo made > made; mkdir sub; echo x > sub/x; rm -r sub
            test "$(cat pinned/new)" = new; test ! -e pinned/old
            test "$(cat \(world.projects)/p.envs/.store/snapshots/s/1/new)" = new
            test -e \(world.projects)/p/.git/config; cat .git > /dev/null
            test "$(\(world.home)/.local/bin/tool)" = tool
            echo x > $HOME/.cache; echo x > $TMPDIR/x; echo x > /tmp/y; echo x > /dev/shm/z; echo x > /dev/null
            ! echo x > ../elsewhere
            ! echo x > \(world.projects)/p.envs/elsewhere
            test ! -e \(world.projects)/p.envs/b
            test ! -e \(world.home)/.ssh
            """
        let result = try await world.run(script)
        #expect(result.succeeded, "\(result.outputText)\(result.errorText)")
        #expect(try FileSystem.readText(world.workspace.appending("made")) == "made\n")
        #expect(!world.exists(world.projects.pushing("p.envs/elsewhere")))
        #expect(!world.exists(world.home.appending(".cache")))
    }

    @Test func setsItsVariables() async throws {
        let world = try await SandboxWorld(.oneself)
        let result = try await world.run(
            "echo $HOME $TMPDIR $LANG $USER $LD_PRELOAD $SECRET",
            variables: ["LD_PRELOAD": "", "SECRET": "x", "USER": "u"])
        #expect(result.outputText == "\(world.home) /tmp C.UTF-8 u x\n")
    }

    @Test func keepsTheLoaderOfBubblewrapItselfOutOfReach() throws {
        let command = Invocation(
            "/bin/true", variables: ["LD_PRELOAD": "/evil.so", "LD_AUDIT": "x", "TOKEN": "t"], directory: "/usr")
        let wrapped = try Sandbox().wrap(command, in: SandboxSpecification(workspace: "/usr", home: "/"))
        #expect(wrapped.variables.keys.allSatisfy { !$0.hasPrefix("LD_") })
        #expect(wrapped.arguments.contains(["--setenv", "LD_PRELOAD", "/evil.so"]))
        #expect(!wrapped.arguments.contains("t"))
    }

    @Test func showsWhatSandboxReadNames() async throws {
        let world = try await SandboxWorld(.oneself)
        var specification = world.specification
        specification.read = [world.home.pushing(".ssh"), world.home.appending("absent")]
        let result = try await world.run("cat $HOME/.ssh/id; echo x > $HOME/.ssh/new", specification)
        #expect(result.outputText == "secret")
        #expect(!result.succeeded)
    }

    @Test func followsLinksToToolsAndWholeInstallations() async throws {
        let world = try await SandboxWorld(.oneself)
        try world.directory.write("home/venv/pyvenv.cfg")
        try world.directory.write("home/venv/lib/module", "module")
        try world.directory.write("home/venv/bin/python", "#!/bin/sh\n", mode: 0o755)
        try world.directory.write("elsewhere/rust/bin/cargo", "cargo")
        try FileSystem.symbolicLink(at: world.home.appending(".cargo"), to: world.directory.path("elsewhere/rust"))
        try world.directory.write("elsewhere/rust/credentials.toml", "token")
        var specification = world.specification
        specification.toolDirectories = [world.home.pushing("venv/bin"), world.home.pushing(".cargo/bin")]
        let result = try await world.run(
            "cat ~/venv/lib/module ~/.cargo/bin/cargo ~/.cargo/credentials.toml", specification)
        #expect(result.outputText == "modulecargo", "\(result.errorText)")
    }

    @Test(arguments: ["projects", "home/work"]) func bindsAPinWhereTheLinkOfItsSourceLeads(_ projects: String)
        async throws
    {
        let world = try await SandboxWorld(.oneself, in: "/srv", projects: projects)
        let pin = world.projects.pushing("p.envs/.store/snapshots/s/1")
        let link = world.workspace.appending("source")
        try FileSystem.symbolicLink(at: link, to: "../.store/snapshots/s/1")
        var specification = world.specification
        specification.readOnlyBinds = [.init(source: pin, target: link)]
        #expect(try await world.run("cat source/new", specification).outputText == "new")
        #expect(try await !world.run("echo x > source/new", specification).succeeded)
        // The live location is covered by the pin, for whoever follows the link.
        specification.readOnlyBinds = [.init(source: pin, target: world.workspace.appending("data"))]
        #expect(try await world.run("cat data/new", specification).outputText == "new")
    }

    @Test func bindsCachesWritable() async throws {
        let world = try await SandboxWorld(.oneself)
        var specification = world.specification
        specification.writableBinds = [.init(try world.directory.makeDirectory("home/.cache"))]
        #expect(try await world.run("echo x > ~/.cache/kept", specification).succeeded)
        #expect(world.directory.exists("home/.cache/kept"))
    }

    @Test func sharesTheNetworkOnlyWhenAsked() async throws {
        let world = try await SandboxWorld(.oneself)
        var specification = world.specification
        #expect(
            try await world.run("ls /sys/class/net; cat /proc/net/dev | wc -l", specification).outputText.contains("3"))
        specification.network = true
        let resolver = try await world.run("cat /etc/resolv.conf | wc -c; cat /proc/net/dev", specification)
        #expect(resolver.succeeded)
    }

    @Test func refusesAWorkspaceThatCannotBeShutOff() throws {
        for path: FilePath in ["/", "/tmp", "/run", "/root"] {
            #expect(throws: HostError.unconfinable(path)) {
                try Sandbox().arguments(for: SandboxSpecification(workspace: path, home: "/root"))
            }
        }
    }

    @Test func saysWhichProgramIsMissing() throws {
        #expect(throws: HostError.commandNotStarted(program: "absent", reason: "it is not in any directory of PATH")) {
            try Sandbox().wrap(
                Invocation("absent", variables: ["PATH": "/usr/bin"]),
                in: SandboxSpecification(workspace: "/usr", home: "/"))
        }
    }

    @Test(arguments: Runner.available) func endsWithinItsGracePeriod(_ runner: Runner) async throws {
        let world = try await SandboxWorld(runner)
        var command = Invocation(
            "bash", ["-c", "trap 'echo bye > ended; exit' TERM; while :; do sleep 0.02; done"],
            variables: ["PATH": "/usr/bin:/bin"], directory: world.workspace)
        command = world.asRunner(try world.sandbox.wrap(command, in: world.specification))
        command.timeLimit = TimeSpan(seconds: 0.4)
        let result = try await CommandRunner().run(command)
        #expect(result.termination == .timedOut)
        #expect(result.seconds < 20)
        #expect(world.exists(world.workspace.appending("ended")))
    }

    @Test func costsLittle() async throws {
        let world = try await SandboxWorld(.oneself)
        var times: [Double] = []
        for _ in 0..<20 { times.append(try await world.run(":").seconds) }
        // A budget of 6.5 to 8.5 ms; other tests and builds share the machine.
        #expect(times.sorted()[10] < 0.060, "median \(times.sorted()[10] * 1000) ms")
    }
}

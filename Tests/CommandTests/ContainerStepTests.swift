import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Steps in containers for real, beside steps in the sandbox, as an ordinary user.
@Suite("Container steps beside the sandbox", .serialized)
struct ContainerStepTests {
    /// A project of an ordinary user with an image of this machine's own shell, and podman set up in a home of its own.
    struct Station {
        let playground: Playground
        let store: TemporaryDirectory
        let user: OrdinaryUser?
        let variables: [String: String]
        static let image = "localhost/headgate-test:1"

        /// - Throws: cancels the test where podman cannot run a container here.
        init() async throws {
            playground = try await Playground(ContainerStepTests.configuration)
            user = OrdinaryUser.available
            let directory = playground.repository.directory
            // With long paths podman 4 waits 20 seconds for each container.
            store = try TemporaryDirectory(name: "hg")
            let home = store.path
            var variables = playground.repository.variables
            variables["HOME"] = home.string
            variables["XDG_RUNTIME_DIR"] = try store.makeDirectory("run").string
            variables["GIT_CEILING_DIRECTORIES"] = nil
            self.variables = variables
            try FileSystem.setMode(home.appending("run"), 0o700)
            try await directory.makeRootFileSystem("rootfs")
            for place in [directory.path, home] { try await user?.own(place) }
            let made = try await shell("tar -C ../rootfs -c . | podman import - \(Self.image)")
            let trial = "podman run --rm --init --network none \(Self.image) /bin/true"
            var works = made.succeeded
            if works, try await !shell(trial).succeeded {
                // crun does not work with every arrangement of control groups.
                let file = home.pushing(".config/containers/containers.conf")
                _ = try await shell(
                    "mkdir -p \(file.removingLastComponent()); echo '[engine]' > \(file); echo 'runtime=\"runc\"' >> \(file)"
                )
                works = try await shell(trial).succeeded
            }
            if !works {
                let reason = made.succeeded ? try await shell(trial).errorText : made.errorText
                await leave()
                try Test.cancel("podman runs no containers here: \(reason)")
            }
        }

        func run(_ program: String, _ arguments: [String], in directory: FilePath? = nil) async throws -> CommandResult
        {
            let invocation = Invocation(
                program, arguments, variables: variables, directory: directory ?? playground.path,
                timeLimit: TimeSpan(seconds: 60))
            return try await CommandRunner().run(user?.running(invocation) ?? invocation)
        }

        func shell(_ script: String) async throws -> CommandResult { try await run("/bin/sh", ["-c", script]) }

        func headgate(_ arguments: String..., in directory: FilePath? = nil) async throws -> CommandResult {
            try await run(playground.program.executable.string, arguments, in: directory)
        }

        /// Ends podman's own process, which outlives every container.
        func leave() async {
            // What is left goes with the directory.
            _ = try? await shell(
                "podman rm --all --force; podman system migrate; kill $(cat $XDG_RUNTIME_DIR/libpod/tmp/pause.pid)")
        }
    }

    private static let configuration = """
        version: 1
        shell: [/bin/sh, -c]
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        sources: {raw: {path: data/raw.csv}}
        variables: {GREETING: hello}
        steps:
          boxed:
            image: \(Station.image)
            run: mkdir -p out; cat data/raw.csv > out/boxed.csv; ls /sys/class/net > out/net; echo $GREETING $HOME > out/said; ! echo x > .git/x
            inputs: [data/raw.csv]
            outputs: [out/boxed.csv, out/net, out/said]
          sandboxed:
            run: mkdir -p out; cat data/raw.csv > out/sandboxed.csv
            inputs: [data/raw.csv]
            outputs: [out/sandboxed.csv]
          join:
            run: cat out/boxed.csv out/sandboxed.csv > out/all.csv
            inputs: [out/boxed.csv, out/sandboxed.csv]
            outputs: [out/all.csv]
            tests: [{row_count: {equals: 5}}]

        """

    private static let podman: String? = {
        guard CommandRunner.locate("podman", variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"]) != nil else {
            return "podman is not installed"
        }
        return OrdinaryUser.available == nil && CurrentProcess.userID == 0 ? "needs an ordinary user" : nil
    }()

    private static var needsPodman: ConditionTrait {
        .enabled(if: podman == nil, Comment(rawValue: podman ?? ""))
    }

    @Test("Outputs belong to the user, nothing leads to the network, the image's digest is in the key", needsPodman)
    func sideBySide() async throws {
        let station = try await Station()
        let root = station.playground.path
        let run = try await station.headgate("run")
        #expect(run.succeeded, "\(run.errorText)")
        #expect(run.errorText.contains("3 ran"))
        #expect(try FileSystem.readText(root.pushing("out/net")) == "lo\n")
        #expect(try FileSystem.readText(root.pushing("out/said")).hasPrefix("hello /"))
        #expect(!FileSystem.exists(root.pushing(".git/x")))
        let owner = try FileSystem.requireStatus(root.pushing("out/sandboxed.csv")).owner
        #expect(try FileSystem.requireStatus(root.pushing("out/boxed.csv")).owner == owner)
        #expect(try await station.headgate("run").errorText.contains("3 up to date"))

        // The same name for another image is another key; only what is downstream of a change runs.
        let other = try await station.shell(
            "echo 2 > ../rootfs/two; tar -C ../rootfs -c . | podman import - \(Station.image)")
        #expect(other.succeeded, "\(other.errorText)")
        let again = try await station.headgate("run")
        #expect(again.errorText.contains("1 ran, 2 up to date"), "\(again.errorText)")
        let why = try await station.headgate("plan", "--json")
        #expect(why.succeeded)

        // In a linked workspace `.git` is a file, and the source a link.
        #expect(try await station.headgate("env", "create", "work").succeeded)
        let workspace = station.playground.workspace("work")
        let forced = try await station.headgate("run", "--force", in: workspace)
        #expect(forced.succeeded, "\(forced.errorText)")
        let traced = try await station.headgate("run", "--hermetic", "--force", "boxed")
        #expect(!traced.succeeded)
        #expect(
            traced.errorText.contains("cannot run hermetically: a container sees the whole workspace"),
            "\(traced.errorText)")
        await station.leave()
    }

    @Test("No container outlives a Headgate that was killed, or a step whose time was over", needsPodman)
    func killed() async throws {
        let station = try await Station()
        let root = station.playground.path
        func configure(_ more: String) throws {
            let text = """
                version: 1
                shell: [/bin/sh, -c]
                steps:
                  long: {image: "\(Station.image)", run: "echo > begun; sleep 60", inputs: [note.txt], outputs: [begun]\(more)}

                """
            try FileSystem.replace(root.appending("headgate.yaml"), withText: text, mode: 0o644)
        }
        func containers() async throws -> String { try await station.shell("podman ps --all --quiet").outputText }
        try configure("")
        for isFollowed in [false, true] {
            let pid = root.appending("pid")
            async let running = station.shell("echo $$ > pid; exec \(station.playground.program.executable) run")
            var identifier: Int32?
            for _ in 0..<400 where identifier == nil {
                try await Task.sleep(for: .milliseconds(50))
                if FileSystem.exists(root.appending("begun")) {
                    identifier = Int32(try FileSystem.readText(pid).split(separator: "\n")[0])
                }
            }
            #expect(try await !containers().isEmpty)
            #expect(kill(try #require(identifier), SIGKILL) == 0)
            _ = try await running
            // Either the guard does it alone, or the next command does before it goes on.
            if isFollowed {
                #expect(try await station.headgate("status").succeeded)
            } else {
                for _ in 0..<100 where try await !containers().isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(try await containers() == "")
            try FileSystem.remove(root.appending("begun"))
        }
        try configure(", timeout: 1s")
        let late = try await station.headgate("run")
        #expect(late.errorText.contains("not done after 1s"), "\(late.errorText)")
        #expect(try await containers() == "")
        await station.leave()
    }
}

extension TemporaryDirectory {
    /// Makes a root file system of a few of this machine's programs and their libraries.
    fileprivate func makeRootFileSystem(_ name: String) async throws {
        let script = """
            set -e; mkdir -p "$1/bin" "$1/tmp" "$1/etc"; cd "$1"
            for program in sh cat mkdir sleep ls true; do
              file=$(command -v $program)
              case $file in /*) ;; *) file=/bin/$program;; esac
              cp -L "$file" bin/
              for library in $(ldd "$file" | grep -o '/[^ ]*'); do mkdir -p ".${library%/*}"; cp -L "$library" ".$library"; done
            done
            chmod -R a+rX .
            """
        let made = try await CommandRunner().run(
            Invocation(
                "/bin/sh", ["-c", script, "sh", path(name).string], variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        )
        #expect(made.succeeded, "\(made.errorText)")
    }
}

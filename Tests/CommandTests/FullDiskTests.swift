import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// The disk of the store is full, its quota used up, or it is read-only: each is told with a remedy, and nothing is lost.
@Suite("Full disks", .enabled(if: LoopDevice.isPossible, "loop devices cannot be mounted here"))
struct FullDiskTests {
    private static func configuration(_ disk: LoopDevice, _ sources: String, _ steps: String = "") -> String {
        """
        version: 1
        project: small
        workspaces: \(disk.path.appending("envs"))
        environments: [{match: main, protected: true}, {match: "*", from: main}]
        sources: {\(sources)}
        \(steps)

        """
    }

    private func run(_ program: String, _ arguments: String..., in directory: FilePath = "/") async throws {
        let result = try await CommandRunner().run(
            Invocation(program, arguments, variables: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], directory: directory))
        try #require(result.succeeded, "\(result.errorText)")
    }

    private func random(_ megabytes: Int, _ path: FilePath) async throws {
        try FileSystem.makeDirectories(path.removingLastComponent())
        try await run("sh", "-c", "head -c \(megabytes)000000 /dev/urandom > \"$0\"", path.string)
    }

    /// A btrfs of which all that is written counts against a quota of 40 MB.
    private func quota() async throws -> LoopDevice {
        let disk = try await LoopDevice(.btrfs)
        try await run("btrfs", "quota", "enable", disk.path.string)
        try await run("btrfs", "qgroup", "limit", "40M", disk.path.string)
        return disk
    }

    @Test("A quota that is used up while a database is copied is told, and nothing half made stays")
    func database() async throws {
        let disk = try await quota()
        let playground = try await Playground(
            Self.configuration(disk, "db: {kind: sqlite, path: app.db}"), files: [".gitignore": "app.db\n"])
        let script =
            "import sqlite3; c = sqlite3.connect('app.db'); c.execute('create table t (b)');"
            + "[c.execute('insert into t values (randomblob(1000000))') for _ in range(60)]; c.commit()"
        try await run("python3", "-c", script, in: playground.path)
        let outcome = try await playground.headgate("env", "create", "work")
        #expect(outcome.status == 74)
        #expect(
            outcome.errorOutput.contains("  why: the disk is full, or your quota is used up\n mend: free some space"),
            "\(outcome.errorOutput)")
        let folder = disk.path.pushing("envs/.store/snapshots/db")
        #expect(try FileSystem.list(folder).isEmpty)
        #expect(try await playground.git("branch", "--list", "work").isEmpty)
    }

    @Test("A quota too small for the branch's files: told with Git's words, taken back by the next command")
    func checkout() async throws {
        let disk = try await quota()
        let playground = try await Playground(Self.configuration(disk, "raw: {path: data/raw.csv}"))
        try await random(60, playground.path.appending("big.bin"))
        try await playground.git("add", "big.bin")
        try await playground.git("commit", "--quiet", "--message", "Add big.bin")
        let outcome = try await playground.headgate("env", "create", "work")
        #expect(outcome.status == 74)
        #expect(outcome.errorOutput.contains("big.bin"), "\(outcome.errorOutput)")
        #expect(outcome.errorOutput.contains(" mend: "), "\(outcome.errorOutput)")
        try await run("btrfs", "qgroup", "limit", "none", disk.path.string)
        try await playground.done("env", "list")
        #expect(try await playground.git("branch", "--list", "work").isEmpty)
        try await playground.done("env", "create", "work")
    }

    @Test("The state of the project on a full quota is told as such")
    func state() async throws {
        let disk = try await quota()
        let playground = try await Playground(
            Playground.configuration.replacing(
                "cat data/raw.csv note.txt >", with: "head -c 60000000 /dev/urandom >"),
            in: disk.path)
        let outcome = try await playground.headgate("run")
        #expect(outcome.status == 74 || outcome.status == 1, "\(outcome)")
        #expect(outcome.errorOutput.contains("quota"), "\(outcome.errorOutput)")
        #expect(outcome.errorOutput.contains(".git/headgate/logs"), "what may be deleted: \(outcome.errorOutput)")
        try await run("btrfs", "qgroup", "limit", "none", disk.path.string)
        try await playground.done("status")
    }

    @Test(
        "An own copy that does not fit is refused before it is begun"
    )
    func ownCopy() async throws {
        let disk = try await LoopDevice(.ext4, megabytes: 64)
        let playground = try await Playground(Self.configuration(disk, "raw: {path: data, writable: true, pin: copy}"))
        try await random(25, playground.path.pushing("data/a.bin"))
        try await playground.done("exec", "--", "true")
        let outcome = try await playground.headgate("env", "create", "work")
        #expect(outcome.status == 74)
        #expect(
            outcome.errorOutput.contains(
                "error: cannot make the environment's own copy of `raw`\n  why: it takes 25 MB, and"),
            "\(outcome.errorOutput)")
        #expect(outcome.errorOutput.contains("\(disk.path)/envs/work\n"), "\(outcome.errorOutput)")
        #expect(!outcome.errorOutput.contains("/proc/"))
        #expect(try await playground.git("branch", "--list", "work").isEmpty)
        try await playground.done("exec", "--", "true")
    }

    @Test("What a creation that failed has pinned is not pinned once more by the next try")
    func oncePinned() async throws {
        let text =
            "version: 1\nproject: small\nenvironments: [{match: \"*\", setup: \"false\"}]\n"
            + "sources: {raw: {path: data/raw.csv, pin: copy}}\n"
        let playground = try await Playground(text)
        for _ in 0..<3 { #expect(try await playground.headgate("env", "create", "work").status == 1) }
        let kept = try FileSystem.list(playground.workspace(".store").pushing("snapshots/raw"))
        #expect(kept.count == 2, "one, with its manifest")
    }

    @Test("A store that is read-only is told with what to do; what needs no writing goes on")
    func readOnly() async throws {
        let disk = try await LoopDevice(.ext4, megabytes: 64)
        let playground = try await Playground(
            Self.configuration(
                disk, "raw: {path: data/raw.csv}",
                "steps: {a: {run: \"mkdir -p out && cp data/raw.csv out/a\", inputs: [data/raw.csv], outputs: [out/a]}}"
            ))
        try await playground.done("run")
        try await run("mount", "-o", "remount,ro", disk.path.string)
        for arguments in [["env", "update"], ["env", "create", "work"], ["run", "--force"]] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 74, "\(arguments)")
            #expect(
                outcome.errorOutput.contains(
                    "\n mend: mount its file system such that it can be written, then try again\n"),
                "\(outcome.errorOutput)")
        }
        try await playground.done("status")
        #expect(try await playground.git("branch", "--list", "work").isEmpty)
        try await run("mount", "-o", "remount,rw", disk.path.string)
        try await playground.done("env", "create", "work")
    }
}

/// What runs set aside takes room, and is told and deleted as such.
@Suite("What runs set aside")
struct SetAsideTests {
    private static func configuration(trash: String) -> String {
        """
        version: 1
        project: small
        expire: {trash: \(trash)}
        steps:
          fails: {run: mkdir -p out; head -c 3000000 /dev/zero > out/a; echo 'No space left on device' >&2; exit 1, outputs: [out/a]}

        """
    }

    private func logs(_ playground: Playground) throws -> [String] {
        let logs = playground.path.pushing(".git/headgate/logs")
        return try TreeWalk.list(logs).map(\.path.string)
    }

    @Test("A step that found no room names it; `prune` deletes it once its time is over, and keeps the logs")
    func pruned() async throws {
        let playground = try await Playground(Self.configuration(trash: "1h"))
        let run = try await playground.headgate("run")
        #expect(run.status == 1)
        #expect(
            run.errorOutput.contains(
                "what runs set aside lies in \(playground.path)/.git/headgate/logs, this step's outputs with it, and may be"
            ),
            "\(run.errorOutput)")
        #expect(try logs(playground).contains { $0.hasSuffix("failed/fails/out/a") })
        try await playground.done("prune", "--yes")
        #expect(try logs(playground).contains { $0.hasSuffix("failed/fails/out/a") }, "its time is not over")
        try playground.repository.write("headgate.yaml", Self.configuration(trash: "0s"))
        let pruned = try await playground.headgate("prune", "--yes")
        #expect(pruned.errorOutput.contains("deleted what runs had set aside: 3"), "\(pruned.errorOutput)")
        #expect(try !logs(playground).contains { $0.contains("failed") })
        try await playground.done("log", "latest", "fails")
    }

    @Test("A command that found no room names it")
    func told() async throws {
        let playground = try await Playground(Self.configuration(trash: "1h"))
        #expect(try await playground.headgate("run").status == 1)
        let outcome = try await CommandRunner().run(
            Invocation(
                "bash", ["-c", "exec \"$0\" env list > /dev/full", playground.program.executable.string],
                variables: playground.program.variables, directory: playground.path))
        #expect(outcome.termination == .exited(74))
        #expect(
            outcome.errorText.contains(
                "of what runs set aside lies in \(playground.path)/.git/headgate/logs, and may be deleted\n"),
            "\(outcome.errorText)")
    }
}

/// What is said where memory stands for a file that can be neither read nor written.
@Suite("Bus errors")
struct BusErrorTests {
    @Test("With `--json` it is an object like every other error")
    func answer() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "run: mkdir", with: "run: touch started; until [ -e go ]; do sleep 0.1; done; mkdir"))
        let script = #"""
            "$0" run --json > out.json 2> said & headgate=$!
            until [ -e started ]; do sleep 0.05; done
            kill -BUS $headgate; wait $headgate
            """#
        let result = try await CommandRunner().run(
            Invocation(
                "bash", ["-c", script, playground.program.executable.string], variables: playground.program.variables,
                directory: playground.path, timeLimit: TimeSpan(seconds: 60)))
        #expect(result.termination == .exited(74))
        let error = try JSON(try FileSystem.readText(playground.path.appending("out.json")))
        #expect(error["schema"].text == "headgate.error/1" && error["exit"].number == 74, "\(error)")
        let said = try FileSystem.readText(playground.path.appending("said"))
        #expect(
            said.hasSuffix(
                """
                error: \(error["problem"].text ?? "")
                  why: \(error["reason"].text ?? "")
                 mend: \(error["remedy"].text ?? "")

                """), "\(said)")
    }
}

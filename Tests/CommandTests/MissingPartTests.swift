import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A machine on which something is not there, full, or ends in the middle.
@Suite("Missing parts")
struct MissingPartTests {
    @Test("Without bubblewrap steps run as plain processes, which is said once, and the gate refuses")
    func sandbox() async throws {
        let playground = try await Playground()
        let variables = ["PATH": try playground.pathWithoutSandbox()]
        let run = try await playground.headgate("run", variables: variables)
        #expect(
            run.transcript(in: playground) == """
                note: steps run without a sandbox: bubblewrap is not installed (install it: `apt install bubblewrap` \
                (Debian, Ubuntu), `dnf install bubblewrap` (Fedora))
                ran       join  <took>
                passed  run <run>  <took>
                  steps  1 ran
                  tests  3 passed
                exit 0

                """)
        let recorded = try await playground.headgate("show", "--json")
        #expect(try JSON(recorded.output)["isolation"].text == "process")
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        let tip = try await playground.repository.tip()
        let merge = try await playground.headgate("merge", "work", variables: variables)
        #expect(merge.status == 1)
        #expect(
            merge.errorOutput.contains(
                "closed: work does not land on main\n  ran at isolation `process`, and the policy asks for `sandbox`\n"),
            "\(merge.errorOutput)")
        #expect(try await playground.repository.tip() == tip)
        let doctor = try await playground.headgate("doctor", variables: variables)
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("failed   sandbox        bubblewrap is not installed\n"))
        try await playground.done("merge", "work")
    }

    @Test("Without DuckDB tests are broken, never passed")
    func engine() async throws {
        let playground = try await Playground()
        let folder = try playground.repository.directory.makeDirectory("alone/bin")
        let copied = try await CommandRunner().run(
            Invocation(
                "cp", [playground.program.executable.string, folder.string], variables: ["PATH": "/usr/bin:/bin"]))
        #expect(copied.succeeded)
        func alone(_ arguments: String...) async throws -> CommandResult {
            try await CommandRunner().run(
                Invocation(
                    folder.appending("headgate").string, arguments,
                    variables: playground.program.variables.merging(["PATH": "/usr/bin:/bin"]) { $1 },
                    directory: playground.path, timeLimit: TimeSpan(seconds: 60)))
        }
        let run = try await alone("run", "--json")
        #expect(run.termination == .exited(1))
        let document = try JSON(run.outputText)
        #expect(document["outcome"].text == "failed")
        #expect(document["tests"][0]["outcome"].text == "broken")
        #expect(document["steps"][0]["state"].text == "skipped")
        #expect(
            run.errorText.contains("there is no DuckDB, which data tests need; run `pip install"), "\(run.errorText)")
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        let merge = try await alone("merge", "work")
        #expect(merge.termination == .exited(1))
        #expect(merge.errorText.contains("closed: work does not land on main\n"), "\(merge.errorText)")
        #expect(try await alone("doctor").termination == .exited(1))
        let hooks = try await alone("hooks", "install")
        #expect(hooks.termination == .exited(1))
        #expect(hooks.errorText.contains(" mend: run `scripts/install`, or `scripts/build` in a checkout\n"))
        // A result that was broken is not kept for one.
        try await playground.done("run")
    }

    @Test("What doctor says of a lost state store is true, and its remedy brings the environment back")
    func lostState() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        try await playground.done("run", "--env", "work")
        let workspace = playground.workspace("work")
        for name in try FileSystem.list(playground.path.appending(".git/headgate"))
        where name.string.hasPrefix("state.sqlite") {
            try FileSystem.remove(playground.path.appending(".git/headgate").appending(name))
        }
        let doctor = try await playground.headgate("doctor")
        #expect(doctor.status == 1)
        let said = playground.marked(doctor.output)
        #expect(
            said.contains(
                "nothing is recorded of <folder>/project.envs/work, where work is checked out: the records in "
                    + "<folder>/project/.git/headgate were lost\n         mend: headgate switch work\n"), "\(said)")
        #expect(try await playground.done("switch", "work") == workspace.string + "\n")
        #expect(try await playground.headgate("doctor").status == 0)
        try await playground.done("run", "--env", "work")
        try await playground.done("env", "remove", "work")
        #expect(!FileSystem.exists(workspace))
    }

    @Test("Pinned data that was deleted is named by status and doctor, and updating brings data back")
    func lostStore() async throws {
        let playground = try await Playground()
        try await playground.done("switch", "-c", "work")
        try await playground.done("run", "--env", "work")
        let store = playground.workspace(".store")
        try FileSystem.removeTree(store, within: store.removingLastComponent())
        let doctor = try await playground.headgate("doctor")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("the pinned data of work is gone"), "\(doctor.output)")
        #expect(doctor.output.contains("mend: headgate env update work\n"), "\(doctor.output)")
        for command in ["status", "plan", "run"] {
            let refused = try await playground.headgate(command, in: playground.workspace("work"))
            #expect(refused.status == 74)
            #expect(refused.errorOutput.contains(" mend: run `headgate env update`"), "\(refused.errorOutput)")
        }
        try await playground.done("env", "update", "work")
        #expect(try await playground.headgate("doctor").status == 0)
        try await playground.done("run", "--env", "work")
    }

    @Test("A full disk is said with its path, and nothing is lost", .enabled(if: LoopDevice.isPossible))
    func fullDisk() async throws {
        let device = try await LoopDevice(.tmpfs, megabytes: 6)
        let playground = try await Playground(in: device.path)
        try await playground.done("run")
        try await playground.branch("work", ["note.txt": "4,dan\n"])
        let before = try await playground.git("for-each-ref")
        let output = try FileSystem.readText(playground.path.appending("out/all.csv"))
        let filler = device.path.appending("filler")
        let filled = try await CommandRunner().run(
            Invocation("dd", ["if=/dev/zero", "of=\(filler)", "bs=4096"], variables: ["PATH": "/usr/bin:/bin"]))
        #expect(!filled.succeeded)
        let free = try FileSystem.freeBytes(at: device.path)
        #expect(free < 4096)
        for arguments in [
            ["run", "--force"], ["switch", "-c", "other"], ["merge", "work"], ["hooks", "install"], ["status"],
        ] {
            let outcome = try await playground.program.run(
                arguments + (arguments == ["status"] ? ["--json"] : []), in: playground.path)
            if arguments == ["status"], outcome.status == 0 { continue }
            #expect(outcome.status == 74, "\(arguments)\n\(outcome.errorOutput)")
            #expect(outcome.errorOutput.contains(device.path.string), "\(arguments)\n\(outcome.errorOutput)")
            #expect(
                outcome.errorOutput.contains("the disk is full")
                    || outcome.errorOutput.contains("No space left on device"),
                "\(arguments)\n\(outcome.errorOutput)")
        }
        try FileSystem.remove(filler)
        #expect(try await playground.git("for-each-ref", "refs/heads") == before)
        #expect(try FileSystem.readText(playground.path.appending("out/all.csv")) == output)
        #expect(try await playground.git("status", "--porcelain").isEmpty)
        try await playground.done("run")
        try await playground.done("merge", "work")
        try await playground.done("doctor")
        try await playground.git("fsck", "--strict")
    }

    @Test(
        "A signal ends the run, its steps and the program, and the next run goes on",
        arguments: [("TERM", 143), ("HUP", 129)])
    func interrupted(signal: String, status: Int32) async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "run: mkdir", with: "run: '[ -e quick ] || { touch started; sleep 60; }; mkdir"
            )
            .replacing("> out/all.csv", with: "> out/all.csv'"))
        let program = playground.program.executable.string
        let script = """
            '\(program)' run & pid=$!
            i=0; while [ ! -e started ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done
            kill -\(signal) $pid; wait $pid
            """
        let began = SystemClock.monotonicNanoseconds()
        let result = try await CommandRunner().run(
            Invocation("bash", ["-c", script], variables: playground.program.variables, directory: playground.path))
        #expect(result.termination == .exited(status), "\(result.errorText)")
        #expect(Double(SystemClock.monotonicNanoseconds() - began) / 1e9 < 30)
        let shown = try await playground.headgate("show", "--json")
        #expect(try JSON(shown.output)["outcome"].text == "interrupted")
        #expect(RunningProcess.using(playground.path).isEmpty, "no step is left running")
        try playground.repository.write("quick", "")
        try await playground.done("run")
    }
}

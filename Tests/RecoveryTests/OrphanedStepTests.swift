import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Steps end with the `headgate` that started them, whatever isolation they have.
@Suite("Steps of a killed run")
struct OrphanedStepTests {
    @Test("The next command ends a step that a killed run left, with the sandbox or without", arguments: [true, false])
    func endsOrphans(withSandbox: Bool) async throws {
        let project = try await TemporaryRepository()
        var variables = project.variables
        if !withSandbox { variables["PATH"] = try programsWithoutSandbox(project).string }
        let program = try ProgramUnderTest(variables: variables)
        try await project.commit(
            ["headgate.yaml": configuration, ".gitignore": "out/\n"], message: "Adopt")
        let outputs = project.path.appending("out")
        let script =
            #"HEADGATE=$1; "$HEADGATE" run >/dev/null 2>&1 & p=$!; while [ ! -e out/started ]; do sleep 0.02; done; kill -9 $p; wait $p"#
        _ = try await CommandRunner().run(
            Invocation(
                "sh", ["-c", script, "sh", program.executable.string], variables: variables, directory: project.path,
                timeLimit: TimeSpan(seconds: 60)))
        #expect(FileSystem.exists(outputs.appending("started")))

        #expect(try await program.run(["status"], in: project.path).status == 0)
        var left = RunningProcess.using(project.path)
        for _ in 0..<100 where !left.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            left = RunningProcess.using(project.path)
        }
        #expect(left.isEmpty, "the step went on")
        #expect(!FileSystem.exists(outputs.appending("finished")))
    }

    /// A directory that holds every program that is needed but bubblewrap.
    private func programsWithoutSandbox(_ project: TemporaryRepository) throws -> FilePath {
        let directory = try project.directory.makeDirectory("programs")
        for name in ["bash", "cat", "git", "mkdir", "sh", "sleep", "touch"] {
            guard let program = CommandRunner.locate(name, variables: project.variables) else {
                throw TrialFailed("\(name) is missing")
            }
            try FileSystem.symbolicLink(at: directory.appending(name), to: program)
        }
        return directory
    }
}

private let configuration = """
    version: 1
    project: orphans
    steps:
      slow:
        run: touch out/started; sleep 100; touch out/finished
        outputs: [out/finished]

    """

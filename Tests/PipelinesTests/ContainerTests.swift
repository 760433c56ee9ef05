import HostSystem
import Model
import Synchronization
import SystemPackage
import Testing

@testable import Pipelines

@Suite("Container steps", .serialized)
struct ContainerTests {
    /// Stands for podman: tells an image's digest, and runs the command where it was told to.
    private let engine = #"""
        #!/bin/bash
        here=$(dirname "$0")
        if [ "$1 $2" = "image inspect" ]; then cat "$here/digest"; exit; fi
        if [ "$1" = info ]; then echo asked >> "$here/asked"; cat "$here/info"; exit; fi
        printf '%s\n' "$@" >> "$here/arguments"
        if [ "$1" = rm ]; then cat "$here/removal" >&2 2>/dev/null; exit 1; fi
        while [ $# -gt 0 ]; do
          case "$1" in
            --workdir) cd "$2"; shift 2;;
            --entrypoint) entry=$2; shift 3; break;;
            *) shift;;
          esac
        done
        exec "$entry" "$@"
        """#

    @Test("The engine gets the workspace, variables by name, and the image by its digest in the key")
    func runs() async throws {
        let project = try await TestProject()
        let program = try project.directory.write("bin/podman", engine, mode: 0o755)
        try project.directory.write("bin/digest", "sha256:one")
        try project.directory.write("bin/info", #"{"host":{"security":{"rootless":true}}}"#)
        var made = step("made", "echo $SECRET > out", outputs: ["out"])
        made.image = "registry.example/ml:latest"
        made.secretVariables = ["SECRET": "S"]
        func run() async throws -> PipelineReport {
            try await project.run(
                [made],
                adjust: {
                    $0.containerEngine = program
                    $0.secrets = ["S": "canary"]
                })
        }
        let report = try await run()
        #expect(report.summary == "made ran")
        #expect(report.isolation == .container)
        #expect(try project.read("out") == "canary\n")
        let arguments = try project.directory.read("bin/arguments")
        #expect(arguments.contains("--network\nnone\n"))
        #expect(arguments.contains("--env\nSECRET\n"))
        #expect(arguments.contains("--cap-drop\nALL\n"))
        #expect(!arguments.contains("canary"))
        #expect(try await run().summary == "made up-to-date")
        try project.directory.write("bin/digest", "sha256:two")
        #expect(try await run().summary == "made ran")
    }

    @Test(
        "Whom a container runs as is asked of the engine, once: root of one that maps root to the caller, else the caller",
        arguments: [
            (#"{"SecurityOptions":["name=seccomp,profile=builtin","name=rootless"]}"#, "0:0"),
            (#"{"SecurityOptions":["name=seccomp,profile=builtin"]}"#, "1000:100"),
            (#"{"SecurityOptions":null}"#, "1000:100"),
            (#"{"host":{"security":{"rootless":true}}}"#, "0:0"),
            (#"{"host":{"security":{"rootless":false}}}"#, "1000:100"),
        ])
    func user(info: String, expected: String) async throws {
        let project = try await TestProject()
        // Neither name says anything: docker may be podman, and either may speak to another machine.
        for name in ["docker", "podman"] {
            let program = try project.directory.write("bin/\(name)", engine, mode: 0o755)
            try project.directory.write("bin/digest", "sha256:one")
            try project.directory.write("bin/info", info)
            try FileSystem.remove(project.directory.path("bin/asked"))
            try FileSystem.remove(project.directory.path("bin/arguments"))
            let steps = ["one", "two", "three"].map { id in
                var made = step(id, "echo > \(name)-\(id)", outputs: ["\(name)-\(id)"])
                made.image = "registry.example/ml:latest"
                return made
            }
            let report = try await project.run(
                steps,
                adjust: {
                    $0.containerEngine = program
                    $0.user = .init(user: 1000, group: 100)
                })
            #expect(report.succeeded, "\(report)")
            #expect(try project.directory.read("bin/asked") == "asked\n")
            #expect(try project.directory.read("bin/arguments").contains("--user\n\(expected)\n"))
        }
    }

    @Test("An engine that does not answer fails the step, with its own words", arguments: ["", "{}", "not json"])
    func silent(info: String) async throws {
        let project = try await TestProject()
        let program = try project.directory.write("bin/podman", engine, mode: 0o755)
        try project.directory.write("bin/digest", "sha256:one")
        try project.directory.write("bin/info", info)
        var s = step("s", "true")
        s.image = "x"
        let report = try await project.run([s], adjust: { $0.containerEngine = program })
        #expect(report.steps[0].message?.contains("does not say whom its containers run as") == true, "\(report.steps)")
    }

    @Test("A container that cannot be ended is told, one that is gone is not")
    func leftContainers() async throws {
        let project = try await TestProject()
        let program = try project.directory.write("bin/podman", engine, mode: 0o755)
        try project.directory.write("containers", "headgate-one \(program)\nheadgate-two \(program)\n")
        func end() async throws -> [String] {
            let said = Mutex<[String]>([])
            try await LeftContainers.end(
                of: project.directory.path, by: CommandRunner(), variables: TestProject.variables,
                say: { line in said.withLock { $0.append(line) } })
            return said.withLock(\.self)
        }
        try project.directory.write(
            "bin/removal", "Error: no container with name \"headgate-one\": no such container\n")
        #expect(try await end() == [])
        try project.directory.write("bin/removal", "Cannot connect to the Docker daemon\nmore\n")
        #expect(
            try await end()
                == ["headgate-one", "headgate-two"].map {
                    "the container \($0) may still run: Cannot connect to the Docker daemon; `\(program) rm --force \($0)` ends it"
                })
        try FileSystem.remove(program)
        #expect(try await end().count == 2)
    }

    @Test("Without an engine the step fails and says so")
    func withoutEngine() async throws {
        let project = try await TestProject()
        var s = step("s", "true")
        s.image = "x"
        let report = try await project.run([s])
        #expect(report.steps[0].message?.contains("neither podman nor docker") == true)
    }
}

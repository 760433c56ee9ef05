import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

@Suite("Container steps", .serialized)
struct ContainerTests {
    /// Stands for podman: tells an image's digest, and runs the command where it was told to.
    private let engine = #"""
        #!/bin/bash
        here=$(dirname "$0")
        if [ "$1 $2" = "image inspect" ]; then cat "$here/digest"; exit; fi
        printf '%s\n' "$@" >> "$here/arguments"
        [ "$1" = rm ] && exit
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

    @Test("Without an engine the step fails and says so")
    func withoutEngine() async throws {
        let project = try await TestProject()
        var s = step("s", "true")
        s.image = "x"
        let report = try await project.run([s])
        #expect(report.steps[0].message?.contains("neither podman nor docker") == true)
    }
}

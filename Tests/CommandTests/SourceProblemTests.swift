import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Sources whose data is gone, or that cannot be used the way they are declared.
@Suite("Problems of sources")
struct SourceProblemTests {
    @Test("A data snapshot that is gone is named by every command that needs it, until it is pinned again")
    func lostSnapshot() async throws {
        let playground = try await Playground()
        try await playground.done("exec", "--", "true")
        let snapshots = playground.workspace(".store").pushing("snapshots/raw")
        for name in try FileSystem.list(snapshots) where FileSystem.isDirectory(snapshots.appending(name)) {
            try FileSystem.removeTree(snapshots.appending(name), within: snapshots)
        }
        for arguments in [["status"], ["plan"], ["run"], ["adopt"], ["exec", "--", "true"]] {
            let outcome = try await playground.program.run(arguments, in: playground.path)
            #expect(outcome.status == 74, "\(arguments)\n\(outcome.errorOutput)")
            #expect(
                outcome.errorOutput.hasPrefix("error: the data snapshot raw/")
                    && outcome.errorOutput.hasSuffix(" mend: run `headgate env update` to pin today's data\n"),
                "\(arguments)\n\(outcome.errorOutput)")
        }
        try await playground.done("env", "update")
        try await playground.done("run")
    }
}

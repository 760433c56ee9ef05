import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// What a command says and does while another holds what it needs.
@Suite("Locks")
struct LockTests {
    @Test("Who waits for data that another command puts in place says for whom, and goes on when it is done")
    func waiting() async throws {
        let playground = try await Playground()
        let locks = playground.path.pushing(".git/headgate/locks")
        try FileSystem.makeDirectories(locks)
        let lock = try await HeldLock(at: locks.appending("sources-main"), mode: .exclusive)
        let said = playground.repository.directory.path("said")
        async let run = CommandRunner().run(
            Invocation(
                "bash", ["-c", "exec \"$0\" run 2> \"$1\"", playground.program.executable.string, said.string],
                variables: playground.program.variables, directory: playground.path, timeLimit: TimeSpan(seconds: 60)))
        func hasSaid() -> Bool {
            // Not there before the shell has begun.
            (try? FileSystem.readText(said))?.contains("has put the data of main in place") == true
        }
        for _ in 0..<1000 where !hasSaid() { try await Task.sleep(for: .milliseconds(50)) }
        let text = try FileSystem.readText(said)
        #expect(text.contains("waiting until process \(CurrentProcess.identifier) ("), "\(text)")
        lock.release()
        #expect(try await run.succeeded)
    }
}

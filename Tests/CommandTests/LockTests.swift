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

    @Test("A run in the same environment is refused, and says who is at work")
    func locked() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "run: mkdir", with: "run: touch started; until [ -e go ]; do sleep 0.1; done; mkdir"))
        async let first = playground.headgate("run")
        let started = playground.path.appending("started")
        for _ in 0..<400 where !FileSystem.exists(started) { try await Task.sleep(nanoseconds: 50_000_000) }
        try #require(FileSystem.exists(started))
        #expect(
            try await playground.refusal(["run"], 75) == """
                error: another command is at work here
                  why: process <number> (headgate run) holds <folder>/project/.git/headgate/locks/run-main
                 mend: wait for it to finish, then try again

                """)
        #expect(try await playground.headgate("status").status == 0)
        try playground.repository.write("go", "")
        #expect(try await first.status == 0)
    }

    @Test("A landing that Git's lock keeps from its branch leaves the working tree as it was")
    func lockedBranch() async throws {
        let playground = try await Playground()
        try await playground.branch("work", ["note.txt": "4,dan\n", "new.txt": "new\n"])
        let lock = playground.path.appending(".git/refs/heads/main.lock")
        try FileSystem.replace(lock, withText: "")
        let refused = try await playground.headgate("merge", "work")
        #expect(refused.status != 0)
        #expect(refused.errorOutput.contains("main.lock"), "\(refused.errorOutput)")
        #expect(try await playground.git("status", "--porcelain").isEmpty)
        try FileSystem.remove(lock)
        try await playground.done("merge", "work")
    }
}

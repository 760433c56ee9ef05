import Glibc
import Model
import SystemPackage
import TestSupport
import Testing

@testable import HostSystem

@Suite("The table of processes")
struct ProcessTableTests {
    @Test("A program whose name looks like the rest of its line is found in its session and below its parent")
    func hostileName() async throws {
        let directory = try TemporaryDirectory()
        let name = directory.path("a) Z 1 (b")
        try FileSystem.symbolicLink(at: name, to: "/bin/sleep")
        let runner = CommandRunner()
        let task = Task {
            try await runner.run(Invocation("/bin/bash", ["-c", "\"$1\" 60; true", "bash", name.string]))
        }
        var found: Int32?
        for _ in 0..<200 where found == nil {
            try await Task.sleep(for: .milliseconds(20))
            found = ProcessTable().descendants(of: getpid()).first { process in
                // A process may have ended by now.
                (try? FileSystem.readText(FilePath("/proc/\(process)/comm"))) == "a) Z 1 (b\n"
            }
        }
        let process = try #require(found)
        let session = getsid(process)
        #expect(ProcessTable().members(ofSession: session).sorted() == [session, process].sorted())
        #expect(ProcessTable().descendants(of: session) == [process])
        task.cancel()
        _ = try? await task.value
        #expect(ProcessTable().members(ofSession: session).isEmpty)
    }

    @Test("Fifty commands that are cancelled at once end at once")
    func manyEndings() async throws {
        let task = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { _ = try await CommandRunner().run(Invocation("/bin/sleep", ["60"])) }
                }
                try await group.waitForAll()
            }
        }
        try await Task.sleep(for: .seconds(1))
        let began = SystemClock.monotonicNanoseconds()
        task.cancel()
        _ = try? await task.value
        let seconds = Double(SystemClock.monotonicNanoseconds() - began) / 1e9
        print("50 commands cancelled in \(seconds) s (debug build)")
        #expect(seconds < 10)
    }
}

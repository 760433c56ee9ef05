import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct HeldLockTests {
    let directory: TemporaryDirectory
    var path: FilePath { directory.path("lock") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func isHeldByOneAndNamesIt() async throws {
        let held = try await HeldLock(at: path, mode: .exclusive)
        do {
            _ = try await HeldLock(at: path, mode: .shared)
            Issue.record("two hold it")
        } catch let error as HostError {
            guard case .locked(path, let holder?) = error else { throw error }
            #expect(holder.hasPrefix("process \(CurrentProcess.identifier) ("))
            #expect(error.exitStatus == .tryAgain)
        }
        held.release()
        _ = try await HeldLock(at: path, mode: .exclusive)
    }

    @Test func isSharedByMany() async throws {
        try await HeldLock(at: path, mode: .exclusive).release()
        let one = try await HeldLock(at: path, mode: .shared)
        let two = try await HeldLock(at: path, mode: .shared)
        await #expect(throws: HostError.locked(path, holder: nil)) { try await HeldLock(at: path, mode: .exclusive) }
        one.release()
        two.release()
        two.release()
        _ = try await HeldLock(at: path, mode: .exclusive)
    }

    @Test func waitsForAWhile() async throws {
        let held = try await HeldLock(at: path, mode: .exclusive)
        await #expect(throws: HostError.self) {
            try await HeldLock(at: path, mode: .exclusive, wait: .upTo(TimeSpan(seconds: 0.1)))
        }
        let next = Task { [path] in
            try await HeldLock(at: path, mode: .exclusive, wait: .upTo(TimeSpan(seconds: 20)))
        }
        try await Task.sleep(nanoseconds: 50_000_000)
        held.release()
        #expect(try await next.value.path == path)
    }

    @Test("Ends at once, though a child that was just being started has the file open as well")
    func endsBesideAForkedChild() async throws {
        let held = try await HeldLock(at: path, mode: .exclusive)
        // What a child has between fork and exec: the same open file.
        let numbers = try FileSystem.list("/proc/self/fd").compactMap { Int32($0.string) }
        let ours = numbers.first { number in
            // The one that the list was read by is gone.
            (try? FileSystem.readLink(FilePath("/proc/self/fd/\(number)"))) == path
        }
        let own = try #require(ours)
        let inherited = dup(own)
        defer { close(inherited) }
        held.release()
        _ = try await HeldLock(at: path, mode: .exclusive)
    }

    @Test func endsWithItsLastReference() async throws {
        do { _ = try await HeldLock(at: path, mode: .exclusive) }
        _ = try await HeldLock(at: path, mode: .exclusive)
    }

    @Test func isNotPassedToChildProcesses() async throws {
        let held = try await HeldLock(at: path, mode: .exclusive)
        let child = Task {
            try await CommandRunner().run(Invocation("/bin/sleep", ["60"], directory: directory.path))
        }
        while RunningProcess.using(directory.path).isEmpty { try await Task.sleep(nanoseconds: 5_000_000) }
        held.release()
        _ = try await HeldLock(at: path, mode: .exclusive)
        child.cancel()
        _ = await child.result
    }
}

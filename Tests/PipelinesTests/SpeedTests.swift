import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

/// Budgets hold for release builds and are judged by `scripts/bench`; here they are printed, and only far worse fails.
@Suite("Speed", .serialized)
struct SpeedTests {
    private func milliseconds(_ body: () async throws -> Void) async throws -> Double {
        let started = SystemClock.monotonicNanoseconds()
        try await body()
        return Double(SystemClock.monotonicNanoseconds() - started) / 1e6
    }

    @Test("A thousand steps", arguments: [false, true])
    func thousand(sandboxed: Bool) async throws {
        let count = sandboxed ? 100 : 300
        let project = try await TestProject(sandboxed: sandboxed)
        let steps = (0..<count).map { number in
            step(
                "s\(number)", "echo \(number) > out/\(number).txt", inputs: ["in/\(number).txt"],
                outputs: ["out/\(number).txt"])
        }
        for number in 0..<count { try project.directory.write("ws/in/\(number).txt", "x\(number)") }
        var states: Set<StepState> = []
        let run = try await milliseconds { states = Set(try await project.run(steps).steps.map(\.state)) }
        #expect(states == [.ran])
        print("\(count) trivial steps, sandbox: \(sandboxed): \(run / Double(count)) ms a step (debug build)")
        _ = try await project.run(steps)
        let noop = try await milliseconds { states = Set(try await project.run(steps).steps.map(\.state)) }
        #expect(states == [.upToDate])
        print("\(count) steps up to date, graph and keys included: \(noop) ms (debug build)")
        #expect(run / Double(count) < 1000)
        #expect(noop < 2000)
    }
}

import HostSystem
import Model
import Pipelines
import SystemPackage
import Testing

@Suite("Resources of steps", .serialized)
struct ResourceTests {
    private func limited(_ id: String, _ command: String, cpus: Double? = nil, memory: Int64? = nil) -> ResolvedStep {
        var limited = step(id, command)
        limited.resources = Resources(cpus: cpus, memory: memory.map { ByteCount($0) })
        return limited
    }

    @Test(
        "A step that takes more memory than it may is killed, with all that it started, and told so",
        arguments: [false, true])
    func memory(sandboxed: Bool) async throws {
        let project = try await TestProject(sandboxed: sandboxed)
        let eat = "python3 -c 'import time; x = b\"x\" * 300_000_000; time.sleep(60)'"
        // Most of it in a child, and none of it where the memory is only shared.
        let steps = [
            limited("greedy", "(\(eat)) & wait; true", memory: 150_000_000),
            limited(
                "modest", "python3 -c 'import time; x = b\"x\" * 60_000_000; time.sleep(0.3)'", memory: 150_000_000),
            limited(
                "sharing",
                "python3 -c 'import os, time; x = b\"x\" * 80_000_000; [os.fork() for _ in range(2)]; time.sleep(0.5)'",
                memory: 150_000_000),
        ]
        let report = try await project.run(steps, options: RunOptions(jobs: 3))
        #expect(report.summary == "greedy failed, modest ran, sharing ran")
        let message = try #require(report.steps[0].message)
        #expect(message.hasPrefix("killed: it took ") && message.hasSuffix("`resources` allows 150 MB"), "\(message)")
        #expect(report.steps[0].seconds < 30)
    }

    @Test("A step runs on as many processors as it asks for, and what it starts counts no more")
    func processors() async throws {
        let project = try await TestProject(sandboxed: true)
        guard CurrentProcess.allowedProcessors.count > 1 else { return }
        var steps = [limited("one", "nproc > one", cpus: 0.5), limited("all", "nproc > all", cpus: 512)]
        steps[0].outputs = ["one"]
        steps[1].outputs = ["all"]
        #expect(try await project.run(steps).succeeded)
        #expect(try project.read("one") == "1\n")
        #expect(try project.read("all") == "\(CurrentProcess.allowedProcessors.count)\n")

        steps[0].command = "nproc > one; echo again"
        let log = EventLog()
        let report = try await project.run(steps, events: log.add) {
            $0.processors = Processors(program: nil, allowed: [0, 1])
        }
        #expect(report.succeeded)
        let notes = log.all.compactMap { if case .note(let text) = $0 { text } else { nil } }
        #expect(notes == ["`cpus` of steps is not kept to: the program taskset is missing"])
    }
}

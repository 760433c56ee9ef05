import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@Suite struct ProcessTests {
    @Test func knowsItself() throws {
        #expect(CurrentProcess.identifier == getpid())
        #expect(FileSystem.exists(try CurrentProcess.executable()))
        #expect(!CurrentProcess.userName.isEmpty)
        #expect(CurrentProcess.cores >= 1)
        #expect(FileSystem.isDirectory(try CurrentProcess.currentDirectory()))
        #expect(ProcessVariables.current()["PATH"] != nil)
    }

    @Test func measuresTime() {
        let before = SystemClock.monotonicNanoseconds()
        #expect(SystemClock.monotonicNanoseconds() >= before)
        #expect(SystemClock.now().seconds > 1_700_000_000)
        #expect(TimeSource.fixed(Timestamp(seconds: 5)).now() == Timestamp(seconds: 5))
    }

    @Test func seesNoTerminalInAPipe() async throws {
        #expect(!TerminalDevice(descriptor: 999).isTerminal)
        #expect(TerminalDevice(descriptor: 999).size == nil)
    }

    @Test func findsWhoUsesADirectory() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("sub/file")
        #expect(RunningProcess.using(directory.path).isEmpty)
        let child = Task {
            try await CommandRunner().run(
                Invocation("/bin/bash", ["-c", "exec 7< \(file); exec /bin/sleep 60"], directory: "/"))
        }
        var found: [RunningProcess] = []
        while found.isEmpty {
            found = RunningProcess.using(directory.path).filter { $0.command == "sleep 60" }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
        #expect(found[0].holds == file)
        child.cancel()
        _ = await child.result
        #expect(RunningProcess.using(directory.path("none")).isEmpty)
    }

    @Test func watchesSignals() async throws {
        let watcher = try SignalWatcher([.windowChange])
        var signals = watcher.signals.makeAsyncIterator()
        kill(getpid(), SIGWINCH)
        #expect(await signals.next() == .windowChange)
        withExtendedLifetime(watcher) {}
    }

    @Test func reachesFaultPoints() throws {
        let directory = try TemporaryDirectory()
        let log = directory.path("log")
        let faults = FaultPoints(variables: ["HEADGATE_FAULT_LOG": log.string, "HEADGATE_FAULT": "kill:never"])
        faults.reached("create.workspace.before")
        faults.reached("create.workspace.after")
        FaultPoints.none.reached("x")
        #expect(try FileSystem.readText(log) == "create.workspace.before\ncreate.workspace.after\n")
    }

    @Test func runsAnActorOnItsOwnQueue() async {
        actor Counter {
            private let executor = QueueExecutor(label: "test")
            private var count = 0

            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

            func add() -> Int {
                count += 1
                return count
            }
        }
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = await counter.add() } }
        }
        #expect(await counter.add() == 101)
    }
}

@Suite struct TestSupportTests {
    @Test func findsTheBuiltProgram() throws {
        let program = try ProgramUnderTest(variables: [:])
        #expect(FileSystem.exists(program.executable))
    }

    @Test func makesARepository() async throws {
        let repository = try await TemporaryRepository()
        let first = try await repository.tip()
        try await repository.branch("feature")
        let second = try await repository.commit(["a/b": "x"], message: "Add b")
        #expect(try await repository.git("log", "--format=%an %s", "main..feature") == "Test Add b")
        #expect(try await repository.tip("main") == first)
        #expect(try await repository.tip("feature") == second)
        await #expect(throws: TemporaryRepository.GitFailed.self) { try await repository.git("no-such-command") }
    }
}

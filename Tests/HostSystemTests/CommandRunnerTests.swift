import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

private let path = ["PATH": "/usr/local/bin:/usr/bin:/bin"]

private func shell(_ script: String, _ change: (inout Invocation) -> Void = { _ in }) async throws -> CommandResult {
    var invocation = Invocation("bash", ["-c", script], variables: path)
    change(&invocation)
    return try await CommandRunner().run(invocation)
}

@Suite struct CommandRunnerTests {
    @Test func givesBackOutputErrorAndStatus() async throws {
        let result = try await shell("echo out; echo err >&2; exit 7")
        #expect(result.termination == .exited(7))
        #expect(!result.succeeded)
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        #expect(!result.truncated)
        #expect(result.seconds > 0)
    }

    @Test func namesTheSignal() async throws {
        #expect(try await shell("kill -KILL $$").termination == .signalled(9))
    }

    @Test func passesExactlyTheGivenVariables() async throws {
        let result = try await CommandRunner().run(Invocation("/usr/bin/env", variables: ["ONE": "a=b", "TWO": ""]))
        #expect(Set(result.outputText.split(separator: "\n")) == ["ONE=a=b", "TWO="])
    }

    @Test func runsInItsDirectoryAndReadsItsInput() async throws {
        let result = try await shell("pwd; cat; readlink /proc/self/fd/0 >&2") {
            $0.directory = "/usr"
            $0.input = .text("hello")
        }
        #expect(result.outputText == "/usr\nhello")
        #expect(try await shell("cat").output.isEmpty)
    }

    @Test func survivesAChildThatReadsNothingOfMuchInput() async throws {
        let result = try await shell("exit 0") { $0.input = .bytes([UInt8](repeating: 1, count: 8 << 20)) }
        #expect(result.succeeded)
    }

    @Test func keepsTheOrderOfJoinedOutput() async throws {
        let result = try await shell("echo 1; echo 2 >&2; echo 3") { $0.errorOutput = .joined }
        #expect(result.outputText == "1\n2\n3\n")
        #expect(result.errorOutput.isEmpty)
    }

    @Test func dropsWhatExceedsTheLimit() async throws {
        let result = try await shell("head -c 3000000 /dev/zero; echo done >&2") { $0.output = .captured(limit: 1000) }
        #expect(result.output.count == 1000)
        #expect(result.truncated)
        #expect(result.errorText == "done\n")
    }

    @Test func saysWhyACommandDidNotStart() async throws {
        let directory = try TemporaryDirectory()
        let plain = try directory.write("plain", "x")
        let script = try directory.write("script", "#!/no/such/interpreter\n", mode: 0o755)
        let cases: [(Invocation, String)] = [
            (Invocation("no-such-program", variables: path), "it is not in any directory of PATH"),
            (Invocation("/no/such"), "/no/such does not exist"),
            (Invocation(plain.string), "\(plain) is not executable"),
            (Invocation(script.string), "the interpreter that \(script) names is missing"),
            (Invocation("/bin/true", directory: "/no"), "its directory /no cannot be entered"),
            (
                Invocation("true", variables: ["PATH": ":.:bin"], directory: "/usr"),
                "it is not in any directory of PATH"
            ),
            (Invocation("/bin/echo", ["a\0b"]), "an argument holds a zero byte"),
        ]
        for (invocation, reason) in cases {
            await #expect(throws: HostError.commandNotStarted(program: invocation.program, reason: reason)) {
                try await CommandRunner().run(invocation)
            }
        }
    }

    @Test func leavesNoDescriptorOpen() async throws {
        let before = try FileSystem.list("/proc/self/fd").count
        for _ in 0..<100 { _ = try await shell("echo x") }
        for _ in 0..<100 { _ = try? await CommandRunner().run(Invocation("/no/such")) }
        // Other tests open files at the same time: only growth with the number of commands counts.
        #expect(try FileSystem.list("/proc/self/fd").count < before + 90)
    }

    @Test func hidesOurDescriptorsFromTheChild() async throws {
        let directory = try TemporaryDirectory()
        let open = try FileDescriptor.open(
            directory.path("x"), .readWrite, options: [.create], permissions: .ownerReadWrite)
        defer { try? open.close() }
        let names = try await shell("ls /proc/self/fd").outputText.split(separator: "\n")
        #expect(names.count == 4)  // 0, 1, 2 and the directory that ls reads.
    }

    @Test func logsAsItComesWithInvalidTextAndACap() async throws {
        let directory = try TemporaryDirectory()
        let log = directory.path("log")
        let result = try await shell(#"printf 'a\xff\xfeb'; yes | head -c 5000"#) { $0.output = .log(log, limit: 100) }
        #expect(result.succeeded)
        #expect(result.truncated)
        #expect(result.output.isEmpty)
        let bytes = try FileSystem.readBytes(log)
        #expect(bytes.starts(with: [0x61, 0xFF, 0xFE, 0x62]))
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("[the log ends here: 100 bytes]\n"))
        #expect(bytes.count < 150)
    }

    @Test func reportsALogThatCannotBeWritten() async throws {
        await #expect(throws: HostError.failed(action: "write", path: "/dev/full", code: .noSpace)) {
            try await shell("echo x") { $0.output = .log("/dev/full", limit: 100) }
        }
        await #expect(throws: HostError.failed(action: "write", path: "/no/log", code: .noSuchFileOrDirectory)) {
            try await shell("echo x") { $0.output = .log("/no/log", limit: 100) }
        }
    }

    @Test func redactsAcrossChunks() async throws {
        let directory = try TemporaryDirectory()
        let log = directory.path("log")
        let seen = Chunks()
        _ = try await shell("printf 'key=hun'; sleep 0.05; printf 'ter2;hunt\nhunter'") {
            $0.output = .log(log, limit: 1000)
            $0.redactions = [Array("hunter2".utf8), []]
            $0.observe = { seen.add($0) }
        }
        #expect(try FileSystem.readText(log) == "key=***;hunt\nhunter")
        #expect(seen.text == "key=***;hunt\nhunter")
    }

    @Test func endsOnItsTimeLimit() async throws {
        let result = try await shell("trap 'echo bye; exit 0' TERM; echo hi; while :; do sleep 0.01; done") {
            $0.timeLimit = TimeSpan(seconds: 0.2)
        }
        #expect(result.termination == .timedOut)
        #expect(result.outputText == "hi\nbye\n")
        #expect(result.seconds < 20)
    }

    @Test func killsWhatIgnoresTheRequestToEnd() async throws {
        let result = try await shell("trap '' TERM; sleep 100 & set -m; sleep 100 & wait") {
            $0.timeLimit = TimeSpan(seconds: 0.1)
            $0.gracePeriod = TimeSpan(seconds: 0.1)
        }
        #expect(result.termination == .timedOut)
        #expect(result.seconds < 20)
    }

    @Test func leavesNothingRunning() async throws {
        let directory = try TemporaryDirectory()
        // In the group, in a group of its own, with the output held open and without.
        let script = """
            cd \(directory.path)
            sleep 300 & sleep 300 >/dev/null 2>&1 & set -m; sleep 300 &
            echo started
            """
        let result = try await shell(script)
        #expect(result.outputText == "started\n")
        #expect(result.seconds < 20)
        #expect(try await isLeftAlone(directory))
    }

    /// Waits until no process uses a directory any more; those that were killed are gone a moment later.
    private func isLeftAlone(_ directory: TemporaryDirectory) async throws -> Bool {
        for _ in 0..<1000 where !RunningProcess.using(directory.path).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        return RunningProcess.using(directory.path).isEmpty
    }

    @Test func waitsForAWriterThatFinishes() async throws {
        let result = try await shell("exec > >(sleep 0.05; cat); echo late")
        #expect(result.outputText == "late\n")
    }

    @Test func endsWhenItsTaskIsCancelled() async throws {
        let directory = try TemporaryDirectory()
        let task = Task {
            try await shell("sleep 300 & sleep 300") { $0.directory = directory.path }
        }
        while RunningProcess.using(directory.path).count < 2 { try await Task.sleep(nanoseconds: 10_000_000) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await isLeftAlone(directory))
    }

    @Test func startsNothingInACancelledTask() async throws {
        let directory = try TemporaryDirectory()
        let task = Task {
            try? await Task.sleep(nanoseconds: 1_000_000_000)
            return try await shell("touch \(directory.path("made"))")
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!directory.exists("made"))
    }

    @Test func runsManyAtOnce() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 { group.addTask { try await shell("echo \(number)").outputText } }
            var seen: Set<String> = []
            for try await text in group { seen.insert(text) }
            #expect(seen.count == 40)
        }
    }

    @Test func isCheap() async throws {
        let command = Invocation("/bin/true", output: .discarded, errorOutput: .discarded)
        var times: [Double] = []
        for _ in 0..<100 { times.append(try await CommandRunner().run(command).seconds) }
        // A budget of about 1 ms; other tests and builds share the machine.
        #expect(times.sorted()[50] < 0.010, "median \(times.sorted()[50] * 1000) ms")
    }
}

/// Collects what `observe` receives.
final class Chunks: Sendable {
    private let bytes = Locked<[UInt8]>([])

    func add(_ chunk: [UInt8]) { bytes.update { $0 += chunk } }

    var text: String { String(decoding: bytes.value, as: UTF8.self) }
}

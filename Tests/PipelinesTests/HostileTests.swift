import Glibc
import HostSystem
import Model
import Pipelines
import SystemPackage
import TestSupport
import Testing

@Suite("Hostile names, links and leftovers", .serialized)
struct HostileTests {
    @Test("File names of any bytes are hashed, cached and put in place")
    func fileNames() async throws {
        let one = try await TestProject()
        let make = #"""
            mkdir -p out; cd out
            printf 1 > $'new\nline'; printf 2 > $'invalid\xff'; printf 3 > ./-rf; printf 4 > ' spaces '
            printf 5 > $'caf\xc3\xa9'; printf 6 > $'cafe\xcc\x81'; printf 7 > 'back\slash'; printf 8 > '$(id)'
            mkdir empty; ln -s ./-rf link; ln -s nowhere dangling; chmod +x ./-rf
            """#
        let steps = [
            step("make", make, outputs: ["out"]),
            step("use", "ls -b out > list; cat out/* >> list 2> /dev/null || true", inputs: ["out"], outputs: ["list"]),
        ]
        #expect(try await one.run(steps).summary == "make ran, use ran")
        #expect(try await one.run(steps).summary == "make up-to-date, use up-to-date")
        let two = try await TestProject(workspace: "other", sharing: one)
        #expect(try await two.run(steps).summary == "make cached, use cached")
        let difference = try await CommandRunner().run(
            Invocation(
                "diff", ["-r", "--no-dereference", one.workspace.string, two.workspace.string],
                variables: TestProject.variables))
        #expect(difference.termination == .exited(0), "\(difference.outputText)")
        #expect(FileSystem.exists(two.workspace.appending("out/empty")))
        #expect(try FileSystem.requireStatus(two.workspace.appending("out/-rf")).mode & 0o111 == 0o111)
        #expect(try FileSystem.readLink(two.workspace.appending("out/dangling")) == "nowhere")
        // One changed byte in one of them is a change.
        _ = try await CommandRunner().run(
            Invocation(
                "sh", ["-c", #"printf x > "$(printf 'out/invalid\377')""#], variables: TestProject.variables,
                directory: two.workspace))
        #expect(try await two.run(steps).summary == "make cached, use up-to-date")
    }

    @Test("The executable bit of an input counts, the time does not")
    func executableBit() async throws {
        let project = try await TestProject()
        try project.write("tool.sh", "echo 1")
        let steps = [step("s", "cat tool.sh > out", inputs: ["tool.sh"], outputs: ["out"])]
        _ = try await project.run(steps)
        try FileSystem.setModified(project.workspace.appending("tool.sh"), Timestamp(seconds: 1000))
        #expect(try await project.run(steps).summary == "s up-to-date")
        try FileSystem.setMode(project.workspace.appending("tool.sh"), 0o755)
        #expect(try await project.run(steps).summary == "s ran")
    }

    @Test("An input that is a link in a circle is named as one")
    func linkInCircle() async throws {
        let project = try await TestProject()
        try FileSystem.symbolicLink(at: project.workspace.appending("loop"), to: "loop")
        let steps = [step("s", "true", inputs: ["loop"], outputs: ["out"])]
        await #expect(throws: PipelineError.inputNotReadable("loop", kind: "link that leads in a circle")) {
            try await project.run(steps)
        }
    }

    @Test("What a link leads to counts as well")
    func linkedInput() async throws {
        let project = try await TestProject()
        try project.directory.write("elsewhere/big.csv", "1")
        try FileSystem.symbolicLink(
            at: project.workspace.appending("big.csv"), to: project.directory.path("elsewhere/big.csv"))
        let steps = [step("s", "cat big.csv > out", inputs: ["big.csv"], outputs: ["out"])]
        #expect(try await project.run(steps).summary == "s ran")
        #expect(try await project.run(steps).summary == "s up-to-date")
        try project.directory.write("elsewhere/big.csv", "2")
        #expect(try await project.run(steps).summary == "s ran")
    }

    @Test("Links out of the workspace are refused", arguments: ["/etc/passwd", "../../x", "out/../../x"])
    func escapingLinks(_ target: String) async throws {
        let project = try await TestProject()
        let report = try await project.run([step("s", "ln -s \(target) link", outputs: ["link"])])
        #expect(report.summary == "s failed")
        #expect(report.steps[0].message == "its output `link` is a link out of the workspace")
        #expect(!project.exists("link"))
    }

    @Test("A directory that became a link out of the workspace is not written through")
    func swappedDirectory() async throws {
        let one = try await TestProject()
        let steps = [step("s", "echo mine > out/x", outputs: ["out/x"])]
        _ = try await one.run(steps)
        let two = try await TestProject(workspace: "other", sharing: one)
        try one.directory.write("victim/x", "precious")
        try FileSystem.symbolicLink(at: two.workspace.appending("out"), to: one.directory.path("victim"))
        let report = try await two.run(steps)
        #expect(report.summary == "s failed")
        #expect(try one.directory.read("victim/x") == "precious")
    }

    @Test("Read-only outputs are replaced, and keep their modes")
    func readOnlyOutputs() async throws {
        let project = try await TestProject()
        func steps(_ text: String) -> [ResolvedStep] {
            [
                step(
                    "s", "mkdir -p out/in; echo \(text) > out/in/x; chmod 400 out/in/x; chmod 500 out/in out",
                    outputs: ["out"])
            ]
        }
        for text in ["1", "2", "1"] { #expect(try await project.run(steps(text)).succeeded) }
        #expect(try project.read("out/in/x") == "1\n")
        #expect(try FileSystem.requireStatus(project.workspace.appending("out/in")).mode == 0o500)
        #expect(try await project.run(steps("1")).summary == "s up-to-date")
    }

    @Test("Sockets and pipes are no outputs")
    func pipes() async throws {
        let project = try await TestProject()
        #expect(try await project.run([step("s", "mkfifo out", outputs: ["out"])]).summary == "s failed")
    }

    @Test(
        "A planted repository is set aside and taints",
        arguments: [
            "git init -q sub", "git init -q --bare sub", "mkdir -p sub/deep/.git",
            "mkdir -p sub/x && echo 'gitdir: /tmp' > sub/x/.git",
        ])
    func nestedRepositories(_ plant: String) async throws {
        let project = try await TestProject()
        try project.write("vendor/mine/.git/HEAD", "ref: refs/heads/main")
        let steps = [step("a", "true"), step("plant", plant, needs: ["a"]), step("b", "true", needs: ["plant"])]
        let report = try await project.run(steps)
        #expect(report.taints.count == 1, "\(report.taints)")
        #expect(project.exists("vendor/mine/.git/HEAD"))
        let left = try TreeWalk.list(project.workspace).filter {
            ($0.path.lastComponent == ".git" || $0.path.lastComponent == "HEAD") && $0.path.components.first != "vendor"
        }
        #expect(left.isEmpty)
        #expect(try await project.run([step("c", "true")]).taints.isEmpty)
    }

    @Test("Names of steps that are no file names have a log all the same")
    func stepNames() async throws {
        let project = try await TestProject()
        let names = ["../../x", "a/b", "..", "x[y=../z]", "-rf", String(repeating: "n", count: 400), "new\nline"]
        let report = try await project.run(names.map { step($0, "echo hello") })
        #expect(report.succeeded)
        let logs = try report.steps.map { FilePath(try #require($0.log)) }
        #expect(Set(logs).count == names.count)
        let folder = project.directory.path("state/logs/ws-run-1")
        for log in logs {
            #expect(log.removingLastComponent() == folder)
            #expect(try FileSystem.readText(log) == "hello\n")
        }
    }

    @Test("Secrets reach the step and are redacted in its log")
    func secrets() async throws {
        let project = try await TestProject()
        var s = step("s", "test \"$KEY\" = 'hunter2/ü' && echo $KEY && echo -n $KEY | base64 && echo hunter2%2F%C3%BC")
        s.secretVariables = ["KEY": "API"]
        let report = try await project.run([s], adjust: { $0.secrets = ["API": "hunter2/ü"] })
        #expect(report.succeeded)
        #expect(try FileSystem.readText(FilePath(#require(report.steps[0].log))) == "***\n***\n***\n")
        let missing = try await project.run([s], adjust: { $0.trackedFiles = { [] } })
        #expect(missing.summary == "s up-to-date")
        let forced = try await project.run([s], options: RunOptions(jobs: 1, force: .all))
        #expect(forced.steps[0].message?.contains("`API`") == true)
    }

    @Test("An output larger than the copy limit is remembered where it lies")
    func largeOutput() async throws {
        let one = try await TestProject()
        let steps = [step("s", "head -c 500000 /dev/urandom > big", outputs: ["big"])]
        func run(_ project: TestProject) async throws -> String {
            try await project.run(steps, adjust: { $0.copyLimit = ByteCount(400_000) }).summary
        }
        #expect(try await run(one) == "s ran")
        #expect(try await run(one) == "s up-to-date")
        #expect(try OutputCache(directory: one.cache).size() < 100_000)
        let two = try await TestProject(workspace: "other", sharing: one)
        #expect(try await run(two) == "s cached")
        #expect(
            try FileSystem.readBytes(one.workspace.appending("big"))
                == FileSystem.readBytes(two.workspace.appending("big")))
        // Changed where it lay: no longer good for others.
        let three = try await TestProject(workspace: "third", sharing: one)
        for project in [one, two] { try project.write("big", String(repeating: "x", count: 500_000)) }
        #expect(try await run(three) == "s ran")
    }

    @Test("The cache shrinks to its limit, the least recently used first")
    func eviction() async throws {
        let project = try await TestProject()
        let steps = (0..<4).map { step("s\($0)", "head -c 1000000 /dev/urandom > out\($0)", outputs: ["out\($0)"]) }
        for step in steps { _ = try await project.run([step]) }
        let cache = OutputCache(directory: project.cache)
        let before = try cache.size()
        #expect(before >= 4_000_000)
        let memory = try project.store.stepMemory(of: project.workspace.string)
        let kept = try #require(memory["s0"]).key
        let freed = try cache.prune(limit: ByteCount(2_100_000), keeping: [kept], store: project.store)
        #expect(freed >= 1_900_000 && freed < 3_000_000)
        #expect(try cache.size() <= 2_100_000)
        for name in ["out0", "out1", "out3"] { try FileSystem.remove(project.workspace.appending(name)) }
        #expect(try await project.run(steps).summary == "s0 cached, s1 ran, s2 up-to-date, s3 cached")
    }
}

@Suite("A full disk", .serialized, .enabled(if: LoopDevice.isPossible))
struct FullDiskTests {
    @Test("ends the run with the path, and leaves nothing that looks good")
    func full() async throws {
        let disk = try await LoopDevice(.tmpfs, megabytes: 3)
        let project = try await TestProject()
        let steps = [
            step("fine", "echo 1 > fine", outputs: ["fine"]),
            step("large", "head -c 4000000 /dev/zero > large", inputs: ["fine"], outputs: ["large"]),
        ]
        func run() async throws -> PipelineReport {
            try await project.run(steps, adjust: { $0.cacheDirectory = disk.path.appending("cache") })
        }
        await #expect {
            _ = try await run()
        } throws: { error in
            guard case HostError.failed(_, let path, .noSpace) = error else { return false }
            return path.starts(with: disk.path)
        }
        #expect(!project.exists("large"))
        #expect(project.exists("fine"))
        // What had finished was recorded.
        #expect(try await project.plan(steps).map(\.action) == [.upToDate, .run])
        try await disk.unmount()
    }
}

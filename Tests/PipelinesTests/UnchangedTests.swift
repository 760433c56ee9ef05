import HostSystem
import Model
import SystemPackage
import Testing

@testable import Pipelines

@Suite("Everything as last time", .serialized)
struct UnchangedTests {
    /// A project in which everything is up to date and the index was written.
    private func settled() async throws -> (project: TestProject, index: IndexFile, steps: [ResolvedStep]) {
        let project = try await TestProject()
        for path in ["src/a.py", "src/deep/b.py", "data/x/1.csv", "one.txt"] { try project.write(path, path) }
        let steps = [
            step("a", "cat src/*.py > out/a", inputs: ["src"], outputs: ["out/a"]),
            step("b", "cat data/*/*.csv > b", inputs: ["data/*/*.csv", "one.txt"], outputs: ["b"]),
            step("dir", "mkdir -p dir/empty; cp b dir", inputs: ["b"], outputs: ["dir"]),
            step("all", "ls out > all", inputs: ["out/*"], outputs: ["all"]),
            step("check", "true", inputs: ["all"]),
        ]
        let index = IndexFile(
            path: project.directory.path("state/index"), fingerprint: ContentHash(of: "configuration"))
        try await Task.sleep(for: .milliseconds(40))
        _ = try await project.run(steps, adjust: { $0.keep(index) })
        #expect(
            try await index.report() == nil,
            "written only by a run in which nothing was done")
        try await Task.sleep(for: .milliseconds(40))
        #expect(try await project.run(steps, adjust: { $0.keep(index) }).steps.allSatisfy { $0.state == .upToDate })
        return (project, index, steps)
    }

    @Test("A run in which nothing changed is answered from the index, as often as asked")
    func unchanged() async throws {
        let (project, index, steps) = try await settled()
        for _ in 0..<3 {
            let report = try #require(try await index.report())
            #expect(report.steps == (try await project.run(steps)).steps)
            #expect(report.isolation == .process)
        }
        let other = IndexFile(path: index.path, fingerprint: ContentHash(of: "another configuration"))
        #expect(try await other.report() == nil)
    }

    @Test(
        "Any change is seen",
        arguments: [
            "echo x > src/a.py", "touch src/deep/new", "rm src/deep/b.py", "chmod +x src/a.py", "mkdir src/empty",
            "touch data/x/2.csv", "mkdir data/y; touch data/y/1.csv", "rm data/x/1.csv",
            "mv one.txt two.txt; cp two.txt one.txt",
            "rm b", "echo x > out/a", "touch out/new", "rmdir dir/empty", "rm -r dir", "ln -sf /etc/passwd one.txt",
            // The same size and the same time: only the kernel's own time tells.
            "touch -r src/a.py /tmp/headgate-time-$$; printf 'SRC/a.py' > src/a.py; touch -r /tmp/headgate-time-$$ src/a.py; rm /tmp/headgate-time-$$",
        ])
    func changed(_ change: String) async throws {
        let (project, index, steps) = try await settled()
        #expect(try await index.report() != nil)
        let result = try await CommandRunner().run(
            Invocation("bash", ["-ec", change], variables: TestProject.variables, directory: project.workspace))
        #expect(result.succeeded, "\(result.errorText)")
        #expect(try await index.report() == nil)
        // What has not changed is taken as it was, and that changes no decision.
        let recalled = try? await project.run(steps, adjust: { $0.keep(index) })
        let again = try? await project.run(steps)
        #expect(again?.steps.allSatisfy { $0.state == .upToDate } ?? (recalled == nil), "\(again?.steps ?? [])")
    }

    @Test("Directories that have not changed are taken as they were, others are read")
    func recalled() async throws {
        let (project, index, _) = try await settled()
        let places = ["src", "dir", "data"].map { name in
            (WorkspacePath(name), project.workspace.appending(name))
        }
        let all = Dictionary(uniqueKeysWithValues: places)
        #expect(
            try await Set(EarlierRun(at: index.path).snapshots(of: all, width: 2).keys.map(\.text)) == ["src", "dir"])
        try project.write("src/deep/new", "x")
        #expect(try await Set(EarlierRun(at: index.path).snapshots(of: all, width: 2).keys.map(\.text)) == ["dir"])
        let elsewhere = [WorkspacePath("dir"): project.workspace.appending("src")]
        #expect(try await EarlierRun(at: index.path).snapshots(of: elsewhere, width: 2).isEmpty)
    }

    @Test("A damaged index is the same as none", arguments: 0..<40)
    func damaged(round: Int) async throws {
        struct Once { static let settled = Task { try await UnchangedTests().settled() } }
        let (project, index, _) = try await Once.settled.value
        let bytes = try FileSystem.readBytes(index.path)
        let copy = IndexFile(path: project.directory.path("state/copy-\(round)"), fingerprint: index.fingerprint)
        var random = SplitMix(state: UInt64(round))
        var damaged = bytes
        if round % 2 == 0 {
            damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        } else {
            damaged.removeLast(Int.random(in: 1...bytes.count, using: &random))
        }
        try FileSystem.replace(copy.path, with: damaged)
        #expect(try await copy.report() == nil)
    }
}

/// An index and what it is for.
private struct IndexFile {
    let path: FilePath
    let fingerprint: ContentHash

    /// What the next run would say of it.
    func report() async throws -> PipelineReport? {
        try await EarlierRun(at: path).report(for: fingerprint, width: 2)
    }
}

extension PipelineContext {
    fileprivate mutating func keep(_ index: IndexFile) {
        earlier = EarlierRun(at: index.path)
        fingerprint = index.fingerprint
    }
}

import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage
import TestSupport
import Testing

@Suite("Recorded outputs")
struct RecordedOutputTests {
    /// A step that has made a directory, and one that makes something else each time.
    private struct Made {
        let project: TestProject
        let steps = [
            step(
                "pack",
                "mkdir -p out/in && echo 1 > out/in/a && ln -s in/a out/latest && echo '#!' > out/go && chmod +x out/go",
                outputs: ["./out/"]),
            step("roll", "date +%s%N > dice", outputs: ["dice"]),
        ]
        var report: PipelineReport

        init() async throws {
            project = try await TestProject()
            report = try await project.run(steps)
        }

        func recorded(_ number: Int, at path: String, by run: PipelineReport? = nil) throws -> RecordedOutput? {
            let result = (run ?? report).steps[number]
            let key = try #require(result.key)
            return RecordedOutput(
                at: path, of: steps[number], recorded: try #require(try project.store.cachedResults(for: [key])[key]),
                digest: try #require(result.outputs))
        }
    }

    @Test("An output comes out of the cache as it was made, and out of a workspace only by its hash")
    func comesOut() async throws {
        let made = try await Made()
        let output = try #require(try made.recorded(0, at: "out"))
        #expect(!output.isSingleFile)
        #expect(output.entries.map(\.path.string) == ["", "go", "in", "in/a", "latest"])
        #expect(output.entries.map(\.kind) == [.directory, .file, .directory, .file, .link])

        let cache = made.project.cache
        let first = made.project.directory.path("first")
        #expect(try await output.put(at: first, from: cache, orFrom: []))
        #expect(try FileSystem.readText(first.appending("in/a")) == "1\n")
        #expect(try FileSystem.requireStatus(first.appending("go")).mode & 0o100 != 0)
        #expect(try FileSystem.readLink(first.appending("latest")) == "in/a")

        let hash = try #require(output.entries[3].hash)
        try FileSystem.remove(cache.appending(hash.prefix(2)).appending(hash.hex))
        let workspaces = [made.project.directory.path("nowhere"), made.project.workspace]
        #expect(try await !output.put(at: made.project.directory.path("second"), from: cache, orFrom: []))
        #expect(try await output.put(at: made.project.directory.path("third"), from: cache, orFrom: workspaces))
        try made.project.write("out/in/a", "2\n")
        #expect(try await !output.put(at: made.project.directory.path("fourth"), from: cache, orFrom: workspaces))
    }

    @Test("What a later run made under the same key is not what the earlier run is asked for")
    func otherRun() async throws {
        let made = try await Made()
        #expect(try made.recorded(1, at: "dice") != nil)
        #expect(try made.recorded(1, at: "out") == nil, "another step's")
        let later = try await made.project.run(made.steps, options: RunOptions(jobs: 1, force: .all))
        #expect(try made.recorded(1, at: "dice") == nil)
        #expect(try made.recorded(1, at: "dice", by: later) != nil)
    }
}

import HostSystem
import SystemPackage
import TestSupport
import Testing

@testable import DataTests

@Suite("DuckDB's program is found")
struct DuckDBEngineTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func addProgram(_ path: String) throws -> DuckDBEngine {
        DuckDBEngine(program: try directory.write(path, "#!/bin/sh\necho v1.5.6 abc\n", mode: 0o755))
    }

    private func locate(_ program: String, path: String? = nil) -> DuckDBEngine? {
        DuckDBEngine.locate(besides: directory.path(program), variables: path.map { ["PATH": $0] } ?? [:])
    }

    @Test("Installed beside the program, before any other")
    func findsInstalled() throws {
        let installed = try addProgram("prefix/lib/headgate/bin/duckdb")
        _ = try addProgram("other/duckdb")
        #expect(locate("prefix/bin/headgate", path: directory.path("other").string) == installed)
    }

    @Test("Built beside the program")
    func findsBuilt() throws {
        try directory.write("package/Package.swift")
        let built = try addProgram("package/.build/headgate/lib/headgate/bin/duckdb")
        #expect(locate("package/.build/debug/headgate") == built)
        #expect(locate("package/.build/x86_64-unknown-linux-gnu/debug/headgate") == built)
    }

    @Test("In the path, where the wrapper of pip gives way to what it starts")
    func findsInPath() throws {
        let first = directory.path("first").string
        let second = directory.path("venv/bin").string
        #expect(locate("bin/headgate", path: "\(first):\(second)") == nil)
        let wrapper = try addProgram("venv/bin/duckdb")
        #expect(locate("bin/headgate", path: "\(first):\(second)") == wrapper)
        let native = try addProgram("venv/lib/python3.11/site-packages/duckdb_cli/duckdb")
        #expect(locate("bin/headgate", path: "\(first):\(second)") == native)
        try directory.write("first/duckdb", "no program")
        #expect(locate("bin/headgate", path: "\(first):.::\(second)") == native)
    }

    @Test func tellsItsVersion() async throws {
        let runner = CommandRunner()
        #expect(try await addProgram("bin/duckdb").version(runner: runner) == "1.5.6")
        let other = DuckDBEngine(program: try directory.write("bin/other", "#!/bin/sh\necho hello\n", mode: 0o755))
        await #expect(throws: DataTestError.notDuckDB(other.program, answer: "hello")) {
            try await other.version(runner: runner)
        }
        await #expect(throws: HostError.self) {
            try await DuckDBEngine(program: directory.path("gone")).version(runner: runner)
        }
    }

    @Test("The oldest version allowed is one that can be compared")
    func statesItsMinimum() {
        #expect(DuckDBVersion(DuckDBEngine.minimumVersion) != nil)
    }
}

import HostSystem
import Model
import SystemPackage

/// One run of a subject's tests: finds the tables, takes over earlier results, measures the rest.
struct TestRun {
    let tests: [DataTest]
    let ids: [String]
    let writer: ResultWriter
    let engine: DuckDBEngine
    let session: EngineSession
    private var found: [Int: TestResult] = [:]
    /// Why tables that a query mentions are not there, by test and name.
    private var absent: [Int: [String: TestObstacle]] = [:]

    init(tests: [DataTest], ids: [String], writer: ResultWriter, engine: DuckDBEngine, session: EngineSession) {
        self.tests = tests
        self.ids = ids
        self.writer = writer
        self.engine = engine
        self.session = session
    }

    /// The tables of one test: its own under the name `this`, then those that it names.
    private struct Located {
        let index: Int
        let tables: [(name: String, table: DataTable)]
        let key: ContentHash?
    }

    mutating func results() async -> [TestResult] {
        var located = await withKeys(locate())
        for test in located {
            guard let key = test.key, let earlier = await session.context.previous(key) else { continue }
            reuse(earlier, for: test)
        }
        located.removeAll { found[$0.index] != nil }
        do {
            if !located.isEmpty { try await measure(located) }
        } catch {
            for test in located where found[test.index] == nil {
                found[test.index] = writer.skipped(
                    tests[test.index], id: ids[test.index], because: "the run was cancelled")
            }
        }
        let keys = Dictionary(uniqueKeysWithValues: located.map { ($0.index, $0.key) })
        return tests.indices.map { index in
            var result =
                found[index]
                ?? writer.broken(tests[index], id: ids[index], TestObstacle("it was not measured; please report this"))
            if result.outcome == .passed || result.outcome == .failed { result.key = result.key ?? keys[index] ?? nil }
            return writer.waived(result, by: tests[index].waiver)
        }
    }

    // MARK: Finding tables

    private mutating func locate() -> [Located] {
        let locator = TableLocator(context: session.context)
        var located: [Located] = []
        for (index, test) in tests.enumerated() {
            do throws(TestObstacle) {
                var tables = [("this", try locator.table(of: test))]
                switch test.check {
                case .relationships(_, let to, _):
                    tables.append((to, try locator.table(named: to)))
                case .sql(let query):
                    tables += mentioned(in: query, locator, index)
                default: break
                }
                located.append(Located(index: index, tables: tables, key: nil))
            } catch {
                found[index] = writer.broken(test, id: ids[index], error)
            }
        }
        return located
    }

    /// The named tables that a query may read: those whose name stands in it as a word.
    ///
    /// The word may be a column's name as well, so a table that cannot be found is no obstacle yet; should the query
    /// ask for it, DuckDB refuses, and what stands in `absent` says why.
    private mutating func mentioned(
        in query: String, _ locator: TableLocator, _ index: Int
    ) -> [(name: String, table: DataTable)] {
        var names: Set<String> = ["this"]
        var tables: [(name: String, table: DataTable)] = []
        for named in session.context.tables where !named.name.isEmpty && query.mentions(named.name) {
            guard names.insert(named.name.lowercased()).inserted else { continue }
            do throws(TestObstacle) {
                tables.append((named.name, try locator.table(named: named.name)))
            } catch {
                absent[index, default: [:]][named.name] = error
            }
        }
        return tables
    }

    // MARK: Earlier results

    private func withKeys(_ located: [Located]) async -> [Located] {
        var hashes: [FilePath: ContentHash] = [:]
        for file in Set(located.flatMap { $0.tables.flatMap(\.table.files) }) {
            hashes[file] = await session.context.contentKey(file)
        }
        let key = TestKey(engine: engine, hashes: hashes)
        return located.map {
            Located(
                index: $0.index, tables: $0.tables,
                key: tests[$0.index].check.name.readsClock ? nil : key.key(of: tests[$0.index], tables: $0.tables))
        }
    }

    /// Takes over an earlier result; the words of a waiver are not part of what was measured.
    private mutating func reuse(_ earlier: TestResult, for test: Located) {
        guard earlier.outcome == .passed || earlier.outcome == .failed, earlier.waiver == nil else { return }
        var result = earlier
        result.id = ids[test.index]
        result.subject = writer.subject
        result.baseline = nil
        result.seconds = 0
        result.isReused = true
        result.key = test.key
        if let proposal = earlier.proposal, proposal.test != result.id {
            result.proposal = Proposal(test: result.id, edit: proposal.edit, summary: proposal.summary)
        }
        found[test.index] = result
    }

    // MARK: Measuring

    private mutating func measure(_ located: [Located]) async throws(CancellationError) {
        guard let compiled = try await compile(located), !compiled.isEmpty else { return }
        let left = try await measure(compiled, apart: false)
        guard !left.isEmpty else { return }
        // A statement of its own for each that shared one with a test that spoiled it, and then a process of its own
        // for each that is still open, because the engine did not survive.
        for test in try await measure(left, apart: true) { _ = try await measure([test], apart: true) }
    }

    /// Turns tests into questions; those that cannot be asked are broken.
    private mutating func compile(_ located: [Located]) async throws(CancellationError) -> [CompiledTest]? {
        var tables: [DataTable] = []
        var typed: Set<DataTable> = []
        for test in located {
            let isQuery = tests[test.index].check.name == .sql
            for (position, entry) in test.tables.enumerated() {
                if !tables.contains(entry.table) { tables.append(entry.table) }
                let isFiltered = position == 0 && tests[test.index].condition != nil
                if isQuery || isFiltered { typed.insert(entry.table) }
            }
        }
        let layouts: [DataTable: Result<TableLayout, TestObstacle>]
        do {
            layouts = try await TableInspection(session: session).layouts(of: tables, typed: typed)
        } catch {
            guard case .engine(let obstacle) = error else { throw CancellationError() }
            for test in located { found[test.index] = writer.broken(tests[test.index], id: ids[test.index], obstacle) }
            return nil
        }
        var compiled: [CompiledTest] = []
        for test in located {
            do throws(TestObstacle) {
                var loaded: [(name: String, table: LoadedTable)] = []
                for (name, table) in test.tables {
                    guard let layout = layouts[table], let index = tables.firstIndex(of: table) else { continue }
                    if case .failure(let obstacle) = layout, !loaded.isEmpty, tests[test.index].check.name == .sql {
                        absent[test.index, default: [:]][name] = obstacle
                        continue
                    }
                    loaded.append((name, LoadedTable(try layout.get(), index: index)))
                }
                compiled.append(
                    try TestCompiler.compile(
                        tests[test.index], index: test.index, table: loaded[0].table, others: Array(loaded.dropFirst()))
                )
            } catch {
                found[test.index] = writer.broken(tests[test.index], id: ids[test.index], error)
            }
        }
        return compiled
    }

    /// Measures tests in one process and keeps their results.
    ///
    /// - Returns: the tests to be asked again, because another one may be to blame for what happened to them.
    private mutating func measure(_ compiled: [CompiledTest], apart: Bool) async throws(CancellationError)
        -> [CompiledTest]
    {
        let script = MeasurementScript(compiled, session: session, apart: apart)
        let answer = try await session.answer(script.script)
        let outcomes = script.outcomes(answer)
        var again: [CompiledTest] = []
        for test in compiled {
            let (definition, id) = (tests[test.index], ids[test.index])
            switch outcomes[test.index] {
            case .measured(let measurement):
                var result = writer.result(definition, id: id, test, measurement)
                result.seconds = answer.seconds / Double(compiled.count)
                found[test.index] = result
            case .unreadable(let obstacle):
                found[test.index] = writer.broken(definition, id: id, obstacle)
            case .failed(let message, let shared):
                if shared { again.append(test) }
                found[test.index] = writer.broken(definition, id: id, TestObstacle(explained(message, test.index)))
            case .unanswered(let reason, let isCause):
                if compiled.count > 1, !isCause { again.append(test) }
                found[test.index] = writer.broken(
                    definition, id: id, TestObstacle("it could not be measured: \(reason)"))
            case nil:
                continue
            }
        }
        return again
    }

    /// DuckDB's message, unless it may quote a cell of a test that masks columns, or there is a better one.
    private func explained(_ message: EngineMessage, _ index: Int) -> String {
        for (name, obstacle) in absent[index] ?? [:]
        where message.text.lowercased().hasPrefix("catalog error: table with name \(name.lowercased()) ") {
            return "the query asks for `\(name)`: \(obstacle.message)"
        }
        return tests[index].mask.isEmpty || message.isAboutStatement
            ? message.text : "DuckDB refuses a value; its message is withheld because the test masks columns"
    }
}

extension String {
    /// Whether `word` stands in the text, in any case, without a letter, digit or underscore on either side.
    fileprivate func mentions(_ word: String) -> Bool {
        let text = Array(lowercased().unicodeScalars)
        let word = Array(word.lowercased().unicodeScalars)
        guard word.count <= text.count else { return false }
        func isWord(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
        }
        return (0...(text.count - word.count)).contains { start in
            let end = start + word.count
            return text[start..<end].elementsEqual(word) && (start == 0 || !isWord(text[start - 1]))
                && (end == text.count || !isWord(text[end]))
        }
    }
}

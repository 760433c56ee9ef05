import Model
import SystemPackage

/// Asks the engine for all measurements of several tests at once, and reads its answers.
///
/// Each table is loaded once. Tests of one table are counted in one scan, and what they counted is kept in a table
/// (`m0`, `m1`, …) that the questions for failing rows are joined with: where nothing failed that join is empty before
/// the table is read, so a passing test costs no second scan.
struct MeasurementScript {
    private(set) var script: EngineScript
    private var plans: [Plan] = []
    private var tableFrames: [String: [Int]] = [:]

    private struct Plan {
        let test: CompiledTest
        let measure: Int
        var columns: Int?
        var sample: Int?
        var values: Int?
        /// How many tests share the statement that measured it.
        let company: Int
    }

    enum Outcome: Sendable {
        case measured(Measurement)
        /// The statement failed; `shared` when other tests were measured by it as well, and may be to blame.
        case failed(EngineMessage, shared: Bool)
        /// The table cannot be read.
        case unreadable(TestObstacle)
        /// The engine ended before it had answered; `isCause` where it did so in a statement of this test alone.
        case unanswered(String, isCause: Bool)
    }

    /// - Parameter apart: whether each test gets a statement of its own.
    init(_ tests: [CompiledTest], session: EngineSession, apart: Bool) {
        var tables: [LoadedTable] = []
        for table in tests.flatMap({ [$0.table] + $0.otherTables })
        where !tables.contains(where: { $0.name == table.name }) {
            tables.append(table)
        }
        let stored = tables.map(\.layout.table)
        let databases = databases(of: stored)
        script = session.script(files: stored.flatMap(\.openedFiles), databases: databases)
        for table in tables {
            let attachment = databases.firstIndex { [$0] == table.layout.table.files }.map(
                EngineSession.attachmentFrame)
            let creation = script.add(table.creation(databases: databases))
            tableFrames[table.name] = [attachment, creation].compactMap { $0 }
        }
        var groups: [[CompiledTest]] = []
        for test in tests {
            let place = apart ? nil : groups.firstIndex { $0[0].scanGroup != nil && $0[0].scanGroup == test.scanGroup }
            if let place { groups[place].append(test) } else { groups.append([test]) }
        }
        // What may take for ever comes last, so that nothing waits behind it.
        groups = groups.filter { !$0[0].isQuery } + groups.filter { $0[0].isQuery }
        for (number, group) in groups.enumerated() { add(group, result: "m\(number)") }
    }

    private mutating func add(_ group: [CompiledTest], result: String) {
        let questions = EngineQuestions(result: result)
        let measure = script.add(questions.measure(group))
        for test in group {
            var plan = Plan(test: test, measure: measure, company: group.count)
            if test.sampleSize > 0, let sample = questions.sample(test) {
                if test.isQuery { plan.columns = script.add("DESCRIBE \(questions.failingTable)") }
                plan.sample = script.add(sample)
            }
            plan.values = questions.values(test).map { script.add($0) }
            plans.append(plan)
        }
    }

    /// Returns what was found for each test, by its index.
    func outcomes(_ answer: EngineAnswer) -> [Int: Outcome] {
        var outcomes: [Int: Outcome] = [:]
        var isFirst = true
        for plan in plans {
            outcomes[plan.test.index] = outcome(plan, answer, isNext: isFirst)
            if case .unanswered = outcomes[plan.test.index] { isFirst = false }
        }
        return outcomes
    }

    /// - Parameter isNext: whether everything before it in the script was answered.
    private func outcome(_ plan: Plan, _ answer: EngineAnswer, isNext: Bool) -> Outcome {
        let test = plan.test
        for table in [test.table] + test.otherTables {
            for frame in tableFrames[table.name] ?? [] {
                if case .failed(let message) = answer.frames[frame] {
                    return .unreadable(unreadable(table.layout.table, message.text))
                }
            }
        }
        let interruption = answer.interruption ?? "DuckDB did not answer"
        let needed = [plan.measure, plan.columns, plan.sample, plan.values].compactMap { $0 }
        var rows: [Int: [[String: String?]]] = [:]
        for frame in needed {
            switch answer.frames[frame] {
            case .rows(let found): rows[frame] = found
            case .failed(let message): return .failed(message, shared: plan.company > 1)
            case nil:
                // An engine that did not even load the tables did not end because of this test.
                let wasReached = tableFrames.values.joined().allSatisfy { answer.frames[$0] != nil }
                return .unanswered(interruption, isCause: isNext && wasReached && plan.company == 1)
            }
        }
        guard let row = rows[plan.measure]?.first, let looked = count(row["r\(test.index)"]),
            let failing = count(row["f\(test.index)"])
        else { return .unanswered("DuckDB's answer was not understood", isCause: true) }
        var measurement = Measurement(rows: looked, failing: failing, details: [:], sample: nil, values: [])
        for (number, detail) in test.details.enumerated() {
            if let value = row["d\(test.index)_\(number)"] ?? nil { measurement.details[detail.name] = value }
        }
        if let combinations = row["n\(test.index)"] ?? nil { measurement.details["combinations"] = combinations }
        if failing > 0, let sample = plan.sample {
            let names = plan.columns.flatMap { rows[$0] }?.compactMap { $0["column_name"] ?? nil }
            measurement.sample = self.sample(test, rows[sample] ?? [], columns: names)
        }
        if let values = plan.values {
            measurement.values = (rows[values] ?? []).compactMap { row in
                guard let text = row["v"] ?? nil, let count = count(row["n"]) else { return nil }
                return (text, count)
            }
        }
        return .measured(measurement)
    }

    private func count(_ cell: String??) -> Int? {
        cell.flatMap { $0 }.flatMap { Int($0) }
    }

    /// - Parameter columns: those of a query's result, in order; `nil` for rows of the table.
    private func sample(_ test: CompiledTest, _ rows: [[String: String?]], columns: [String]?) -> RowSample {
        guard let columns else {
            let shown = EngineQuestions.shownColumns(test)
            return RowSample(
                columns: shown.map(\.name), rows: rows.map { row in shown.map { row["s\($0.index)"] ?? nil } })
        }
        // A masked test shows only what the query took over from the table by name: what it made anew may hold anything.
        let open = Set(test.table.columns.filter { !test.mask.contains($0.index) }.map { $0.name.lowercased() })
        return RowSample(
            columns: columns,
            rows: rows.map { row in
                columns.map { name in
                    guard let cell = row[name] ?? nil else { return nil }
                    return test.mask.isEmpty || open.contains(name.lowercased()) ? cell : maskedCell
                }
            })
    }
}

/// What stands for a cell that is not to be shown.
let maskedCell = "***"

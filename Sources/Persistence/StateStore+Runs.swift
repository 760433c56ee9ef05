import GRDB
import Model

extension StateStore {
    /// Records a run that `owner` begins, with the steps and tests it has already.
    public func insert(_ run: RunRecord, owner: ProcessOwner) throws {
        try write { database in
            try database.execute(
                sql: """
                    INSERT INTO run (id, branch, commit_id, started, finished, outcome, isolation, taints, fingerprint,
                      process, boot, process_start)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.id, run.branch.rawValue, run.commit?.hex, run.started.nanoseconds, run.finished?.nanoseconds,
                    run.outcome.rawValue, run.isolation.rawValue, try jsonText(run.taints), run.fingerprint?.hex,
                    owner.process, owner.boot, owner.start,
                ])
            try insertResults(steps: run.steps, tests: run.tests, of: run.id, in: database)
        }
    }

    /// Records outcome, end, isolation, taints, commit and fingerprint of a run, and replaces its steps and tests; a
    /// thousand steps cost about as much as ten.
    ///
    /// - Throws: `noRun`.
    public func update(_ run: RunRecord) throws {
        try write { database in
            try database.execute(
                sql: """
                    UPDATE run SET commit_id = ?, finished = ?, outcome = ?, isolation = ?, taints = ?, fingerprint = ?
                    WHERE id = ?
                    """,
                arguments: [
                    run.commit?.hex, run.finished?.nanoseconds, run.outcome.rawValue, run.isolation.rawValue,
                    try jsonText(run.taints), run.fingerprint?.hex, run.id,
                ])
            if database.changesCount == 0 { throw PersistenceError.noRun(run.id) }
            try database.execute(sql: "DELETE FROM step_result WHERE run = ?", arguments: [run.id])
            try database.execute(sql: "DELETE FROM run_test WHERE run = ?", arguments: [run.id])
            try insertResults(steps: run.steps, tests: run.tests, of: run.id, in: database)
        }
    }

    /// Returns a run with its steps and tests in the order in which they were recorded, or `nil`.
    public func run(_ id: String) throws -> RunRecord? {
        try read { database in
            guard var run = try loadRuns(from: database, where: "id = ?", [id]).first?.record else { return nil }
            run.steps = try stepResults(of: id, in: database)
            run.tests = try String.fetchAll(
                database, sql: "SELECT record FROM run_test WHERE run = ? ORDER BY position", arguments: [id]
            ).map { try fromJSON(TestResult.self, $0, in: "run_test") }
            return run
        }
    }

    /// Returns the newest runs first, without their steps and tests.
    ///
    /// - Parameter branch: only runs of this branch; `nil` for all.
    public func runs(of branch: BranchName? = nil, limit: Int = 50) throws -> [RunRecord] {
        try read { database in
            let condition = branch == nil ? "TRUE" : "branch = ?"
            let arguments: StatementArguments = branch.map { [$0.rawValue] } ?? []
            return try loadRuns(from: database, where: condition, arguments, limit: limit).map(\.record)
        }
    }

    /// Returns the newest run of `branch` that has ended, with its steps and tests, or `nil`.
    public func lastFinishedRun(of branch: BranchName) throws -> RunRecord? {
        let newest = try read { database in
            try loadRuns(
                from: database, where: "branch = ? AND outcome <> 'running'", [branch.rawValue], limit: 1
            ).first?.record.id
        }
        return try newest.flatMap { try run($0) }
    }

    /// Returns the runs under way, without steps and tests, each with the process that began it.
    public func unfinishedRuns() throws -> [(record: RunRecord, owner: ProcessOwner)] {
        try read { try loadRuns(from: $0, where: "outcome = 'running'", []) }
    }

    /// Marks the runs whose process has ended as `lost`, and returns their ids.
    public func markLostRuns(at moment: Timestamp) throws -> [String] {
        let lost = try unfinishedRuns().filter { !$0.owner.isAlive }.map(\.record.id)
        if lost.isEmpty { return [] }
        try write { database in
            for id in lost {
                try database.execute(
                    sql: "UPDATE run SET outcome = 'lost', finished = ? WHERE id = ? AND outcome = 'running'",
                    arguments: [moment.nanoseconds, id])
            }
        }
        return lost
    }

    /// Forgets all but the newest `count` runs of each branch; runs under way stay.
    ///
    /// - Returns: the ids of what was forgotten, whose logs may go.
    public func forgetRuns(keeping count: Int) throws -> [String] {
        try write { database in
            try String.fetchAll(
                database,
                sql: """
                    DELETE FROM run WHERE outcome <> 'running' AND id IN (
                      SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY branch ORDER BY started DESC) AS age
                      FROM run) WHERE age > ?) RETURNING id
                    """, arguments: [count])
        }
    }
}

private func insertResults(steps: [StepResult], tests: [TestResult], of run: String, in database: Database) throws {
    let step = try database.cachedStatement(
        sql: """
            INSERT INTO step_result (run, position, id, state, seconds, key, exit, log, message, outputs,
              saved_seconds, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
    for (position, result) in steps.enumerated() {
        try step.executeUnchecked([
            run, position, result.id, result.state.rawValue, result.seconds, result.key?.hex, result.exit, result.log,
            result.message, result.outputs?.hex, result.savedSeconds, result.attempts,
        ])
    }
    let test = try database.cachedStatement(sql: "INSERT INTO run_test (run, position, record) VALUES (?, ?, ?)")
    for (position, result) in tests.enumerated() {
        try test.execute(arguments: [run, position, try jsonText(result)])
    }
}

private func loadRuns(
    from database: Database, where condition: String, _ arguments: StatementArguments, limit: Int = -1
) throws -> [(record: RunRecord, owner: ProcessOwner)] {
    let rows = try Row.fetchAll(
        database,
        sql: """
            SELECT id, branch, commit_id, started, finished, outcome, isolation, taints, fingerprint, process, boot,
              process_start FROM run WHERE \(condition) ORDER BY started DESC, id DESC LIMIT \(limit)
            """, arguments: arguments)
    return try rows.map { row in
        let record = RunRecord(
            id: row[0],
            branch: try required(BranchName(row[1]), "branch", in: "run"),
            commit: (row[2] as String?).flatMap { ObjectID($0) },
            started: Timestamp(nanoseconds: row[3]),
            finished: (row[4] as Int64?).map { Timestamp(nanoseconds: $0) },
            outcome: try required(RunOutcome(rawValue: row[5]), "outcome", in: "run"),
            isolation: try required(IsolationLevel(rawValue: row[6]), "isolation", in: "run"),
            taints: try fromJSON([String].self, row[7], in: "run"),
            fingerprint: (row[8] as String?).flatMap { ContentHash(hex: $0) })
        return (record, ProcessOwner(process: row[9], boot: row[10], start: row[11]))
    }
}

private func stepResults(of run: String, in database: Database) throws -> [StepResult] {
    var results: [StepResult] = []
    let rows = try Row.fetchCursor(
        database,
        sql: """
            SELECT id, state, seconds, key, exit, log, message, outputs, saved_seconds, attempts
            FROM step_result WHERE run = ? ORDER BY position
            """, arguments: [run])
    while let row = try rows.next() {
        results.append(
            StepResult(
                id: row[0], state: try required(StepState(rawValue: row[1]), "state", in: "step_result"),
                seconds: row[2], key: (row[3] as String?).flatMap { ContentHash(hex: $0) }, exit: row[4], log: row[5],
                message: row[6], outputs: (row[7] as String?).flatMap { ContentHash(hex: $0) }, savedSeconds: row[8],
                attempts: row[9]))
    }
    return results
}

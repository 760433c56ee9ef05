import GRDB
import Model

extension StateStore {
    /// Returns what the steps of `workspace` did last, by step id; key parts are asked for apart, where one is out of
    /// date.
    ///
    /// - Parameter workspace: names a workspace for as long as it exists, such as its slug or absolute path.
    public func stepMemory(of workspace: String) throws -> [String: StepMemory] {
        try read { database in
            var memory: [String: StepMemory] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT step, key, outputs, seconds, finished, copies FROM step_memory WHERE workspace = ?",
                arguments: [workspace])
            while let row = try rows.next() {
                let step: String = row[0]
                memory[step] = StepMemory(
                    step: step,
                    key: try required(ContentHash(hex: row[1]), "key", in: "step_memory"),
                    outputs: (row[2] as String?).flatMap { ContentHash(hex: $0) },
                    seconds: row[3],
                    finished: Timestamp(nanoseconds: row[4]),
                    changedCopies: try (row[5] as String?).map {
                        try fromJSON([String: String].self, $0, in: "step_memory")
                    } ?? [:])
            }
            return memory
        }
    }

    /// Returns the parts of the keys that `steps` had last in `workspace`: step id → part → value.
    public func keyParts(of steps: [String], in workspace: String) throws -> [String: [String: String]] {
        try read { database in
            var parts: [String: [String: String]] = [:]
            let statement = try database.cachedStatement(
                sql: "SELECT parts FROM key_parts WHERE workspace = ? AND step = ?")
            for step in steps {
                guard let text = try String.fetchOne(statement, arguments: [workspace, step]) else { continue }
                parts[step] = try fromJSON([String: String].self, text, in: "key_parts")
            }
            return parts
        }
    }

    /// Records successes of steps in `workspace`, in one transaction.
    ///
    /// - Parameter parts: step id → part of its key → value; steps that are not named keep the parts they had.
    public func remember(
        _ steps: [StepMemory], parts: [String: [String: String]] = [:], in workspace: String
    ) throws {
        if steps.isEmpty && parts.isEmpty { return }
        try write { database in
            let insertion = try database.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO step_memory (workspace, step, key, outputs, seconds, finished, copies)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for step in steps {
                try insertion.executeUnchecked([
                    workspace, step.step, step.key.hex, step.outputs?.hex, step.seconds, step.finished.nanoseconds,
                    step.changedCopies.isEmpty ? nil : try jsonText(step.changedCopies),
                ])
            }
            let partInsertion = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO key_parts (workspace, step, parts) VALUES (?, ?, ?)")
            for (step, parts) in parts {
                try partInsertion.execute(arguments: [workspace, step, try jsonText(parts)])
            }
        }
    }

    /// Forgets what `steps` did in `workspace`, or all steps where `steps` is `nil`.
    public func forgetSteps(_ steps: [String]? = nil, in workspace: String) throws {
        try write { database in
            for table in ["step_memory", "key_parts"] {
                guard let steps else {
                    try database.execute(sql: "DELETE FROM \(table) WHERE workspace = ?", arguments: [workspace])
                    continue
                }
                for step in steps {
                    try database.execute(
                        sql: "DELETE FROM \(table) WHERE workspace = ? AND step = ?", arguments: [workspace, step])
                }
            }
        }
    }

    /// Returns the keys that steps had last, by workspace.
    public func rememberedKeys() throws -> [String: Set<ContentHash>] {
        try read { database in
            var keys: [String: Set<ContentHash>] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT workspace, key FROM step_memory")
            while let row = try rows.next() {
                keys[row[0], default: []].insert(try required(ContentHash(hex: row[1]), "key", in: "step_memory"))
            }
            return keys
        }
    }
}

/// The statements that measure a group of tests, in DuckDB's SQL.
struct EngineQuestions {
    /// The table that keeps what was counted.
    let result: String

    /// A cell longer than this is cut where it is only shown.
    private static let longestCell = 500

    /// The table that keeps the rows of a user's query, or the combinations that repeat.
    var failingTable: String { result + "x" }

    /// The statements that count, as one text; the last one answers with one row: `r<test>` rows looked at, `f<test>`
    /// failing ones, `d<test>_<number>` details.
    func measure(_ group: [CompiledTest]) -> String {
        var statements: [String] = []
        let test = group[0]
        let rows = test.table.rows(where: test.condition)
        switch test.measure {
        case .scan:
            let aggregates = group.flatMap(aggregates)
            statements.append(create(result, "SELECT \(aggregates.joined(separator: ", ")) FROM \(rows)", test))
        case .repetition(let columns):
            let keys = columns.enumerated().map { "\($1.sql) AS k\($0)" }.joined(separator: ", ")
            let present = columns.map { "\($0.sql) IS NOT NULL" }.joined(separator: " AND ")
            let repeated = """
                SELECT \(keys), count(*) AS n FROM \(rows) WHERE \(present) GROUP BY ALL HAVING count(*) > 1
                """
            statements.append(create(failingTable, repeated, test))
            statements.append(create(result, groupCounts(test, rows), test))
        case .search(let key, let others):
            let missing = """
                SELECT \(key) AS k0, count(*) AS n FROM \(rows) ANTI JOIN (\(others)) ON \(key) = p0 \
                WHERE \(test.columns[0].sql) IS NOT NULL GROUP BY ALL
                """
            statements.append(create(failingTable, missing, test))
            statements.append(create(result, groupCounts(test, rows), test))
        case .query(let query, let tables):
            let names = tables.map { name, table in
                let declaration = table.declaration(where: name == "this" ? test.condition : nil)
                return "\(SQLText.identifier(name)) AS NOT MATERIALIZED (\(declaration))"
            }
            // The line end ends a comment that the query may close with.
            let failing = "WITH \(names.joined(separator: ", ")) SELECT * FROM (\(query)\n) AS failing"
            statements.append("CREATE TEMP TABLE \(failingTable) AS FROM \(SQLText.selection(failing))")
            let counts = """
                SELECT (SELECT count(*) FROM \(rows)) AS r\(test.index), \
                (SELECT count(*) FROM \(failingTable)) AS f\(test.index)
                """
            statements.append(create(result, counts, test))
        }
        statements.append("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM \(result)")
        return statements.joined(separator: ";\n")
    }

    /// The statement that shows failing rows; `nil` where no row is to blame.
    func sample(_ test: CompiledTest) -> String? {
        let rows = test.table.rows(where: test.condition)
        switch test.measure {
        case .scan(nil):
            return nil
        case .scan(let failing?):
            return select(
                "SELECT \(shown(test)) FROM \(rows) \(guardJoin(test, failing)) LIMIT \(test.sampleSize)", test)
        case .repetition(let columns):
            return groupSample(test, rows, keys: columns.map(\.sql))
        case .search(let key, _):
            return groupSample(test, rows, keys: [key])
        case .query:
            return "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM \(failingTable) LIMIT \(test.sampleSize)"
        }
    }

    /// The statement that lists the most frequent values among the failing rows, the most frequent first.
    func values(_ test: CompiledTest) -> String? {
        guard let values = test.values else { return nil }
        let text = "left(CAST(\(values.expression) AS VARCHAR), \(Self.longestCell)) AS v"
        switch test.measure {
        case .scan(let failing?):
            let rows = test.table.rows(where: test.condition)
            let frequencies = """
                SELECT v, CAST(count(*) AS VARCHAR) AS n FROM (SELECT \(text) FROM \(rows) \(guardJoin(test, failing))) \
                GROUP BY ALL ORDER BY count(*) DESC, v LIMIT \(values.count)
                """
            return select(frequencies, test)
        case .search:
            return
                "SELECT \(text), CAST(n AS VARCHAR) AS n FROM \(failingTable) ORDER BY \(failingTable).n DESC, v LIMIT \(values.count)"
        case .scan(nil), .repetition, .query:
            return nil
        }
    }

    /// The counts of a test whose failing keys, each with its number of rows, are in `failingTable`.
    private func groupCounts(_ test: CompiledTest, _ rows: String) -> String {
        """
        SELECT (SELECT count(*) FROM \(rows)) AS r\(test.index), \
        (SELECT coalesce(sum(n), 0) FROM \(failingTable)) AS f\(test.index), \
        (SELECT count(*) FROM \(failingTable)) AS n\(test.index)
        """
    }

    /// The rows whose keys are in `failingTable`, those of one key together.
    private func groupSample(_ test: CompiledTest, _ rows: String, keys: [String]) -> String {
        let joined = keys.enumerated().map { "\($1) IS NOT DISTINCT FROM k\($0)" }.joined(separator: " AND ")
        let order = keys.indices.map { "k\($0)" }.joined(separator: ", ")
        // A null key stands for what cannot be compared; a null cell has none and is passed over.
        let present = test.columns.map { "\($0.sql) IS NOT NULL" }.joined(separator: " AND ")
        return select(
            """
            SELECT \(shown(test)) FROM \(rows) JOIN \(failingTable) ON \(joined) WHERE \(present) \
            ORDER BY \(order) LIMIT \(test.sampleSize)
            """, test)
    }

    /// The columns of a sample: first those that the test is about.
    static func shownColumns(_ test: CompiledTest) -> [ColumnReference] {
        let first = test.columns.map(\.index)
        return test.columns + test.table.columns.filter { !first.contains($0.index) }
    }

    private func aggregates(_ test: CompiledTest) -> [String] {
        guard case .scan(let failing) = test.measure else { return [] }
        let counts = [
            "count(*) AS r\(test.index)", (failing.map { "count(*) FILTER (\($0))" } ?? "0") + " AS f\(test.index)",
        ]
        return counts + test.details.enumerated().map { "\($1.aggregate) AS d\(test.index)_\($0)" }
    }

    private func shown(_ test: CompiledTest) -> String {
        Self.shownColumns(test).map { column in
            let cell =
                test.mask.contains(column.index)
                ? "CASE WHEN \(column.sql) IS NOT NULL THEN '\(maskedCell)' END"
                : "left(\(column.text), \(Self.longestCell))"
            return "\(cell) AS s\(column.index)"
        }.joined(separator: ", ")
    }

    /// Keeps the failing rows, by a join with one row where the test found some, and with none otherwise.
    ///
    /// It must be a join on equality: only before that DuckDB looks whether its other side is empty, and then leaves
    /// the table unread. *(Seen with 1.5.6: a filter, a cross product and `LIMIT 0` read it all.)*
    private func guardJoin(_ test: CompiledTest, _ failing: String) -> String {
        "JOIN (SELECT true AS guard_ FROM \(result) WHERE f\(test.index) > 0) ON \(failing) = guard_"
    }

    private func create(_ table: String, _ query: String, _ test: CompiledTest) -> String {
        "CREATE TEMP TABLE \(table) AS " + select(query, test)
    }

    /// The query as it is, or, where it holds a user's condition, as one that can be nothing but a SELECT statement.
    private func select(_ query: String, _ test: CompiledTest) -> String {
        test.condition == nil ? query : "SELECT * FROM \(SQLText.selection(query))"
    }
}

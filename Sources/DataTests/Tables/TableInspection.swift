import Model
import SystemPackage

/// Learns the columns of tables, in one process for all of them.
struct TableInspection: Sendable {
    let session: EngineSession

    /// Why no table could be looked at.
    enum Failure: Error {
        /// The engine did not do what it was asked.
        case engine(TestObstacle)
        case cancelled
    }

    /// Returns the layout of each table, or why it cannot be read.
    ///
    /// - Parameter typed: the text tables whose cells are all looked at for the type of each column, because a
    ///   statement of a user reads them.
    func layouts(
        of tables: [DataTable], typed: Set<DataTable>
    ) async throws(Failure) -> [DataTable: Result<TableLayout, TestObstacle>] {
        let databases = databases(of: tables)
        var script = session.script(files: tables.flatMap { $0.openedFiles }, databases: databases)
        var questions: [(table: DataTable, frames: [Int], types: [Int])] = []
        for table in tables {
            switch table.format {
            case .delimited(let tab):
                let frames = table.files.map { script.add(headerQuery($0)) }
                let types = typed.contains(table) ? table.files.map { script.add(typeQuery($0, table, tab: tab)) } : []
                questions.append((table, frames, types))
            default:
                guard let relation = table.relation(databases: databases) else { continue }
                questions.append((table, [script.add("DESCRIBE FROM \(relation)")], []))
            }
        }
        let answer: EngineAnswer
        do {
            answer = try await session.answer(script)
        } catch {
            throw .cancelled
        }
        try check(answer)
        var layouts: [DataTable: Result<TableLayout, TestObstacle>] = [:]
        for table in tables {
            guard let question = questions.first(where: { $0.table == table }) else {
                layouts[table] = .failure(
                    TestObstacle(
                        "`\(table.name)` is in a SQLite file, which cannot be tested; let a step export the table as "
                            + "Parquet or CSV, or keep it in a DuckDB file"))
                continue
            }
            layouts[table] = Result { () throws(TestObstacle) in
                try layout(of: table, answer, frames: question.frames, types: question.types, databases: databases)
            }
        }
        return layouts
    }

    private func check(_ answer: EngineAnswer) throws(Failure) {
        guard case .rows(let rows) = answer.frames[EngineSession.versionFrame], let text = rows.first?["version"] ?? nil
        else {
            let reason = answer.interruption ?? "it does not tell its version"
            throw .engine(
                TestObstacle("DuckDB could not be used: \(reason); run `\(DuckDBEngine.installation)`"))
        }
        if let found = DuckDBVersion(text), let oldest = DuckDBVersion(DuckDBEngine.minimumVersion), found < oldest {
            throw .engine(
                TestObstacle(
                    "DuckDB \(text) is older than \(DuckDBEngine.minimumVersion); run `\(DuckDBEngine.installation)`"))
        }
    }

    private func layout(
        of table: DataTable, _ answer: EngineAnswer, frames: [Int], types: [Int], databases: [FilePath]
    ) throws(TestObstacle) -> TableLayout {
        if let database = databases.firstIndex(where: { [$0] == table.files }) {
            _ = try rows(answer, EngineSession.attachmentFrame(database), of: table)
        }
        guard case .delimited(let tab) = table.format else {
            let columns = try rows(answer, frames[0], of: table).map { row in
                let type = (row["column_type"] ?? nil) ?? ""
                return TableLayout.Column(name: (row["column_name"] ?? nil) ?? "", type: type, declaredType: type)
            }
            return TableLayout(table: table, columns: columns, delimiter: "")
        }
        var header: DelimitedHeader?
        for (file, frame) in zip(table.files, frames) {
            let lines = try rows(answer, frame, of: table).map { ($0["line"] ?? nil) ?? "" }
            guard let found = DelimitedHeader(lines: lines, tab: tab) else {
                throw TestObstacle("`\(table.name)` is empty: it has no header line")
            }
            if let header, header != found {
                let names = [file, table.files[0]].map { $0.lastComponent?.string ?? $0.string }
                throw TestObstacle(
                    "`\(table.name)` joins files with different columns: \(names[0]) has others than \(names[1])")
            }
            header = found
        }
        guard let header else { throw TestObstacle("`\(table.name)` has no file") }
        let declared = try declaredTypes(answer, types, of: table)
        let columns = header.names.enumerated().map { index, name in
            // DuckDB looks for the delimiter itself here; where it found another, every column stays text.
            let type = declared.count == header.names.count ? declared[index] : "VARCHAR"
            return TableLayout.Column(name: name, type: "VARCHAR", declaredType: type)
        }
        return TableLayout(table: table, columns: columns, delimiter: header.delimiter)
    }

    /// The types that hold the cells of all files.
    private func declaredTypes(_ answer: EngineAnswer, _ frames: [Int], of table: DataTable) throws(TestObstacle)
        -> [String]
    {
        var types: [String] = []
        for (index, frame) in frames.enumerated() {
            let found = try rows(answer, frame, of: table).map { row in
                let type = (row["type"] ?? nil) ?? "VARCHAR"
                // A date written otherwise than in ISO 8601 would need its format again; it stays text.
                let isForeign = (row["date_format"] ?? nil) != nil || (row["timestamp_format"] ?? nil) != nil
                return isForeign && (type == "DATE" || type.hasPrefix("TIMESTAMP")) ? "VARCHAR" : type
            }
            types = index == 0 ? found : zip(types, found).map { joined($0, $1) }
        }
        return types
    }

    private func rows(_ answer: EngineAnswer, _ frame: Int, of table: DataTable) throws(TestObstacle) -> [[String:
        String?]]
    {
        switch answer.frames[frame] {
        case .rows(let rows): return rows
        case .failed(let message): throw unreadable(table, message.text)
        case nil: throw unreadable(table, answer.interruption ?? "DuckDB did not answer")
        }
    }

    /// Reads the first lines as they are, whatever the fields.
    private func headerQuery(_ file: FilePath) -> String {
        """
        SELECT line FROM read_csv(\(SQLText.literal(file.string)), columns={'line': 'VARCHAR'}, delim=E'\\x1f', quote='', \
        escape='', comment='', header=false, auto_detect=false) LIMIT 20
        """
    }

    /// The types that DuckDB finds when it looks at every cell.
    private func typeQuery(_ file: FilePath, _ table: DataTable, tab: Bool) -> String {
        """
        SELECT c.type AS type, date_format, timestamp_format FROM (SELECT unnest(Columns) AS c, DateFormat AS date_format, \
        TimestampFormat AS timestamp_format FROM sniff_csv(\(SQLText.literal(file.string)), quote='"', escape='"', \
        comment='', header=true, sample_size=-1, nullstr=\(SQLText.list(table.nullWords))\(tab ? ", delim=E'\\t'" : "")))
        """
    }
}

func unreadable(_ table: DataTable, _ reason: String) -> TestObstacle {
    let hint = reason.contains("not utf-8") ? "; convert it: `iconv -f latin1 -t utf-8`" : ""
    return TestObstacle("`\(table.name)` cannot be read: \(reason)\(hint)")
}

/// The DuckDB files among `tables`, each once.
func databases(of tables: [DataTable]) -> [FilePath] {
    var files: [FilePath] = []
    for table in tables {
        if case .duckdb = table.format, !files.contains(table.files[0]) { files.append(table.files[0]) }
    }
    return files
}

private func joined(_ one: String, _ other: String) -> String {
    if one == other { return one }
    return Set([one, other]) == ["BIGINT", "DOUBLE"] ? "DOUBLE" : "VARCHAR"
}

extension DataTable {
    /// What DuckDB's `nullstr` is given: never empty, because it refuses that; no cell of a text file that is
    /// read by lines holds U+0001.
    var nullWords: [String] { nulls.isEmpty ? ["\u{1}"] : nulls }

    /// The files that DuckDB must be allowed to open.
    var openedFiles: [FilePath] {
        if case .duckdb = format { return [] }
        return files
    }

    /// What to put behind FROM to read a table that is no text file; `nil` where DuckDB cannot.
    func relation(databases: [FilePath]) -> String? {
        let paths = SQLText.list(files.map(\.string))
        switch format {
        case .delimited, .sqlite: return nil
        case .parquet: return "read_parquet(\(paths))"
        case .json: return "read_json(\(paths), sample_size=-1)"
        case .duckdb(let table):
            guard let index = databases.firstIndex(of: files[0]) else { return nil }
            let names = table.split(separator: ".", maxSplits: 1).map { SQLText.identifier(String($0)) }
            return (["d\(index)"] + names).joined(separator: ".")
        }
    }
}

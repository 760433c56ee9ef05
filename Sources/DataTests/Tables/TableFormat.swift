/// How the rows of a table are stored.
enum TableFormat: Hashable, Sendable {
    /// Text with a header line. `tab` means that fields end at tabs whatever the header looks like.
    case delimited(tab: Bool)
    case parquet
    /// An array of objects, or one object on each line.
    case json
    /// A table, possibly `schema.table`, in a DuckDB file.
    case duckdb(table: String)
    /// A table in a SQLite file.
    case sqlite(table: String)

    /// Tells the format from a file's name, compressed or not; `nil` for what holds no table.
    init?(fileName: String) {
        var name = Substring(fileName.lowercased())
        for compression in [".gz", ".zst"] where name.hasSuffix(compression) {
            name = name.dropLast(compression.count)
        }
        switch name.split(separator: ".").last.map({ String($0) }) {
        case "csv": self = .delimited(tab: false)
        case "tsv", "tab": self = .delimited(tab: true)
        case "parquet", "pq": self = .parquet
        case "json", "jsonl", "ndjson": self = .json
        default: return nil
        }
    }

    /// Reads `database:table`; `nil` where the part before the colon is no database file.
    init?(table: String, inDatabase fileName: String) {
        guard !table.isEmpty else { return nil }
        switch fileName.lowercased().split(separator: ".").last.map({ String($0) }) {
        case "duckdb", "ddb": self = .duckdb(table: table)
        case "sqlite", "sqlite3", "db", "db3": self = .sqlite(table: table)
        default: return nil
        }
    }

    /// A word for the key of a result.
    var word: String {
        switch self {
        case .delimited(let tab): tab ? "tsv" : "csv"
        case .parquet: "parquet"
        case .json: "json"
        case .duckdb(let table): "duckdb:" + table
        case .sqlite(let table): "sqlite:" + table
        }
    }

    /// What is passed to DuckDB for a text file, and `nil` for the others.
    var isText: Bool {
        switch self {
        case .delimited: true
        default: false
        }
    }
}

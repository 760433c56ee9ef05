import SystemPackage

/// A table where it lies.
struct DataTable: Hashable, Sendable {
    /// As `headgate.yaml` names it.
    let name: String
    /// In the order of their paths, at least one; one database file for a table in a database.
    let files: [FilePath]
    let format: TableFormat
    /// The cell texts that are null; empty for anything but text.
    let nulls: [String]

    /// Two tables are the same when the same bytes are read in the same way.
    static func == (left: Self, right: Self) -> Bool {
        left.files == right.files && left.format == right.format && left.nulls == right.nulls
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(files)
        hasher.combine(format)
        hasher.combine(nulls)
    }
}

/// A reason why a test cannot run, as one sentence with its remedy.
struct TestObstacle: Error, Hashable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

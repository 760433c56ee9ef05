import HostSystem
import Model
import SystemPackage

/// Finds the files of a table that a test names.
struct TableLocator: Sendable {
    let context: TestContext

    /// The table that `test` looks at.
    func table(of test: DataTest) throws(TestObstacle) -> DataTable {
        let nulls = test.nulls ?? context.nulls
        guard let name = test.table else { return try onlyTable(nulls: nulls) }
        if let named = context.tables.first(where: { $0.name == name }), !exists(name) {
            return try table(at: named.path, nulls: test.nulls ?? named.nulls)
        }
        return try table(at: name, nulls: nulls)
    }

    /// The table that another table's test names: one of the context's by its name, or a path.
    func table(named name: String) throws(TestObstacle) -> DataTable {
        if let named = context.tables.first(where: { $0.name == name })
            ?? context.tables.first(where: { $0.path == name })
        {
            return try table(at: named.path, nulls: named.nulls)
        }
        guard exists(name) || GlobPattern.isPattern(name) || database(name) != nil else {
            let known = context.tables.map(\.name)
            let hint =
                Spelling.suggestion(for: name, among: known)
                ?? (known.isEmpty ? "give its path" : "there are " + known.map { "`\($0)`" }.joined(separator: ", "))
            throw TestObstacle("there is no table `\(name)`; \(hint)")
        }
        return try table(at: name, nulls: context.nulls)
    }

    private func onlyTable(nulls: [String]) throws(TestObstacle) -> DataTable {
        var candidates: [DataTable] = []
        var failure: TestObstacle?
        for path in context.subjectTables {
            guard mayHoldTable(path) else { continue }
            do {
                candidates += try tables(in: path, nulls: nulls)
            } catch {
                failure = failure ?? error
            }
        }
        if candidates.count == 1, failure == nil { return candidates[0] }
        if candidates.count > 1 {
            let names = candidates.prefix(8).map { "`\($0.name)`" }.joined(separator: ", ")
            throw TestObstacle("it is not clear which table is meant; add `table:` with one of \(names)")
        }
        throw failure ?? TestObstacle("there is no table among its outputs; add `table:` with the path of one")
    }

    private func mayHoldTable(_ path: String) -> Bool {
        if TableFormat(fileName: path) != nil || database(path) != nil || GlobPattern.isPattern(path) { return true }
        return context.resolve(path).map(FileSystem.isDirectory) ?? false
    }

    /// The tables of a subject's path: one for a file or a glob, one for each file of a directory.
    private func tables(in path: String, nulls: [String]) throws(TestObstacle) -> [DataTable] {
        guard !GlobPattern.isPattern(path), TableFormat(fileName: path) == nil, database(path) == nil,
            let directory = context.resolve(path)
        else { return [try table(at: path, nulls: nulls)] }
        return try files(beneath: directory, named: path).compactMap { file in
            guard let format = TableFormat(fileName: file.name) else { return nil }
            let separator = path.hasSuffix("/") ? "" : "/"
            return DataTable(
                name: path + separator + file.name, files: [file.path], format: format,
                nulls: format.isText ? nulls : [])
        }
    }

    private func table(at name: String, nulls: [String]) throws(TestObstacle) -> DataTable {
        if let (path, format) = database(name) {
            guard let file = context.resolve(path), FileSystem.exists(file) else { throw missing(path) }
            return DataTable(name: name, files: [file], format: format, nulls: [])
        }
        if GlobPattern.isPattern(name) {
            let (directory, pattern) = GlobPattern.split(name)
            guard let root = context.resolve(directory.isEmpty ? "." : directory), FileSystem.isDirectory(root) else {
                throw missing(name)
            }
            let glob = GlobPattern(pattern)
            return try union(try files(beneath: root, named: directory).filter { glob.matches($0.name) }, name, nulls)
        }
        guard let path = context.resolve(name), FileSystem.exists(path) else { throw missing(name) }
        if FileSystem.isDirectory(path) { return try union(try files(beneath: path, named: name), name, nulls) }
        guard let format = TableFormat(fileName: name) else {
            if TableFormat(table: "t", inDatabase: name) != nil {
                throw TestObstacle("`\(name)` is a database; say which table: `table: \(name):NAME`")
            }
            throw TestObstacle("`\(name)` is no table that can be read: expected CSV, TSV, Parquet, JSON or a database")
        }
        return DataTable(name: name, files: [path], format: format, nulls: format.isText ? nulls : [])
    }

    /// One table of all files that hold one; they must be of one format.
    private func union(
        _ files: [(name: String, path: FilePath)], _ name: String, _ nulls: [String]
    ) throws(TestObstacle) -> DataTable {
        let readable = files.compactMap { file in TableFormat(fileName: file.name).map { (file.path, $0) } }
        guard let format = readable.first?.1 else {
            throw TestObstacle("`\(name)` matches no file with a table; was the step run that makes them?")
        }
        guard readable.allSatisfy({ $0.1 == format }) else {
            throw TestObstacle("`\(name)` mixes files of several formats; name one, such as `\(name)/*.csv`")
        }
        return DataTable(name: name, files: readable.map(\.0), format: format, nulls: format.isText ? nulls : [])
    }

    /// The plain files beneath a directory, without those whose path holds a name beginning with `.` or `_`.
    private func files(
        beneath directory: FilePath, named name: String
    ) throws(TestObstacle) -> [(name: String, path: FilePath)] {
        do {
            return try TreeWalk.list(directory).compactMap { entry in
                guard entry.status.kind == .file,
                    !entry.path.components.contains(where: { $0.string.hasPrefix(".") || $0.string.hasPrefix("_") })
                else { return nil }
                return (entry.path.string, directory.pushing(entry.path))
            }
        } catch {
            throw TestObstacle("cannot list `\(name)`: \(error.diagnosis.reason ?? error.diagnosis.problem)")
        }
    }

    private func database(_ name: String) -> (path: String, format: TableFormat)? {
        guard let colon = name.lastIndex(of: ":") else { return nil }
        let path = String(name[..<colon])
        let table = String(name[name.index(after: colon)...])
        guard let format = TableFormat(table: table, inDatabase: path) else { return nil }
        if case .sqlite = format, let file = context.resolve(path), isDuckDB(file) {
            return (path, .duckdb(table: table))
        }
        return (path, format)
    }

    /// Whether a file of any name is a DuckDB database. Source: DuckDB, "Storage Versions and Format": `DUCK` at byte 8.
    private func isDuckDB(_ file: FilePath) -> Bool {
        // A file that cannot be read is reported when it is to be tested.
        guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: [.closeOnExec, .nonBlocking])
        else { return false }
        defer { try? descriptor.close() }  // Nothing was written.
        var magic: [UInt8] = [0, 0, 0, 0]
        let count = magic.withUnsafeMutableBytes { try? descriptor.read(fromAbsoluteOffset: 8, into: $0) }
        return count == 4 && magic == Array("DUCK".utf8)
    }

    private func exists(_ name: String) -> Bool {
        context.resolve(name).map(FileSystem.exists) ?? false
    }

    private func missing(_ name: String) -> TestObstacle {
        TestObstacle("`\(name)` is not there; check the path, and that the step that makes it lists it under `outputs`")
    }
}

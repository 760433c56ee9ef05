import FoundationEssentials
import Model
import SystemPackage

/// Names what a result depends on: the definition, the bytes of every table that the test reads, and the engine.
struct TestKey: Sendable {
    let engine: DuckDBEngine
    /// The hashes of the files, by path; a file that is missing here has none.
    let hashes: [FilePath: ContentHash]

    /// Returns `nil` where something has no hash, and then nothing is reused.
    ///
    /// - Parameter tables: the test's own table under the name `this`, and those that it names.
    func key(of test: DataTest, tables: [(name: String, table: DataTable)]) -> ContentHash? {
        guard let fingerprint = engine.fingerprint, let definition = definition(of: test) else { return nil }
        var hasher = FieldHasher(domain: "data test 1")
        hasher.add("engine", fingerprint)
        hasher.add("definition", definition)
        for (name, table) in tables {
            hasher.add("table", name)
            hasher.add("format", table.format.word)
            hasher.add("nulls", table.nulls)
            var contents: [String] = []
            for file in table.files {
                guard let hash = hashes[file] else { return nil }
                contents.append(hash.hex)
            }
            hasher.add("contents", contents)
        }
        return hasher.finish()
    }

    /// The test as JSON, without what its outcome does not depend on; the waiver is applied afterwards each time.
    private func definition(of test: DataTest) -> String? {
        var test = test
        test.line = nil
        test.name = nil
        test.explanation = nil
        test.waiver = nil
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // A number that JSON cannot hold, such as an infinite bound, makes the test one that is never reused.
        guard let data = try? encoder.encode(test) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}

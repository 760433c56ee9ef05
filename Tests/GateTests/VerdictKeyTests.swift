import Gate
import Model
import Testing

struct VerdictKeyTests {
    @Test("Every part changes the key", arguments: VerdictKey.Part.allCases.filter { $0 != .format })
    func dependsOn(part: VerdictKey.Part) {
        let base = VerdictKey(parts: [:])
        let other = VerdictKey(parts: [part: "x"])
        #expect(base.hash != other.hash)
    }
}

struct UndeclaredChangesTests {
    @Test(
        "A changed file is declared by its path, its directory or a glob",
        arguments: [
            ("sql/clean.sql", ["sql/clean.sql"], [], false), ("lib/helper.sh", ["sql/clean.sql"], [], true),
            ("lib/a/helper.sh", ["lib"], [], false), ("lib/helper.sh", ["lib/*.sh"], [], false),
            ("lib/a/helper.sh", ["lib/*.sh"], [], true), ("lib/a/helper.sh", ["lib/**/*.sh"], [], false),
            ("lib/a/helper.sh", ["./lib/"], [], false), ("README.md", [], ["*.md"], false),
            ("docs/a/b.txt", [], ["docs/**"], false), ("headgate.yaml", [], [], false), ("library", ["lib"], [], true),
        ] as [(String, [String], [String], Bool)])
    func names(path: String, declared: [String], ignored: [String], isUndeclared: Bool) {
        let found = undeclaredChanges(changed: [path], declared: declared, ignored: ignored)
        #expect(found == (isUndeclared ? [path] : []))
    }
}

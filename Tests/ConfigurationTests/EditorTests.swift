import Model
import Testing

@testable import Configuration

@Suite("Editing")
struct EditorTests {
    static let file = """
        # The pipeline of flights.
        version: 1   # do not touch
        sources:
          raw:
            path: data/raw   # räw
            tests:
              - accepted_values: {column: carrier, values: [AA, B6], severity: info}   # carriers
              - accepted_values:
                  column: "größe"
                  severity: info
                  values:   # sizes
                    - 1
                    - 2   # two

              # Counted by hand.
              - row_count: {min: 10, max: 20, severity: info}
              - row_count: {table: data/raw/x.csv, equals: 5}
        steps:
          clean:
            run: x
            outputs: [o.csv]
            tests:
            - {range: {column: delay, min: -120, max: 1.5}, warn_if: "> 0"}
            - length: {column: name, min: 3}
            - schema:
                columns:
                  id: integer
                  name: text
            - accepted_values:
                column: state
                values: [
                  A,   # open
                  B,
                ]
          train:
            run: x
            matrix: {seed: [1, 2]}
            outputs: ["m/${{ matrix.seed }}.csv"]
            tests:
              - schema: {columns: {a: integer}, table: "m/${{ matrix.seed }}.csv"}
              - {accepted_values: {column: a, values: [x]}, name: a/b}
        """

    private func apply(_ test: String, _ edit: Proposal.Edit, to text: String = file) throws -> String {
        try ConfigurationEditor.apply(Proposal(test: test, edit: edit, summary: ""), to: text)
    }

    static let edits: [(String, Proposal.Edit, String, String)] = [
        (
            "source:raw/accepted_values:carrier", .acceptValues(["UA", "NO", "a b", "x,y"]), "values: [AA, B6]",
            "values: [AA, B6, UA, \"NO\", a b, \"x,y\"]"
        ),
        (
            "source:raw/accepted_values:größe", .acceptValues(["3", "x"]), "- 2   # two\n",
            "- 2   # two\n            - 3\n            - x\n"
        ),
        ("source:raw/row_count", .widen(minimum: 7.9, maximum: nil), "{min: 10, max: 20,", "{min: 7, max: 20,"),
        ("source:raw/row_count", .widen(minimum: 7, maximum: 1234.2), "{min: 10, max: 20,", "{min: 7, max: 1235,"),
        ("clean/range:delay", .widen(minimum: -121.5, maximum: 2), "min: -120, max: 1.5}", "min: -121.5, max: 2}"),
        (
            "clean/range:delay", .widen(minimum: nil, maximum: .whole(12_345_678_901_234_567_891)),
            "min: -120, max: 1.5}", "min: -120, max: 12345678901234567891}"
        ),
        ("clean/length:name", .widen(minimum: 0, maximum: nil), "min: 3}", "min: 0}"),
        (
            "clean/schema", .addColumns([ColumnType(name: "née", type: "double"), ColumnType(name: "id", type: "x")]),
            "          name: text\n", "          name: text\n          \"née\": double\n"
        ),
        ("clean/accepted_values:state", .acceptValues(["C"]), "          B,\n", "          B, C,\n"),
        (
            "train[seed=2]/schema@m/2.csv", .addColumns([ColumnType(name: "b", type: "decimal(10,2)")]), "{a: integer}",
            "{a: integer, b: \"decimal(10,2)\"}"
        ),
        ("train[seed=1]/a/b", .acceptValues(["z"]), "values: [x]", "values: [x, z]"),
    ]

    @Test("An edit changes its place and nothing else", arguments: edits.indices)
    func edit(_ index: Int) throws {
        let (test, edit, old, new) = Self.edits[index]
        #expect(Self.file.contains(old))
        #expect(try apply(test, edit) == Self.file.replacing(old, with: new, maxReplacements: 1))
    }

    @Test("What is there already stays as it is")
    func nothing() throws {
        #expect(try apply("source:raw/accepted_values:carrier", .acceptValues(["AA"])) == Self.file)
        #expect(try apply("source:raw/row_count", .widen(minimum: nil, maximum: 20)) == Self.file)
    }

    @Test("Windows line ends and a missing last one are kept")
    func lineEnds() throws {
        let text =
            "version: 1\nsources:\n  s:\n    path: d\n    tests:\n      - accepted_values:\n          column: c\n          values:\n            - A"
        let windows = (text + "\n").replacing("\n", with: "\r\n")
        #expect(
            try apply("source:s/accepted_values:c", .acceptValues(["B"]), to: windows) == windows
                + "            - B\r\n")
        #expect(try apply("source:s/accepted_values:c", .acceptValues(["B"]), to: text) == text + "\n            - B")
    }

    @Test(
        "What cannot be edited safely is refused with its line",
        arguments: [
            ("source:raw/row_count@data/raw/x.csv", Proposal.Edit.widen(minimum: 1, maximum: 9), 17),
            ("clean/length:name", .widen(minimum: nil, maximum: 3), 24),
            ("clean/range:delay", .widen(minimum: 0, maximum: nil), 23),
            ("clean/schema", .acceptValues(["x"]), 25),
            ("clean/schemas", .acceptValues(["x"]), nil),
            ("train/a/c", .acceptValues(["x"]), nil),
        ] as [(String, Proposal.Edit, Int?)])
    func refused(_ test: String, _ edit: Proposal.Edit, _ line: Int?) {
        do throws(ConfigurationError) {
            _ = try ConfigurationEditor.apply(Proposal(test: test, edit: edit, summary: ""), to: Self.file)
            Issue.record("not refused")
        } catch {
            #expect(error.problems.map(\.line) == [line])
        }
    }

    @Test("An edit that an alias would carry elsewhere is refused")
    func alias() {
        let text = """
            version: 1
            sources:
              a: {path: a, tests: [accepted_values: {column: c, values: &v [A, B]}]}
              b: {path: b, tests: [accepted_values: {column: c, values: *v}]}
            """
        #expect(throws: ConfigurationError.self) {
            try apply("source:a/accepted_values:c", .acceptValues(["C"]), to: text)
        }
        #expect(throws: ConfigurationError.self) {
            try apply("source:b/accepted_values:c", .acceptValues(["C"]), to: text)
        }
    }
}

import Model

extension DocumentReader {
    /// The tests of a source or step, in the order of the file.
    func tests(_ node: YAMLNode, of owner: String, scope: TemplateScope) -> [DataTest] {
        guard let items = node.list("`tests` of \(owner)", problems) else { return [] }
        var identities: [String: Int] = [:]
        var tests: [DataTest] = []
        tests.reserveCapacity(items.count)
        for item in items {
            guard let test = TestReader(item: item, owner: owner, scope: scope, problems: problems).read() else {
                continue
            }
            if let line = identities.updateValue(item.start.line, forKey: test.identity) {
                problems.add(
                    at: item.start, "\(owner) has the test `\(test.identity)` twice, first in line \(line)",
                    "give one of them a `name`")
                continue
            }
            tests.append(test)
        }
        return tests
    }
}

/// Reads one item of a list of tests.
///
/// A check's value is a list of columns, a scalar, or a map that holds its arguments together with the common ones;
/// common arguments may also stand beside the check's key in the same item.
struct TestReader {
    let item: YAMLNode
    let owner: String
    let scope: TemplateScope
    let problems: ProblemList

    func read() -> DataTest? {
        guard let entries = item.entries else {
            let name = item.scalarText.flatMap(Check.Name.init(rawValue:))
            problems.add(
                at: item.start, "a test of \(owner) must be a map, not \(item.kindForPeople)",
                name.map { "write `\($0.rawValue): …`" } ?? "write a check and its columns, such as `not_null: [id]`")
            return nil
        }
        guard let (name, entry) = checkEntry(entries) else { return nil }
        let beside = entries.filter { $0.key != entry.key }
        guard let map = arguments(of: name, entry, beside: beside),
            let check = CheckReader(name: name, map: map, scope: scope).read()
        else { return nil }
        return test(check, map)
    }

    /// The one key of the item that names a check.
    private func checkEntry(_ entries: [YAMLEntry]) -> (Check.Name, YAMLEntry)? {
        var found: [(Check.Name, YAMLEntry)] = []
        for entry in entries {
            if let name = Check.Name(rawValue: entry.key) {
                found.append((name, entry))
            } else if ConfigurationKeys.unavailableChecks.contains(entry.key) {
                problems.add(
                    at: entry.keyPlace, "the check `\(entry.key)` is not available in this version",
                    "the checks are \(Check.Name.allCases.map(\.rawValue).joined(separator: ", "))")
                return nil
            }
        }
        if found.count == 1 { return found[0] }
        if found.count > 1 {
            problems.add(
                at: found[1].1.keyPlace,
                "one test holds two checks, `\(found[0].0.rawValue)` and `\(found[1].0.rawValue)`",
                "begin the second with `- `")
            return nil
        }
        reportMissingCheck(entries)
        return nil
    }

    private func reportMissingCheck(_ entries: [YAMLEntry]) {
        let checks = Check.Name.allCases.map(\.rawValue)
        let known = ConfigurationKeys.testCommon
        guard let entry = entries.first(where: { !known.contains($0.key) }) else {
            problems.add(
                at: item.start, "a test of \(owner) names no check", "the checks are \(checks.joined(separator: ", "))")
            return
        }
        if entry.key == "format" {
            problems.add(
                at: entry.keyPlace, "`format` is an argument of `regex`", "write `regex: {column: …, format: email}`")
            return
        }
        let near = TestReader.otherTools[entry.key] ?? Spelling.nearest(to: entry.key, among: checks)
        problems.add(
            at: entry.keyPlace, "unknown check `\(entry.key)` in a test of \(owner)",
            near.map { "did you mean `\($0)`?" } ?? "the checks are \(checks.joined(separator: ", "))")
    }

    /// What the same checks are called elsewhere (dbt, Great Expectations, Soda).
    private static let otherTools = [
        "notnull": "not_null", "missing_count": "not_null", "expect_column_values_to_not_be_null": "not_null",
        "expect_column_values_to_be_unique": "unique", "unique_combination_of_columns": "unique",
        "expect_column_values_to_be_in_set": "accepted_values", "accepted_range": "range", "between": "range",
        "expect_column_values_to_be_between": "range", "expect_column_values_to_match_regex": "regex",
        "foreign_key": "relationships", "query": "sql", "expression_is_true": "sql", "count": "row_count",
        "rows": "row_count", "columns": "schema", "types": "schema", "pattern": "regex", "matches": "regex",
        "in": "accepted_values", "values": "accepted_values", "min": "range", "max": "range", "primary_key": "unique",
    ]

    /// All arguments as one map: those inside the check's value, and the common ones beside it.
    private func arguments(of name: Check.Name, _ entry: YAMLEntry, beside: [YAMLEntry]) -> MappingReader? {
        let what = "`\(entry.key)` in \(owner)"
        var all: [YAMLEntry]
        switch entry.value.content {
        case .mapping(let inside): all = inside
        case .scalar where entry.value.isNull && name != .rowCount: all = []
        default:
            let key: String
            switch name {
            case .notNull, .notEmpty, .unique: key = "columns"
            case .rowCount: key = "equals"
            case .sql: key = "query"
            default:
                let arguments = ConfigurationKeys.arguments(of: name).joined(separator: ", ")
                problems.add(
                    at: entry.value.start, "\(what) must be a map, not \(entry.value.kindForPeople)",
                    "its arguments are \(arguments)")
                return nil
            }
            all = [YAMLEntry(key: key, keyPlace: entry.keyPlace, value: entry.value)]
        }
        for other in beside {
            guard ConfigurationKeys.testCommon.contains(other.key) else {
                let own = ConfigurationKeys.arguments(of: name)
                let isOwn = own.contains(other.key)
                problems.add(
                    at: other.keyPlace,
                    isOwn ? "`\(other.key)` stands beside \(what)" : "unknown key `\(other.key)` beside \(what)",
                    isOwn
                        ? "put it inside: `\(entry.key): {\(other.key): …}`"
                        : Spelling.suggestion(for: other.key, among: ConfigurationKeys.testCommon + own))
                continue
            }
            if let twice = all.first(where: { $0.key == other.key }) {
                problems.add(
                    at: other.keyPlace, "`\(other.key)` of \(what) is given twice, also in line \(twice.keyPlace.line)",
                    "remove one")
                continue
            }
            all.append(other)
        }
        return MappingReader(
            entries: all, place: entry.keyPlace, what: what,
            keys: ConfigurationKeys.arguments(of: name) + ConfigurationKeys.testCommon, problems)
    }

    private func test(_ check: Check, _ map: MappingReader) -> DataTest {
        var test = DataTest(check: check, line: item.start)
        test.table = table("table", map)
        test.condition = checkedText("where", map)
        test.errorIf = threshold("error_if", map, check)
        test.warnIf = threshold("warn_if", map, check)
        test.infoIf = threshold("info_if", map, check)
        if let node = map["severity"], let word = map.text("severity") {
            if let severity = Severity(word: word) {
                test.severity = severity
            } else {
                problems.add(
                    at: node.start, "\(map.name("severity")) cannot be `\(word)`",
                    Spelling.suggestion(for: word, among: Severity.allCases.map(\.rawValue))
                        ?? "it is error, warning or info")
            }
            if let level = ["error_if", "warn_if", "info_if"].first(where: { map[$0] != nil }) {
                problems.add(
                    at: map.keyPlace("severity"), "\(map.what) has both `severity` and `\(level)`",
                    "remove `severity`; \(level) says what a failure means")
            }
        }
        test.name = name(map)
        test.explanation = map.text("description")
        test.limit = map.integer("limit", in: 0...1_000_000) ?? 100
        test.mask = map.scalarTexts("mask") ?? []
        test.nulls = map.scalarTexts("nulls")
        test.waiver = waiver(map)
        return test
    }

    private func name(_ map: MappingReader) -> String? {
        guard let node = map["name"], let name = map.text("name") else { return nil }
        guard !name.isEmpty, name.utf8.count <= 200, !name.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            problems.add(at: node.start, "\(map.name("name")) is empty, too long, or holds a control character")
            return nil
        }
        guard !Template.hasPlaceholder(name) else {
            problems.add(
                at: node.start, "\(map.name("name")) takes no placeholders",
                "the step's id names the combination already")
            return nil
        }
        return name
    }

    func table(_ key: String, _ map: MappingReader) -> String? {
        guard let node = map[key], let text = map.text(key) else { return nil }
        guard scope.check(text, in: node, problems) else { return nil }
        // `database:table` names a table of a database; the part before the colon is the path.
        let path = String(text.prefix { $0 != ":" })
        if let violation = PathRule.violation(in: path) {
            problems.add(at: node.start, "\(map.name(key)): the path `\(path)` \(violation.reason)", violation.remedy)
            return nil
        }
        return path.count == text.count ? PathRule.normalized(text) : text
    }

    private func checkedText(_ key: String, _ map: MappingReader) -> String? {
        guard let node = map[key], let text = map.text(key) else { return nil }
        if text.allSatisfy(\.isWhitespace) || text.utf8.contains(0) {
            problems.add(at: node.start, "\(map.name(key)) is empty or holds a NUL character")
            return nil
        }
        scope.check(text, in: node, problems)
        return text
    }

    private func threshold(_ key: String, _ map: MappingReader, _ check: Check) -> Threshold? {
        guard let node = map[key] else { return nil }
        guard let threshold = node.scalarText.flatMap({ Threshold($0) }) else {
            problems.add(
                at: node.start, "\(map.name(key)) must be a condition",
                "write \"> 0\", \"> 0.5%\", \"= 0\" or \"between 10 and 20\"")
            return nil
        }
        if threshold.isShare, check.name == .rowCount || check.name == .schema {
            problems.add(
                at: node.start,
                "\(map.name(key)): a share needs rows, and \(check.name.rawValue) is about the whole table",
                "leave out the %")
        }
        return threshold
    }

    private func waiver(_ map: MappingReader) -> Waiver? {
        guard let node = map["waive"] else { return nil }
        guard let reader = MappingReader(node, map.name("waive"), keys: ConfigurationKeys.waive, problems) else {
            return nil
        }
        for key in ConfigurationKeys.waive where reader[key] == nil {
            problems.add(
                at: node.start, "\(reader.what) has no `\(key)`",
                "a waiver says until when, who answers for it, and why")
        }
        guard let until = reader.text("until"), let owner = reader.text("owner"), let reason = reader.text("reason")
        else {
            return nil
        }
        guard isDate(until) else {
            problems.add(
                at: reader["until"]?.start, "\(reader.name("until")) must be a date, not `\(until)`", "write 2026-12-31"
            )
            return nil
        }
        return Waiver(until: until, owner: owner, reason: reason)
    }

    private func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }
}

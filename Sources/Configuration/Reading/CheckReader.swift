import Model

/// Reads the arguments of one check.
struct CheckReader {
    let name: Check.Name
    let map: MappingReader
    let scope: TemplateScope

    private var problems: ProblemList { map.problems }

    func read() -> Check? {
        switch name {
        case .rowCount: rowCount()
        case .notNull: columns().map { .notNull(columns: $0) }
        case .notEmpty: columns().map { .notEmpty(columns: $0) }
        case .unique: columns().map { .unique(columns: $0) }
        case .acceptedValues: acceptedValues()
        case .range: range()
        case .length: length()
        case .regex: regex()
        case .relationships: relationships()
        case .schema: schema()
        case .sql: sql()
        case .freshness: freshness()
        }
    }

    private var hasThreshold: Bool { ["error_if", "warn_if", "info_if"].contains { map[$0] != nil } }

    private func rowCount() -> Check? {
        let minimum = map.integer("min", in: 0...Int.max)
        let maximum = map.integer("max", in: 0...Int.max)
        let equals = map.integer("equals", in: 0...Int.max)
        if map["min"] == nil, map["max"] == nil, map["equals"] == nil, !hasThreshold {
            return missing("has no bound", "write {min: 1}")
        }
        if map["equals"] != nil, map["min"] != nil || map["max"] != nil {
            return missing("has `equals` and another bound", "keep one")
        }
        guard inOrder(minimum, maximum) else { return nil }
        return .rowCount(minimum: minimum, maximum: maximum, equals: equals)
    }

    /// `columns: [a, b]`, or `column: a`.
    private func columns() -> [String]? {
        if map["columns"] != nil, map["column"] != nil {
            return missing("has both `columns` and `column`", "keep one")
        }
        if map["column"] != nil { return column().map { [$0] } }
        guard let node = map["columns"] else { return missing("names no columns", "write `\(name.rawValue): [id]`") }
        let items: [YAMLNode]
        if node.items == nil, node.scalarText != nil {
            items = [node]
        } else {
            items = node.list(map.name("columns"), problems) ?? []
        }
        let columns = items.compactMap { columnName($0) }
        guard columns.count == items.count else { return nil }
        guard !columns.isEmpty else { return missing("names no columns", "write `\(name.rawValue): [id]`") }
        if Set(columns).count < columns.count { return missing("names a column twice", "remove one") }
        return columns
    }

    private func column() -> String? {
        guard let node = map["column"] else { return missing("names no column", "add `column: …`") }
        return columnName(node)
    }

    private func columnName(_ node: YAMLNode) -> String? {
        guard let text = node.scalarText("a column of \(map.what)", problems) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            problems.add(at: node.start, "a column of \(map.what) has no name")
            return nil
        }
        guard !Template.hasPlaceholder(text) else {
            problems.add(at: node.start, "a column of \(map.what) takes no placeholders")
            return nil
        }
        return text
    }

    private func acceptedValues() -> Check? {
        let column = column()
        guard let node = map["values"] else { return missing("has no `values`", "add `values: […]`") }
        guard let items = node.list(map.name("values"), problems) else { return nil }
        guard !items.isEmpty else {
            problems.add(at: node.start, "\(map.name("values")) is empty", "list the values that are right")
            return nil
        }
        var values: [ParameterValue] = []
        var seen: Set<String> = []
        values.reserveCapacity(items.count)
        for item in items {
            guard let value = acceptedValue(item) else { return nil }
            if !seen.insert(value.text).inserted {
                problems.add(at: item.start, "\(map.name("values")) holds `\(value.text)` twice", "remove one")
            }
            if case .string(let text) = value { scope.check(text, in: item, problems) }
            values.append(value)
        }
        return column.map { .acceptedValues(column: $0, values: values) }
    }

    private func acceptedValue(_ item: YAMLNode) -> ParameterValue? {
        // Wider than any number here: compared digit by digit.
        if case .wide(let number) = item.meaning { return .string(String(number)) }
        return item.value("an item of \(map.name("values"))", problems)
    }

    private func range() -> Check? {
        let (column, minimum, maximum) = (column(), map.bound("min"), map.bound("max"))
        if map["min"] == nil, map["max"] == nil { return missing("has neither `min` nor `max`", "add one") }
        guard let column, inOrder(minimum, maximum) else { return nil }
        return .range(column: column, minimum: minimum, maximum: maximum)
    }

    private func length() -> Check? {
        let (column, minimum) = (column(), map.integer("min", in: 0...Int.max))
        let maximum = map.integer("max", in: 0...Int.max)
        if map["min"] == nil, map["max"] == nil { return missing("has neither `min` nor `max`", "add one") }
        guard let column, inOrder(minimum, maximum) else { return nil }
        return .length(column: column, minimum: minimum, maximum: maximum)
    }

    private func regex() -> Check? {
        let column = column()
        if map["pattern"] != nil, map["format"] != nil { return missing("has both `pattern` and `format`", "keep one") }
        if let node = map["format"] {
            guard let word = map.text("format") else { return nil }
            guard let pattern = CheckReader.formats[word] else {
                let known = CheckReader.formats.keys.sorted()
                problems.add(
                    at: node.start, "\(map.name("format")) cannot be `\(word)`",
                    Spelling.suggestion(for: word, among: known) ?? "it is \(alternatives(known))")
                return nil
            }
            return column.map { .regex(column: $0, pattern: pattern) }
        }
        guard let node = map["pattern"] else { return missing("has no `pattern`", "add `pattern: …` or `format: …`") }
        guard let pattern = map.text("pattern") else { return nil }
        guard !pattern.isEmpty, !pattern.utf8.contains(0) else {
            problems.add(at: node.start, "\(map.name("pattern")) is empty or holds a NUL character")
            return nil
        }
        return column.map { .regex(column: $0, pattern: pattern) }
    }

    /// The formats by name, as patterns that RE2, POSIX and Postgres all read alike.
    static let formats = [
        "email": "^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$",
        "uuid": "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
        "date": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "time": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?$",
        "url": "^https?://[^ ]+$",
        "integer": "^[+-]?[0-9]+$",
        "number": "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$",
        "ipv4": "^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$",
    ]

    private func relationships() -> Check? {
        let reader = TestReader(
            item: YAMLNode(content: .mapping([]), start: map.place, end: map.place), owner: map.what, scope: scope,
            problems: problems)
        let (column, to, field) = (column(), reader.table("to", map), map["field"].flatMap(columnName))
        if map["to"] == nil { return missing("has no `to`", "name the table in which the values must exist") }
        if map["field"] == nil { return missing("has no `field`", "name the column of `to`") }
        guard let column, let to, let field else { return nil }
        return .relationships(column: column, to: to, field: field)
    }

    private func schema() -> Check? {
        guard let node = map["columns"] else { return missing("has no `columns`", "write {columns: {id: integer}}") }
        guard let columns = MappingReader(node, map.name("columns"), keys: nil, problems) else { return nil }
        guard !columns.entries.isEmpty else { return missing("has no `columns`", "write {columns: {id: integer}}") }
        var types: [ColumnType] = []
        for entry in columns.entries {
            guard let type = columns.text(entry.key) else { return nil }
            types.append(ColumnType(name: entry.key, type: type))
        }
        enum Extra: String, CaseIterable { case ok, error }
        let extra = map.word("extra_columns", as: Extra.self) ?? .error
        return .schema(columns: types, extraColumns: extra == .ok)
    }

    private func sql() -> Check? {
        guard let node = map["query"] else {
            return missing("has no `query`", "write a query that returns the wrong rows")
        }
        guard let query = map.text("query") else { return nil }
        guard query.contains(where: { !$0.isWhitespace }), !query.utf8.contains(0) else {
            problems.add(at: node.start, "\(map.name("query")) is empty or holds a NUL character")
            return nil
        }
        scope.check(query, in: node, problems)
        return .sql(query: query)
    }

    private func freshness() -> Check? {
        let levels = ["severity", "error_if", "warn_if", "info_if"]
        if let level = levels.first(where: { map[$0] != nil }) {
            problems.add(
                at: map.keyPlace(level), "\(map.what) takes no `\(level)`",
                "`warn_after` and `error_after` say what a failure means")
            return nil
        }
        guard let limits = FreshnessReader(map).read() else { return nil }
        if map["column"] != nil { return column().map { .freshness(column: $0, limits: limits) } }
        if let key = ["table", "where"].first(where: { map[$0] != nil }) {
            problems.add(at: map.keyPlace(key), "\(map.what) has `\(key)` without `column`", "add `column: …`")
            return nil
        }
        return .freshness(column: nil, limits: limits)
    }

    private func inOrder<Number: Comparable>(_ minimum: Number?, _ maximum: Number?) -> Bool {
        guard let minimum, let maximum, minimum > maximum else { return true }
        problems.add(at: map["min"]?.start, "\(map.what) has `min` above `max`", "swap them")
        return false
    }

    private func missing<Result>(_ message: String, _ suggestion: String) -> Result? {
        problems.add(at: map.place, "\(map.what) \(message)", suggestion)
        return nil
    }
}

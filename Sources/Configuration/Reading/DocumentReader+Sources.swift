import Model

extension DocumentReader {
    /// `sources`, in the order of the file.
    func readSources() {
        guard let map = root["sources"].flatMap({ MappingReader($0, "`sources`", keys: nil, problems) }) else { return }
        var variableNames: [String: String] = [:]
        for entry in map.entries {
            guard NameRule.isPlainName(entry.key) else {
                problems.add(at: entry.keyPlace, "`\(entry.key)` in `sources` is no name", plainNameRemedy)
                continue
            }
            let variable = String(entry.key.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 })
            if let other = variableNames.updateValue(entry.key, forKey: variable) {
                problems.add(
                    at: entry.keyPlace,
                    "the sources `\(other)` and `\(entry.key)` would both be HEADGATE_SOURCE_\(variable)",
                    "rename one")
            }
            let what = "the source `\(entry.key)`"
            guard let reader = MappingReader(entry.value, what, keys: ConfigurationKeys.source, problems) else {
                continue
            }
            if let source = source(entry.key, at: entry.keyPlace, reader) { configuration.sources.append(source) }
        }
        checkSourcePaths()
    }

    private func source(_ name: String, at place: SourceLine, _ map: MappingReader) -> Source? {
        var kind = Source.Kind.files
        if map["kind"] != nil {
            guard let word = map.word("kind", as: Source.Kind.self) else { return nil }
            kind = word
        }
        checkKeys(of: kind, map)
        var source = Source(name: name, kind: kind, path: nil, line: place)
        if let node = map["path"], let text = map.text("path") {
            source.path = path(text, in: node, map.name("path"), scope: nil)
            if source.path?.contains(where: { "*?".contains($0) }) == true {
                problems.add(at: node.start, "\(map.name("path")) must be one path, not a pattern", "name the folder")
            }
        }
        source.location = address("location", of: map)
        source.isWritable = map.boolean("writable") ?? false
        source.pin = map.word("pin", as: PinPolicy.self, later: ["overlay"]) ?? .auto
        source.freshness = freshness(map)
        source.nulls = map.scalarTexts("nulls") ?? [""]
        if let node = map["tests"] { source.tests = tests(node, of: map.what, scope: scope) }
        checkAge(of: source, map)
        if kind != .files { source.driver = driver(map) }
        return source
    }

    /// Which keys a kind of source needs and which it may have besides.
    private func checkKeys(of kind: Source.Kind, _ map: MappingReader) {
        let always: Set<String> = ["kind", "freshness", "nulls", "tests", "pin"]
        let needed: [String]
        let allowed: Set<String>
        switch kind {
        case .files, .sqlite, .duckdb: (needed, allowed) = (["path"], ["location", "writable"])
        case .postgres:
            needed = ["location", "clone_to"]
            allowed = ["only", "schema_only", "variable", "writable"]
        case .command: (needed, allowed) = (["fingerprint"], ["create", "drop", "variable"])
        case .project: (needed, allowed) = (["repository", "output", "path"], ["ref"])
        }
        for key in needed where map[key] == nil {
            problems.add(at: map.place, "\(map.what) of kind \(kind.rawValue) has no `\(key)`")
        }
        for entry in map.entries
        where ConfigurationKeys.source.contains(entry.key) && !always.contains(entry.key) && !needed.contains(entry.key)
            && !allowed.contains(entry.key)
        {
            problems.add(
                at: entry.keyPlace, "`\(entry.key)` does not belong to a source of kind \(kind.rawValue)",
                map["kind"] == nil ? "is its `kind` missing?" : "remove it")
        }
        if kind == .command, map["drop"] != nil, map["create"] == nil {
            problems.add(at: map.keyPlace("drop"), "\(map.what) has `drop` without `create`")
        }
        if kind == .command, let tests = map.keyPlace("tests") {
            problems.add(at: tests, "\(map.what) of kind command has no table to test", "test the step that reads it")
        }
    }

    /// Where a source lives: any path or address; but for `repository`, secrets may stand in it.
    private func address(_ key: String, of map: MappingReader) -> String? {
        guard let node = map[key], let text = map.text(key) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            problems.add(at: node.start, "\(map.name(key)) is empty or holds a control character")
            return nil
        }
        var scope = scope
        scope.allowsSecrets = key != "repository"
        scope.allowsUnlistedSecrets = true
        scope.check(text, in: node, problems)
        return text
    }

    private func freshness(_ map: MappingReader) -> Freshness? {
        guard let node = map["freshness"] else { return nil }
        let what = map.name("freshness")
        guard let reader = MappingReader(node, what, keys: ConfigurationKeys.freshness, problems) else { return nil }
        return FreshnessReader(reader).read()
    }

    /// The age of data is known where it lies in files, and what another project made has the age of its landing.
    private func checkAge(of source: Source, _ map: MappingReader) {
        let tested = source.tests.first { $0.check.name == .freshness && $0.check.columns.isEmpty }
        if !source.kind.isOfFiles, let place = map.keyPlace("freshness") ?? tested?.line {
            problems.add(
                at: place, "how old the data of \(map.what) of kind \(source.kind.rawValue) is cannot be known",
                "test a column that says when rows came: `freshness: {column: …}`, where a step writes it to a file")
        } else if source.freshness != nil, let tested, tested.identity == Check.Name.freshness.rawValue {
            problems.add(
                at: tested.line, "\(map.what) has `freshness` and a test `freshness` without `column`", "keep one")
        }
    }

    private func driver(_ map: MappingReader) -> SourceDriver? {
        var driver = SourceDriver()
        driver.cloneTo = address("clone_to", of: map)
        driver.schemaOnly = map.texts("schema_only") ?? []
        if let node = map["only"],
            let only = MappingReader(node, map.name("only"), keys: ConfigurationKeys.only, problems)
        {
            driver.tables = only.texts("tables") ?? []
            if let filters = only["where"].flatMap({ MappingReader($0, only.name("where"), keys: nil, problems) }) {
                for entry in filters.entries {
                    driver.filters[entry.key] = filters.text(entry.key)
                    if !driver.tables.isEmpty, !driver.tables.contains(entry.key) {
                        problems.add(
                            at: entry.keyPlace, "\(only.name("where")) names `\(entry.key)`, which `tables` leaves out",
                            Spelling.suggestion(for: entry.key, among: driver.tables))
                    }
                }
            }
        }
        if let variable = map.text("variable") {
            if NameRule.isIdentifier(variable), !variable.hasPrefix("HEADGATE_") {
                driver.variable = variable
            } else {
                problems.add(
                    at: map["variable"]?.start, "\(map.name("variable")): `\(variable)` is no name for a variable",
                    identifierRemedy)
            }
        }
        driver.fingerprint = command("fingerprint", of: map, scope: scope)
        driver.create = command("create", of: map, scope: scope)
        driver.drop = command("drop", of: map, scope: scope)
        driver.repository = address("repository", of: map)
        driver.reference = map.text("ref")
        driver.output = map.text("output")
        return driver == SourceDriver() ? nil : driver
    }

    /// Two sources at one place, or one within the other, could not be pinned apart.
    private func checkSourcePaths() {
        let placed = configuration.sources.compactMap { source in source.path.map { (source, $0) } }
        for (index, (source, path)) in placed.enumerated() {
            for (other, otherPath) in placed[..<index]
            where PathRule.contains(path, otherPath) || PathRule.contains(otherPath, path) {
                let relation = path == otherPath ? "have the same path" : "lie within each other"
                problems.add(
                    at: source.line,
                    "the sources `\(other.name)` (line \(other.line?.line ?? 0)) and `\(source.name)` \(relation)",
                    "give each a path of its own")
            }
        }
    }
}

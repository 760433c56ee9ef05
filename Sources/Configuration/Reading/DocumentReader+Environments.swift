import Model

extension DocumentReader {
    /// `environments`: rules by branch name, the first match wins.
    func readEnvironments() {
        guard let node = root["environments"], let items = node.list("`environments`", problems) else { return }
        guard !items.isEmpty else { return }
        var rules: [EnvironmentRule] = []
        var places: [(pattern: BranchPattern, line: Int)] = []
        for item in items {
            guard
                let map = MappingReader(
                    item, "a rule of `environments`", keys: ConfigurationKeys.environment, problems),
                let rule = rule(map)
            else { continue }
            if let earlier = places.first(where: { covers($0.pattern, rule.match) }) {
                problems.add(
                    at: map["match"]?.start, "the rule for `\(rule.match.text)` never applies",
                    "the first match wins, and `\(earlier.pattern.text)` in line \(earlier.line) matches the same branches"
                )
            }
            places.append((rule.match, map["match"]?.start.line ?? item.start.line))
            rules.append(rule)
        }
        configuration.environments = rules
    }

    private func rule(_ map: MappingReader) -> EnvironmentRule? {
        guard let node = map["match"] else {
            problems.add(
                at: map.place, "a rule of `environments` has no `match`", "write `match: main` or `match: \"*\"`")
            return nil
        }
        guard let pattern = map.text("match") else { return nil }
        guard BranchName(pattern.replacing("*", with: "x")) != nil else {
            problems.add(at: node.start, "`match`: `\(pattern)` cannot be the name of a branch")
            return nil
        }
        let what = "the rule for `\(pattern)`"
        var rule = EnvironmentRule(match: BranchPattern(pattern))
        rule.isProtected = map.boolean("protected") ?? false
        if let from = map.text("from") {
            if BranchName(from) == nil {
                problems.add(at: map["from"]?.start, "`from` of \(what): `\(from)` cannot be the name of a branch")
            } else {
                rule.from = from
            }
        }
        if let params = map["params"] { rule.parameters = parameterValues(params, "`params` of \(what)") }
        if let node = map["variables"] {
            rule.variables = variables(node, "`variables` of \(what)", scope: secretScope)
        }
        rule.setup = command("setup", of: map, scope: scope)
        rule.teardown = command("teardown", of: map, scope: scope)
        if let expire = map["expire"] { rule.expiry = expiry(expire, "`expire` of \(what)") }
        return rule
    }

    /// Whether every branch that `other` matches is matched by `pattern` before it; only the clear cases.
    private func covers(_ pattern: BranchPattern, _ other: BranchPattern) -> Bool {
        if pattern.text == other.text || pattern.text.allSatisfy({ $0 == "*" }) { return true }
        return other.isPlain && BranchName(other.text).map(pattern.matches) == true
    }

    func expiry(_ node: YAMLNode, _ what: String) -> PartialExpiry {
        guard let map = MappingReader(node, what, keys: ConfigurationKeys.expire, problems) else {
            return PartialExpiry()
        }
        return PartialExpiry(merged: map.span("merged"), unused: map.span("unused"), trash: map.span("trash"))
    }
}

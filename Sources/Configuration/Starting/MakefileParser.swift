/// Reads the simple rules of a Makefile.
struct MakefileParser {
    private var variables: [String: String] = [:]
    private var phony: Set<String> = []
    private var found: [MakeRule] = []
    /// Targets whose recipe uses a variable that is not known.
    private var unclear: Set<String> = []
    /// Indices into `found` of the rules that the recipe lines now being read belong to; `nil` outside rules.
    private var current: [Int]?
    /// Rules for any name of a form, such as `models/%.bin: data/%.csv`, with recipes as written.
    private var patterns: [PatternRule] = []
    private var currentPattern: Int?
    private var conditionals = 0
    private var isDefinition = false

    private struct PatternRule {
        var target: String
        var prerequisites: [String]
        var recipe: [String] = []
        var line: Int

        /// What `%` stands for in `name`; `nil` for a name of another form.
        func stem(of name: String) -> String? {
            let parts = target.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            guard name.utf8.count > target.utf8.count - 1, name.hasPrefix(parts[0]), name.hasSuffix(parts[1]) else {
                return nil
            }
            return String(name.dropFirst(parts[0].count).dropLast(parts[1].count))
        }
    }

    /// Makes a rule of each name that a rule asks for, no rule makes, and a pattern does.
    private mutating func instantiate() {
        var next = 0
        // Rules that are made here may ask for more.
        while next < found.count, found.count < 1000 {
            for name in found[next].prerequisites
            where !found.contains(where: { $0.target == name && !$0.recipe.isEmpty }) {
                // The shortest stem is the most particular rule.
                let fitting = patterns.compactMap { rule in rule.stem(of: name).map { (rule, $0) } }
                guard let (rule, stem) = fitting.min(by: { $0.1.count < $1.1.count }), !rule.recipe.isEmpty else {
                    continue
                }
                let known = found.firstIndex { $0.target == name }
                let own = rule.prerequisites.map { $0.replacing("%", with: stem) }
                let made = MakeRule(
                    target: name, prerequisites: own + (known.map { found[$0].prerequisites } ?? []), recipe: [],
                    isPhony: false, line: rule.line)
                if let known { found[known] = made } else { found.append(made) }
                for line in rule.recipe { add(line, to: known ?? found.count - 1, stem: stem) }
            }
            next += 1
        }
    }

    var rules: [MakeRule] {
        found.filter { !$0.recipe.isEmpty && !unclear.contains($0.target) }.map { rule in
            var rule = rule
            rule.isPhony = phony.contains(rule.target)
            return rule
        }
    }

    mutating func parse(_ text: String) {
        var pending = ""
        var start = 1
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if pending.isEmpty { start = index + 1 }
            let line = String(raw)
            if line.hasSuffix("\\"), !line.hasSuffix("\\\\") {
                pending += line.dropLast() + (pending.hasPrefix("\t") || line.hasPrefix("\t") ? "\\\n" : " ")
                continue
            }
            read(pending + line, at: start)
            pending = ""
        }
        if !pending.isEmpty { read(pending, at: start) }
        instantiate()
    }

    private mutating func read(_ line: String, at number: Int) {
        if isDefinition {
            isDefinition = !line.trimmed.hasPrefix("endef")
            return
        }
        if line.hasPrefix("\t") {
            recipe(String(line.dropFirst()))
            return
        }
        let bare = String(line.prefix { $0 != "#" }).trimmed
        guard !bare.isEmpty else { return }
        let word = String(bare.prefix { $0.isLetter })
        switch word {
        case "ifeq", "ifneq", "ifdef", "ifndef": conditionals += 1
        case "endif": conditionals = max(0, conditionals - 1)
        case "else", "include", "export", "unexport", "vpath", "override": break
        case "define": isDefinition = true
        default:
            if conditionals > 0 {
                current = nil
            } else if !assignment(bare) {
                rule(bare, at: number)
            }
            return
        }
        current = nil
    }

    private mutating func assignment(_ line: String) -> Bool {
        guard let equals = line.firstIndex(of: "=") else { return false }
        let name = line[..<equals].drop { $0 == " " }.prefix {
            $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "."
        }
        let between = line[name.endIndex..<equals].filter { $0 != " " }
        guard !name.isEmpty, ["", ":", "::", "?", "+", "!"].contains(between) else { return false }
        let value = String(line[line.index(after: equals)...]).trimmed
        switch between {
        case "!": variables[String(name)] = nil
        case "?": if variables[String(name)] == nil { variables[String(name)] = value }
        case "+": variables[String(name)] = [variables[String(name)], value].compactMap { $0 }.joined(separator: " ")
        default: variables[String(name)] = value
        }
        current = nil
        return true
    }

    private mutating func rule(_ line: String, at number: Int) {
        current = nil
        currentPattern = nil
        guard let colon = line.firstIndex(of: ":") else { return }
        var right = line[line.index(after: colon)...]
        if right.first == ":" { right = right.dropFirst() }
        let inline = right.firstIndex(of: ";")
        let recipe = inline.map { String(right[right.index(after: $0)...]).trimmed }
        if let inline { right = right[..<inline] }
        // What stands behind `|` decides about the order alone, and is mostly the directory of the target.
        right = right.prefix { $0 != "|" }
        guard let targets = expand(String(line[..<colon])), let needs = expand(String(right))
        else { return }
        let names = targets.split(separator: " ").map(String.init)
        let prerequisites = needs.split(separator: " ").map(String.init)
        if names == [".PHONY"] {
            phony.formUnion(prerequisites)
            return
        }
        if let name = names.first, names.count == 1, name.count(where: { $0 == "%" }) == 1,
            !name.contains(where: { "*?[$:".contains($0) }),
            !prerequisites.contains(where: { $0.contains { "*?[$:".contains($0) } })
        {
            patterns.append(PatternRule(target: name, prerequisites: prerequisites, line: number))
            currentPattern = patterns.count - 1
            if let recipe, !recipe.isEmpty { self.recipe(recipe) }
            return
        }
        guard !names.contains(where: { $0.hasPrefix(".") && !$0.contains("/") }),
            // What `$(wildcard …)` names is a pattern to Headgate too.
            !names.contains(where: isPattern), !prerequisites.contains(where: { $0.contains { "%[$".contains($0) } })
        else {
            return
        }
        var indices: [Int] = []
        for name in names {
            if let known = found.firstIndex(where: { $0.target == name }) {
                // `a: b` and `a: c` add up; one of them has the recipe.
                found[known].prerequisites += prerequisites.filter { !found[known].prerequisites.contains($0) }
                indices.append(known)
            } else {
                found.append(
                    MakeRule(target: name, prerequisites: prerequisites, recipe: [], isPhony: false, line: number))
                indices.append(found.count - 1)
            }
        }
        current = indices
        if let recipe, !recipe.isEmpty { self.recipe(recipe) }
    }

    private mutating func recipe(_ line: String) {
        guard conditionals == 0 else { return }
        let command = line.trimmed.drop { "@-+ ".contains($0) }
        guard !command.isEmpty, command.first != "#" else { return }
        if let currentPattern { patterns[currentPattern].recipe.append(String(command)) }
        for index in current ?? [] { add(String(command), to: index) }
    }

    private mutating func add(_ command: String, to index: Int, stem: String? = nil) {
        let rule = found[index]
        let first = rule.prerequisites.first ?? ""
        var automatic = ["@": rule.target, "<": first, "^": rule.prerequisites.joined(separator: " ")]
        automatic["*"] = stem
        for (name, path) in [("@", rule.target), ("<", first)] {
            let slash = path.lastIndex(of: "/")
            automatic[name + "D"] = slash.map { String(path[..<$0]) } ?? "."
            automatic[name + "F"] = slash.map { String(path[path.index(after: $0)...]) } ?? path
        }
        automatic["dir $@"] = (automatic["@D"] ?? ".") + "/"
        automatic["dir $<"] = (automatic["<D"] ?? ".") + "/"
        if let line = expand(command, automatic: automatic) {
            found[index].recipe.append(line)
        } else {
            // A recipe of which a part is not understood would be wrong as a whole.
            unclear.insert(rule.target)
        }
    }

    private func isPattern(_ name: String) -> Bool {
        name.contains { "%*?[$".contains($0) }
    }

    /// `text` with variables that are set to plain text; `nil` where another one is used.
    private func expand(_ text: String, automatic: [String: String] = [:], depth: Int = 0) -> String? {
        guard depth < 8 else { return nil }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            guard let next = rest.first else { return nil }
            if next == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if next == "(" || next == "{" {
                guard let close = rest.firstIndex(of: next == "(" ? ")" : "}") else { return nil }
                let name = String(rest[rest.index(after: rest.startIndex)..<close])
                let pattern = name.hasPrefix("wildcard ") ? expand(String(name.dropFirst(9)), depth: depth + 1) : nil
                guard
                    let value = pattern ?? automatic[name] ?? variables[name].flatMap({ expand($0, depth: depth + 1) })
                else {
                    return nil
                }
                result += value
                rest = rest[rest.index(after: close)...]
            } else {
                guard let value = automatic[String(next)] else { return nil }
                result += value
                rest = rest.dropFirst()
            }
            guard result.utf8.count < 100_000 else { return nil }
        }
        return result + rest
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

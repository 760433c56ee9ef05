/// Reads the simple rules of a Makefile.
struct MakefileParser {
    private var variables: [String: String] = [:]
    private var phony: Set<String> = []
    private var found: [MakeRule] = []
    /// Targets whose recipe uses a variable that is not known.
    private var unclear: Set<String> = []
    /// Indices into `found` of the rules that the recipe lines now being read belong to; `nil` outside rules.
    private var current: [Int]?
    private var conditionals = 0
    private var isDefinition = false

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
        guard let colon = line.firstIndex(of: ":") else { return }
        var right = line[line.index(after: colon)...]
        if right.first == ":" { right = right.dropFirst() }
        let inline = right.firstIndex(of: ";")
        let recipe = inline.map { String(right[right.index(after: $0)...]).trimmed }
        if let inline { right = right[..<inline] }
        guard let targets = expand(String(line[..<colon])), let needs = expand(String(right).replacing("|", with: " "))
        else { return }
        let names = targets.split(separator: " ").map(String.init)
        let prerequisites = needs.split(separator: " ").map(String.init)
        if names == [".PHONY"] {
            phony.formUnion(prerequisites)
            return
        }
        guard !names.contains(where: { $0.hasPrefix(".") && !$0.contains("/") }),
            !(names + prerequisites).contains(where: isPattern)
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
        guard let indices = current, conditionals == 0 else { return }
        let command = line.trimmed.drop { "@-+ ".contains($0) }
        guard !command.isEmpty, command.first != "#" else { return }
        for index in indices {
            let rule = found[index]
            let automatic = [
                "@": rule.target, "<": rule.prerequisites.first ?? "", "^": rule.prerequisites.joined(separator: " "),
            ]
            if let line = expand(String(command), automatic: automatic) {
                found[index].recipe.append(line)
            } else {
                // A recipe of which a part is not understood would be wrong as a whole.
                unclear.insert(rule.target)
            }
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
                guard let value = automatic[name] ?? variables[name].flatMap({ expand($0, depth: depth + 1) }) else {
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

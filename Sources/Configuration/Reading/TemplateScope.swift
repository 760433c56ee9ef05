import Model

/// The names that a placeholder may refer to at one place of the file.
struct TemplateScope {
    var parameters: Set<String> = []
    var axes: Set<String> = []
    var ports: Set<String> = []
    /// Of the top level and of every rule.
    var variables: Set<String> = []
    var secrets: Set<String> = []
    /// Only in `variables`, `location` and `clone_to`.
    var allowsSecrets = false
    /// Whether a secret may be used that `secrets` does not list: in `location` and `clone_to`, which are approved as
    /// they stand. A variable needs the list, because that is what is approved.
    var allowsUnlistedSecrets = false

    static let fixed: [String: [String]] = [
        "branch": ["name", "slug", "identifier"], "environment": ["name"],
    ]

    /// Returns what is wrong with `reference` here, and what to write; `nil` when it is known.
    func violation(_ reference: Template.Reference) -> (message: String, suggestion: String?)? {
        let known: [String]
        var remedy: String
        switch reference.namespace {
        case "params": (known, remedy) = (parameters.sorted(), "declare it under `params`")
        case "matrix":
            (known, remedy) = (
                axes.sorted(), axes.isEmpty ? "only a step with `matrix` has it" : "declare it under `matrix`"
            )
        case "ports": (known, remedy) = (ports.sorted(), "declare it under `ports`")
        case "variables": (known, remedy) = (variables.sorted(), "declare it under `variables`")
        case "secrets":
            guard allowsSecrets else {
                return (
                    "`\(reference.text)`: a secret may stand only in `variables`, `location` and `clone_to`",
                    "hand it over as a variable"
                )
            }
            if allowsUnlistedSecrets { return nil }
            (known, remedy) = (secrets.sorted(), "declare it under `secrets`")
        case "branch", "environment":
            known = TemplateScope.fixed[reference.namespace] ?? []
            remedy = "there is " + alternatives(known)
        default:
            let spaces = ["params", "matrix", "branch", "environment", "ports", "variables", "secrets"]
            return (
                "`${{ \(reference.text) }}` refers to nothing",
                Spelling.nearest(to: reference.namespace, among: spaces).map {
                    "did you mean `\($0).\(reference.name)`?"
                }
                    ?? "it begins with \(alternatives(spaces))"
            )
        }
        guard !known.contains(reference.name) else { return nil }
        if let near = Spelling.nearest(to: reference.name, among: known) {
            remedy = "did you mean `\(reference.namespace).\(near)`?"
        }
        return ("`${{ \(reference.text) }}` refers to nothing", remedy)
    }

    /// Reports every placeholder of `text` that is malformed or unknown.
    ///
    /// - Returns: whether all are well.
    @discardableResult
    func check(_ text: String, in node: YAMLNode, _ problems: ProblemList) -> Bool {
        guard Template.hasPlaceholder(text) else { return true }
        var isWell = true
        for part in Template(text).parts {
            switch part {
            case .literal: continue
            case .malformed(let written):
                problems.add(
                    at: problems.place(of: written, in: node), "`\(written)` is no placeholder",
                    "`${{ }}` holds one name, such as ${{ params.month }}; no code, no functions")
                isWell = false
            case .placeholder(let reference, let written):
                guard let violation = violation(reference) else { continue }
                problems.add(at: problems.place(of: written, in: node), violation.message, violation.suggestion)
                isWell = false
            }
        }
        return isWell
    }
}

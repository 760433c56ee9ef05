import Model

/// Makes resolved steps out of one step and its matrix.
struct StepResolver {
    let layers: ConfigurationLayers
    let problems: ProblemList
    private let variables: [String: String]
    private let secretVariables: [String: String]

    init(layers: ConfigurationLayers, problems: ProblemList) {
        self.layers = layers
        self.problems = problems
        variables = layers.textVariables
        secretVariables = layers.secretVariables
    }

    /// The steps that `step` expands to, `needs` not yet expanded; empty when there is a problem.
    func resolve(_ step: Step) -> [ResolvedStep] {
        guard let matrix = step.matrix else {
            return one(step, id: step.name, matrix: [:]).map { [$0] } ?? []
        }
        guard let combinations = MatrixExpansion.combinations(matrix) else {
            let count = MatrixExpansion.count(matrix).map { String($0 + matrix.include.count) } ?? "too many"
            problems.add(
                at: step.line,
                "the matrix of the step `\(step.name)` makes \(count) combinations; the limit is \(MatrixExpansion.limit)",
                "take values away, or split the step")
            return []
        }
        guard !combinations.isEmpty else {
            problems.add(at: step.line, "the matrix of the step `\(step.name)` excludes every combination")
            return []
        }
        var ids: Set<String> = []
        return combinations.compactMap { combination in
            let id = "\(step.name)[\(combination.label)]"
            guard ids.insert(id).inserted else {
                problems.add(
                    at: step.line, "the matrix of the step `\(step.name)` makes `\(id)` twice",
                    "remove one from `include`")
                return nil
            }
            return one(step, id: id, matrix: combination.values)
        }
    }

    private func one(_ step: Step, id: String, matrix: [String: ParameterValue]) -> ResolvedStep? {
        var scope = layers.scope
        for (name, value) in matrix { scope.values["matrix." + name] = .text(value.text) }
        do throws(ValueScope.Failure) {
            return try resolved(step, id: id, scope: scope)
        } catch {
            problems.add(at: step.line, "the step `\(id)`: \(error.message)", error.suggestion)
            return nil
        }
    }

    private func resolved(_ step: Step, id: String, scope: ValueScope) throws(ValueScope.Failure) -> ResolvedStep {
        let run = Template(step.run)
        var result = ResolvedStep(id: id, group: step.name, commandTemplate: step.run, command: try scope.script(run))
        var references = run.references.map(\.reference)
        if let inputs = step.inputs { result.inputs = try paths(inputs, scope, &references) }
        result.outputs = try paths(step.outputs, scope, &references)
        if let image = step.image {
            let template = Template(image)
            references += template.references.map(\.reference)
            result.image = try scope.plain(template, "the name of an image")
        }
        for reference in references {
            if case .text(let text) = scope[reference] { result.values[reference.text] = text }
        }
        (result.variables, result.secretVariables) = try ownVariables(step.variables, scope)
        let project = layers.configuration.sandbox
        result.isolation = step.isolation
        result.resources = step.resources
        result.network = step.sandbox.network ?? project.network ?? false
        result.readPaths = union(project.read, step.sandbox.read)
        result.writePaths = union(project.write, step.sandbox.write)
        result.timeout = step.timeout
        result.retries = step.retries
        result.mutex = step.mutex
        result.nulls = step.nulls
        result.needs = step.needs
        result.tests = try TestResolver(scope: scope).resolve(step.tests)
        result.line = step.line
        return result
    }

    private func paths(
        _ texts: [String], _ scope: ValueScope, _ references: inout [Template.Reference]
    ) throws(ValueScope.Failure) -> [String] {
        var result: [String] = []
        result.reserveCapacity(texts.count)
        for text in texts {
            guard Template.hasPlaceholder(text) else {
                result.append(text)
                continue
            }
            let template = Template(text)
            references += template.references.map(\.reference)
            result.append(try scope.path(template))
        }
        return result
    }

    private func ownVariables(
        _ own: [String: String], _ scope: ValueScope
    ) throws(ValueScope.Failure) -> (texts: [String: String], secrets: [String: String]) {
        var (texts, secrets) = (variables, secretVariables)
        for (name, text) in own {
            let template = Template(text)
            if let reference = template.soleReference, case .secret(let secret) = scope[reference] {
                secrets[name] = secret
                texts[name] = nil
            } else {
                texts[name] = try scope.raw(template)
                secrets[name] = nil
            }
        }
        return (texts, secrets)
    }

    private func union(_ first: [String], _ second: [String]) -> [String] {
        second.isEmpty ? first : first + second.filter { !first.contains($0) }
    }
}

/// Replaces the placeholders of data tests.
struct TestResolver {
    let scope: ValueScope

    func resolve(_ tests: [DataTest]) throws(ValueScope.Failure) -> [DataTest] {
        var result = tests
        for index in result.indices {
            if let table = result[index].table { result[index].table = try self.table(table) }
            if let condition = result[index].condition { result[index].condition = try sql(condition) }
            switch result[index].check {
            case .sql(let query): result[index].check = .sql(query: try sql(query))
            case .relationships(let column, let to, let field):
                result[index].check = .relationships(column: column, to: try table(to), field: field)
            case .acceptedValues(let column, let values):
                result[index].check = .acceptedValues(column: column, values: try self.values(values))
            default: break
            }
        }
        return result
    }

    private func sql(_ text: String) throws(ValueScope.Failure) -> String {
        Template.hasPlaceholder(text) ? try scope.plain(Template(text), "SQL") : text
    }

    private func table(_ text: String) throws(ValueScope.Failure) -> String {
        guard Template.hasPlaceholder(text) else { return text }
        let filled = try scope.plain(Template(text), "the name of a table")
        if let violation = PathRule.violation(in: String(filled.prefix { $0 != ":" })) {
            throw ValueScope.Failure(message: "the table `\(filled)` \(violation.reason)", suggestion: violation.remedy)
        }
        return filled
    }

    private func values(_ values: [ParameterValue]) throws(ValueScope.Failure) -> [ParameterValue] {
        var result = values
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value, Template.hasPlaceholder(text) else { continue }
            result[index] = .string(try scope.raw(Template(text)))
        }
        return result
    }
}

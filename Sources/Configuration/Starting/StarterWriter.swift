import Model

/// Writes a plan as text with comments.
struct StarterWriter {
    let plan: StarterPlan

    var text: String {
        var lines = [
            "# Headgate: every branch gets its own code, data and configuration; only tested results reach the main branch.",
            "# `headgate plan` says what would run, `headgate run` runs and tests it, `headgate schema` describes every key.",
            "version: 1",
        ]
        if !plan.project.isEmpty { lines.append("project: \(YAMLText.scalar(plan.project))") }
        lines += parameters + environments + setup + sources + steps + notes
        return lines.joined(separator: "\n") + "\n"
    }

    private var parameters: [String] {
        if plan.parameters.isEmpty { return [] }
        let entries = plan.parameters.sorted { $0.key < $1.key }.map {
            ConfigurationValue.Entry($0.key, ConfigurationValue($0.value))
        }
        let body = ConfigurationValue.map(entries).yaml.split(separator: "\n").map { "  " + $0 }
        return ["", "# What dvc.yaml took from params.yaml and `vars`: from now on it is changed here.", "params:"]
            + body
    }

    private var environments: [String] {
        // `main` and `master` are protected without being named.
        guard !["main", "master"].contains(plan.mainBranch), BranchName(plan.mainBranch) != nil,
            !plan.mainBranch.contains("*")
        else {
            return []
        }
        let branch = YAMLText.scalar(plan.mainBranch)
        return [
            "", "environments:", "  - match: \(branch)", "    protected: true", "  - match: \"*\"",
            "    from: \(branch)",
        ]
    }

    private var setup: [String] {
        plan.setup.isEmpty ? [] : ["", "# Run in each workspace, again when its inputs change:"] + plan.setup
    }

    private var sources: [String] {
        guard !plan.sources.isEmpty else {
            return [
                "", "# Data that the pipeline reads and does not make:", "# sources:", "#   raw:",
                "#     path: data/raw", "#     tests:",
                "#       - row_count: {table: data/raw/example.csv, min: 1}",
            ]
        }
        var lines = [
            "", "# Data that the pipeline reads and does not make. Each environment sees it as it was at one moment.",
            "sources:",
        ]
        for source in plan.sources {
            lines.append("  \(YAMLText.scalar(source.name)):  # \(source.note)")
            lines.append("    path: \(YAMLText.scalar(source.path))")
            lines += tests(source.tests)
        }
        return lines
    }

    private var steps: [String] {
        let hasTests = !(plan.sources.flatMap(\.tests) + plan.steps.flatMap(\.tests)).isEmpty
        guard !plan.steps.isEmpty || !hasTests else {
            return [
                "", "# What turns data into results. A step runs again only when its command or its inputs change:",
                "# steps:", "#   clean:",
                "#     run: python clean.py", "#     inputs: [clean.py, data/raw]", "#     outputs: [data/clean.csv]",
                "#     tests:",
                "#       - not_null: [id]", "#       - unique: [id]",
            ]
        }
        var lines = [
            "", "# What turns data into results. A step runs again only when its command or its inputs change.",
            "steps:",
        ]
        if !hasTests { lines += Self.example }
        for step in plan.steps {
            lines.append("  \(YAMLText.scalar(step.name)):  # \(step.note)")
            if let matrix = step.matrix { lines += Self.lines(of: matrix) }
            var entries = [ConfigurationValue.Entry("run", .text(step.run))]
            if !step.inputs.isEmpty { entries.append(.init("inputs", .texts(step.inputs))) }
            if !step.outputs.isEmpty { entries.append(.init("outputs", .texts(step.outputs))) }
            let body = ConfigurationValue.map(entries).yaml.split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast()
            lines += body.map { $0.isEmpty ? "" : "    " + $0 }
            lines += tests(step.tests)
        }
        return lines
    }

    private static func lines(of matrix: Matrix) -> [String] {
        func flow(_ value: ParameterValue) -> String {
            if case .string(let text) = value { YAMLText.flowScalar(text) } else { value.text }
        }
        var lines = ["    matrix:"]
        for axis in matrix.axes {
            lines.append("      \(YAMLText.scalar(axis.name)): [\(axis.values.map(flow).joined(separator: ", "))]")
        }
        if !matrix.include.isEmpty { lines.append("      include:") }
        for item in matrix.include {
            let pairs = item.sorted { $0.key < $1.key }.map { "\(YAMLText.flowScalar($0.key)): \(flow($0.value))" }
            lines.append("        - {\(pairs.joined(separator: ", "))}")
        }
        return lines
    }

    /// Runs as it is, and shows a test, where nothing was found that could be tested.
    private static let example = [
        "  example:  # replace it with a step of yours",
        #"    run: printf 'id,name\n1,first\n2,second\n' > example.csv"#,
        "    outputs: [example.csv]",
        "    tests:",
        "      - row_count: {min: 1}",
        "      - unique: [id]",
        "      - not_null: [name]",
    ]

    private func tests(_ tests: [String]) -> [String] {
        tests.isEmpty ? [] : ["    tests:"] + tests.map { "      " + $0 }
    }

    private var notes: [String] {
        plan.notes.isEmpty ? [] : [""] + plan.notes.map { "# " + $0 }
    }
}

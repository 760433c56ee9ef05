import Model

/// What the first configuration will hold.
struct StarterPlan {
    struct PlannedSource {
        var name: String
        var path: String
        var note: String
        var tests: [String]
    }

    struct PlannedStep {
        var name: String
        var run: String
        var inputs: [String]
        var outputs: [String]
        var note: String
        var tests: [String]
        var matrix: Matrix?
    }

    var project: String
    var mainBranch: String
    var sources: [PlannedSource] = []
    var steps: [PlannedStep] = []
    var parameters: [String: ParameterValue] = [:]
    /// Lines of advice at the end.
    var notes: [String] = []
    var setup: [String] = []

    init(_ findings: ProjectFindings, withSteps: Bool = true) {
        project = StarterPlan.name(findings.projectName, fallback: "")
        mainBranch = findings.mainBranch
        if withSteps {
            addStages(findings)
            if steps.isEmpty { addMakeRules(findings) }
        }
        addSources(findings)
        addTableTests(findings)
        addAdvice(findings)
    }

    var hasTest: Bool { sources.contains { !$0.tests.isEmpty } || steps.contains { !$0.tests.isEmpty } }

    // MARK: - Steps

    private mutating func addStages(_ findings: ProjectFindings) {
        for stage in findings.dvcStages {
            guard !stage.isTemplate, !stage.command.isEmpty else {
                notes.append(
                    "The stage \(YAMLText.scalar(stage.name)) of dvc.yaml uses templating that has no counterpart; write it here as a step with `matrix`."
                )
                continue
            }
            let folder = stage.directory.map(PathRule.normalized).flatMap { $0 == "." ? nil : $0 }
            let inFolder = { (path: String) in folder.map { $0 + "/" + path } ?? path }
            let files = stage.parameters.map { $0.contains(":") ? String($0.prefix { $0 != ":" }) : "params.yaml" }
            let inputs = (stage.dependencies + files).map(inFolder)
            let outputs = (stage.outputs + stage.metrics).map(inFolder)
            let run = folder.map { "cd \(ShellWord.quoted($0))\n" + stage.command } ?? stage.command
            let isAdded = add(
                stage.name, run: run, inputs: inputs, outputs: outputs, note: "from dvc.yaml",
                untested: stage.metrics.map(inFolder).map(PathRule.normalized),
                isTranslated: !stage.usedParameters.isEmpty || stage.matrix != nil)
            guard isAdded else { continue }
            parameters.merge(stage.usedParameters) { $1 }
            steps[steps.count - 1].matrix = stage.matrix
        }
    }

    private mutating func addMakeRules(_ findings: ProjectFindings) {
        let phony = Set(findings.makeRules.filter(\.isPhony).map(\.target))
        // The directories of outputs are made by Headgate.
        let folders = Set(
            findings.makeRules.filter { $0.prerequisites.isEmpty && $0.recipe.allSatisfy { $0.hasPrefix("mkdir ") } }
                .map(\.target))
        var left: [String] = []
        for rule in findings.makeRules where !folders.contains(rule.target) {
            if rule.isPhony {
                left.append(rule.target)
                continue
            }
            let inputs = rule.prerequisites.filter { !phony.contains($0) && !folders.contains($0) }
            let file = rule.target.split(separator: "/").last.map(String.init) ?? rule.target
            let stem = String(file.prefix { $0 != "." })
            add(
                stem.isEmpty ? file : stem, run: rule.recipe.joined(separator: "\n"), inputs: inputs,
                outputs: [rule.target], note: "from Makefile, line \(rule.line)")
        }
        if !left.isEmpty, !steps.isEmpty {
            notes.append(
                "Not taken over from the Makefile, because they make no file of their name: "
                    + left.map(YAMLText.scalar).joined(separator: ", "))
        }
    }

    /// - Parameters:
    ///   - untested: outputs that are no tables.
    ///   - isTranslated: whether placeholders in it are ours.
    /// - Returns: whether the step could be taken over.
    @discardableResult
    private mutating func add(
        _ name: String, run: String, inputs: [String], outputs: [String], note: String, untested: [String] = [],
        isTranslated: Bool = false
    ) -> Bool {
        let name = unique(StarterPlan.name(name, fallback: "step"), among: steps.map(\.name))
        let outputs = StarterPlan.distinct(outputs.map(PathRule.normalized))
        let inputs = StarterPlan.distinct(inputs.map(PathRule.normalized))
        let made = steps.flatMap { step in step.outputs.map { ($0, step.name) } }
        let conflicts = !OutputConflict.find(in: made + outputs.map { ($0, name) }).isEmpty
        let isForeign = !isTranslated && (inputs + outputs + [run]).contains(where: Template.hasPlaceholder)
        let isBad = (inputs + outputs).contains { PathRule.violation(in: $0) != nil }
        guard !conflicts, !isBad, !isForeign,
            !outputs.contains(where: { $0.contains("*") || $0.contains("?") })
        else {
            notes.append(
                "\(YAMLText.scalar(name)) (\(note)) could not be taken over: its paths leave the project, or another step makes them."
            )
            return false
        }
        let tests = outputs.filter { StarterPlan.isTable($0) && !untested.contains($0) }.map {
            "- row_count: {table: \(YAMLText.flowScalar($0)), min: 1}"
        }
        steps.append(PlannedStep(name: name, run: run, inputs: inputs, outputs: outputs, note: note, tests: tests))
        return true
    }

    // MARK: - Data

    private mutating func addSources(_ findings: ProjectFindings) {
        let outputs = steps.flatMap(\.outputs).map(StarterPlan.literalFolder)
        addKeptData(findings, outputs)
        for folder in findings.dataFolders.sorted(by: { $0.path < $1.path }) {
            let path = PathRule.normalized(folder.path)
            guard PathRule.violation(in: path) == nil, !Template.hasPlaceholder(path),
                !path.contains(where: { "*?".contains($0) }),
                !sources.contains(where: { PathRule.contains($0.path, path) || PathRule.contains(path, $0.path) })
            else { continue }
            if outputs.contains(where: { PathRule.contains($0, path) }) { continue }
            guard !outputs.contains(where: { PathRule.contains(path, $0) }) else {
                notes.append(
                    "\(YAMLText.scalar(path)) holds what steps make; declare the folder of raw data in it as a source.")
                continue
            }
            let last = path.split(separator: "/").last.map(String.init) ?? path
            let name = unique(StarterPlan.name(last, fallback: "data"), among: sources.map(\.name))
            let files = folder.files == 1 ? "1 file" : "\(folder.files) files"
            let note = "\(files), \(folder.size.readable); ignored by Git, stays where it is"
            sources.append(PlannedSource(name: name, path: path, note: note, tests: []))
        }
        for index in sources.indices {
            let tables = findings.tables.filter { PathRule.contains(sources[index].path, PathRule.normalized($0.path)) }
            sources[index].tests = StarterPlan.tests(of: tables)
        }
    }

    /// What DVC keeps, and single ignored files that steps read: they lie beside what steps make, and are no folder.
    private mutating func addKeptData(_ findings: ProjectFindings, _ outputs: [String]) {
        let folders = findings.dataFolders.map { PathRule.normalized($0.path) }
            .filter { folder in !outputs.contains { PathRule.contains(folder, $0) || PathRule.contains($0, folder) } }
        let read = steps.flatMap(\.inputs).filter { findings.ignoredFiles.contains($0) }
        for path in StarterPlan.distinct((findings.dvcData + read).map(PathRule.normalized)) {
            guard PathRule.violation(in: path) == nil, !Template.hasPlaceholder(path),
                !path.contains(where: { "*?".contains($0) }),
                !outputs.contains(where: { PathRule.contains(path, $0) || PathRule.contains($0, path) }),
                !folders.contains(where: { PathRule.contains($0, path) }),
                !sources.contains(where: { PathRule.contains($0.path, path) || PathRule.contains(path, $0.path) })
            else { continue }
            let file = path.split(separator: "/").last.map(String.init) ?? path
            let name = unique(
                StarterPlan.name(String(file.prefix { $0 != "." }), fallback: "data"), among: sources.map(\.name))
            let note =
                findings.dvcData.contains(path) ? "kept by DVC, stays where it is" : "ignored by Git, stays where it is"
            sources.append(PlannedSource(name: name, path: path, note: note, tests: []))
        }
    }

    /// The part of a path before its first placeholder, down to a directory.
    private static func literalFolder(_ path: String) -> String {
        guard let open = path.firstRange(of: "${{") else { return path }
        return path[..<open.lowerBound].lastIndex(of: "/").map { String(path[..<$0]) } ?? path
    }

    /// A place for tests of tables that are neither in a source nor made by a step.
    private mutating func addTableTests(_ findings: ProjectFindings) {
        guard !hasTest else { return }
        let outputs = steps.flatMap(\.outputs)
        let tables = findings.tables.filter { table in
            let path = PathRule.normalized(table.path)
            return PathRule.violation(in: path) == nil && !outputs.contains { PathRule.contains($0, path) }
                && !sources.contains { PathRule.contains($0.path, path) }
        }
        let tests = StarterPlan.tests(of: tables)
        guard !tests.isEmpty else { return }
        let name = unique("tables", among: steps.map(\.name))
        let inputs = tables.prefix(StarterPlan.tableLimit).map { PathRule.normalized($0.path) }
        steps.append(
            PlannedStep(
                name: name, run: "true", inputs: inputs, outputs: [],
                note: "makes nothing; a place for the tests of tables in Git", tests: tests))
    }

    private static let tableLimit = 5

    private static func tests(of tables: [ProjectFindings.Table]) -> [String] {
        var lines: [String] = []
        let usable = tables.filter {
            PathRule.violation(in: $0.path) == nil && !Template.hasPlaceholder($0.path) && !$0.path.contains(":")
        }
        // A test that fails from the start is none that anybody asked for.
        let filled = usable.filter { $0.rows != 0 }
        for table in filled.prefix(tableLimit) {
            let path = YAMLText.flowScalar(PathRule.normalized(table.path))
            lines.append("- row_count: {table: \(path), min: 1}")
            let key = table.candidateKey.filter { !$0.isEmpty && !Template.hasPlaceholder($0) && !$0.utf8.contains(0) }
            if !key.isEmpty, Set(key).count == table.candidateKey.count {
                lines.append(
                    "- unique: {columns: [\(key.map(YAMLText.flowScalar).joined(separator: ", "))], table: \(path)}")
            }
        }
        if filled.count > tableLimit {
            lines.append(
                "# \(filled.count - tableLimit) more tables, which deserve tests like those above")
        }
        if !filled.isEmpty, filled.count < usable.count {
            let empty = usable.count - filled.count
            lines.append("# \(empty == 1 ? "1 table is" : "\(empty) tables are") empty yet, and without a test")
        }
        return lines
    }

    static func isTable(_ path: String) -> Bool {
        [".csv", ".tsv", ".parquet", ".json", ".ndjson", ".jsonl", ".csv.gz"].contains { path.hasSuffix($0) }
            && !path.contains(":")
            && !path.hasSuffix("metrics.json")
    }

    // MARK: - Advice

    private mutating func addAdvice(_ findings: ProjectFindings) {
        let files = findings.dependencyFiles
        if files.contains("uv.lock") {
            setup = ["# setup: {run: uv sync --frozen, inputs: [uv.lock], outputs: [.venv]}"]
        } else if files.contains("requirements.txt") {
            setup = [
                "# setup:",
                "#   run: python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
                "#   inputs: [requirements.txt]",
                "#   outputs: [.venv]",
            ]
        }
        for path in findings.dbtProjects.prefix(3) {
            let folder = path.contains("/") ? String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)) : "."
            notes.append(
                "dbt: a step with `run: dbt build --project-dir \(YAMLText.scalar(folder))` runs and tests the models.")
        }
        for path in findings.notebooks.prefix(3) {
            notes.append(
                "Notebook \(YAMLText.scalar(path)): `run: jupyter nbconvert --to notebook --execute --inplace …` makes it a step."
            )
        }
    }

    // MARK: - Names

    private func unique(_ name: String, among names: [String]) -> String {
        let taken = Set(names.map { $0.uppercased() })
        guard taken.contains(name.uppercased()) else { return name }
        return (2...).lazy.map { "\(name)_\($0)" }.first { !taken.contains($0.uppercased()) } ?? name
    }

    private static func name(_ text: String, fallback: String) -> String {
        let safe = String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) ? $0 : "_" }.prefix(40))
        let trimmed = String(safe.drop { !($0.isLetter || $0.isNumber) })
        return NameRule.isPlainName(trimmed) ? trimmed : fallback
    }

    private static func distinct(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        let once = paths.filter { seen.insert($0).inserted }
        return once.filter { path in !once.contains { $0 != path && PathRule.contains($0, path) } }
    }
}

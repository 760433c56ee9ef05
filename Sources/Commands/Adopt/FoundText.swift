import Model
import Reporting
import Workflows

extension InitDocument.Found {
    init(_ findings: InitializeProject.Findings) {
        self.init()
        data = findings.dataFolders.map { .init(path: $0.path, files: $0.files, bytes: $0.size.bytes) }
        tables = findings.tables.map { .init(path: $0.path, columns: $0.columns) }
        makeRules = findings.makeRules.count
        dvcStages = findings.dvcStages.count
        dbtProjects = findings.dbtProjects
        notebooks = findings.notebooks
        dependencies = findings.dependencyFiles
    }
}

/// What `init` found, as a table.
enum FoundText {
    static func lines(_ findings: InitializeProject.Findings, width: Int, style: Style) -> [String] {
        var table = TextTable([.init("found"), .init("where"), .init("")])
        for folder in findings.dataFolders {
            table.add([
                "data", folder.path, "\(counted(folder.files, "file")), \(folder.size.readable), ignored by Git",
            ])
        }
        for parsed in findings.tables { table.add(["table", parsed.path, counted(parsed.columns.count, "column")]) }
        if !findings.makeRules.isEmpty {
            table.add(["pipeline", "Makefile", counted(findings.makeRules.count, "rule")])
        }
        if !findings.dvcStages.isEmpty {
            table.add(["pipeline", "dvc.yaml", counted(findings.dvcStages.count, "stage")])
        }
        for project in findings.dbtProjects { table.add(["dbt project", project, ""]) }
        if let first = findings.notebooks.first {
            table.add([
                "notebooks", first, findings.notebooks.count > 1 ? "and \(findings.notebooks.count - 1) more" : "",
            ])
        }
        for file in findings.dependencyFiles { table.add(["dependencies", file, ""]) }
        let lines = table.lines(width: width, style: style)
        return lines.count > 1 ? lines : ["found no data, pipeline or notebooks"]
    }
}

import Configuration
import Git
import HostSystem
import Model
import SystemPackage

/// Looks at a project that has no `headgate.yaml` yet: what it keeps, how it is built.
struct ProjectSurvey {
    let git: GitProgram
    let root: FilePath
    let layout: RepositoryLayout

    private static let dependencyFiles = [
        "requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "environment.yml", "renv.lock", "package.json",
    ]
    private static let notData: Set<String> = [
        ".git", ".venv", "venv", "env", "node_modules", "__pycache__", ".dvc", ".ipynb_checkpoints", ".mypy_cache",
        ".pytest_cache", ".ruff_cache", "target", ".tox", ".idea", ".vscode", ".headgate",
    ]
    private static let dataEndings: Set<String> = ["csv", "tsv", "parquet", "json", "ndjson", "sqlite", "db", "duckdb"]

    func callAsFunction() async throws -> ProjectFindings {
        var findings = ProjectFindings(projectName: root.lastComponent?.string ?? "project")
        findings.mainBranch = try layout.head().branch?.rawValue ?? "main"
        let tracked = try await git.trackedFiles(beneath: "")
        let ignored = try await ignoredFiles()
        findings.ignoredFiles = Set(ignored.prefix(100_000).map(\.string))
        findings.dataFolders = try dataFolders(ignored)
        findings.tables = try tables(findings.dataFolders, tracked)
        if let text = try readIfPresent("Makefile") { findings.makeRules = ProjectRecognizer.makeRules(text) }
        if let text = try readIfPresent("dvc.yaml") {
            findings.dvcStages = try ProjectRecognizer.dvcStages(text, files: try valueFiles(tracked))
        }
        findings.dvcData = dvcData(tracked)
        if let text = try readIfPresent("params.yaml") {
            findings.dvcParameters = try ProjectRecognizer.dvcParameters(text)
        }
        findings.dbtProjects = tracked.filter { $0.lastComponent?.string == "dbt_project.yml" }.map(\.string)
        findings.notebooks = tracked.filter { $0.extension == "ipynb" }.map(\.string)
        findings.dependencyFiles = Self.dependencyFiles.filter { FileSystem.exists(root.appending($0)) }
        return findings
    }

    private func readIfPresent(_ name: String) throws -> String? {
        let file = root.appending(name)
        return FileSystem.exists(file) ? try FileSystem.readText(file) : nil
    }

    /// The files that Git ignores, without those of tools.
    private func ignoredFiles() async throws -> [FilePath] {
        let untracked = try await git.untrackedFiles(includingIgnored: true)
        let isIgnored = Set(try await git.ignored(among: untracked).map(\.string))
        return untracked.filter { file in
            isIgnored.contains(file.string) && !file.components.contains { Self.notData.contains($0.string) }
        }
    }

    /// The YAML and JSON files at the root, which `vars` of `dvc.yaml` may name.
    private func valueFiles(_ tracked: [FilePath]) throws -> [String: String] {
        var files: [String: String] = [:]
        for file in tracked where ["yaml", "yml", "json"].contains(file.extension ?? "") && file.components.count <= 3 {
            let status = try FileSystem.status(root.pushing(file))
            guard let status, status.kind == .file, status.size < 1 << 20 else { continue }
            // One that is no text is none of them.
            files[file.string] = try? FileSystem.readText(root.pushing(file))
        }
        return files
    }

    /// What DVC keeps by `.dvc` files and has put in place.
    private func dvcData(_ tracked: [FilePath]) -> [String] {
        tracked.filter { $0.extension == "dvc" && FileSystem.exists(root.pushing($0)) }.flatMap { file in
            // A file of that name that is not DVC's says nothing.
            let paths =
                (try? ProjectRecognizer.dvcData(FileSystem.readText(root.pushing(file)), file: file.string)) ?? []
            return paths.map { file.removingLastComponent().pushing(FilePath($0)).lexicallyNormalized() }
        }.filter { $0.isRelative && FileSystem.exists(root.pushing($0)) }.map(\.string)
    }

    /// Directories and single files that Git ignores and that look like data; the outermost of each.
    private func dataFolders(_ ignored: [FilePath]) throws -> [ProjectFindings.DataFolder] {
        var folders: [String: (files: Int, bytes: Int64, hasData: Bool)] = [:]
        for file in ignored {
            let parts = file.components.map(\.string)
            guard parts.count > 1 else { continue }
            let folder = parts.dropLast().prefix(2).joined(separator: "/")
            let size = try FileSystem.status(root.pushing(file))?.size ?? 0
            let isData = Self.dataEndings.contains((file.extension ?? "").lowercased())
            var entry = folders[folder] ?? (0, 0, false)
            entry.files += 1
            entry.bytes += size
            entry.hasData = entry.hasData || isData || size > 1_000_000
            folders[folder] = entry
        }
        return folders.filter(\.value.hasData).sorted { $0.key < $1.key }.map {
            ProjectFindings.DataFolder(path: $0.key, size: ByteCount($0.value.bytes), files: $0.value.files)
        }
    }

    /// The CSV files of the data folders and of the repository, with the columns that their first line names.
    private func tables(
        _ folders: [ProjectFindings.DataFolder], _ tracked: [FilePath]
    ) throws -> [ProjectFindings.Table] {
        var tables: [ProjectFindings.Table] = []
        for folder in folders {
            for entry in try FileSystem.list(root.appending(folder.path)) where entry.extension?.lowercased() == "csv" {
                if let found = try table(folder.path + "/" + entry.string, isTracked: false) { tables.append(found) }
            }
        }
        for file in tracked where file.extension?.lowercased() == "csv" {
            if let found = try table(file.string, isTracked: true) { tables.append(found) }
        }
        return Array(tables.sorted { $0.path < $1.path }.prefix(50))
    }

    private func table(_ path: String, isTracked: Bool) throws -> ProjectFindings.Table? {
        try header(root.appending(path)).map {
            ProjectFindings.Table(
                path: path, isTracked: isTracked, columns: $0.columns, rows: $0.isWithoutRows ? 0 : nil)
        }
    }

    /// The names in the first line, none of an empty file, and whether nothing follows; `nil` for what is no file, such as one that Git tracks and somebody deleted, or must not be read.
    private func header(_ file: FilePath) throws -> (columns: [String], isWithoutRows: Bool)? {
        // What cannot be looked at or opened is passed over: a link in a circle, a file of somebody else.
        guard (try? FileSystem.status(file, followLinks: true))?.kind == .file,
            let descriptor = try? FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
        else { return nil }
        defer { try? descriptor.close() }  // Nothing was written.
        let bytes = try [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        let line = text.prefix { $0 != 10 && $0 != 13 }
        let isWithoutRows =
            bytes.count < 64 << 10 && text.dropFirst(line.count).allSatisfy { [9, 10, 13, 32].contains($0) }
        if line.allSatisfy({ $0 == 32 || $0 == 9 }), isWithoutRows { return ([], true) }
        let names = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
        return (names.map { String($0).replacing("\"", with: "") }, isWithoutRows)
    }
}

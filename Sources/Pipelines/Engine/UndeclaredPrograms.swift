import HostSystem
import Model
import SystemPackage

/// Finds steps without declared inputs that run a tracked program out of the directory that they write.
///
/// What stands at an output is moved away before the command starts, and so would be the program.
struct UndeclaredPrograms: Sendable {
    let workspace: FilePath

    private static let extensions: Set<String> = [
        "awk", "do", "ipynb", "jl", "js", "pl", "py", "qmd", "r", "rb", "rmd", "sas", "sed", "sh", "sql", "ts",
    ]

    /// - Parameter tracked: the tracked files of the workspace.
    /// - Throws: `PipelineError.readsOwnOutput`.
    func check(_ tracked: [WorkspacePath], _ graph: PipelineGraph, isSelected: [Bool]) throws {
        for file in tracked {
            guard let output = graph.index.output(covering: file), isSelected[output.step],
                graph.inputs[output.step] == nil
            else { continue }
            let step = graph.pipeline.steps[output.step]
            guard names(file, in: step.command), try isProgram(file) else { continue }
            throw PipelineError.readsOwnOutput(input: file.text, output: output.path.text, PipelineError.Place(step))
        }
    }

    private func names(_ file: WorkspacePath, in command: String) -> Bool {
        command.utf8.split { " \t\n'\"`;|&()<>=".utf8.contains($0) }.contains { word in
            word.elementsEqual(file.bytes)
                || word.starts(with: "./".utf8) && word.dropFirst(2).elementsEqual(file.bytes)
        }
    }

    private func isProgram(_ file: WorkspacePath) throws -> Bool {
        if file.filePath.extension.map({ Self.extensions.contains($0.lowercased()) }) == true { return true }
        guard let status = try FileSystem.status(workspace.appending(file)) else { return false }
        return status.kind == .file && status.mode & 0o111 != 0
    }
}

import HostSystem
import Model
import SystemPackage

/// A directory in which a hermetic step runs instead of the workspace: its declared inputs are shown in it, read-only,
/// at their paths, what the project's `setup` made as well, and nothing else.
struct HermeticRoom: Sendable {
    let directory: FilePath
    private let binds: [SandboxSpecification.Mount]

    /// Makes the room with a mount point for each input.
    ///
    /// - Throws: `PipelineError.notHermetic`.
    init(for job: StepJob) throws {
        let context = job.context
        let place = PipelineError.Place(job.step)
        guard context.sandbox != nil else {
            throw PipelineError.notHermetic(place, because: "the sandbox does not work here")
        }
        guard let readable = job.readable else {
            throw PipelineError.notHermetic(place, because: "it does not declare its inputs")
        }
        let room = temporarySibling(of: job.tools.cache.directory.appending("tmp").appending("room"))
        try FileSystem.makeDirectories(room)
        directory = try FileSystem.canonical(room)
        var binds: [SandboxSpecification.Mount] = []
        let prepared = (context.graph.pipeline.setup?.outputs ?? []).compactMap { WorkspacePath(declared: $0) }
        for path in readable + prepared {
            let source = job.tools.reader.location(of: path)
            guard let status = try FileSystem.status(source, followLinks: true) else { continue }
            let target = directory.appending(path)
            try FileSystem.makeDirectories(target.removingLastComponent())
            if status.kind == .directory {
                try FileSystem.makeDirectories(target)
            } else if !FileSystem.exists(target) {
                try writeWhole([], to: target)
            }
            binds.append(.init(source: source, target: target))
        }
        self.binds = binds
        for output in job.outputs {
            try FileSystem.makeDirectories(directory.appending(output).removingLastComponent())
        }
    }

    /// Changes what the sandbox shows: the room instead of the workspace, and no Git directory.
    func furnish(_ specification: inout SandboxSpecification, insteadOf workspace: FilePath) {
        specification.workspace = directory
        specification.gitDirectories = []
        specification.hidden.append(workspace)
        specification.readOnlyBinds += binds
    }

    /// Moves an output to its place in the workspace; nothing there is told by whoever looks for it.
    func moveOut(_ output: WorkspacePath, to outputs: WorkspaceOutputs) async throws {
        let made = directory.appending(output)
        // A link above it would lead out of the room.
        let parent = try FileSystem.resolve(output.parent.isRoot ? "." : output.parent.filePath, beneath: directory)
        if try FileSystem.status(made) == nil { return }
        try await outputs.bring(parent.appending(WorkspacePath(bytes: output.name)), to: output)
    }

    func leave() {
        // What cannot be removed now is removed with the cache's leftovers.
        try? FileSystem.removeTree(directory, within: directory.removingLastComponent())
    }
}

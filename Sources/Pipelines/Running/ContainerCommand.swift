import HostSystem
import Model
import SystemPackage

/// The command of a step in a container of its image, by podman or docker.
struct ContainerCommand: Sendable {
    let context: PipelineContext
    let step: ResolvedStep
    let engine: FilePath
    let image: String
    /// See `ContainerUser`.
    let user: String

    /// Names the container, so that it can be ended when the engine's client is.
    var name: String {
        "headgate-" + ContentHash(of: context.run + "\n" + context.workspace.string + "\n" + step.id).prefix(16)
    }

    /// Starts the engine's client, and beside it what ends the container when Headgate is killed.
    ///
    /// - Parameters:
    ///   - invocation: the step as it would run without a container.
    ///   - sources: pinned data, and where it is seen.
    ///   - ownCopies: the environment's own copies of writable sources, and where they are seen.
    ///   - ownVariables: what the step is given, and the only variables that the container gets from here.
    func invocation(
        _ invocation: Invocation, shell: [String], sources: [SandboxSpecification.Mount],
        ownCopies: [SandboxSpecification.Mount], sockets: [FilePath], ownVariables: [String: String]
    ) -> Invocation {
        var changed = invocation
        changed.variables = context.containerVariables.merging(ownVariables) { $1 }
        changed.program = "/bin/sh"
        changed.arguments =
            ["-c", Self.guarded, "headgate", String(CurrentProcess.identifier), name, engine.string]
            + arguments(
                shell,
                sources.map { Mount($0.source, at: $0.target) }
                    + ownCopies.map { Mount($0.source, at: $0.target, isWritable: true) }, sockets,
                ownVariables.keys.sorted())
        changed.directory = "/"
        return changed
    }

    /// A container goes on when the engine's client is killed. The guard is in a session of its own, so that what ends
    /// the client and all around it does not end the guard; it goes when either the client or Headgate is gone, and
    /// takes the container along where Headgate cannot do it any more.
    private static let guarded = #"""
        parent=$1 name=$2 engine=$3
        shift 2
        setsid sh -c '
          while kill -0 "$1" && kill -0 "$2"; do sleep 0.3; done
          kill -0 "$2" || exec "$4" rm --force "$3"
        ' headgate-guard $$ "$parent" "$name" "$engine" </dev/null >/dev/null 2>&1 &
        exec "$@"
        """#

    /// Sources: `podman-run(1)`, `docker run --help`.
    private func arguments(
        _ shell: [String], _ sources: [Mount], _ sockets: [FilePath], _ variables: [String]
    ) -> [String] {
        var arguments = [
            "run", "--rm", "--init", "--name", name, "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            // Where SELinux is on, it would keep the container from the workspace.
            "--security-opt", "label=disable", "--workdir", context.workspace.string, "--user", user,
        ]
        // With a network, what the engine takes by itself is right for its kind.
        if !step.network { arguments += ["--network", "none"] }
        var mounts = [Mount(context.workspace, isWritable: true)]
        let repositories = [context.workspace.appending(".git")] + context.sandboxBase.gitDirectories
        mounts += (repositories + sockets).filter(FileSystem.exists).map { Mount($0) }
        mounts += sources
        mounts += step.readPaths.map { Mount(context.expandingHome($0)) }
        mounts += step.writePaths.map { Mount(context.expandingHome($0), isWritable: true) }
        // Of two at one place the engine takes neither; the last word counts.
        for (number, mount) in mounts.enumerated()
        where !mounts[(number + 1)...].contains(where: { $0.target == mount.target }) {
            arguments += ["--mount", mount.text]
        }
        if let cpus = step.resources.cpus { arguments += ["--cpus", String(cpus)] }
        if let memory = step.resources.memory { arguments += ["--memory", String(memory.bytes)] }
        if let gpus = step.resources.gpus, gpus > 0 { arguments += ["--gpus", String(gpus)] }
        // By name only: values in arguments can be read by every user of the machine.
        for name in variables { arguments += ["--env", name] }
        return arguments + ["--entrypoint", shell.first ?? "sh", image] + shell.dropFirst() + [step.command]
    }

    /// A directory or file of the machine that the container sees.
    private struct Mount {
        let source: FilePath
        let target: FilePath
        let isWritable: Bool

        init(_ source: FilePath, at target: FilePath? = nil, isWritable: Bool = false) {
            self.source = source
            self.target = target ?? source
            self.isWritable = isWritable
        }

        /// Quoted as in a line of CSV.
        var text: String {
            let (source, target) = (
                source.string.replacing("\"", with: "\"\""), target.string.replacing("\"", with: "\"\"")
            )
            return "type=bind,\"source=\(source)\",\"target=\(target)\"" + (isWritable ? "" : ",readonly")
        }
    }

    /// Ends the container itself: the engine's client, which was ended, may have left it running.
    ///
    /// - Returns: one sentence where it may still run.
    func end() async -> String? {
        let left = LeftContainers.Container(engine: engine, name: name)
        let (runner, variables) = (context.runner, context.containerVariables)
        // A task of its own, because this one may have been cancelled.
        return await Task { await left.end(by: runner, variables: variables) }.value
    }
}

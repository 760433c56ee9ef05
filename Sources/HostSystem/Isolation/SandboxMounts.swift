import SystemPackage

/// The mounts of one sandbox, in the order in which they are made.
struct SandboxMounts {
    private enum Mount {
        /// An empty directory in memory.
        case empty(FilePath, permissions: String)
        case readOnly(FilePath, at: FilePath)
        case writable(FilePath, at: FilePath)
        case device(FilePath)
        case link(FilePath, holds: FilePath)

        var target: FilePath {
            switch self {
            case .empty(let path, _), .readOnly(_, let path), .writable(_, let path), .device(let path),
                .link(let path, _):
                path
            }
        }

        var arguments: [String] {
            switch self {
            case .empty(let path, let permissions): ["--perms", permissions, "--tmpfs", path.string]
            case .readOnly(let source, let target): ["--ro-bind", source.string, target.string]
            case .writable(let source, let target): ["--bind", source.string, target.string]
            case .device(let path): ["--dev-bind", path.string, path.string]
            case .link(let path, let holds): ["--symlink", holds.string, path.string]
            }
        }
    }

    private var mounts: [Mount] = []
    /// Private directories that are made read-only once everything is in place.
    private var sealed: [FilePath] = []
    /// The links that are made again, each once.
    private var links: Set<FilePath> = []
    /// Private directories that stay writable.
    private var hidden: [FilePath] = []
    private let workspace: FilePath
    /// The workspace as it was given, before its links were resolved.
    private let givenWorkspace: FilePath
    private let workspacesRoot: FilePath?
    private let home: FilePath?

    init(_ specification: SandboxSpecification) throws(HostError) {
        workspace = try FileSystem.canonical(specification.workspace)
        givenWorkspace = specification.workspace
        workspacesRoot = specification.workspacesRoot
        home = privateHome(specification.home)
        try hideSharedDirectories()
        if let home { hide(home, permissions: "0700") }
        for path in specification.hidden { seal(path) }
        if let root = specification.workspacesRoot { seal(root) }
        guard workspace != "/", !hidden.contains(workspace) else { throw .unconfinable(workspace) }
        sealAboveWorkspace()
        mounts.append(.writable(workspace, at: workspace))
        showTools(specification.toolDirectories)
        for path in specification.read { show(path) }
        if specification.network { showResolver() }
        for mount in specification.readOnlyBinds {
            mounts.append(.readOnly(try resolve(mount.source), at: try place(mount.target)))
        }
        for mount in specification.writableBinds {
            let real = try resolve(mount.source)
            mounts.append(.writable(real, at: mount.source == mount.target ? real : try place(mount.target)))
        }
        try protectGit(specification.gitDirectories)
        if specification.gpus { mounts += graphicsDevices().map(Mount.device) }
    }

    var arguments: [String] {
        // Stable: of two mounts at one place the later shows.
        let ordered = mounts.enumerated().sorted {
            ($0.element.target.components.count, $0.offset) < ($1.element.target.components.count, $1.offset)
        }
        return ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"] + ordered.flatMap(\.element.arguments)
            + sealed.flatMap { ["--remount-ro", $0.string] }
    }

    /// Hides what holds the sockets of the host's services: to connect, a read-only mount is enough.
    private mutating func hideSharedDirectories() throws(HostError) {
        for name in ["/tmp", "/var/tmp", "/run", "/var/run"] {
            guard FileSystem.isDirectory(FilePath(name)) else { continue }
            let path = try FileSystem.canonical(FilePath(name))
            if !hidden.contains(path) { hide(path, permissions: path == "/run" ? "0755" : "1777") }
        }
        // Whoever may connect here is root on the host.
        for name in ["/var/lib/lxd", "/var/snap/lxd/common/lxd", "/var/lib/incus"] { seal(FilePath(name)) }
    }

    private mutating func hide(_ path: FilePath, permissions: String) {
        mounts.append(.empty(path, permissions: permissions))
        hidden.append(path)
    }

    /// Hides a directory, if it is there, such that nothing can be written into it either.
    private mutating func seal(_ path: FilePath) {
        // A directory that is not there, or not for this user to enter, shows nothing anyway.
        guard let path = try? FileSystem.canonical(path), FileSystem.isDirectory(path), !sealed.contains(path) else {
            return
        }
        mounts.append(.empty(path, permissions: "0755"))
        sealed.append(path)
    }

    /// Where the workspace lies deep in a private directory, makes the way there read-only: a write to `../elsewhere`
    /// would otherwise succeed and vanish. Directly beneath a private directory, it does.
    private mutating func sealAboveWorkspace() {
        for root in hidden where workspace.starts(with: root) {
            guard let first = workspace.components.dropFirst(root.components.count).first else { continue }
            let top = root.appending(first)
            if top != workspace, !sealed.contains(top), !hidden.contains(top) {
                mounts.append(.empty(top, permissions: "0755"))
                sealed.append(top)
            }
        }
    }

    /// Resolves the links of a path. A link in the workspace, where an earlier command may have left it, must not lead
    /// out: what is mounted is chosen by the specification, never by what was sandboxed.
    private func resolve(_ path: FilePath) throws(HostError) -> FilePath {
        let real = try FileSystem.canonical(path)
        guard isInWorkspace(path), !real.starts(with: workspace) else { return real }
        throw .outside(path, root: workspace)
    }

    /// Returns where a mount of something else goes: where the links of its target lead, as a source's link in the workspace leads
    /// to the snapshot. Wherever that is, the command loses sight of something, and gains nothing.
    private func place(_ target: FilePath) throws(HostError) -> FilePath {
        if FileSystem.exists(target) { return try FileSystem.canonical(target) }
        guard let name = target.lastComponent else { throw .unconfinable(target) }
        return try FileSystem.canonical(target.removingLastComponent()).appending(name)
    }

    private func isInWorkspace(_ path: FilePath) -> Bool {
        path.starts(with: workspace) || path.starts(with: givenWorkspace)
    }

    /// Shows Git directories, and the workspace's `.git`, read-only. A `.git` that leads out of the workspace is left
    /// as the link that it is.
    private mutating func protectGit(_ directories: [FilePath]) throws(HostError) {
        let own = workspace.appending(".git")
        let given = givenWorkspace.appending(".git")
        // Absent, or a link that leads nowhere or out: there is nothing of the workspace to protect.
        if let real = try? resolve(own) { mounts.append(.readOnly(real, at: real)) }
        for directory in directories where directory != own && directory != given && FileSystem.exists(directory) {
            let real = try resolve(directory)
            mounts.append(.readOnly(real, at: real))
        }
    }
}

// MARK: - What is shown again

extension SandboxMounts {
    /// Shows a path that a private directory hides, with the links on the way to it; elsewhere it is in sight anyway.
    private mutating func show(_ path: FilePath) {
        // Nothing of a workspace decides what is shown: a command could lead PATH to secrets with a link.
        if isInWorkspace(path) { return }
        if let workspacesRoot, path.starts(with: workspacesRoot) { return }
        guard let root = hidden.first(where: { path.starts(with: $0) && path != $0 }) else {
            // Outside, but perhaps a link that leads into a private directory.
            if let real = try? FileSystem.canonical(path), real != path { show(real) }
            return
        }
        var place = root
        for component in path.components.dropFirst(root.components.count) {
            place.append(component)
            // A link that cannot be read or leads nowhere shows nothing.
            guard let status = try? FileSystem.status(place) else { return }
            guard status.kind == .symbolicLink else { continue }
            guard let target = try? FileSystem.readLink(place), let real = try? FileSystem.canonical(path) else {
                return
            }
            if links.insert(place).inserted { mounts.append(.link(place, holds: target)) }
            return show(real)
        }
        if !workspace.starts(with: path) { mounts.append(.readOnly(path, at: path)) }
    }

    private mutating func showTools(_ directories: [FilePath]) {
        for directory in directories where !directory.isEmpty && directory != home {
            show(directory)
            if let prefix = installationPrefix(directory) { show(prefix) }
        }
        guard let home else { return }
        for name in toolNames where FileSystem.exists(home.pushing(FilePath(name))) {
            show(home.pushing(FilePath(name)))
        }
        for name in [".cargo/credentials", ".cargo/credentials.toml"] {
            // What cannot be resolved is not there.
            guard let path = try? FileSystem.canonical(home.pushing(FilePath(name))) else { continue }
            mounts.append(.readOnly("/dev/null", at: path))
        }
    }

    /// The directory above `bin`, when what lies there belongs together, as in a Python environment.
    private func installationPrefix(_ directory: FilePath) -> FilePath? {
        guard let name = directory.lastComponent?.string, ["bin", "sbin", "shims", "Scripts"].contains(name) else {
            return nil
        }
        let prefix = directory.removingLastComponent()
        guard !hidden.contains(prefix), !workspace.starts(with: prefix) else { return nil }
        return ["pyvenv.cfg", "conda-meta", "lib/python3", "versions"].contains {
            FileSystem.exists(prefix.pushing(FilePath($0)))
        } ? prefix : nil
    }

    /// Shows the files that say how names are looked up, where they are links into a private directory.
    private mutating func showResolver() {
        for path: FilePath in ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"] {
            guard FileSystem.isLink(path), let real = try? FileSystem.canonical(path) else { continue }
            show(real)
        }
    }
}

extension FileSystem {
    fileprivate static func isLink(_ path: FilePath) -> Bool {
        // What cannot be looked at is treated as no link, and fails where it is used.
        (try? status(path))?.kind == .symbolicLink
    }
}

/// The home directory to hide: none where there is none, or where it is the root of everything.
private func privateHome(_ home: FilePath) -> FilePath? {
    // A home that cannot be resolved, such as /nonexistent, hides nothing.
    guard let real = try? FileSystem.canonical(home), real != "/", FileSystem.isDirectory(real) else { return nil }
    return real
}

private func graphicsDevices() -> [FilePath] {
    // Without /dev there are no devices.
    let names = (try? FileSystem.list("/dev")) ?? []
    return names.filter { name in ["nvidia", "dri", "kfd", "dxg"].contains { name.string.hasPrefix($0) } }
        .map { FilePath("/dev").appending($0) }
}

/// Where tools install themselves beneath the home directory.
private let toolNames = [
    ".pyenv", ".conda", "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".cargo", ".rustup",
    ".local/bin", ".local/lib", ".local/pipx", ".local/share/uv", ".local/share/pipx", ".local/share/mise",
    ".local/share/R", "R", ".juliaup", ".julia", ".nvm", ".volta", ".bun", ".deno", ".asdf", ".rbenv", ".sdkman",
    ".ghcup",
    ".swiftly", ".duckdb", ".nix-profile", "go/bin",
]

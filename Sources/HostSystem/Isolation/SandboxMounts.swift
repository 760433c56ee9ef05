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
    private let home: FilePath?

    init(_ specification: SandboxSpecification) throws(HostError) {
        workspace = try FileSystem.canonical(specification.workspace)
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
        for mount in specification.readOnlyBinds { try bind(mount) }
        for path in specification.writableBinds {
            let path = try FileSystem.canonical(path)
            mounts.append(.writable(path, at: path))
        }
        for directory in [workspace.appending(".git")] + specification.gitDirectories where FileSystem.exists(directory) {
            let directory = try FileSystem.canonical(directory)
            mounts.append(.readOnly(directory, at: directory))
        }
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

    private mutating func bind(_ mount: SandboxSpecification.Mount) throws(HostError) {
        let source = try FileSystem.canonical(mount.source)
        // The last component is what is covered; a link there would lead the mount somewhere else.
        let parent = try FileSystem.canonical(mount.target.removingLastComponent())
        guard let name = mount.target.lastComponent else { throw .unconfinable(mount.target) }
        let target = parent.appending(name)
        mounts.append(.readOnly(source, at: FileSystem.isLink(target) ? try FileSystem.canonical(target) : target))
    }
}

// MARK: - What is shown again

extension SandboxMounts {
    /// Shows a path that a private directory hides, with the links on the way to it; elsewhere it is in sight anyway.
    private mutating func show(_ path: FilePath) {
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
            guard let target = try? FileSystem.readLink(place), let real = try? FileSystem.canonical(path) else { return }
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
    ".local/share/R", "R", ".juliaup", ".julia", ".nvm", ".volta", ".bun", ".deno", ".asdf", ".rbenv", ".sdkman", ".ghcup",
    ".swiftly", ".duckdb", ".nix-profile", "go/bin",
]

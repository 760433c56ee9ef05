import SystemPackage

/// What a sandboxed command may see and change.
public struct SandboxSpecification: Sendable, Hashable {
    /// A directory or file of the host, and the path at which the sandbox sees it.
    public struct Mount: Sendable, Hashable {
        public var source: FilePath
        public var target: FilePath

        public init(source: FilePath, target: FilePath) {
            self.source = source
            self.target = target
        }

        /// The same path inside and outside.
        public init(_ path: FilePath) {
            self.init(source: path, target: path)
        }
    }

    /// The one directory that may be written.
    public var workspace: FilePath
    /// Hidden but for `workspace` and what is mounted from it.
    public var workspacesRoot: FilePath?
    /// Git directories, and the `.git` file, that are shown read-only.
    public var gitDirectories: [FilePath]
    /// Pins and inputs, shown read-only.
    public var readOnlyBinds: [Mount]
    /// Caches, further directories that may be written, and copies of data shown where the workspace holds something else.
    public var writableBinds: [Mount]
    /// What `sandbox.read` names beneath the home directory, shown read-only.
    public var read: [FilePath]
    /// Whether the host's network is shared.
    public var network: Bool
    /// The directories of PATH; those beneath the home directory are shown read-only.
    public var toolDirectories: [FilePath]
    /// The home directory of the user, replaced by an empty one.
    public var home: FilePath
    /// What TMPDIR is inside.
    public var temporary: FilePath
    public var gpus: Bool
    /// Paths that are hidden by an empty directory, such as a state directory.
    public var hidden: [FilePath]

    public init(
        workspace: FilePath, workspacesRoot: FilePath? = nil, gitDirectories: [FilePath] = [],
        readOnlyBinds: [Mount] = [], writableBinds: [Mount] = [], read: [FilePath] = [], network: Bool = false,
        toolDirectories: [FilePath] = [], home: FilePath, temporary: FilePath = "/tmp", gpus: Bool = false,
        hidden: [FilePath] = []
    ) {
        self.workspace = workspace
        self.workspacesRoot = workspacesRoot
        self.gitDirectories = gitDirectories
        self.readOnlyBinds = readOnlyBinds
        self.writableBinds = writableBinds
        self.read = read
        self.network = network
        self.toolDirectories = toolDirectories
        self.home = home
        self.temporary = temporary
        self.gpus = gpus
        self.hidden = hidden
    }
}

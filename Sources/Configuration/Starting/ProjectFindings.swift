import Model

/// What `headgate init` found in a project that has no `headgate.yaml` yet.
public struct ProjectFindings: Hashable, Sendable {
    /// A folder of data that Git ignores.
    public struct DataFolder: Hashable, Sendable {
        /// Relative to the root.
        public var path: String
        public var size: ByteCount
        public var files: Int

        public init(path: String, size: ByteCount, files: Int) {
            self.path = path
            self.size = size
            self.files = files
        }
    }

    /// A CSV or Parquet file.
    public struct Table: Hashable, Sendable {
        /// Relative to the root.
        public var path: String
        public var isTracked: Bool
        /// From the header; empty when not read.
        public var columns: [String]
        /// Columns whose combination does not repeat; empty when not known.
        public var candidateKey: [String]
        /// `nil` when not counted.
        public var rows: Int?

        public init(
            path: String, isTracked: Bool, columns: [String] = [], candidateKey: [String] = [], rows: Int? = nil
        ) {
            self.path = path
            self.isTracked = isTracked
            self.columns = columns
            self.candidateKey = candidateKey
            self.rows = rows
        }
    }

    public var projectName: String
    public var dataFolders: [DataFolder] = []
    public var tables: [Table] = []
    public var makeRules: [MakeRule] = []
    public var dvcStages: [DVCStage] = []
    /// Of `params.yaml`.
    public var dvcParameters: [String: ParameterValue] = [:]
    /// Paths of what DVC keeps by a `.dvc` file, as far as they are there.
    public var dvcData: [String] = []
    /// Single files that Git ignores and that are there.
    public var ignoredFiles: Set<String> = []
    /// Paths of `dbt_project.yml` files.
    public var dbtProjects: [String] = []
    public var notebooks: [String] = []
    /// `uv.lock`, `requirements.txt`, `pyproject.toml`, … at the root.
    public var dependencyFiles: [String] = []
    /// The repository's main branch.
    public var mainBranch: String = "main"

    public init(projectName: String) {
        self.projectName = projectName
    }
}

/// A rule of a Makefile with explicit target names.
public struct MakeRule: Hashable, Sendable {
    public var target: String
    public var prerequisites: [String]
    /// Recipe lines without their tab, `@` and `-`.
    public var recipe: [String]
    /// Whether `.PHONY` names it, or it makes no file of its name by declaration.
    public var isPhony: Bool
    public var line: Int

    public init(target: String, prerequisites: [String], recipe: [String], isPhony: Bool, line: Int) {
        self.target = target
        self.prerequisites = prerequisites
        self.recipe = recipe
        self.isPhony = isPhony
        self.line = line
    }
}

/// A stage of `dvc.yaml`.
public struct DVCStage: Hashable, Sendable {
    public var name: String
    /// Several commands are joined by newlines.
    public var command: String
    /// `wdir`, relative to the root.
    public var directory: String?
    public var dependencies: [String]
    public var outputs: [String]
    /// `params.yaml` keys, or `file:key`.
    public var parameters: [String]
    public var metrics: [String]
    /// What `foreach` or `matrix` generates it for.
    public var matrix: Matrix?
    /// The parameters that its texts refer to as `${{ params.… }}`, with their values in `params.yaml` and `vars`.
    public var usedParameters: [String: ParameterValue] = [:]
    /// Whether it uses `foreach`, `matrix` or `${}` in a way that has no counterpart.
    public var isTemplate: Bool

    public init(
        name: String, command: String, directory: String? = nil, dependencies: [String] = [], outputs: [String] = [],
        parameters: [String] = [], metrics: [String] = [], isTemplate: Bool = false
    ) {
        self.name = name
        self.command = command
        self.directory = directory
        self.dependencies = dependencies
        self.outputs = outputs
        self.parameters = parameters
        self.metrics = metrics
        self.isTemplate = isTemplate
    }
}

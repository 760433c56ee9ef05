/// A command with declared inputs and outputs, as `steps:` declares it, before parameters and matrix are put in.
///
/// Every text may hold placeholders (`${{ params.month }}`).
public struct Step: Hashable, Sendable, Codable {
    public var name: String
    public var run: String
    /// `nil` when the step declares no inputs: it then depends on all tracked files and all sources.
    public var inputs: [String]?
    public var outputs: [String]
    public var needs: [String]
    public var matrix: Matrix?
    public var image: String?
    public var isolation: IsolationLevel?
    public var resources: Resources
    public var sandbox: SandboxSettings
    public var variables: [String: String]
    public var timeout: TimeSpan?
    public var retries: Int
    public var mutex: String?
    public var nulls: [String]
    public var tests: [DataTest]
    public var line: SourceLine?

    public init(
        name: String, run: String, inputs: [String]? = nil, outputs: [String] = [], needs: [String] = [],
        matrix: Matrix? = nil, image: String? = nil, isolation: IsolationLevel? = nil,
        resources: Resources = Resources(),
        sandbox: SandboxSettings = SandboxSettings(), variables: [String: String] = [:], timeout: TimeSpan? = nil,
        retries: Int = 0, mutex: String? = nil, nulls: [String] = [""], tests: [DataTest] = [], line: SourceLine? = nil
    ) {
        self.name = name
        self.run = run
        self.inputs = inputs
        self.outputs = outputs
        self.needs = needs
        self.matrix = matrix
        self.image = image
        self.isolation = isolation
        self.resources = resources
        self.sandbox = sandbox
        self.variables = variables
        self.timeout = timeout
        self.retries = retries
        self.mutex = mutex
        self.nulls = nulls
        self.tests = tests
        self.line = line
    }
}

/// The combinations into which a step expands, with `include` and `exclude` as in GitHub Actions.
public struct Matrix: Hashable, Sendable, Codable {
    /// One name with the values it takes.
    public struct Axis: Hashable, Sendable, Codable {
        public var name: String
        public var values: [ParameterValue]

        public init(name: String, values: [ParameterValue]) {
            self.name = name
            self.values = values
        }
    }

    /// In the order of the file.
    public var axes: [Axis]
    public var include: [[String: ParameterValue]]
    public var exclude: [[String: ParameterValue]]

    public init(axes: [Axis], include: [[String: ParameterValue]] = [], exclude: [[String: ParameterValue]] = []) {
        self.axes = axes
        self.include = include
        self.exclude = exclude
    }
}

/// What a step may use at most; `nil` means no limit.
public struct Resources: Hashable, Sendable, Codable {
    public var cpus: Double?
    public var memory: ByteCount?
    public var gpus: Int?

    public init(cpus: Double? = nil, memory: ByteCount? = nil, gpus: Int? = nil) {
        self.cpus = cpus
        self.memory = memory
        self.gpus = gpus
    }
}

/// What may be seen and written beyond the workspace and the system.
public struct SandboxSettings: Hashable, Sendable, Codable {
    /// `nil` takes the project's setting.
    public var network: Bool?
    /// Absolute, or beginning with `~/`.
    public var read: [String]
    public var write: [String]

    public init(network: Bool? = nil, read: [String] = [], write: [String] = []) {
        self.network = network
        self.read = read
        self.write = write
    }
}

/// The project's `setup`: run in each workspace, again when its inputs change; its key is part of every step's.
public struct Setup: Hashable, Sendable, Codable {
    public var run: String
    public var inputs: [String]
    public var outputs: [String]

    public init(run: String, inputs: [String], outputs: [String]) {
        self.run = run
        self.inputs = inputs
        self.outputs = outputs
    }
}

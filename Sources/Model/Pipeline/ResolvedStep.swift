/// One step ready to run: matrix expanded, every placeholder replaced.
public struct ResolvedStep: Hashable, Sendable, Codable {
    /// `train[seed=2]`, or the step's name where it has no matrix.
    public var id: String
    /// The step's name in the configuration.
    public var group: String
    /// The command as written, which is what the key holds.
    public var commandTemplate: String
    /// The command with values as quoted shell words.
    public var command: String
    /// The placeholders the command, inputs and outputs refer to, such as `params.month`, with their values.
    public var values: [String: String]
    /// Paths or globs relative to the root; `nil` when undeclared.
    public var inputs: [String]?
    public var outputs: [String]
    /// Ids of the steps that must finish first because `needs` says so.
    public var needs: [String]
    /// The top-level variables and the step's own; values of secrets are not in here.
    public var variables: [String: String]
    /// Variables whose value is a secret: variable → secret's name.
    public var secretVariables: [String: String]
    public var image: String?
    public var isolation: IsolationLevel?
    public var resources: Resources
    public var network: Bool
    public var readPaths: [String]
    public var writePaths: [String]
    public var timeout: TimeSpan?
    public var retries: Int
    public var mutex: String?
    public var nulls: [String]
    public var tests: [DataTest]
    public var line: SourceLine?

    public init(
        id: String, group: String, commandTemplate: String, command: String, values: [String: String] = [:],
        inputs: [String]? = nil, outputs: [String] = [], needs: [String] = [], variables: [String: String] = [:],
        secretVariables: [String: String] = [:], image: String? = nil, isolation: IsolationLevel? = nil,
        resources: Resources = Resources(), network: Bool = false, readPaths: [String] = [], writePaths: [String] = [],
        timeout: TimeSpan? = nil, retries: Int = 0, mutex: String? = nil, nulls: [String] = [""],
        tests: [DataTest] = [], line: SourceLine? = nil
    ) {
        self.id = id
        self.group = group
        self.commandTemplate = commandTemplate
        self.command = command
        self.values = values
        self.inputs = inputs
        self.outputs = outputs
        self.needs = needs
        self.variables = variables
        self.secretVariables = secretVariables
        self.image = image
        self.isolation = isolation
        self.resources = resources
        self.network = network
        self.readPaths = readPaths
        self.writePaths = writePaths
        self.timeout = timeout
        self.retries = retries
        self.mutex = mutex
        self.nulls = nulls
        self.tests = tests
        self.line = line
    }
}

/// All steps of a project for one branch and one set of parameters, in the order of the file.
public struct ResolvedPipeline: Hashable, Sendable, Codable {
    public var steps: [ResolvedStep]
    /// The parameters' values after all layers.
    public var parameters: [String: ParameterValue]
    /// The top-level variables after the environment's rule.
    public var variables: [String: String]
    /// Top-level variables whose value is a secret: variable → secret's name.
    public var secretVariables: [String: String]
    public var shell: [String]
    public var setup: Setup?
    public var limits: [String: Int]
    /// The ids of the steps asked for, by name or by a variation; empty when all are.
    public var selection: [String]

    public init(
        steps: [ResolvedStep], parameters: [String: ParameterValue], variables: [String: String], shell: [String],
        setup: Setup? = nil, limits: [String: Int] = [:], secretVariables: [String: String] = [:],
        selection: [String] = []
    ) {
        self.steps = steps
        self.parameters = parameters
        self.variables = variables
        self.shell = shell
        self.setup = setup
        self.limits = limits
        self.secretVariables = secretVariables
        self.selection = selection
    }
}

/// `headgate.yaml` as values: checked, with every default filled in, placeholders still in place.
public struct ProjectConfiguration: Hashable, Sendable, Codable {
    public var project: String
    public var parameters: [String: Parameter] = [:]
    /// In the order of the file; never empty (without `environments:`, the default rules stand here).
    public var environments: [EnvironmentRule] = ProjectConfiguration.defaultEnvironments
    public var workspaces: String?
    public var copyIgnored: [String] = []
    public var setup: Setup?
    public var shell: [String] = ["bash", "-eo", "pipefail", "-c"]
    public var variables: [String: String] = [:]
    public var secrets: [String] = []
    public var ports: [String] = []
    public var sandbox = SandboxSettings()
    /// In the order of the file.
    public var sources: [Source] = []
    /// In the order of the file.
    public var steps: [Step] = []
    public var variations: [Variation] = []
    public var limits: [String: Int] = [:]
    public var gate = GatePolicy()
    public var publish: PublishPolicy?
    public var expiry = Expiry()
    public var store = StorePolicy()
    /// Whether failing rows may enter Markdown meant for others.
    public var reportRows: ReportRows = .none

    public init(project: String) {
        self.project = project
    }

    /// The rules that hold where the file has none: `main` and `master` are protected, all others take `from` the
    /// main protected branch.
    public static let defaultEnvironments = [
        EnvironmentRule(match: BranchPattern("main"), isProtected: true),
        EnvironmentRule(match: BranchPattern("master"), isProtected: true),
        EnvironmentRule(match: BranchPattern("*")),
    ]

    /// The first rule that matches `branch`; a branch that no rule names has an empty, unprotected one.
    public func rule(for branch: BranchName) -> EnvironmentRule {
        environments.first { $0.match.matches(branch) } ?? EnvironmentRule(match: BranchPattern("*"))
    }

    /// Whether the branch's rule says that only landing moves it.
    public func isProtected(_ branch: BranchName) -> Bool {
        rule(for: branch).isProtected
    }
}

/// A named run: some steps, some parameters.
public struct Variation: Hashable, Sendable, Codable {
    public var name: String
    /// Empty means all steps.
    public var only: [String]
    public var parameters: [String: ParameterValue]

    public init(name: String, only: [String] = [], parameters: [String: ParameterValue] = [:]) {
        self.name = name
        self.only = only
        self.parameters = parameters
    }
}

/// How much of a failing row may be shown.
public enum ReportRows: String, Hashable, Sendable, Codable, CaseIterable {
    case none, masked, full
}

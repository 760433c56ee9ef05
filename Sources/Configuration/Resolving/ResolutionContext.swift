import Model

/// For which branch, and with which layers, a configuration is resolved.
public struct ResolutionContext: Hashable, Sendable {
    public var branch: BranchName
    /// The value of `${{ environment.name }}`.
    public var environmentName: String
    /// Each name of `ports:` with the environment's number for it.
    public var ports: [String: Int]
    /// `headgate.local.yaml`, where there is one.
    public var local: LocalLayer?
    /// The name of the variation asked for.
    public var variation: String?
    /// `--param` as written; typed and checked while resolving.
    public var overrides: [String: String]
    /// The secrets that may be referred to; `nil` takes the names under `secrets:`.
    public var secretNames: Set<String>?
    /// The file's name in problems.
    public var file: String

    public init(
        branch: BranchName, environmentName: String, ports: [String: Int] = [:], local: LocalLayer? = nil,
        variation: String? = nil, overrides: [String: String] = [:], secretNames: Set<String>? = nil,
        file: String = "headgate.yaml"
    ) {
        self.branch = branch
        self.environmentName = environmentName
        self.ports = ports
        self.local = local
        self.variation = variation
        self.overrides = overrides
        self.secretNames = secretNames
        self.file = file
    }
}

/// The layer a value comes from, weakest first.
public enum ValueOrigin: Hashable, Sendable, Codable {
    case configuration
    /// The rule under `environments:` with this `match`.
    case environmentRule(match: String)
    case localLayer(file: String)
    case variation(String)
    case commandLine

    /// For people: `headgate.yaml`, `environments: match main`, `headgate.local.yaml`, `variation smoke`, `--param`.
    public var text: String {
        switch self {
        case .configuration: "headgate.yaml"
        case .environmentRule(let match): "environments: match \(match)"
        case .localLayer(let file): file
        case .variation(let name): "variation \(name)"
        case .commandLine: "--param"
        }
    }
}

/// A parameter's value after all layers, and the layer it comes from.
public struct ResolvedParameter: Hashable, Sendable, Codable {
    public var name: String
    public var value: ParameterValue
    public var origin: ValueOrigin

    public init(name: String, value: ParameterValue, origin: ValueOrigin) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}

/// A variable after all layers: its text, or the secret that is its value.
public struct ResolvedVariable: Hashable, Sendable, Codable {
    /// What the variable holds.
    public enum Value: Hashable, Sendable, Codable {
        case text(String)
        /// The name of a secret.
        case secret(String)
    }

    public var name: String
    public var value: Value
    public var origin: ValueOrigin

    public init(name: String, value: Value, origin: ValueOrigin) {
        self.name = name
        self.value = value
        self.origin = origin
    }
}

/// What holds for one branch: its rule with every placeholder replaced.
public struct ResolvedEnvironment: Hashable, Sendable, Codable {
    public var match: String
    public var isProtected: Bool
    public var from: String?
    public var parameters: [ResolvedParameter]
    /// The top-level variables with those of the rule and of the local layer over them, by name.
    public var variables: [ResolvedVariable]
    /// Commands that run outside the sandbox, with values as quoted shell words.
    public var setup: String?
    public var teardown: String?
    public var expiry: Expiry
}

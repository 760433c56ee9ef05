import Model

/// What decides whether a step must run again.
///
/// Two runs of a step with equal keys make the same outputs, as far as the step declares what it reads.
public struct StepKey: Sendable, Hashable {
    /// One thing that the key is made of.
    public struct Part: Sendable, Hashable {
        /// Such as `command`, `param:month`, `input:clean.py`. Source: `headgate plan --json`.
        public var name: String
        /// A hash or a short text; never a secret.
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Raised whenever keys are made in another way, so that no result of the old way is taken for one of the new.
    static let format = "1"

    public let hash: ContentHash
    /// In the order in which differences are shown.
    public let parts: [Part]

    init(_ parts: [Part]) {
        var hasher = FieldHasher(domain: "step")
        for part in parts { hasher.add(part.name, part.value) }
        hash = hasher.finish()
        self.parts = parts
    }
}

/// What a step reads, as far as its key is concerned.
struct KeyInput: Hashable, Sendable {
    /// A path, or a pattern whose matches are too many to name each.
    var name: String
    /// `nil`: not known before another step has run.
    var value: String?
}

/// Makes the parts of a step's key that are not files.
struct StepKeyMaker: Sendable {
    let shell: String
    let platform: String
    /// The key of the project's `setup`; `nil` without one.
    let setup: String?

    /// The shell that needs no mention.
    private static let defaultShell = "bash -eo pipefail -c"

    init(pipeline: ResolvedPipeline, platform: String, setup: String?) {
        let shell = pipeline.shell.joined(separator: " ")
        self.shell = shell == Self.defaultShell ? "" : shell + " "
        self.platform = platform
        self.setup = setup
    }

    /// Returns all parts but those of inputs that are not known yet.
    ///
    /// - Parameters:
    ///   - isolation: the level at which the step would run.
    ///   - image: the step's image with its digest.
    ///   - sources: the fingerprints of the sources that stand in the key as a whole.
    func parts(
        of step: ResolvedStep, isolation: IsolationLevel, image: String?,
        sources: [(name: String, fingerprint: String)],
        inputs: [KeyInput]
    ) -> [StepKey.Part] {
        var parts = [StepKey.Part("command", shell + step.commandTemplate)]
        for (name, value) in step.values.sorted(by: { $0.key < $1.key }) {
            parts.append(StepKey.Part(partName(ofValue: name), value))
        }
        for (name, value) in step.variables.sorted(by: { $0.key < $1.key }) {
            parts.append(StepKey.Part("variable:" + name, value))
        }
        for (name, secret) in step.secretVariables.sorted(by: { $0.key < $1.key }) {
            parts.append(StepKey.Part("variable:" + name, "the secret " + secret))
        }
        if let setup { parts.append(StepKey.Part("setup", setup)) }
        if let image { parts.append(StepKey.Part("image", image)) }
        for source in sources { parts.append(StepKey.Part("source:" + source.name, source.fingerprint)) }
        for input in inputs {
            if let value = input.value { parts.append(StepKey.Part("input:" + input.name, value)) }
        }
        for output in step.outputs { parts.append(StepKey.Part("output:" + output, "declared")) }
        parts.append(StepKey.Part("platform", platform))
        parts.append(StepKey.Part("isolation", text(of: isolation, for: step)))
        parts.append(StepKey.Part("format", StepKey.format))
        return parts
    }

    /// `params.month` becomes `param:month`, every other name `param:<name>`.
    private func partName(ofValue name: String) -> String {
        "param:" + (name.hasPrefix("params.") ? String(name.dropFirst("params.".count)) : name)
    }

    /// The level, and what of the machine can be seen through it.
    private func text(of level: IsolationLevel, for step: ResolvedStep) -> String {
        guard level != .process else { return level.rawValue }
        var text = level.rawValue + (step.network ? "+network" : "")
        if !step.readPaths.isEmpty { text += " read " + step.readPaths.sorted().joined(separator: " ") }
        if !step.writePaths.isEmpty { text += " write " + step.writePaths.sorted().joined(separator: " ") }
        return text
    }
}

import Model

/// Everything a verdict depends on; the key is the hash of all of it.
///
/// A part is kept as text where it is short and as a hash where it is not, so that two keys can be compared part by
/// part and a person can be told which one differs.
public struct VerdictKey: Hashable, Sendable {
    /// The parts, in the order in which a difference is looked for.
    public enum Part: String, CaseIterable, Sendable {
        case format, tree, data, pins, parameters, variables, secrets, steps
        case targetPolicy = "target_policy"
        case candidatePolicy = "candidate_policy"
        case definitions
        case isolation, engine, platform
        case mergeDrivers = "merge_drivers"
    }

    public static let format = "1"

    public let parts: [Part: String]

    /// - Parameter parts: every part but `format`; a missing one counts as empty.
    public init(parts: [Part: String]) {
        var complete = parts
        complete[.format] = VerdictKey.format
        self.parts = complete
    }

    public var hash: ContentHash {
        var hasher = FieldHasher(domain: "headgate verdict")
        for part in Part.allCases { hasher.add(part.rawValue, parts[part] ?? "") }
        return hasher.finish()
    }

    /// The parts by name, as a verdict keeps them.
    public var named: [String: String] {
        Dictionary(uniqueKeysWithValues: parts.map { ($0.key.rawValue, $0.value) })
    }

    /// Whether a verdict's key is really the hash of its parts: a forged or edited one is not.
    public static func isAuthentic(_ verdict: Verdict) -> Bool {
        var hasher = FieldHasher(domain: "headgate verdict")
        for part in Part.allCases { hasher.add(part.rawValue, verdict.parts[part.rawValue] ?? "") }
        return hasher.finish() == verdict.key && verdict.parts[Part.tree.rawValue] == verdict.tree.hex
    }
}

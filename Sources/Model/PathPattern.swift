/// A path relative to the root in which `*` and `?` match within one name, `[a-z]` one of several characters, and `**`
/// any number of directories.
///
/// Names that begin with a dot are matched like all others. Matching is by bytes, as the file system compares names.
///
/// Source: `gitignore(5)`, for the meaning of `**`.
public struct PathPattern: Hashable, Sendable {
    public let text: String
    /// The names between the slashes.
    public let segments: [Segment]

    /// What one name must look like.
    public enum Segment: Hashable, Sendable {
        case literal([UInt8])
        case wildcard([UInt8])
        /// `**`
        case anyDirectories
    }

    public init(_ text: String) {
        self.text = text
        segments = text.utf8.split(separator: UInt8(ascii: "/")).map { name in
            if name.elementsEqual("**".utf8) { return .anyDirectories }
            return PathPattern.hasWildcard(name) ? .wildcard(Array(name)) : .literal(Array(name))
        }
    }

    /// Whether `text` holds a wildcard, so that it may match several paths.
    public static func isPattern(_ text: String) -> Bool { hasWildcard(text.utf8) }

    /// The longest beginning that every match has, which may end within a name.
    public var literalPrefix: [UInt8] {
        Array(text.utf8.prefix { !PathPattern.isWildcard($0) })
    }

    /// Whether the path, without a slash at either end, matches.
    public func matches(_ path: String) -> Bool { matches(Array(path.utf8)) }

    /// Whether the path of these bytes, without a slash at either end, matches.
    public func matches(_ path: [UInt8]) -> Bool {
        match(segments[...], path.split(separator: UInt8(ascii: "/"))[...])
    }

    /// Whether something beneath the directory `path` can match.
    ///
    /// - Parameter isNamed: whether the last name of `path` must be written in the pattern, at least in part: `data/*.parquet/part-1`
    ///   names `data/x.parquet` as a directory, `data/**/*.csv` and `data/*/part-1` do not.
    public func mayMatch(beneath path: [UInt8], isNamed: Bool = false) -> Bool {
        mayMatch(segments[...], path.split(separator: UInt8(ascii: "/"))[...], isNamed)
    }

    private func match(_ pattern: ArraySlice<Segment>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        var pattern = pattern
        var names = names
        while let segment = pattern.first {
            if segment == .anyDirectories {
                let rest = pattern.dropFirst()
                if rest.isEmpty { return !names.isEmpty }
                return (names.startIndex...names.endIndex).contains { match(rest, names[$0...]) }
            }
            guard let name = names.first, segment.matches(name) else { return false }
            pattern = pattern.dropFirst()
            names = names.dropFirst()
        }
        return names.isEmpty
    }

    private func mayMatch(
        _ pattern: ArraySlice<Segment>, _ names: ArraySlice<ArraySlice<UInt8>>, _ isNamed: Bool
    ) -> Bool {
        guard let segment = pattern.first else { return false }
        guard let name = names.first else { return true }
        let rest = pattern.dropFirst()
        if segment == .anyDirectories {
            guard isNamed else { return true }
            return mayMatch(rest, names, isNamed) || names.count > 1 && mayMatch(pattern, names.dropFirst(), isNamed)
        }
        if isNamed, names.count == 1, segment.matchesAnyName { return false }
        return segment.matches(name) && mayMatch(rest, names.dropFirst(), isNamed)
    }

    private static func hasWildcard(_ name: some Sequence<UInt8>) -> Bool { name.contains(where: isWildcard) }

    private static func isWildcard(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
    }
}

extension PathPattern.Segment {
    /// Whether it is `*` or `**`.
    var matchesAnyName: Bool {
        switch self {
        case .anyDirectories: true
        case .literal: false
        case .wildcard(let pattern): pattern.allSatisfy { $0 == UInt8(ascii: "*") }
        }
    }

    /// Whether one name matches; `**` matches any.
    public func matches(_ name: some Collection<UInt8>) -> Bool {
        switch self {
        case .anyDirectories: true
        case .literal(let bytes): name.elementsEqual(bytes)
        case .wildcard(let pattern): nameMatches(pattern, Array(name))
        }
    }
}

/// Matches one name, with the last `*` as the only place to go back to.
private func nameMatches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var p = 0
    var n = 0
    var retry: (pattern: Int, name: Int)?
    while n < name.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            retry = (p + 1, n)
            p += 1
        } else if p < pattern.count, let next = matchOne(pattern, at: p, name[n]) {
            p = next
            n += 1
        } else if let last = retry {
            p = last.pattern
            n = last.name + 1
            retry = (last.pattern, last.name + 1)
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}

/// Matches one byte, and returns where the pattern goes on, or `nil` when it does not match.
private func matchOne(_ pattern: [UInt8], at start: Int, _ byte: UInt8) -> Int? {
    switch pattern[start] {
    case UInt8(ascii: "?"):
        return start + 1
    case UInt8(ascii: "["):
        guard let set = ByteSet(pattern, at: start) else { return byte == pattern[start] ? start + 1 : nil }
        return set.contains(byte) ? set.end : nil
    default:
        return byte == pattern[start] ? start + 1 : nil
    }
}

/// `[abc]`, `[a-z]`, `[!a]`; a bracket that nothing closes stands for itself.
private struct ByteSet {
    var ranges: [ClosedRange<UInt8>] = []
    var isNegated = false
    /// Behind the closing bracket.
    var end = 0

    init?(_ pattern: [UInt8], at start: Int) {
        var i = start + 1
        if i < pattern.count, pattern[i] == UInt8(ascii: "!") || pattern[i] == UInt8(ascii: "^") {
            isNegated = true
            i += 1
        }
        let first = i
        while i < pattern.count, i == first || pattern[i] != UInt8(ascii: "]") {
            if i + 2 < pattern.count, pattern[i + 1] == UInt8(ascii: "-"), pattern[i + 2] != UInt8(ascii: "]") {
                if pattern[i] <= pattern[i + 2] { ranges.append(pattern[i]...pattern[i + 2]) }
                i += 3
            } else {
                ranges.append(pattern[i]...pattern[i])
                i += 1
            }
        }
        guard i < pattern.count else { return nil }
        end = i + 1
    }

    func contains(_ byte: UInt8) -> Bool {
        ranges.contains { $0.contains(byte) } != isNegated
    }
}

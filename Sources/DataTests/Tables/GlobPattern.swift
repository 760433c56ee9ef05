/// A pattern for paths: `*` and `?` stay within a name, `**` between slashes matches any number of directories.
struct GlobPattern: Sendable {
    private let parts: [[UInt8]]

    init(_ text: String) {
        parts = text.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }
    }

    static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    /// The leading names without a wildcard, and the rest; the last name always belongs to the rest.
    static func split(_ text: String) -> (directory: String, pattern: String) {
        let names = text.split(separator: "/", omittingEmptySubsequences: false)
        let plain = names.dropLast().prefix { !isPattern(String($0)) }
        return (plain.joined(separator: "/"), names[plain.count...].joined(separator: "/"))
    }

    func matches(_ path: String) -> Bool {
        Self.matches(parts[...], path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0) }[...])
    }

    private static func matches(_ parts: ArraySlice<[UInt8]>, _ names: ArraySlice<[UInt8]>) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        if part == Array("**".utf8) {
            // Each further `**` tries all the rest again, which is harmless for the few that a path can hold.
            return (names.startIndex...names.endIndex).contains { matches(parts.dropFirst(), names[$0...]) }
        }
        guard let name = names.first else { return false }
        return nameMatches(part, name) && matches(parts.dropFirst(), names.dropFirst())
    }

    /// Matches one name, with the last `*` as the only place to go back to.
    private static func nameMatches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (at, position) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while position < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, position)
                at += 1
            } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[position] {
                at += 1
                position += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                (at, position) = (last.pattern + 1, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

import HostSystem
import SystemPackage

/// The lines between Headgate's two marks in `<common>/info/exclude`.
///
/// Adding and then removing the block leaves the file byte for byte as it was: what had to be added around it is said in
/// the opening mark. The file need not be UTF-8: it is taken byte by byte, each as the character of that number.
public struct ExcludeBlock: Sendable {
    private let file: FilePath
    private static let opening = "# >>> headgate: kept out of Git by headgate, do not edit"
    private static let closing = "# <<< headgate\n"

    /// How the file was before the block came.
    private enum Before: String, CaseIterable {
        case complete = " >>>\n"
        case lineEndMissing = " (line end added above) >>>\n"
        case absent = " (file made) >>>\n"
    }

    public init(_ layout: RepositoryLayout) {
        file = layout.commonDirectory.appending("info").appending("exclude")
    }

    /// Returns the patterns in the block, in their order; empty when there is no block.
    public func patterns() throws -> [String] {
        guard let text = try read(), let found = Found(in: text) else { return [] }
        return found.lines.map { String(decoding: bytes($0), as: UTF8.self) }
    }

    /// Makes `paths`, relative to the top of a working tree, the content of the block; none removes it.
    ///
    /// A path is matched itself and with all that lies beneath it, whether it is a link, a file or a directory.
    public func set(_ paths: [FilePath]) throws {
        let lines = try paths.map { characters(Array(try excludePattern(for: $0).utf8)) }
        let text = try read()
        let found = text.flatMap { Found(in: $0) }
        if lines == found?.lines ?? [] { return }
        let (before, after, state) = surroundings(text, found)
        if lines.isEmpty {
            try restore(before + after, state)
        } else {
            let gap = state == .lineEndMissing ? "\n" : ""
            let block = Self.opening + state.rawValue + lines.map { $0 + "\n" }.joined() + Self.closing
            try FileSystem.makeDirectories(file.removingLastComponent())
            try FileSystem.replace(file, with: bytes(before + gap + block + after))
        }
    }

    private func read() throws -> String? {
        FileSystem.exists(file) ? characters(try FileSystem.readBytes(file)) : nil
    }

    private func surroundings(_ text: String?, _ found: Found?) -> (before: String, after: String, state: Before) {
        guard let text else { return ("", "", .absent) }
        guard let found else { return (text, "", text.isEmpty || text.utf8.last == 10 ? .complete : .lineEndMissing) }
        var before = found.before
        if found.state == .lineEndMissing, before.utf8.last == 10 { before.unicodeScalars.removeLast() }
        return (before, found.after, found.state)
    }

    private func restore(_ content: String, _ state: Before) throws {
        if state == .absent, content.isEmpty {
            try FileSystem.remove(file)
        } else {
            try FileSystem.replace(file, with: bytes(content))
        }
    }

    /// The block as it stands in a file.
    private struct Found {
        let before: String
        let after: String
        let lines: [String]
        let state: Before

        init?(in text: String) {
            guard let start = text.range(of: ExcludeBlock.opening) else { return nil }
            let rest = text[start.upperBound...]
            guard let state = Before.allCases.first(where: { rest.hasPrefix($0.rawValue) }),
                let end = rest.range(of: ExcludeBlock.closing)
            else { return nil }
            self.state = state
            before = String(text[..<start.lowerBound])
            after = String(rest[end.upperBound...])
            lines = rest[rest.index(rest.startIndex, offsetBy: state.rawValue.count)..<end.lowerBound]
                .split(separator: "\n").map(String.init)
        }
    }
}

private func characters(_ bytes: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: bytes.lazy.map { UnicodeScalar($0) })
    return String(text)
}

/// The other way round; the text holds no character above U+00FF.
private func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// The pattern that matches exactly `path`, relative to the top, and what lies beneath it. Source: `gitignore(5)`.
func excludePattern(for path: FilePath) throws -> String {
    guard !path.string.contains("\n"), !path.string.contains("\r") else {
        throw GitError.malformed(path, "Git cannot exclude a path with a line end in it")
    }
    var pattern = "/"
    for character in path.lexicallyNormalized().string {
        if "*?[\\".contains(character) { pattern.append("\\") }
        pattern.append(character)
    }
    if pattern.hasSuffix(" ") { pattern.insert("\\", at: pattern.index(before: pattern.endIndex)) }
    return pattern
}

extension String {
    /// The first place where `text` stands.
    fileprivate func range(of text: String) -> Range<Index>? { self[...].range(of: text) }
}

extension Substring {
    /// The first place where `text` stands, found by bytes.
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

import HostSystem
import SystemPackage

/// What the `config` file of a common directory says about how the repository is to be read.
///
/// Only `core.bare`, `core.worktree`, `core.repositoryFormatVersion`, `extensions.*` and whether a remote is a promisor are
/// taken, without includes: so does Git. Source: `read_repository_format` of setup.c.
public struct RepositoryFormat: Hashable, Sendable {
    public var version = 0
    public var isBare = false
    /// `core.worktree`, relative to the common directory.
    public var workTree: String?
    /// Whether objects may be missing because a remote promised them: the clone is partial.
    public var isPartial = false
    /// `extensions.*` with lower-case names.
    public var extensions: [String: String] = [:]

    public init() {}

    /// `sha1` or `sha256`.
    public var objectFormat: String { extensions["objectformat"]?.lowercased() ?? "sha1" }

    /// The length of an object id in hexadecimal digits.
    public var objectIDLength: Int { objectFormat == "sha256" ? 64 : 40 }

    /// The first extension that libgit2 cannot read with, in the order of the names; `nil` when it can read.
    public var unsupportedExtension: (name: String, value: String)? {
        let harmless: Set = ["noop", "partialclone", "worktreeconfig", "preciousobjects", "relativeworktrees"]
        return extensions.sorted { $0.key < $1.key }
            .first { name, value in
                switch name {
                case "objectformat": value.lowercased() != "sha1"
                case "refstorage": value.lowercased() != "files"
                default: !harmless.contains(name)
                }
            }
            .map { (name: $0.key, value: $0.value) }
    }

    init(readingConfigurationOf commonDirectory: FilePath) throws {
        let file = commonDirectory.appending("config")
        guard FileSystem.exists(file) else {
            self.init()
            return
        }
        self.init(parsing: String(decoding: try FileSystem.readBytes(file), as: UTF8.self))
    }

    /// Reads the lines of a config file; what is not understood is left to Git to complain about.
    init(parsing text: String) {
        var section = ""
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.trimmingPrefix { $0 == " " || $0 == "\t" }
            if line.first == "[" {
                guard let end = line.firstIndex(of: "]") else { continue }
                section = line[line.index(after: line.startIndex)..<end].lowercased()
                line = line[line.index(after: end)...].trimmingPrefix { $0 == " " || $0 == "\t" }
            }
            guard let first = line.first, first.isLetter else { continue }
            let parts = line.split(separator: "=", maxSplits: 1)
            let name = trimmedEnd(parts[0].split(whereSeparator: { "#;".contains($0) }).first ?? "").lowercased()
                .trimmingTabs()
            set(section, name, parts.count == 2 ? configurationValue(parts[1]) : nil)
        }
    }

    private mutating func set(_ section: String, _ name: String, _ value: String?) {
        switch (section, name) {
        case ("core", "bare"): isBare = isTrue(value)
        case ("core", "worktree"): workTree = value
        case ("core", "repositoryformatversion"): version = value.flatMap { Int($0) } ?? 0
        case ("extensions", _):
            extensions[name] = value ?? "true"
            isPartial = isPartial || name == "partialclone"
        case (_, "promisor") where section.hasPrefix("remote "): isPartial = isPartial || isTrue(value)
        default: break
        }
    }
}

private func isTrue(_ value: String?) -> Bool {
    guard let value else { return true }
    return ["true", "yes", "on"].contains(value.lowercased()) || (Int(value).map { $0 != 0 } ?? false)
}

/// Takes quotes, escapes and a comment out of a value. Source: `git-config(1)`, "Syntax".
private func configurationValue(_ text: Substring) -> String {
    var value = ""
    var kept = 0  // how much of `value` must stay when spaces at the end go
    var quoted = false
    var characters = text.drop { $0 == " " || $0 == "\t" }
    while let character = characters.popFirst() {
        switch character {
        case "\"":
            quoted.toggle()
            kept = value.count
        case "\\":
            guard let escaped = characters.popFirst() else { break }
            value.append(["n": "\n", "t": "\t", "b": "\u{8}"][escaped] ?? escaped)
            kept = value.count
        case "#" where !quoted, ";" where !quoted:
            characters = ""
        default:
            value.append(character)
            if quoted || !(character == " " || character == "\t" || character == "\r") { kept = value.count }
        }
    }
    return String(value.prefix(kept))
}

extension String {
    fileprivate func trimmingTabs() -> String {
        var text = self
        while text.last == "\t" || text.last == " " { text.removeLast() }
        return text
    }
}

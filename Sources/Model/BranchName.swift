/// The short name of a local branch, such as `feature/prices`.
///
/// A value of this type has passed Git's own rule for branch names, so code that receives one does not check again.
///
/// Source: `git-check-ref-format(1)`.
public struct BranchName: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// Makes a branch name, or returns `nil` when `text` breaks Git's rule.
    public init?(_ text: String) {
        guard isValidBranchName(text) else { return nil }
        rawValue = text
    }

    /// Takes the branch out of a full reference name such as `refs/heads/main`; `nil` for any other reference.
    public init?(reference: some StringProtocol) {
        let prefix = "refs/heads/"
        guard reference.utf8.starts(with: prefix.utf8) else { return nil }
        self.init(String(decoding: reference.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
    }

    /// The full reference name, such as `refs/heads/main`.
    public var reference: String { "refs/heads/" + rawValue }

    public var description: String { rawValue }

    /// By bytes, as Git does: `é` in one form and in the other are two branches, although Swift's strings are equal.
    public static func == (left: BranchName, right: BranchName) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }

    /// The directory name of the branch's environment: the branch name where it is already safe, else a
    /// transliteration with six digits of the hash of the full reference. The name itself never becomes a path.
    public var slug: String {
        if isSafeSlug(rawValue) { return rawValue }
        let safe = transliterated(rawValue, keeping: { $0 == "." || $0 == "_" || $0 == "-" }, filler: "-", limit: 57)
        return (safe.isEmpty ? "branch" : safe) + "-" + ContentHash(of: reference).prefix(6)
    }

    /// A name for schemas and databases: `[a-z][a-z0-9_]{0,39}`.
    public var identifier: String {
        if isSafeIdentifier(rawValue) { return rawValue }
        let safe = transliterated(rawValue, keeping: { $0 == "_" }, filler: "_", limit: 32)
        let start = safe.first.map { $0.isLetter } == true ? safe : "b" + safe
        return String(start.prefix(33)) + "_" + ContentHash(of: reference).prefix(6)
    }
}

extension BranchName: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = BranchName(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a branch name: \(text)")
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

private func isValidBranchName(_ text: String) -> Bool {
    guard !text.isEmpty, text != "@", text != "HEAD", !text.hasPrefix("-"), !text.hasSuffix("."), !text.hasSuffix("/"),
        !text.hasPrefix("/"), !text.contains("//"), !text.contains(".."), !text.contains("@{"),
        text.utf8.count <= 1000
    else { return false }
    let forbidden: Set<UInt8> = Set(" ~^:?*[\\".utf8)
    for byte in text.utf8 where byte < 32 || byte == 127 || forbidden.contains(byte) { return false }
    return text.split(separator: "/").allSatisfy { !$0.hasPrefix(".") && !$0.hasSuffix(".lock") }
}

private func isSafeSlug(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...64).contains(bytes.count), isLowercaseLetterOrDigit(bytes[0]) else { return false }
    return bytes.allSatisfy { isLowercaseLetterOrDigit($0) || ".-_".utf8.contains($0) }
}

private func isSafeIdentifier(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...40).contains(bytes.count), (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[0]) else {
        return false
    }
    return bytes.allSatisfy { isLowercaseLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
}

private func isLowercaseLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// Lower-cases ASCII, replaces every run of other characters by one `filler`, and trims fillers at both ends.
private func transliterated(
    _ text: String, keeping: (Character) -> Bool, filler: Character, limit: Int
) -> String {
    var result = ""
    for character in text.lowercased() {
        if character.isASCII, character.isLetter || character.isNumber || keeping(character) {
            result.append(character)
        } else if result.last != filler {
            result.append(filler)
        }
    }
    let trimmed = result.drop { !($0.isLetter || $0.isNumber) }.prefix(limit)
    return String(trimmed.reversed().drop { !($0.isLetter || $0.isNumber) }.reversed())
}

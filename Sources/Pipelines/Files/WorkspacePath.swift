import SystemPackage

/// A path relative to the workspace, byte by byte as the file system has it.
///
/// Not a `String`, because names on a disk need not be UTF-8, and because two names that differ only in their Unicode
/// normal form are two files and yet equal strings.
struct WorkspacePath: Hashable, Comparable, Sendable {
    /// Without a slash at either end; empty for the workspace itself.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    init(_ path: FilePath) {
        bytes = path.withPlatformString { start in
            Array(UnsafeRawBufferPointer(start: start, count: path.length))
        }
    }

    /// Reads a path as `headgate.yaml` writes it, without `./`, doubled slashes and a slash at the end.
    ///
    /// - Returns: `nil` for an absolute path, one with `..` or a NUL, and one in Git's or Headgate's own directory.
    init?(declared text: String) {
        if text.utf8.first == UInt8(ascii: "/") || text.utf8.contains(0) { return nil }
        let names = text.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        if names.contains(where: { $0.elementsEqual("..".utf8) }) { return nil }
        if let first = names.first, first.elementsEqual(".git".utf8) || first.elementsEqual(".headgate".utf8) {
            return nil
        }
        bytes = Array(names.joined(separator: "/".utf8))
    }

    var isRoot: Bool { bytes.isEmpty }

    var filePath: FilePath {
        var terminated = bytes.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return FilePath(platformString: terminated)
    }

    /// The path as text that differs for different paths: bytes that are not UTF-8, and the backslash, are written as
    /// `\xNN`.
    var text: String {
        if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(UInt8(ascii: "\\")) { return text }
        return escapedText
    }

    /// As `text`, with every byte outside ASCII escaped.
    var escapedText: String {
        var text = ""
        for byte in bytes {
            if byte < 0x80, byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }

    /// Reads what `text` returned.
    init(unescaping text: String) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        self.bytes = bytes
    }

    func appending(_ other: WorkspacePath) -> WorkspacePath {
        if isRoot { return other }
        return other.isRoot ? self : WorkspacePath(bytes: bytes + [UInt8(ascii: "/")] + other.bytes)
    }

    /// The directories above, nearest first, without the workspace itself.
    var ancestors: [WorkspacePath] {
        bytes.indices.reversed().lazy.filter { bytes[$0] == UInt8(ascii: "/") }
            .map { WorkspacePath(bytes: Array(bytes[..<$0])) }
    }

    /// Whether this is `other` or lies beneath it.
    func isAtOrBeneath(_ other: WorkspacePath) -> Bool {
        if other.isRoot { return true }
        guard bytes.count >= other.bytes.count, bytes.starts(with: other.bytes) else { return false }
        return bytes.count == other.bytes.count || bytes[other.bytes.count] == UInt8(ascii: "/")
    }

    /// The path relative to `other`, which this is or lies beneath.
    func relative(to other: WorkspacePath) -> WorkspacePath {
        if other.isRoot { return self }
        return WorkspacePath(bytes: Array(bytes.dropFirst(other.bytes.count + 1)))
    }

    /// Whether the last name ends in a point and letters or digits, one of them a letter: `clean.csv`, not `v1.2` or
    /// `.cache`.
    var hasExtension: Bool {
        let name = self.name
        guard let point = name.lastIndex(of: UInt8(ascii: ".")), point > 0 else { return false }
        let characters = name[(point + 1)...].map { Unicode.Scalar($0).properties }
        return characters.allSatisfy { $0.isAlphabetic || $0.numericType != nil }
            && characters.contains { $0.isAlphabetic }
    }

    /// Whether a name in the path is `.git`.
    var isInGitDirectory: Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start + 4 <= bytes.count {
                let end = start + 4
                if bytes[start] == UInt8(ascii: "."), bytes[start + 1] == UInt8(ascii: "g"),
                    bytes[start + 2] == UInt8(ascii: "i"), bytes[start + 3] == UInt8(ascii: "t"),
                    end == bytes.count || bytes[end] == UInt8(ascii: "/")
                {
                    return true
                }
                guard let slash = bytes[start...].firstIndex(of: UInt8(ascii: "/")) else { return false }
                start = slash + 1
            }
            return false
        }
    }

    func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    static func < (left: WorkspacePath, right: WorkspacePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension FilePath {
    /// This directory joined with a path beneath it.
    func appending(_ path: WorkspacePath) -> FilePath {
        if path.isRoot { return self }
        var joined = withPlatformString { Array(UnsafeBufferPointer(start: $0, count: length)) }
        joined.append(CChar(bitPattern: UInt8(ascii: "/")))
        joined.append(contentsOf: path.bytes.lazy.map { CChar(bitPattern: $0) })
        joined.append(0)
        return FilePath(platformString: joined)
    }
}

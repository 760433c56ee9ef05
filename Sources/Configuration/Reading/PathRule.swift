import Model

/// What a path in the configuration may be: relative to the root, inside it, not in Git's directory.
enum PathRule {
    /// Returns why `path` is not allowed, with a remedy; `nil` when it is.
    ///
    /// Placeholders must have been replaced, or be left in place to be looked at as plain letters.
    static func violation(in path: String) -> (reason: String, remedy: String?)? {
        let bytes = path.utf8
        guard let first = bytes.first else { return ("is empty", nil) }
        if bytes.contains(where: { $0 < 32 || $0 == 127 }) { return ("holds a control character", nil) }
        if bytes.count > 4096 { return ("is longer than 4096 bytes", nil) }
        if first == UInt8(ascii: "/") { return ("is absolute", "write it relative to the project's root") }
        if first == UInt8(ascii: "~") { return ("begins with `~`", "write it relative to the project's root") }
        var isSomewhere = false
        for part in bytes.split(separator: UInt8(ascii: "/")) {
            guard part.first == UInt8(ascii: ".") else {
                isSomewhere = true
                continue
            }
            let name = String(Substring(part))
            if name == ".." { return ("leaves its folder with `..`", "write it relative to the project's root") }
            if name.lowercased() == ".git" { return ("lies in a Git directory", nil) }
            if name != "." { isSomewhere = true }
        }
        return isSomewhere ? nil : ("is the whole project", "name a file or folder in it")
    }

    /// Why a step must not write at `path`, which has passed `violation(in:)` and is normalised; `nil` when it may.
    static func outputViolation(_ path: String) -> (reason: String, remedy: String?)? {
        let reason: String
        switch path.split(separator: "/").last {
        case "headgate.yaml" where path == "headgate.yaml", "headgate.local.yaml" where path == "headgate.local.yaml":
            reason = "is a configuration of Headgate"
        case ".gitattributes", ".gitmodules", ".gitignore": reason = "tells Git how to treat the project's files"
        default:
            guard contains(".headgate", path) else { return nil }
            reason = "lies in Headgate's own directory"
        }
        return (reason + ", which no step may write", "write elsewhere")
    }

    /// The path without `./`, doubled and closing slashes.
    static func normalized(_ path: String) -> String {
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        var previous = slash
        var isNormal = true
        for byte in path.utf8 {
            if previous == slash, byte == slash || byte == dot { isNormal = false }
            previous = byte
        }
        if isNormal, previous != slash { return path }
        return path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// Whether `path` is `folder` or lies in it.
    static func contains(_ folder: String, _ path: String) -> Bool {
        let (path, folder) = (path.utf8, folder.utf8)
        guard path.count >= folder.count, path.starts(with: folder) else { return false }
        return path.count == folder.count || path.dropFirst(folder.count).first == UInt8(ascii: "/")
    }

    /// Whether a place outside the project is written in a form that means one thing: absolute, or from home.
    static func isAbsoluteOrHome(_ path: String) -> Bool {
        (path.hasPrefix("/") || path.hasPrefix("~/") || path == "~") && !path.utf8.contains { $0 < 32 || $0 == 127 }
            && !path.split(separator: "/").contains("..")
    }
}

/// What names in the configuration may be.
enum NameRule {
    /// `[A-Za-z_][A-Za-z0-9_]*`, as variables, parameters, ports and axes need it; at most 64 bytes.
    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// `[A-Za-z0-9_][A-Za-z0-9_.-]*` at most 64 bytes, as steps, sources and the project need it: such a name is also a
    /// safe file name.
    static func isPlainName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        guard isLetter(first) || isDigit(first) || first == UInt8(ascii: "_") else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_.-".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

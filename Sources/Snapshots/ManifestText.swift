import HostSystem
import Model
import SystemPackage

/// Bytes of a manifest under construction. Paths end with a zero byte, which no path holds.
struct ByteText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func add(_ path: FilePath) {
        path.withPlatformString { name in
            var next = name
            while next.pointee != 0 {
                bytes.append(UInt8(bitPattern: next.pointee))
                next += 1
            }
        }
        bytes.append(0)
    }
}

extension ManifestEntry {
    var letter: String {
        switch kind {
        case .directory: "d"
        case .symbolicLink: "l"
        default: "f"
        }
    }
}

extension Manifest {
    /// The manifest as it stands in the store: a head of lines, an empty line, then one record per entry:
    ///
    ///     f <mode> <size> <modified> <changed> <inode> <hash or -> <path>NUL[<link target>NUL]
    ///
    /// Times are nanoseconds since 1970; names are the bytes that the file system has.
    var text: [UInt8] {
        var text = ByteText()
        text.add("headgate-manifest 1\n")
        text.add(
            "kind \(kind.rawValue)\nsingle-file \(isSingleFile)\ndatabase \(isDatabase)\npinned \(pinnedAt.nanoseconds)\n"
        )
        text.add("fingerprint \(fingerprint.hex)\nentries \(entries.count)\n\n")
        text.add(FilePath(source))
        text.add(FilePath(location))
        for entry in entries {
            text.add(entry.letter)
            text.add(" \(entry.mode) \(entry.size) \(entry.modified.nanoseconds) \(entry.changed.nanoseconds)")
            text.add(" \(entry.inode) ")
            text.add(entry.hash?.hex ?? "-")
            text.add(" ")
            text.add(entry.path)
            if let target = entry.target { text.add(target) }
        }
        return text.bytes
    }

    /// Reads what `text` wrote, or returns `nil` for anything else.
    init?(text bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.line() == "headgate-manifest 1",
            let kind = reader.field("kind").flatMap({ PinKind(rawValue: $0) }),
            let isSingleFile = reader.field("single-file").flatMap({ Bool($0) }),
            let isDatabase = reader.field("database").flatMap({ Bool($0) }),
            let pinned = reader.field("pinned").flatMap({ Int64($0) }),
            let fingerprint = reader.field("fingerprint").flatMap({ ContentHash(hex: $0) }),
            let count = reader.field("entries").flatMap({ Int($0) }), count >= 0, reader.line() == "",
            let source = reader.path(), let location = reader.path()
        else { return nil }
        self.init(
            source: source.string, kind: kind, location: location.string, isSingleFile: isSingleFile,
            isDatabase: isDatabase, pinnedAt: Timestamp(nanoseconds: pinned), fingerprint: fingerprint, entries: [])
        entries.reserveCapacity(min(count, bytes.count / 16))
        for _ in 0..<count {
            guard let entry = reader.entry() else { return nil }
            entries.append(entry)
        }
        guard reader.isAtEnd else { return nil }
    }
}

/// Reads a manifest byte by byte.
private struct ByteReader {
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { next == bytes.count }

    mutating func line() -> String? { text(until: UInt8(ascii: "\n")) }

    mutating func field(_ name: String) -> String? {
        guard let line = line(), line.hasPrefix(name + " ") else { return nil }
        return String(line.dropFirst(name.utf8.count + 1))
    }

    mutating func path() -> FilePath? {
        guard let end = bytes[next...].firstIndex(of: 0) else { return nil }
        defer { next = end + 1 }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress?.advanced(by: next).withMemoryRebound(to: CChar.self, capacity: end - next + 1) {
                FilePath(platformString: $0)
            }
        }
    }

    mutating func entry() -> ManifestEntry? {
        guard let letter = text(until: space), let mode = number(), let size = number(), let modified = number(),
            let changed = number(), let inode = number(), let hash = text(until: space), let path = path()
        else { return nil }
        let kind: FileStatus.Kind
        switch letter {
        case "f": kind = .file
        case "d": kind = .directory
        case "l": kind = .symbolicLink
        default: return nil
        }
        let status = FileStatus(
            kind: kind, inode: UInt64(bitPattern: inode), size: size, modified: Timestamp(nanoseconds: modified),
            changed: Timestamp(nanoseconds: changed), mode: UInt32(truncatingIfNeeded: mode))
        var entry = ManifestEntry(path: path, status)
        if hash != "-" {
            guard let known = ContentHash(hex: hash) else { return nil }
            entry.hash = known
        }
        if kind == .symbolicLink {
            guard let target = self.path() else { return nil }
            entry.target = target
        }
        return entry
    }

    private mutating func text(until end: UInt8) -> String? {
        guard let stop = bytes[next...].firstIndex(of: end) else { return nil }
        defer { next = stop + 1 }
        return String(decoding: bytes[next..<stop], as: UTF8.self)
    }

    /// Reads a decimal number and the space after it; inode numbers above `Int64.max` wrap around and back.
    private mutating func number() -> Int64? {
        var value: UInt64 = 0
        let isNegative = next < bytes.count && bytes[next] == UInt8(ascii: "-")
        if isNegative { next += 1 }
        let start = next
        while next < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[next]) {
            value = value &* 10 &+ UInt64(bytes[next] - UInt8(ascii: "0"))
            next += 1
        }
        guard next > start, next < bytes.count, bytes[next] == space else { return nil }
        next += 1
        return isNegative ? 0 &- Int64(bitPattern: value) : Int64(bitPattern: value)
    }
}

private let space = UInt8(ascii: " ")

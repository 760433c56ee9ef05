import HostSystem
import SystemPackage

/// What lies at the path of a hook.
enum HookFile {
    case absent
    /// Our program, of whatever version.
    case ours([UInt8], mode: UInt32)
    /// Somebody else's, and where it is to be kept.
    case other(keepAt: FilePath)

    init(at path: FilePath) throws {
        guard let status = try FileSystem.status(path) else {
            self = .absent
            return
        }
        let place = Self.place(for: path, startsWith: [])
        guard status.kind == .file || status.kind == .symbolicLink,
            let target = try FileSystem.status(path, followLinks: true), target.kind == .file, target.size < 16 << 20
        else {
            self = .other(keepAt: place)
            return
        }
        let bytes = try FileSystem.readBytes(path)
        let isOurs =
            status.kind == .file && bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46])  // "\u{7f}ELF"
            && contains(bytes, Array("headgate-chained".utf8))
        self = isOurs ? .ours(bytes, mode: status.mode) : .other(keepAt: Self.place(for: path, startsWith: bytes))
    }

    var isOurs: Bool { if case .ours = self { true } else { false } }

    /// The hook that is kept for `path`, or `nil`.
    static func chained(beside path: FilePath) -> FilePath? {
        [beside(path), beneath(path)].first { FileSystem.exists($0) }
    }

    /// Gives the hook at `path` its second name; the first goes when ours is renamed over it, so that there is never a
    /// moment without a hook.
    static func keep(_ path: FilePath, as place: FilePath) throws {
        if FileSystem.exists(place) { return }  // Done before a crash.
        try FileSystem.makeDirectories(place.removingLastComponent())
        let isBeneath = place.removingLastComponent() != path.removingLastComponent()
        if try FileSystem.requireStatus(path).kind == .symbolicLink {
            let target = try FileSystem.readLink(path)
            let moved = isBeneath && target.isRelative ? FilePath("..").pushing(target) : target
            try FileSystem.symbolicLink(at: place, to: moved)
        } else {
            try FileSystem.hardLink(at: place, to: path)
        }
        try FileSystem.syncDirectory(place.removingLastComponent())
    }

    /// Whether `place` is a second name of `path`: so it is after a crash between keeping a hook and installing ours.
    static func isSame(_ path: FilePath, _ place: FilePath) throws -> Bool {
        let (one, other) = (try FileSystem.status(path), try FileSystem.status(place))
        if one?.kind == .symbolicLink, other?.kind == .symbolicLink {
            return try FileSystem.canonical(path) == FileSystem.canonical(place)
        }
        return one != nil && one?.inode == other?.inode && one?.device == other?.device
    }

    /// Where a file of ours is kept that somebody has added to: beside those that were kept before, unless it is one of
    /// them, as after a crash.
    static func setAside(_ path: FilePath) throws -> FilePath {
        let name = (path.lastComponent?.string ?? "") + ".headgate-changed"
        var number = 1
        while true {
            let place = path.removingLastComponent().appending(number == 1 ? name : "\(name)-\(number)")
            if try FileSystem.status(place) == nil || isSame(path, place) { return place }
            number += 1
        }
    }

    /// Gives a file of ours that somebody has added to a second name; it is removed by the first only.
    static func keepForeignEnd(_ path: FilePath) throws {
        guard case .ours(let bytes, _) = try HookFile(at: path), hasForeignEnd(bytes) else { return }
        let place = try setAside(path)
        if FileSystem.exists(place) { return }
        try FileSystem.hardLink(at: place, to: path)
        try FileSystem.syncDirectory(path.removingLastComponent())
    }

    /// Whether something stands behind our program: a tool that appends a line to each hook does not know that it is none
    /// of a shell.
    ///
    /// Source: `elf(5)`; linkers put the table of sections at the end of the file.
    static func hasForeignEnd(_ bytes: [UInt8]) -> Bool {
        func number(at start: Int, bytes count: Int) -> UInt64 {
            bytes[start..<(start + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // A 64-bit little-endian file; of another kind nothing is known.
        guard bytes.count > 64, bytes[4] == 2, bytes[5] == 1 else { return false }
        let table = number(at: 0x28, bytes: 8)
        let (size, count) = (number(at: 0x3a, bytes: 2), number(at: 0x3c, bytes: 2))
        return table > 0 && table < UInt64(bytes.count) && UInt64(bytes.count) > table + size * count
    }

    /// Puts the kept hook back to `path`, over ours.
    static func putBack(_ place: FilePath?, to path: FilePath) throws {
        guard let place, FileSystem.exists(place) else { return }
        let directory = place.removingLastComponent()
        let isBeneath = directory != path.removingLastComponent()
        if isBeneath, try FileSystem.requireStatus(place).kind == .symbolicLink {
            let target = try FileSystem.readLink(place)
            let sibling = path.removingLastComponent().appending(".headgate-link")
            try FileSystem.remove(sibling)
            let original =
                target.isRelative
                ? FilePath(target.components.dropFirst().map(\.string).joined(separator: "/")) : target
            try FileSystem.symbolicLink(at: sibling, to: original)
            try FileSystem.rename(sibling, to: path)
            try FileSystem.remove(place)
        } else {
            try FileSystem.rename(place, to: path)
        }
        if isBeneath, try FileSystem.list(directory).isEmpty { try FileSystem.removeDirectory(directory) }
        try FileSystem.syncDirectory(path.removingLastComponent())
    }

    /// Beside, where `$(dirname "$0")` stays right; beneath, where the hook asks for its own file name.
    private static func place(for path: FilePath, startsWith bytes: [UInt8]) -> FilePath {
        let asksForName = ["basename", "##*/"].contains { contains(bytes, Array($0.utf8)) }
        return asksForName ? beneath(path) : beside(path)
    }

    private static func beside(_ path: FilePath) -> FilePath {
        path.removingLastComponent().appending((path.lastComponent?.string ?? "") + ".headgate-chained")
    }

    private static func beneath(_ path: FilePath) -> FilePath {
        // `pre-push.legacy` was kept under the name of its hook.
        let name = path.lastComponent?.string.split(separator: ".").first.map(String.init) ?? ""
        return path.removingLastComponent().appending("headgate-chained").appending(name)
    }
}

/// Whether `wanted` stands somewhere in `bytes`.
///
/// Source: R. N. Horspool, "Practical fast searching in strings": most of a program of a megabyte is skipped.
private func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
    let last = wanted.count - 1
    guard last >= 0, bytes.count > last else { return wanted.isEmpty }
    var skips = [Int](repeating: wanted.count, count: 256)
    for (index, byte) in wanted.dropLast().enumerated() { skips[Int(byte)] = last - index }
    return bytes.withUnsafeBufferPointer { bytes in
        var end = last
        while end < bytes.count {
            let byte = bytes[end]
            if byte == wanted[last], bytes[(end - last)...end].elementsEqual(wanted) { return true }
            end += skips[Int(byte)]
        }
        return false
    }
}

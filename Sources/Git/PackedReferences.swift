import Model

/// The references in the bytes of a `packed-refs` file.
///
/// Source: `git-pack-refs(1)`; the header that says whether it is sorted: git `refs/packed-backend.c`.
struct PackedReferences {
    let bytes: [UInt8]

    /// Returns the object that a full reference name leads to, or `nil` when it is not packed.
    ///
    /// Repositories with tens of thousands of branches are common: a sorted file is searched by halves.
    func value(of name: String) -> ObjectID? {
        bytes.withUnsafeBufferPointer { bytes in
            PackedLines(bytes: bytes).find(Array(name.utf8)) { $0.elementsEqual($1) }
                .flatMap { ObjectID(String(decoding: $0, as: UTF8.self)) }
        }
    }

    /// Whether a reference is packed whose full name begins with `prefix`.
    func hasAny(beneath prefix: String) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            PackedLines(bytes: bytes).find(Array(prefix.utf8)) { $0.starts(with: $1) } != nil
        }
    }
}

/// Lines `<id> <name>`; comments begin with `#`, the objects of tags, in the line after their tag, with `^`.
private struct PackedLines {
    let bytes: UnsafeBufferPointer<UInt8>

    /// Returns the id of a reference whose name is, or begins with, what is wanted, as `matches` says.
    func find(
        _ wanted: [UInt8], matches: (Slice<UnsafeBufferPointer<UInt8>>, [UInt8]) -> Bool
    ) -> Slice<UnsafeBufferPointer<UInt8>>? {
        isSorted ? search(wanted, matches) : scan(wanted, matches)
    }

    /// Whether the header promises the order of the names' bytes.
    private var isSorted: Bool {
        let header = bytes[..<end(of: 0)]
        guard header.starts(with: "# pack-refs with:".utf8) else { return false }
        return header.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual("sorted".utf8) }
    }

    private func scan(
        _ wanted: [UInt8], _ matches: (Slice<UnsafeBufferPointer<UInt8>>, [UInt8]) -> Bool
    ) -> Slice<UnsafeBufferPointer<UInt8>>? {
        var start = 0
        while start < bytes.count {
            let end = end(of: start)
            if let (digits, name) = reference(start, end), matches(name, wanted) { return digits }
            start = end + 1
        }
        return nil
    }

    private func search(
        _ wanted: [UInt8], _ matches: (Slice<UnsafeBufferPointer<UInt8>>, [UInt8]) -> Bool
    ) -> Slice<UnsafeBufferPointer<UInt8>>? {
        var low = 0
        var high = bytes.count
        while low < high {
            // The line that the middle lies in, or the first after it that holds a reference.
            var start = low + (high - low) / 2
            while start > low, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
            let first = start
            var end = end(of: start)
            var found = reference(start, end)
            while found == nil, end + 1 < high {
                start = end + 1
                end = self.end(of: start)
                found = reference(start, end)
            }
            guard let (digits, name) = found else {
                high = first
                continue
            }
            if matches(name, wanted) { return digits }
            if name.lexicographicallyPrecedes(wanted) { low = end + 1 } else { high = first }
        }
        return nil
    }

    private func end(of start: Int) -> Int {
        bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }

    /// The id and the name in a line; an id has 40 or 64 digits.
    private func reference(
        _ start: Int, _ end: Int
    ) -> (id: Slice<UnsafeBufferPointer<UInt8>>, name: Slice<UnsafeBufferPointer<UInt8>>)? {
        guard start < end, bytes[start] != UInt8(ascii: "#"), bytes[start] != UInt8(ascii: "^"),
            let space = bytes[start..<end].firstIndex(of: UInt8(ascii: " "))
        else { return nil }
        return (bytes[start..<space], bytes[(space + 1)..<end])
    }
}

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
        let wanted = Array(name.utf8)
        return bytes.withUnsafeBufferPointer { bytes in
            let lines = PackedLines(bytes: bytes)
            let digits = lines.isSorted ? lines.search(wanted) : lines.scan(wanted)
            return digits.flatMap { ObjectID(String(decoding: $0, as: UTF8.self)) }
        }
    }
}

/// Lines `<id> <name>`; comments begin with `#`, the objects of tags, in the line after their tag, with `^`.
private struct PackedLines {
    let bytes: UnsafeBufferPointer<UInt8>

    /// Whether the header promises the order of the names' bytes.
    var isSorted: Bool {
        let header = bytes[..<end(of: 0)]
        guard header.starts(with: "# pack-refs with:".utf8) else { return false }
        return header.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual("sorted".utf8) }
    }

    func scan(_ wanted: [UInt8]) -> Slice<UnsafeBufferPointer<UInt8>>? {
        var start = 0
        while start < bytes.count {
            let end = end(of: start)
            if let (digits, name) = reference(start, end), name.elementsEqual(wanted) { return digits }
            start = end + 1
        }
        return nil
    }

    func search(_ wanted: [UInt8]) -> Slice<UnsafeBufferPointer<UInt8>>? {
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
            if name.elementsEqual(wanted) { return digits }
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

/// Replaces byte strings by `***` in a stream that comes in chunks.
///
/// What may be the beginning of such a string is held back until the next chunk decides.
struct Redactor {
    /// The longest first, so that a secret which contains another is replaced as a whole.
    private let secrets: [[UInt8]]
    private var startsSecret = [Bool](repeating: false, count: 256)
    private var held: [UInt8] = []

    /// Returns `nil` when there is nothing to replace.
    init?(_ secrets: [[UInt8]]) {
        self.secrets = Set(secrets).filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        if self.secrets.isEmpty { return nil }
        for secret in self.secrets { startsSecret[Int(secret[0])] = true }
    }

    mutating func take(_ chunk: some Sequence<UInt8>) -> [UInt8] {
        held += chunk
        return replace(isEnd: false)
    }

    mutating func finish() -> [UInt8] {
        replace(isEnd: true)
    }

    private mutating func replace(isEnd: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(held.count)
        var position = 0
        while position < held.count {
            guard startsSecret[Int(held[position])] else {
                result.append(held[position])
                position += 1
                continue
            }
            let rest = held[position...]
            if !isEnd, secrets.contains(where: { $0.count > rest.count && $0.starts(with: rest) }) { break }
            if let secret = secrets.first(where: { rest.starts(with: $0) }) {
                result += "***".utf8
                position += secret.count
            } else {
                result.append(held[position])
                position += 1
            }
        }
        held.removeFirst(position)
        return result
    }
}

import FoundationEssentials
import Synchronization

/// The secrets that this process has read, in every form in which they must not be shown.
///
/// One book is shared by all that runs commands and all that prints, so that a value which was read once is shown
/// nowhere afterwards.
public final class Redactions: Sendable {
    private let secrets = Mutex<Set<String>>([])

    public init() {}

    /// Keeps `value` from being shown from now on.
    public func add(_ value: String) {
        _ = secrets.withLock { $0.insert(value) }
    }

    /// What is replaced by `***`, the longest first; empty when no secret was read.
    public var forms: [[UInt8]] {
        secrets.withLock { Redactions.forms(of: $0) }
    }

    /// Returns `text` with every form of every secret replaced by `***`.
    public func redact(_ text: String) -> String {
        let known = secrets.withLock { $0 }
        if known.isEmpty { return text }
        guard var redactor = Redactor(Redactions.forms(of: known)) else { return text }
        return String(decoding: redactor.take(text.utf8) + redactor.finish(), as: UTF8.self)
    }

    /// Returns what is to be replaced: each value as it is, each long line of it, in base64 wherever it begins there,
    /// and as it stands in JSON, in a URL and in a form.
    ///
    /// Values of fewer than four bytes would blot out half of a log and are left.
    public static func forms(of values: some Sequence<String>) -> [[UInt8]] {
        var found: Set<[UInt8]> = []
        for value in values where value.utf8.count >= 4 {
            let bytes = Array(value.utf8)
            found.insert(bytes)
            for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) where line.count >= 8 {
                found.insert(Array(line))
            }
            found.formUnion(base64Forms(bytes))
            found.insert(jsonEscaped(bytes))
            found.insert(percentEncoded(bytes, digits: "0123456789ABCDEF", space: "%20"))
            found.insert(percentEncoded(bytes, digits: "0123456789abcdef", space: "%20"))
            found.insert(percentEncoded(bytes, digits: "0123456789ABCDEF", space: "+"))
        }
        // The longest first, so that no part of a secret stands for the whole.
        return found.sorted { $0.count > $1.count }
    }

    /// The value in base64 as a whole, and the middle of it where it stands behind one or two other bytes, as a
    /// password does in `user:password`. Source: RFC 4648, 4: three bytes become four letters.
    private static func base64Forms(_ bytes: [UInt8]) -> Set<[UInt8]> {
        func encoded(_ bytes: [UInt8]) -> [UInt8] { Array(Data(bytes).base64EncodedString().utf8) }
        var forms: Set = [encoded(bytes)]
        for before in 0..<3 {
            let text = encoded([UInt8](repeating: 0, count: before) + bytes)
            // Letters that hold bits of what stands before or behind are not the secret's own.
            let start = before == 0 ? 0 : before + 1
            let end = (before + bytes.count) * 8 / 6
            if end - start >= 6 { forms.insert(Array(text[start..<end])) }
        }
        let plus = UInt8(ascii: "+")
        let slash = UInt8(ascii: "/")
        for form in forms where form.contains(plus) || form.contains(slash) {
            forms.insert(form.map { $0 == plus ? UInt8(ascii: "-") : $0 == slash ? UInt8(ascii: "_") : $0 })
        }
        return forms
    }

    /// Source: RFC 8259, 7.
    private static func jsonEscaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 10: Array("\\n".utf8)
            case 13: Array("\\r".utf8)
            case 9: Array("\\t".utf8)
            default: [byte]
            }
        }
    }

    /// Source: RFC 3986, 2.3, unreserved characters.
    private static func percentEncoded(_ bytes: [UInt8], digits: String, space: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [byte]
            case UInt8(ascii: " "): Array(space.utf8)
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}

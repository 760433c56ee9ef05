import Model

/// One line that Git gives to `reference-transaction` and `pre-receive`: a reference is about to change.
///
/// Source: `githooks(5)`.
public struct ReferenceUpdate: Hashable, Sendable {
    /// A side of the change.
    public enum Value: Hashable, Sendable {
        /// All zeros. As the old value: not looked at, or absent; as the new value: the reference goes.
        case none
        case object(ObjectID)
        /// `ref:<name>`, as Git 2.46 and newer say when a symbolic reference changes.
        case symbolic(String)

        init?(_ text: String) {
            if text.hasBytePrefix("ref:") {
                self = .symbolic(text.droppingBytePrefix("ref:"))
            } else if let id = ObjectID(text) {
                self = id.isZero ? .none : .object(id)
            } else {
                return nil
            }
        }

        /// The object, or `nil` for the other two.
        public var object: ObjectID? {
            if case .object(let id) = self { id } else { nil }
        }
    }

    public let old: Value
    public let new: Value
    /// The full name. Bytes that are not UTF-8 are replaced, so that such a name equals no real one.
    public let reference: String

    public init(old: Value, new: Value, reference: String) {
        self.old = old
        self.new = new
        self.reference = reference
    }

    /// Reads all lines of standard input.
    ///
    /// - Throws: `GitError.malformedUpdate` for a line of another shape, so that a gate can close.
    public static func parse(_ input: [UInt8]) throws(GitError) -> [ReferenceUpdate] {
        var updates: [ReferenceUpdate] = []
        for line in input.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count == 3, let old = Value(parts[0]), let new = Value(parts[1]), !parts[2].isEmpty,
                !parts[2].utf8.contains(where: { $0 <= 32 || $0 == 127 })
            else { throw .malformedUpdate(String(decoding: line.prefix(200), as: UTF8.self)) }
            updates.append(ReferenceUpdate(old: old, new: new, reference: parts[2]))
        }
        return updates
    }
}

/// One line that Git gives to `pre-push`.
///
/// Source: `githooks(5)`.
public struct PushLine: Hashable, Sendable {
    public let localReference: String
    /// `nil` when the remote's reference is to be deleted.
    public let localObject: ObjectID?
    public let remoteReference: String
    /// `nil` when the remote does not have the reference.
    public let remoteObject: ObjectID?

    /// Reads all lines of standard input.
    ///
    /// - Throws: `GitError.malformedUpdate` for a line of another shape.
    public static func parse(_ input: [UInt8]) throws(GitError) -> [PushLine] {
        var lines: [PushLine] = []
        for line in input.split(separator: UInt8(ascii: "\n")) {
            // A local name such as `HEAD~1` or `:/a subject` is what the user typed, and may hold blanks.
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
            guard parts.count >= 4, let local = ObjectID(parts[parts.count - 3]),
                let remote = ObjectID(parts[parts.count - 1])
            else { throw .malformedUpdate(String(decoding: line.prefix(200), as: UTF8.self)) }
            lines.append(
                PushLine(
                    localReference: parts[..<(parts.count - 3)].joined(separator: " "),
                    localObject: local.isZero ? nil : local, remoteReference: parts[parts.count - 2],
                    remoteObject: remote.isZero ? nil : remote))
        }
        return lines
    }
}

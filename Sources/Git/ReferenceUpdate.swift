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

        init?(_ text: Substring) {
            if text.hasPrefix("ref:") {
                self = .symbolic(String(text.dropFirst(4)))
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
            let text = String(decoding: line, as: UTF8.self)
            let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let old = Value(parts[0]), let new = Value(parts[1]), !parts[2].isEmpty,
                !parts[2].unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 })
            else { throw .malformedUpdate(String(text.prefix(200))) }
            updates.append(ReferenceUpdate(old: old, new: new, reference: String(parts[2])))
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
            let text = String(decoding: line, as: UTF8.self)
            // A local name such as `HEAD~1` or `:/a subject` is what the user typed, and may hold blanks.
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count >= 4, let local = ObjectID(parts[parts.count - 3]),
                let remote = ObjectID(parts[parts.count - 1])
            else { throw .malformedUpdate(String(text.prefix(200))) }
            lines.append(
                PushLine(
                    localReference: parts[..<(parts.count - 3)].joined(separator: " "),
                    localObject: local.isZero ? nil : local, remoteReference: String(parts[parts.count - 2]),
                    remoteObject: remote.isZero ? nil : remote))
        }
        return lines
    }
}

import Model

/// `headgate.adopt/1`.
public struct AdoptDocument: JSONDocument, Sendable {
    public static let noun = "adopt"

    public struct Adopted: Encodable, Sendable {
        public var id: String
        public var outputs: Int
        public var bytes: ByteCount

        public init(id: String, outputs: Int, bytes: ByteCount) {
            self.id = id
            self.outputs = outputs
            self.bytes = bytes
        }
    }

    public struct Left: Encodable, Sendable {
        public var id: String
        public var reason: String

        public init(id: String, reason: String) {
            self.id = id
            self.reason = reason
        }
    }

    public var adopted: [Adopted]
    public var left: [Left]
    public var outputs: Int
    public var bytes: ByteCount

    public init(adopted: [Adopted], left: [Left]) {
        self.adopted = adopted
        self.left = left
        outputs = adopted.reduce(0) { $0 + $1.outputs }
        bytes = ByteCount(adopted.reduce(0) { $0 + $1.bytes.bytes })
    }
}

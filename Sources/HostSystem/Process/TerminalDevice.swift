/// The terminal that a file descriptor leads to.
public struct TerminalDevice: Sendable, Hashable {
    public let descriptor: Int32

    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    public static let standardInput = TerminalDevice(descriptor: 0)
    public static let standardOutput = TerminalDevice(descriptor: 1)
    public static let standardError = TerminalDevice(descriptor: 2)

    public var isTerminal: Bool { false }

    /// The size in character cells, or `nil` when it is no terminal or does not say.
    public var size: (width: Int, height: Int)? { nil }

    /// The width in character cells, or `nil`.
    public var width: Int? { size?.width }
}

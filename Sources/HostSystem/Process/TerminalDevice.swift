import CHost
import Glibc

/// The terminal that a file descriptor leads to.
public struct TerminalDevice: Sendable, Hashable {
    public let descriptor: Int32

    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    public static let standardInput = TerminalDevice(descriptor: 0)
    public static let standardOutput = TerminalDevice(descriptor: 1)
    public static let standardError = TerminalDevice(descriptor: 2)

    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The size in character cells, or `nil` when it is no terminal or does not say.
    public var size: (width: Int, height: Int)? {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard chost_terminal_size(descriptor, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
        return (Int(columns), Int(rows))
    }

    /// The width in character cells, or `nil`.
    public var width: Int? { size?.width }

    /// The height in character cells, or `nil`.
    public var height: Int? { size?.height }
}

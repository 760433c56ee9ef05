/// Colours, or none: every message reads well without them.
public struct Style: Sendable, Hashable {
    public let isColoured: Bool

    public init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    public static let plain = Style(isColoured: false)

    /// Returns `text` in bold, where styles are shown; so do the others with their own look.
    public func bold(_ text: String) -> String { wrapped(text, "1") }
    public func dim(_ text: String) -> String { wrapped(text, "2") }
    public func red(_ text: String) -> String { wrapped(text, "31") }
    public func green(_ text: String) -> String { wrapped(text, "32") }
    public func yellow(_ text: String) -> String { wrapped(text, "33") }
    public func blue(_ text: String) -> String { wrapped(text, "34") }

    private func wrapped(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

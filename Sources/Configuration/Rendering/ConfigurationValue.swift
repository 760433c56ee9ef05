import Model

/// A piece of a rendered configuration: encodes as JSON, and prints as YAML with comments.
public indirect enum ConfigurationValue: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ConfigurationValue])
    /// In the order given.
    case map([Entry])

    /// One key of a map with its value.
    public struct Entry: Hashable, Sendable {
        public var key: String
        public var value: ConfigurationValue
        /// Where the value comes from; only in the YAML.
        public var comment: String?

        public init(_ key: String, _ value: ConfigurationValue, comment: String? = nil) {
            self.key = key
            self.value = value
            self.comment = comment
        }
    }
}

extension ConfigurationValue: Encodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .map(let entries):
            var container = encoder.container(keyedBy: Key.self)
            for entry in entries { try container.encode(entry.value, forKey: Key(stringValue: entry.key)) }
        case .list(let items):
            var container = encoder.unkeyedContainer()
            for item in items { try container.encode(item) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .boolean(let value): try container.encode(value)
            case .integer(let value): try container.encode(value)
            case .number(let value): try container.encode(value)
            case .text(let value): try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }
}

extension ConfigurationValue {
    init(_ value: ParameterValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .boolean(let value): self = .boolean(value)
        }
    }

    static func texts(_ texts: [String]) -> ConfigurationValue {
        .list(texts.map { .text($0) })
    }

    static func texts(_ texts: [String: String]) -> ConfigurationValue {
        .map(texts.sorted { $0.key < $1.key }.map { Entry($0.key, .text($0.value)) })
    }

    /// The value as YAML in block style, every line ended.
    var yaml: String {
        var lines: [String] = []
        write(into: &lines, indent: 0)
        return lines.joined(separator: "\n") + "\n"
    }

    private func write(into lines: inout [String], indent: Int) {
        let space = String(repeating: " ", count: indent)
        switch self {
        case .map(let entries) where !entries.isEmpty:
            for entry in entries {
                let comment = entry.comment.map { "  # \($0)" } ?? ""
                let key = YAMLText.scalar(entry.key)
                if let inline = entry.value.inline {
                    lines.append("\(space)\(key): \(inline)\(comment)")
                } else if case .text(let text) = entry.value {
                    lines.append("\(space)\(key): \(YAMLText.blockHeader(text))\(comment)")
                    lines += YAMLText.blockLines(text, indent: indent + 2)
                } else {
                    lines.append("\(space)\(key):\(comment)")
                    entry.value.write(into: &lines, indent: indent + 2)
                }
            }
        case .list(let items) where !items.isEmpty:
            for item in items {
                if let inline = item.inline {
                    lines.append("\(space)- \(inline)")
                } else {
                    var inner: [String] = []
                    item.write(into: &inner, indent: indent + 2)
                    if let first = inner.first { inner[0] = "\(space)- " + first.dropFirst(indent + 2) }
                    lines += inner
                }
            }
        default: lines.append(space + (inline ?? YAMLText.quoted(plainText)))
        }
    }

    private var plainText: String {
        if case .text(let text) = self { text } else { "" }
    }

    /// The value on one line; `nil` for maps, long lists, and text of several lines.
    private var inline: String? {
        switch self {
        case .null: return "null"
        case .boolean(let value): return String(value)
        case .integer(let value): return String(value)
        case .number(let value): return String(value)
        case .text(let text): return YAMLText.isBlock(text) ? nil : YAMLText.scalar(text)
        case .list(let items):
            if items.isEmpty { return "[]" }
            var parts: [String] = []
            for item in items {
                switch item {
                case .map, .list: return nil
                case .text(let text): parts.append(YAMLText.flowScalar(text))
                default: parts.append(item.inline ?? "")
                }
            }
            let line = "[" + parts.joined(separator: ", ") + "]"
            return line.utf8.count <= 100 ? line : nil
        case .map(let entries): return entries.isEmpty ? "{}" : nil
        }
    }
}

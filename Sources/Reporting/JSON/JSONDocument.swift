import FoundationEssentials

/// One of the documented answers of `--json`: an object that names its own schema.
public protocol JSONDocument: Encodable {
    /// The noun of `"schema": "headgate.<noun>/1"`.
    static var noun: String { get }
}

/// Writes a document as one JSON object with sorted keys, two spaces of indentation and a final newline.
public func renderJSON<Document: JSONDocument>(_ document: Document) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(Enveloped(document: document))
    return String(decoding: data, as: UTF8.self) + "\n"
}

/// Writes a document as one line.
public func renderJSONLine<Document: JSONDocument>(_ document: Document) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Enveloped(document: document)), as: UTF8.self) + "\n"
}

private struct Enveloped<Document: JSONDocument>: Encodable {
    let document: Document

    private enum CodingKeys: String, CodingKey { case schema }

    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("headgate.\(Document.noun)/1", forKey: .schema)
    }
}

/// A value that is written as `null` when absent, where the shape promises the key.
@propertyWrapper
public struct OrNull<Value: Encodable>: Encodable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension OrNull: Sendable where Value: Sendable {}

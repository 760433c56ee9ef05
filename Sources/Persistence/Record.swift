import FoundationEssentials
import GRDB
import Model

/// A recorded value that does not read as it was written.
struct RecordError: Error, CustomStringConvertible {
    let table: String
    let value: String

    var description: String { "the table `\(table)` holds an unreadable \(value)" }
}

/// Returns `value`, or says which recorded value cannot be read.
func required<Value>(_ value: Value?, _ name: String, in table: String) throws -> Value {
    guard let value else { throw RecordError(table: table, value: name) }
    return value
}

/// Returns the JSON text of a record, with its keys in order.
func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Reads the JSON text of a record.
func fromJSON<Value: Decodable>(_ type: Value.Type, _ text: String, in table: String) throws -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
        throw RecordError(table: table, value: "\(type)")
    }
}

/// Returns `count` question marks for a list of arguments.
func placeholders(_ count: Int) -> String {
    Array(repeating: "?", count: count).joined(separator: ",")
}

extension Array {
    /// Cuts the array into pieces of at most `size`, because a statement takes 32,766 arguments at most.
    ///
    /// Source: <https://sqlite.org/limits.html>, SQLITE_MAX_VARIABLE_NUMBER.
    func pieces(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}

extension Statement {
    /// Runs the statement without counting its arguments, for thousands of rows of one shape.
    func executeUnchecked(_ arguments: StatementArguments) throws {
        setUncheckedArguments(arguments)
        try execute()
    }
}

/// The value of a parameter or of one matrix combination, typed as it was written.
public enum ParameterValue: Hashable, Sendable, Codable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)

    /// The value as a step's command sees it; numbers without a needless fraction, booleans as `true` and `false`.
    public var text: String {
        switch self {
        case .string(let value): value
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .boolean(let value): String(value)
        }
    }

    public var type: ParameterType {
        switch self {
        case .string: .string
        case .integer: .integer
        case .number: .number
        case .boolean: .boolean
        }
    }
}

/// The type of a parameter, taken from its default or named by `type:`.
public enum ParameterType: String, Hashable, Sendable, Codable {
    case string, integer, number, boolean

    /// Reads `text` as a value of this type, or returns `nil` where it is none.
    public func value(from text: String) -> ParameterValue? {
        switch self {
        case .string: .string(text)
        case .integer: Int(text).map(ParameterValue.integer)
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .boolean: ["true": true, "false": false][text].map(ParameterValue.boolean)
        }
    }
}

/// A parameter as `params:` declares it.
public struct Parameter: Hashable, Sendable, Codable {
    public var type: ParameterType
    public var defaultValue: ParameterValue
    public var minimum: NumericBound?
    public var maximum: NumericBound?
    /// The only values allowed; `nil` allows every value of the type.
    public var oneOf: [ParameterValue]?

    public init(
        type: ParameterType, defaultValue: ParameterValue, minimum: NumericBound? = nil, maximum: NumericBound? = nil,
        oneOf: [ParameterValue]? = nil
    ) {
        self.type = type
        self.defaultValue = defaultValue
        self.minimum = minimum
        self.maximum = maximum
        self.oneOf = oneOf
    }
}

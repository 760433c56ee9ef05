import Model

/// Whether a value fits a parameter's declaration.
enum ParameterRule {
    struct Misfit: Error {
        /// Continues a sentence that begins with the parameter.
        var message: String
        var suggestion: String?
    }

    /// Returns `value` in the parameter's type, or why it does not fit.
    static func fit(_ value: ParameterValue, to parameter: Parameter) -> Result<ParameterValue, Misfit> {
        let typed: ParameterValue
        switch (parameter.type, value) {
        case (.number, .integer(let integer)): typed = .number(Double(integer))
        case (let type, let value) where type == value.type: typed = value
        default:
            let isText = parameter.type == .string
            return .failure(
                Misfit(
                    message: "must be \(parameter.type.withArticle), not `\(value.text)`",
                    suggestion: isText ? "write \"\(value.text)\" if it is meant as text" : nil))
        }
        if let number = typed.number {
            if let minimum = parameter.minimum, number < minimum {
                return .failure(
                    Misfit(message: "must be at least \(minimum.text), not \(typed.text)", suggestion: nil))
            }
            if let maximum = parameter.maximum, number > maximum {
                return .failure(
                    Misfit(message: "must be at most \(maximum.text), not \(typed.text)", suggestion: nil))
            }
        }
        if let allowed = parameter.oneOf, !allowed.contains(typed) {
            let words = allowed.map(\.text)
            let suggestion = Spelling.suggestion(for: typed.text, among: words)
            return .failure(
                Misfit(message: "must be \(alternatives(words)), not `\(typed.text)`", suggestion: suggestion))
        }
        return .success(typed)
    }
}

extension ParameterType {
    var withArticle: String {
        switch self {
        case .string: "text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "`true` or `false`"
        }
    }
}

extension ParameterValue {
    /// To be compared with bounds; a whole number loses no digit.
    var number: NumericBound? {
        switch self {
        case .integer(let value): .whole(Int128(value))
        case .number(let value): NumericBound(value)
        default: nil
        }
    }
}

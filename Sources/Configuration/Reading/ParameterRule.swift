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
                    Misfit(message: "must be at least \(plain(minimum)), not \(typed.text)", suggestion: nil))
            }
            if let maximum = parameter.maximum, number > maximum {
                return .failure(
                    Misfit(message: "must be at most \(plain(maximum)), not \(typed.text)", suggestion: nil))
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
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

/// `0.1`, and `3` for 3.0.
func plain(_ number: Double) -> String {
    let text = String(number)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

import Model

/// Changes the text of one test.
struct TestEdit {
    private let place: TestPlace
    private let file: String
    private var text: EditableText

    init(place: TestPlace, text: String, file: String) {
        self.place = place
        self.file = file
        self.text = EditableText(text)
    }

    var result: String { text.result }

    /// A problem that names the line to edit by hand.
    func byHand(_ reason: String, at node: YAMLNode? = nil) -> ConfigurationError {
        let start = (node ?? place.item).start
        return ConfigurationError(
            ConfigurationProblem(
                file: file, line: start.line, column: start.column,
                message: "the test `\(place.test.identity)` cannot be edited safely: \(reason)",
                suggestion: "edit line \(start.line) by hand"))
    }

    /// Makes the edit in the text and returns the check as it should read afterwards.
    mutating func make(_ edit: Proposal.Edit) throws(ConfigurationError) -> Check {
        switch (edit, place.test.check) {
        case (.acceptValues(let values), .acceptedValues(let column, let present)):
            return .acceptedValues(column: column, values: try accept(values, after: present))
        case (.widen(let low, let high), .range(let column, let minimum, let maximum)):
            return .range(
                column: column, minimum: try widen("min", minimum, to: low, isLower: true),
                maximum: try widen("max", maximum, to: high, isLower: false))
        case (.widen(let low, let high), .length(let column, let minimum, let maximum)):
            return .length(
                column: column, minimum: try widen("min", minimum, low, true),
                maximum: try widen("max", maximum, high, false))
        case (.widen(let low, let high), .rowCount(let minimum, let maximum, let equals)) where equals == nil:
            return .rowCount(
                minimum: try widen("min", minimum, low, true), maximum: try widen("max", maximum, high, false),
                equals: nil)
        case (.addColumns(let columns), .schema(let present, let extra)):
            return .schema(columns: try add(columns, to: present), extraColumns: extra)
        default: throw byHand("the proposal does not fit a test of this kind")
        }
    }

    // MARK: - Values

    private mutating func accept(
        _ values: [String], after present: [ParameterValue]
    ) throws(ConfigurationError) -> [ParameterValue] {
        guard let node = place.arguments?["values"], let items = node.items, let last = items.last else {
            throw byHand("its values are not a list")
        }
        let isText = present.contains { if case .string = $0 { true } else { false } }
        let missing = values.filter { value in !present.contains { $0.text == value } }
        let added = missing.map { isText ? ParameterValue.string($0) : typed($0, like: present) }
        guard !added.isEmpty else { return present }
        if node.isFlow {
            let list = added.map { ", " + written($0, inFlow: true) }.joined()
            guard text.insert(list, at: last.end) else {
                throw byHand("its list is written in an unusual way", at: node)
            }
        } else {
            guard last.start.line == last.end.line else { throw byHand("its last value spans lines", at: last) }
            let lines = added.map { "- " + written($0, inFlow: false) }
            try insert(lines, below: last.end.line, column: node.start.column, node)
        }
        return present + added
    }

    /// `text` in the type of the values there, where it is such a value.
    private func typed(_ text: String, like present: [ParameterValue]) -> ParameterValue {
        let types: [ParameterType] = [.boolean, .integer, .number]
        for type in types where present.contains(where: { $0.type == type }) {
            if let value = type.value(from: text), value.text == text { return value }
        }
        return .string(text)
    }

    private func written(_ value: ParameterValue, inFlow: Bool) -> String {
        guard case .string(let text) = value else { return value.text }
        return inFlow ? YAMLText.flowScalar(text) : YAMLText.scalar(text)
    }

    // MARK: - Bounds

    private mutating func widen(
        _ key: String, _ present: Int?, _ bound: NumericBound?, _ isLower: Bool
    ) throws(ConfigurationError) -> Int? {
        var rounded = bound
        if case .fraction(let number) = bound { rounded = NumericBound(number.rounded(isLower ? .down : .up)) }
        let widened = try widen(key, present.map { .whole(Int128($0)) }, to: rounded, isLower: isLower)
        guard case .whole(let number) = widened else { return nil }
        return Int(exactly: number)
    }

    private mutating func widen(
        _ key: String, _ present: NumericBound?, to bound: NumericBound?, isLower: Bool
    ) throws(ConfigurationError) -> NumericBound? {
        guard let bound else { return present }
        guard bound.value.isFinite else { throw byHand("the new bound is no number") }
        guard let present else { throw byHand("it has no `\(key)` that could move") }
        guard isLower ? bound < present : bound > present else {
            if bound == present { return present }
            throw byHand("`\(key)` would become stricter, not wider")
        }
        guard let node = place.arguments?[key], node.start.line == node.end.line else {
            throw byHand("its `\(key)` is not written where it can be changed")
        }
        guard text.replace(from: node.start, to: node.end, with: bound.text) else {
            throw byHand("its `\(key)` is written in an unusual way", at: node)
        }
        return bound
    }

    // MARK: - Columns

    private mutating func add(_ columns: [ColumnType], to present: [ColumnType]) throws(ConfigurationError)
        -> [ColumnType]
    {
        guard let node = place.arguments?["columns"], let entries = node.entries, let last = entries.last else {
            throw byHand("its columns are not a map")
        }
        let missing = columns.filter { column in !present.contains { $0.name == column.name } }
        guard !missing.isEmpty else { return present }
        if node.isFlow {
            let list = missing.map { ", \(YAMLText.flowScalar($0.name)): \(YAMLText.flowScalar($0.type))" }.joined()
            guard text.insert(list, at: last.value.end) else {
                throw byHand("its columns are written in an unusual way", at: node)
            }
        } else {
            guard last.value.start.line == last.value.end.line else {
                throw byHand("its last column spans lines", at: last.value)
            }
            let lines = missing.map { "\(YAMLText.scalar($0.name)): \(YAMLText.scalar($0.type))" }
            try insert(lines, below: last.value.end.line, column: entries[0].keyPlace.column, node)
        }
        return present + missing
    }

    private mutating func insert(_ lines: [String], below line: Int, column: Int, _ node: YAMLNode)
        throws(ConfigurationError)
    {
        let indent = String(repeating: " ", count: column - 1)
        guard text.insert(lines: lines.map { indent + $0 }, below: line) else {
            throw byHand("its lines end in an unusual way", at: node)
        }
    }
}

import Model

/// The edit of `headgate.yaml` that a failing test suggests. Pure.
enum Proposals {
    /// More unlisted values than this say that the list is the wrong test, and are not proposed.
    static let mostValues = 50

    /// Returns `nil` where no edit makes sense, or where it would show what the test masks.
    static func proposal(
        for test: DataTest, id: String, _ compiled: CompiledTest, _ found: Measurement
    ) -> Proposal? {
        guard compiled.columns.allSatisfy({ !compiled.mask.contains($0.index) }) else { return nil }
        switch test.check {
        case .acceptedValues(let column, _):
            let values = found.values.map(\.text).sorted()
            guard !values.isEmpty, values.count <= mostValues else { return nil }
            return Proposal(
                test: id, edit: .acceptValues(values),
                summary: "accept \(values.map { "`\($0)`" }.joined(separator: ", ")) for \(column)")
        case .range(let column, let minimum, let maximum):
            return widening(id, column, minimum, maximum, found)
        case .length(let column, let minimum, let maximum):
            return widening(
                id, "the length of \(column)", minimum.map { .whole(Int128($0)) }, maximum.map { .whole(Int128($0)) },
                found)
        case .rowCount(let minimum, let maximum, nil):
            var measurement = found
            measurement.details = ["least": String(found.rows), "greatest": String(found.rows)]
            return widening(
                id, "the number of rows", minimum.map { .whole(Int128($0)) }, maximum.map { .whole(Int128($0)) },
                measurement)
        case .schema(let columns, false):
            let added = SchemaCheck(expected: columns, table: compiled.table).proposedColumns(found)
            guard !added.isEmpty else { return nil }
            let names = added.map { "`\($0.name)` (\($0.type))" }.joined(separator: ", ")
            return Proposal(
                test: id, edit: .addColumns(added), summary: "add \(counted(added.count, "column")): \(names)")
        default:
            return nil
        }
    }

    private static func widening(
        _ id: String, _ what: String, _ minimum: NumericBound?, _ maximum: NumericBound?, _ found: Measurement
    ) -> Proposal? {
        let lower = minimum.flatMap { bound in found.bound("least").flatMap { $0 < bound ? $0 : nil } }
        let upper = maximum.flatMap { bound in found.bound("greatest").flatMap { $0 > bound ? $0 : nil } }
        let moves = [lower.map { "min \($0.text)" }, upper.map { "max \($0.text)" }].compactMap { $0 }
        guard !moves.isEmpty else { return nil }
        return Proposal(
            test: id, edit: .widen(minimum: lower, maximum: upper),
            summary: "allow \(what) \(moves.joined(separator: " and "))")
    }
}

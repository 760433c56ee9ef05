import Model

/// `headgate.error/1`: printed on stdout when a command with `--json` fails before its own shape.
public struct ErrorDocument: JSONDocument, Sendable {
    public static let noun = "error"

    public var problem: String
    @OrNull public var reason: String?
    @OrNull public var remedy: String?
    public var exit: Int32

    public init(_ diagnosis: Diagnosis, exit: ExitStatus) {
        problem = diagnosis.problem
        _reason = OrNull(wrappedValue: diagnosis.reason)
        _remedy = OrNull(wrappedValue: diagnosis.remedy)
        self.exit = exit.rawValue
    }
}

/// What a data test is about.
public enum TestSubject: Hashable, Sendable, Codable, CustomStringConvertible {
    case source(String)
    /// A resolved step's id, such as `train[seed=2]`.
    case step(String)

    /// `source:flights` or the step's id.
    public var description: String {
        switch self {
        case .source(let name): "source:" + name
        case .step(let id): id
        }
    }
}

/// How a data test ended.
public enum TestOutcome: String, Hashable, Sendable, Codable {
    case passed
    /// The condition does not hold, at the result's severity.
    case failed
    /// It could not run (missing file, bad SQL, engine missing): always as serious as an error.
    case broken
    case skipped
}

/// What a failure is against the base branch's last verdict.
public enum TestBaseline: String, Hashable, Sendable, Codable {
    case new, existing, fixed
}

/// What one data test found.
public struct TestResult: Hashable, Sendable, Codable {
    /// `<subject>/<identity>`, stable while the test stands.
    public var id: String
    public var subject: TestSubject
    public var check: Check.Name
    /// The severity at which it failed, or at which it would have.
    public var severity: Severity
    public var outcome: TestOutcome
    /// The measured value, recorded also when the test passes; `nil` when it could not be measured. For row tests it
    /// is the number of failing rows.
    public var value: Double?
    /// How many rows fail; `nil` for tests that are not about rows.
    public var failingRows: Int?
    /// One sentence for people.
    public var message: String
    public var baseline: TestBaseline?
    /// The committed exception that holds for this failure today; `nil` where there is none or it lapsed.
    public var waiver: Waiver?
    /// The change of `headgate.yaml` that the data suggests, where there is one.
    public var proposal: Proposal?
    /// The first failing rows, never stored in verdicts or notes.
    public var sample: RowSample?
    public var seconds: Double
    /// Hash of the definition and of all data it read; a result is reused for an equal key. `nil`: never reused.
    public var key: ContentHash?
    /// Whether an earlier result stood for looking at the data again; not part of the record.
    public var isReused = false

    private enum CodingKeys: String, CodingKey {
        case id, subject, check, severity, outcome, value, failingRows, message, baseline, proposal, sample, seconds,
            key
    }

    public init(
        id: String, subject: TestSubject, check: Check.Name, severity: Severity, outcome: TestOutcome,
        value: Double? = nil,
        failingRows: Int? = nil, message: String, baseline: TestBaseline? = nil, proposal: Proposal? = nil,
        sample: RowSample? = nil, seconds: Double = 0, key: ContentHash? = nil, waiver: Waiver? = nil
    ) {
        self.id = id
        self.subject = subject
        self.check = check
        self.severity = severity
        self.outcome = outcome
        self.value = value
        self.failingRows = failingRows
        self.message = message
        self.baseline = baseline
        self.proposal = proposal
        self.sample = sample
        self.seconds = seconds
        self.key = key
        self.waiver = waiver
    }

    /// Whether dependent steps must not run: broken, or failed as an error without a waiver.
    public var stopsTheLine: Bool {
        outcome == .broken || (outcome == .failed && severity == .error && waiver == nil)
    }
}

/// Some rows of a table as text, for people.
public struct RowSample: Hashable, Sendable, Codable {
    public var columns: [String]
    /// One array per row, as long as `columns`; `nil` is a null cell.
    public var rows: [[String?]]

    public init(columns: [String], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }
}

/// An edit of `headgate.yaml` that `headgate test accept ID` makes.
public struct Proposal: Hashable, Sendable, Codable {
    /// The change itself.
    public enum Edit: Hashable, Sendable, Codable {
        /// Add these to the `values` of an `accepted_values` test.
        case acceptValues([String])
        /// Move a bound of a `range`, `length` or `row_count` test; `nil` leaves that bound.
        case widen(minimum: NumericBound?, maximum: NumericBound?)
        /// Add columns to a `schema` test.
        case addColumns([ColumnType])
    }

    /// Short and stable: eight hexadecimal digits of the hash of the test's id and the edit.
    public var id: String
    public var test: String
    public var edit: Edit
    /// One sentence for people.
    public var summary: String

    public init(test: String, edit: Edit, summary: String) {
        var hasher = FieldHasher(domain: "proposal")
        hasher.add("test", test)
        hasher.add("summary", summary)
        self.id = hasher.finish().prefix(8)
        self.test = test
        self.edit = edit
        self.summary = summary
    }
}

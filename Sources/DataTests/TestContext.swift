import Model
import SystemPackage

/// What the tests of one subject may look at, and what they may use.
public struct TestContext: Sendable {
    /// Where a table named in `headgate.yaml` lies: a path in the workspace, or in the real data of a source; `nil`
    /// where the path leaves them. Whether anything is there is looked at afterwards.
    public var resolve: @Sendable (String) -> FilePath?
    /// The subject's own tables, written as in `headgate.yaml`: a source's path, or a step's outputs.
    public var subjectTables: [String]
    /// Other outputs and sources, for `relationships` and `sql`.
    public var tables: [NamedTable]
    /// The cell texts that are null in the subject's CSV.
    public var nulls: [String]
    /// The hash of a table's file; `nil` where it is unknown, and then no result that read it is reused.
    public var contentKey: @Sendable (FilePath) async -> ContentHash?
    /// A result recorded earlier under this key.
    public var previous: @Sendable (ContentHash) async -> TestResult?
    /// An existing directory for the engine's overflow; must not be shared by two runs at once.
    public var temporaryDirectory: FilePath
    public var threads: Int
    /// The engine's memory; what does not fit goes to `temporaryDirectory`.
    public var memoryLimit: ByteCount
    /// After this time the engine is ended, and the tests that it left open are broken; `nil` for no limit.
    public var timeLimit: TimeSpan?
    /// The moment against which the age of data is held.
    public var now: Timestamp
    /// When the newest of the subject's data was made, beside what its columns say.
    public var newest: @Sendable () -> NewestData
    /// `YYYY-MM-DD`, against which a waiver's last day is held.
    public var today: String
    /// The variables of the engine's process: none of the caller's are needed.
    public var variables: [String: String]

    public init(
        resolve: @escaping @Sendable (String) -> FilePath?, subjectTables: [String], tables: [NamedTable] = [],
        nulls: [String] = [""], contentKey: @escaping @Sendable (FilePath) async -> ContentHash? = { _ in nil },
        previous: @escaping @Sendable (ContentHash) async -> TestResult? = { _ in nil },
        temporaryDirectory: FilePath, threads: Int = 2, memoryLimit: ByteCount = ByteCount(2_000_000_000),
        timeLimit: TimeSpan? = nil, now: Timestamp,
        newest: @escaping @Sendable () -> NewestData = { .unknown("its age is not known") }, today: String,
        variables: [String: String] = [:]
    ) {
        self.resolve = resolve
        self.subjectTables = subjectTables
        self.tables = tables
        self.nulls = nulls
        self.contentKey = contentKey
        self.previous = previous
        self.temporaryDirectory = temporaryDirectory
        self.threads = threads
        self.memoryLimit = memoryLimit
        self.timeLimit = timeLimit
        self.now = now
        self.newest = newest
        self.today = today
        self.variables = variables
    }
}

/// When the newest part of some data was made.
public enum NewestData: Hashable, Sendable {
    case moment(Timestamp)
    /// It cannot be known: why, for people.
    case unknown(String)
}

/// A table that other tables' tests may name: a step's output by its file stem, or a source by its name.
public struct NamedTable: Hashable, Sendable {
    public var name: String
    /// As in `headgate.yaml`; a file, a glob, a directory of files, or `database:table`.
    public var path: String
    /// The cell texts that are null in its CSV.
    public var nulls: [String]

    public init(name: String, path: String, nulls: [String] = [""]) {
        self.name = name
        self.path = path
        self.nulls = nulls
    }
}

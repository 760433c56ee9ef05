import Model
import SystemPackage

/// Why a source could not be pinned, or a pin not put in place.
public enum SnapshotError: DiagnosableError, Equatable {
    case locationMissing(source: String, FilePath)
    /// The directory holds nothing, as an unmounted disk does.
    case locationEmpty(source: String, FilePath)
    case locationUnreadable(source: String, FilePath, Errno)
    /// The store lies in the location, or the location in the store: a copy would hold itself.
    case locationHoldsStore(source: String, FilePath, store: FilePath)
    /// Links lead back to themselves.
    case locationLoops(source: String, FilePath)
    /// A file stands where a directory was pinned before, or the other way round.
    case locationKindChanged(source: String, FilePath, wasFile: Bool)
    /// The path of the location is not UTF-8, so that it cannot be recorded.
    case locationNotText(source: String, FilePath)
    /// A socket, device or pipe among the data.
    case unsupportedFile(source: String, FilePath, kind: String)
    /// Every copy was outrun by a writer.
    case keepsChanging(source: String, FilePath, tries: Int)
    /// A file of a pin in place is no longer what was pinned.
    case changedSincePinned(source: String, FilePath, pinned: Timestamp)
    /// The kind of pin that the configuration names cannot be had here.
    case kindImpossible(source: String, PinKind, reason: String)
    /// Copying was not asked for and is over the limit.
    case tooLargeToCopy(source: String, FilePath, files: Int, bytes: Int64, limit: Int64, seconds: Double)
    case notEnoughSpace(source: String, needed: Int64, free: Int64, FilePath)
    /// The environment's own copy of a writable source does not fit beside the pin.
    case noRoomForCopy(source: String, needed: Int64, free: Int64, FilePath)
    /// Another process has the database open for writing.
    case databaseInUse(source: String, FilePath, process: Int32?, command: String?)
    /// The file is something else than the kind of source says.
    case notDatabase(source: String, FilePath, String)
    /// The database's own program could not work with it.
    case databaseRefused(source: String, FilePath, detail: String)
    case programMissing(source: String, String)
    /// Sources of this kind cannot be pinned yet.
    case kindNotAvailable(source: String, Source.Kind)
    /// Something else stands where the source should appear; `found` is one path in it.
    case inTheWay(source: String, FilePath, found: FilePath)
    /// A link stands on the way to the source's path.
    case leavesWorkspace(source: String, path: String, at: FilePath)
    /// The store has no such data snapshot, or half of one.
    case snapshotMissing(pin: String, FilePath)
    case manifestDamaged(FilePath)
    /// Data that is known by its hashes came with others.
    case contentDiffers(source: String, FilePath)
    /// Only data snapshots of this store are deleted.
    case notInStore(String)
    /// Another process builds or deletes, and did not finish in time.
    case storeBusy(FilePath)

    public var lacksSpace: Bool {
        switch self {
        case .notEnoughSpace, .noRoomForCopy: true
        default: false
        }
    }

    public var exitStatus: ExitStatus {
        switch self {
        case .locationMissing, .locationEmpty, .locationHoldsStore, .locationLoops, .locationKindChanged,
            .locationNotText,
            .kindImpossible, .tooLargeToCopy, .kindNotAvailable, .leavesWorkspace, .notDatabase, .programMissing:
            .configuration
        case .unsupportedFile, .changedSincePinned, .inTheWay, .notInStore, .databaseRefused: .refused
        case .keepsChanging, .storeBusy, .databaseInUse: .tryAgain
        case .locationUnreadable, .notEnoughSpace, .noRoomForCopy, .snapshotMissing, .manifestDamaged,
            .contentDiffers:
            .inputOutput
        }
    }
}

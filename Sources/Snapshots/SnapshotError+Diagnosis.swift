import Model
import SystemPackage

extension SnapshotError {
    public var diagnosis: Diagnosis {
        switch self {
        case .locationMissing(let source, let path):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) does not exist",
                remedy: "bring the data there, or change `sources: \(source): location:`")
        case .locationEmpty(let source, let path):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) is empty",
                remedy: "check that its disk is mounted, or change `sources: \(source): location:`")
        case .locationUnreadable(let source, let path, let code):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) cannot be read: \(code)",
                remedy: "check who owns it and its mode")
        case .locationHoldsStore(let source, let path, let store):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) and the store at \(store) lie in one another",
                remedy: "narrow `sources: \(source): location:`, or set `workspaces:` to a place outside")
        case .locationLoops(let source, let path):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "the links at \(path) lead back to themselves",
                remedy: "make the link point to the data")
        case .locationKindChanged(let source, let path, let wasFile):
            Diagnosis(
                problem: "cannot pin `\(source)`",
                reason: "\(path) was a \(wasFile ? "file" : "directory") when it was pinned last, and is none now",
                remedy: "put it back, or give the new data another source")
        case .locationNotText(let source, let path):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "the path \(path) is not UTF-8",
                remedy: "rename its directories; names inside the source may hold any bytes")
        case .unsupportedFile(let source, let path, let kind):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) is a \(kind)",
                remedy: "remove it, or move it out of the data")
        case .keepsChanging(let source, let path, let tries):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) changed during each of \(tries) copies",
                remedy: "let the writer finish, then try again")
        case .changedSincePinned(let source, let path, let pinned):
            Diagnosis(
                problem: "`\(source)` is not what was pinned",
                reason: "\(path) changed since it was pinned at \(pinned.rfc3339)",
                remedy: "run `headgate env update` to pin today's data")
        case .kindImpossible(let source, let kind, let reason):
            Diagnosis(
                problem: "cannot pin `\(source)` as \(kind.rawValue)", reason: reason,
                remedy: "set `sources: \(source): pin: auto`")
        case .tooLargeToCopy(let source, let path, let files, let bytes, let limit, let seconds):
            Diagnosis(
                problem: "copying `\(source)` was not asked for",
                reason: "\(files) files, \(ByteCount(bytes).readable), would be copied from \(path), which takes about "
                    + "\(TimeSpan(seconds: seconds).readable); the limit is \(ByteCount(limit).readable)",
                remedy: "set `sources: \(source): pin: copy` to ask for it, or raise `store: copy_limit:`")
        case .notEnoughSpace(let source, let needed, let free, let path):
            Diagnosis(
                problem: "cannot copy `\(source)`",
                reason: "it takes \(ByteCount(needed).readable), and \(ByteCount(free).readable) are free at \(path)",
                remedy: "free some space, or set `sources: \(source): pin: in-place`")
        case .contentDiffers(let source, let path):
            Diagnosis(
                problem: "cannot pin `\(source)`",
                reason: "what was copied for \(path) does not have the hashes that were asked for",
                remedy: "try again; if it stays, run `headgate run --force` there")
        case .noRoomForCopy(let source, let needed, let free, let path):
            Diagnosis(
                problem: "cannot make the environment's own copy of `\(source)`",
                reason: "it takes \(ByteCount(needed).readable), and \(ByteCount(free).readable) are free at \(path)",
                remedy: "free some space, or give up `writable: true`: a pin that is only read is shared")
        case .databaseInUse(let source, let path, let process, let command):
            Diagnosis(
                problem: "cannot pin `\(source)`",
                reason: "\(path) is open for writing" + (process.map { " in process \($0)" } ?? "")
                    + (command.map { " (\($0))" } ?? ""),
                remedy: "close the database there, then try again; DuckDB lets nobody else read what is being written")
        case .notDatabase(let source, let path, let what):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path) is not \(what)",
                remedy: "change `sources: \(source): location:`, or its `kind`")
        case .databaseRefused(let source, let path, let detail):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(path): \(detail)",
                remedy: "open it with the program that wrote it, run `CHECKPOINT`, close it, and try again")
        case .programMissing(let source, let program):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "\(program) is not installed",
                remedy: "run `headgate doctor` to see what is missing")
        case .kindNotAvailable(let source, let kind):
            Diagnosis(
                problem: "cannot pin `\(source)`", reason: "sources of kind `\(kind.rawValue)` are not available yet",
                remedy: "export the data to files and use `kind: files`")
        case .inTheWay(let source, let path, let found):
            Diagnosis(
                problem: "cannot put `\(source)` at \(path)", reason: "\(found) is there already",
                remedy: "move it away, then try again")
        case .leavesWorkspace(let source, let path, let place):
            Diagnosis(
                problem: "cannot put `\(source)` at \(path)", reason: "\(place) is a link or no directory",
                remedy: "give the source a path without links")
        case .snapshotMissing(let pin, let path):
            Diagnosis(
                problem: "the data snapshot \(pin) is gone", reason: "\(path) does not exist",
                remedy: "run `headgate env update` to pin today's data")
        case .manifestDamaged(let path):
            Diagnosis(
                problem: "\(path) is damaged", reason: "it does not read as it was written",
                remedy: "run `headgate env update` to pin the data again")
        case .notInStore(let id):
            Diagnosis(problem: "refused to delete `\(id)`", reason: "it is no data snapshot of this store")
        case .storeBusy(let path):
            Diagnosis(
                problem: "the store is busy", reason: "another command copies data into \(path)",
                remedy: "wait for it to finish, then try again")
        }
    }
}

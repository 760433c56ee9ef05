import Git
import HostSystem
import Model
import SystemPackage

/// What runs moved out of the way, beside their logs: outputs of steps that failed, and what stood where a step writes.
///
/// It lies there as in the trash, and for as long. Nothing but the file system is asked, so that it can be told on a full
/// disk as well.
public struct SetAsideOutputs: Sendable {
    private static let folders = ["failed", "replaced", "repositories", "displaced"]

    /// The folder of all runs.
    let logs: FilePath

    init(_ layout: RepositoryLayout) {
        logs = layout.headgateDirectory.appending("logs")
    }

    /// Returns where a person may delete something on a full disk, in one sentence; `nil` where there is nothing, or no
    /// repository at `directory`.
    public static func hint(at directory: FilePath) -> String? {
        // It only adds to what is wrong already.
        guard let layout = try? RepositoryLayout.find(from: directory) else { return nil }
        let aside = SetAsideOutputs(layout)
        guard let bytes = try? aside.bytes(), bytes > 0 else { return nil }
        return "\(ByteCount(bytes).readable) of what runs set aside lies in \(aside.logs), and may be deleted"
    }

    /// What it takes on the disk.
    func bytes() throws -> Int64 {
        try places().reduce(0) { try $0 + DiskUsage(of: $1.place).own }
    }

    /// Deletes what was set aside before `moment`, of all runs.
    ///
    /// - Returns: the bytes freed.
    func delete(before moment: Timestamp) throws -> Int64 {
        var freed: Int64 = 0
        for (place, since) in try places() where since < moment {
            freed += try DiskUsage(of: place).own
            try FileSystem.removeTree(place, within: logs)
        }
        return freed
    }

    /// Whether a run has set something aside that is still there.
    func isLeft(of run: FilePath.Component) -> Bool {
        Self.folders.contains { FileSystem.exists(logs.appending(run).appending($0)) }
    }

    /// Each folder of what one run set aside, with the time when something was last put into it.
    private func places() throws -> [(place: FilePath, since: Timestamp)] {
        guard FileSystem.isDirectory(logs) else { return [] }
        return try FileSystem.list(logs).flatMap { run in
            try Self.folders.compactMap { name in
                let place = logs.appending(run).appending(name)
                return try FileSystem.status(place).map { (place, $0.changed) }
            }
        }
    }
}

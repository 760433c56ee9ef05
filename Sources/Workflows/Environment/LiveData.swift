import Model
import Snapshots
import SystemPackage

/// Live data that stands in a working tree while its runs read a pin of it.
struct LiveData {
    let snapshots: SnapshotStore

    /// The sources whose live data there is no longer what runs read; each as one sentence.
    func differences(_ pins: [Pin], in workspace: FilePath) throws -> [String] {
        try pins.compactMap { pin in
            var path = FilePath(pin.location)
            guard pin.kind.isOfFiles, pin.kind != .inPlace, path.removePrefix(workspace) else { return nil }
            let count = try snapshots.changesAtLocation(since: pin).count
            guard count > 0 else { return nil }
            let files = count == 1 ? "1 file differs" : "\(count) files differ"
            return "\(path) has changed since \(pin.pinnedAt.rfc3339), which is what runs read (\(files)); "
                + "`headgate env update` pins it as it is now"
        }
    }
}

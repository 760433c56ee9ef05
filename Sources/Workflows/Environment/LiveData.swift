import Model
import Snapshots
import SystemPackage

/// Live data that stands in a working tree while its runs read a pin of it, or change a copy of their own.
struct LiveData {
    let snapshots: SnapshotStore

    /// The sources whose live data there is no longer what runs read, and the copies that are no longer what was pinned; each
    /// as one sentence.
    func differences(_ environment: BranchEnvironment, in workspace: FilePath) async throws -> [String] {
        let copies = OwnCopies(besides: snapshots, slug: environment.slug)
        var sentences: [String] = []
        for pin in environment.pins {
            var path = FilePath(pin.location)
            guard pin.kind.isOfFiles, pin.origin == nil, path.removePrefix(workspace) else { continue }
            let copy = try copies.copy(of: pin, in: workspace)
            if let copy {
                let count = try await snapshots.ownChanges(in: copy.at, since: pin).count
                if count > 0 {
                    sentences.append(
                        "runs read and change \(path) in a copy of this environment's own, at \(copy.at): \(files(count)) "
                            + "from what was pinned at \(pin.pinnedAt.rfc3339)")
                }
            } else if pin.kind == .inPlace {
                continue
            }
            let count = try snapshots.changesAtLocation(since: pin).count
            guard count > 0 else { continue }
            let use = copy == nil ? "which is what runs read" : "when the copy that runs change was made"
            sentences.append(
                "\(path) has changed since \(pin.pinnedAt.rfc3339), \(use) (\(files(count))); "
                    + "`headgate env update` pins it as it is now")
        }
        return sentences
    }

    private func files(_ count: Int) -> String { count == 1 ? "1 file differs" : "\(count) files differ" }
}

import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Brings an environment's own copies of writable sources to new pins, and makes the changes in them again where asked to.
///
/// The new copy is built beside the old one, under a name of ours; then the old one goes to the trash, then the new one
/// takes its place. While the old one is in the trash and the new pins are not recorded, recovery puts it back.
struct KeptChanges {
    let project: Project
    let workspace: Workspace
    let pinning: SourcePinning
    /// The id of the operation.
    let operation: String

    // MARK: - Conflicts

    /// Looks at every source before anything is touched.
    ///
    /// - Throws: `EnvironmentError.dataConflicts`, listing what changed on both sides.
    func requireNoConflicts(from old: [Pin], to new: [Pin]) async throws {
        var conflicts: [String] = []
        for source in pinning.sources where source.isWritable {
            guard let path = source.path, let before = old.first(where: { $0.source == source.name }),
                let after = new.first(where: { $0.source == source.name }), before.id != after.id,
                let home = try pinning.home(of: source, in: workspace.root)
            else { continue }
            conflicts += try await self.conflicts(home.appending(path), before, after).map { "\(path)/\($0)" }
        }
        let changed = Set(zip(old, new).filter { $0.id != $1.id }.map(\.0.source))
        for sentence in try await DataClones(project: project).ownChanges(workspace.environment.cloneOwner)
        where changed.contains(where: { sentence.hasPrefix("rows of \($0) ") }) {
            conflicts.append(sentence + ", and its location changed too")
        }
        guard conflicts.isEmpty else {
            throw EnvironmentError.dataConflicts(workspace.environment.branch, conflicts)
        }
    }

    /// The files that changed on both sides and are not equal now, each as one clause.
    private func conflicts(_ copy: FilePath, _ before: Pin, _ after: Pin) async throws -> [String] {
        let own = try await pinning.snapshots.ownChanges(in: copy, since: before)
        let theirs = try pinning.snapshots.changes(from: before, to: after)
        if own.isEmpty || theirs.isEmpty { return [] }
        let data = pinning.snapshots.dataPath(of: after)
        var conflicts: [String] = []
        let changed = Dictionary(theirs.map { ($0.file, $0) }) { first, _ in first }
        for change in own {
            if let other = changed[change.file] {
                let isEqual = try areEqual(
                    before.isSingleFile ? copy : copy.pushing(change.file),
                    before.isSingleFile ? data : data.pushing(other.file))
                if !isEqual { conflicts.append("\(change.path) changed here and at its location") }
            } else if change.now != nil,
                let other = try theirs.first(where: { other in
                    try other.now != nil
                        && (isInTheWay(data, other.file, of: change.file)
                            || isInTheWay(copy, change.file, of: other.file))
                })
            {
                conflicts.append("\(change.path) changed here, and \(other.path) at its location")
            }
        }
        return conflicts
    }

    /// Whether `path` of `folder` is no directory, though `other` would lie beneath it.
    private func isInTheWay(_ folder: FilePath, _ path: FilePath, of other: FilePath) throws -> Bool {
        guard path != other, other.starts(with: path) else { return false }
        return try FileSystem.status(folder.pushing(path)).map { $0.kind != .directory } ?? false
    }

    private func areEqual(_ one: FilePath, _ other: FilePath) throws -> Bool {
        let (left, right) = (try FileSystem.status(one), try FileSystem.status(other))
        guard let left, let right else { return left == nil && right == nil }
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .file: return try left.size == right.size && FileHasher.hash(one) == FileHasher.hash(other)
        case .symbolicLink: return try FileSystem.readLink(one) == FileSystem.readLink(other)
        default: return true
        }
    }

    // MARK: - Renewing

    /// Replaces the environment's own copy by the new pin's, with or without the changes that were made in it.
    func renew(_ source: Source, from before: Pin, to after: Pin, keeping: Bool) async throws {
        guard let path = source.path, let home = try pinning.home(of: source, in: workspace.root) else { return }
        let copy = home.appending(path)
        guard FileSystem.exists(copy) else { return }
        let own = try await pinning.snapshots.ownChanges(in: copy, since: before)
        if own.isEmpty {
            if before.id == after.id { return }
            return try await pinning.snapshots.detach(
                before, source: source, workspace: home, discarding: true)
        }
        if keeping {
            // Where the data is as it was, the changed copy is what it would become.
            if try pinning.snapshots.changes(from: before, to: after).isEmpty { return }
            try await build(source, after, own, in: home, from: copy, isSingleFile: before.isSingleFile)
        }
        try putAside(source, copy, isKept: keeping)
        project.host.faults.reached("update.aside")
        if keeping { try FileSystem.rename(sibling(source, in: home), to: copy, replacing: false) }
    }

    /// Whether the workspace has no copy of a pin's source yet, or a link to another.
    func lacks(_ pin: Pin) throws -> Bool {
        guard let source = pinning.sources.first(where: { $0.name == pin.source }), source.isWritable,
            let path = source.path, let home = try pinning.home(of: source, in: workspace.root)
        else { return true }
        return !FileSystem.exists(home.appending(path))
    }

    /// Makes a copy of the new pin beside the old copy, and the changes in it again.
    private func build(
        _ source: Source, _ pin: Pin, _ changes: [PinChange], in home: FilePath, from copy: FilePath, isSingleFile: Bool
    ) async throws {
        let target = sibling(source, in: home)
        try removeSibling(target)
        var placed = source
        placed.path = siblingPath(source)
        try await pinning.snapshots.attach(
            pin, source: placed, workspace: home, policy: pinning.loaded.configuration.store)
        let byteWise = TreeCopy(method: .auto, width: project.host.cores)
        if isSingleFile {
            try FileSystem.remove(target)
            _ = try await byteWise.copy(copy, to: target)
            return
        }
        // What is gone goes first, the deepest first; then directories come before what is in them.
        for change in changes.reversed() where change.now == nil {
            let place = target.pushing(change.file)
            guard let status = try FileSystem.status(place) else { continue }
            if status.kind == .directory {
                if try FileSystem.list(place).isEmpty { try FileSystem.removeDirectory(place) }
            } else {
                try FileSystem.remove(place)
            }
        }
        for change in changes where change.now != nil {
            let (from, place) = (copy.pushing(change.file), target.pushing(change.file))
            guard let status = try FileSystem.status(from) else { continue }
            if status.kind == .directory {
                try FileSystem.makeDirectories(place)
                continue
            }
            if let there = try FileSystem.status(place) {
                if there.kind == .directory {
                    try FileSystem.removeDirectory(place)
                } else {
                    try FileSystem.remove(place)
                }
            }
            try FileSystem.makeDirectories(place.removingLastComponent())
            _ = try await byteWise.copy(from, to: place)
        }
    }

    // MARK: - Trash

    /// Moves the environment's own copy to the trash: what was changed there exists nowhere else.
    private func putAside(_ source: Source, _ copy: FilePath, isKept: Bool) throws {
        let place = trash(source)
        try FileSystem.makeDirectories(place.removingLastComponent(), mode: 0o700)
        try move(source, copy, to: place)
        if !isKept { project.host.say("the changed copy of \(source.name) is at \(place) now") }
    }

    /// Puts back what a killed command moved away, unless its new pins are recorded already.
    func recover(_ source: Source, isCommitted: Bool) async throws {
        guard let path = source.path, let home = try pinning.home(of: source, in: workspace.root) else { return }
        let copy = home.appending(path)
        let sibling = sibling(source, in: home)
        if isCommitted {
            if FileSystem.exists(sibling), !FileSystem.exists(copy) {
                try FileSystem.rename(sibling, to: copy, replacing: false)
            }
        } else if FileSystem.exists(trash(source)) {
            // A recovery that failed is tried again much later: what stands there may have been changed since.
            if FileSystem.exists(copy) {
                try move(source, copy, to: FilePath(trash(source).string + ".\(project.host.time.now().nanoseconds)"))
            }
            try move(source, trash(source), to: copy)
        }
        try removeSibling(sibling)
    }

    private func move(_ source: Source, _ from: FilePath, to target: FilePath) throws {
        try FileSystem.rename(from, to: target, replacing: false)
        guard source.kind.isDatabaseFile else { return }
        // What a database committed last may stand in its log only, and a log fits no other database.
        for suffix in [".wal", "-wal", "-shm", "-journal"] {
            let log = FilePath(from.string + suffix)
            guard FileSystem.exists(log) else { continue }
            try FileSystem.rename(log, to: FilePath(target.string + suffix), replacing: true)
        }
    }

    private func trash(_ source: Source) -> FilePath {
        project.workspacesRoot(workspace.configuration).appending(".trash").appending(operation)
            .appending(ContentHash(of: source.name).prefix(8))
    }

    /// Where the new copy is built, relative to where the old one is.
    private func siblingPath(_ source: Source) -> String {
        let path = FilePath(source.path ?? "")
        return path.removingLastComponent().appending(".headgate-new-" + ContentHash(of: source.name).prefix(8)).string
    }

    private func sibling(_ source: Source, in home: FilePath) -> FilePath { home.appending(siblingPath(source)) }

    private func removeSibling(_ place: FilePath) throws {
        guard try FileSystem.status(place) != nil else { return }
        try FileSystem.removeTree(place, within: place.removingLastComponent())
    }
}

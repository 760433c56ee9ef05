import Git
import HostSystem
import Model
import Pipelines
import Snapshots
import SystemPackage

/// Pins what other projects made and proved: a copy in this project's store, which stays when they go on.
struct ProjectPinning: Sendable {
    let project: Project
    let configuration: ProjectConfiguration
    let snapshots: SnapshotStore

    /// Where the other project lies: `repository`, or the `location` of the local layer, from the main working tree.
    private func place(of source: Source) -> FilePath {
        let main = project.layout.mainWorkTree ?? project.workTree
        let written = source.location ?? source.driver?.repository ?? ""
        return main.pushing(project.expandingHome(written)).lexicallyNormalized()
    }

    /// Whether a pin is of what the source asks for now.
    func isOf(_ pin: Pin, _ source: Source) throws -> Bool {
        guard let origin = pin.origin else { return false }
        let place = place(of: source)
        // One that is not there any more is known by how it is written.
        let repository = (try? FileSystem.canonical(place)) ?? place
        return origin.repository == repository.string && origin.askedReference == source.driver?.reference
            && origin.askedOutput == source.driver?.output
    }

    func predict(_ source: Source) async throws -> PinPrediction {
        let proven = try await OtherProject(source, at: place(of: source), for: project).proven()
        return try snapshots.predict(data(of: proven), of: source, policy: configuration.store)
    }

    /// Pins the output as the other project's tip proves it.
    ///
    /// - Throws: `ProjectSourceError`, `SnapshotError`.
    func pin(_ source: Source) async throws -> Pin {
        let other = try await OtherProject(source, at: place(of: source), for: project)
        let proven = try await other.proven()
        var pin = try await snapshots.pin(data(of: proven), of: source, policy: configuration.store) { building in
            let name = proven.location.lastComponent
            let place = proven.output.isSingleFile ? name.map { building.appending($0) } ?? building : building
            let isWhole = try await proven.output.put(at: place, from: proven.cache, orFrom: proven.workspaces)
            guard isWhole else { throw other.contentsGone(proven) }
        }
        pin.origin = proven.origin
        return pin
    }

    private func data(of proven: OtherProject.Proven) -> KnownData {
        let isSingleFile = proven.output.isSingleFile
        let name = FilePath(root: nil, proven.location.lastComponent.map { [$0] } ?? [])
        // The directory itself is no entry of it.
        let entries = proven.output.entries.filter { isSingleFile || !$0.path.isEmpty }.map { entry in
            KnownData.Entry(
                path: isSingleFile ? name : entry.path, hash: entry.hash, size: entry.size,
                isExecutable: entry.mode & 0o111 != 0, target: entry.target)
        }
        let isCached = FileSystem.isDirectory(proven.cache)
        return KnownData(
            location: proven.location, isSingleFile: isSingleFile, entries: entries,
            origin: isCached ? proven.cache : FilePath(proven.origin.repository))
    }
}

/// A pin of what another project made, and what has become of that project since.
public struct ProjectPin: Sendable, Hashable {
    public let source: String
    public let origin: PinOrigin
    /// How long ago the commit landed.
    public let age: TimeSpan
    /// Where its branch stands now: `nil` where it has not moved, or the project is not to be found.
    public let movedTo: ObjectID?
    /// Whether the other repository is where it was.
    public let isThere: Bool

    init?(_ pin: Pin, now: Timestamp) {
        guard let origin = pin.origin else { return nil }
        source = pin.source
        self.origin = origin
        age = TimeSpan(seconds: Double(max(0, now.nanoseconds - origin.landed.nanoseconds)) / 1e9)
        // Nothing but the layout and one reference is read, and no program is started there.
        let layout = try? RepositoryLayout.find(from: FilePath(origin.repository))
        isThere = layout?.workTree?.string == origin.repository
        let tip =
            isThere && origin.reference.hasPrefix("refs/heads/")
            ? try? layout?.resolve(reference: origin.reference) : nil
        movedTo = tip == origin.commit ? nil : tip
    }

    /// Such as `fx, main at 1a2b3c4d5e, 3h old`.
    public var summary: String {
        "\(origin.summary), \(age.readable) old"
    }

    /// What a person should know of it, or `nil`.
    public var remark: String? {
        if !isThere { return "\(source): \(origin.repository) is no repository any more; the pinned data stays" }
        guard let movedTo else { return nil }
        return "\(source): \(origin.shortReference) of \(origin.project) has moved from \(origin.commit.short) to "
            + "\(movedTo.short); `headgate env update` takes that once it has passed there"
    }
}

extension BranchEnvironment {
    /// The pins of what other projects made, in the order of the sources.
    func projectPins(now: Timestamp) -> [ProjectPin] { pins.compactMap { ProjectPin($0, now: now) } }
}

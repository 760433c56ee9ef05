import Configuration
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// Pins PostgreSQL sources as template databases on the server that holds environments' databases.
struct PostgresPinning: Sendable {
    let project: Project
    let configuration: ProjectConfiguration
    let snapshots: SnapshotStore

    /// What stands for the location in a pin: the address without its password, and which part of it is copied.
    static func identity(of source: Source) -> String {
        let selection = selection(of: source)
        return masked(source.location ?? "") + (selection.digest.map { " (a part of it: \($0))" } ?? "")
    }

    private static func selection(of source: Source) -> PostgresSelection {
        let driver = source.driver ?? SourceDriver()
        return PostgresSelection(tables: driver.tables, filters: driver.filters, schemaOnly: driver.schemaOnly)
    }

    /// Says what copying the database would take; reads its size, and changes nothing.
    func predict(_ source: Source) async throws -> PinPrediction {
        let clones = DataClones(project: project)
        let location = try clones.server(of: source.name, at: source.location ?? "", key: "location", configuration)
        let bytes = try await location.databaseSize()
        let isPart = Self.selection(of: source) != PostgresSelection()
        return PinPrediction(
            kind: .template, files: 0, bytes: bytes, newBytes: bytes,
            // A dump and a restore of 20 MB/s together, and what starting the programs takes.
            seconds: 1 + Double(bytes) / 2e7,
            reason: (isPart ? "a part of the database" : "the database")
                + " is dumped into a template on the server of `clone_to`")
    }

    /// Copies the database as it is now; equal data keeps its pin.
    func pin(_ source: Source) async throws -> Pin {
        let clones = DataClones(project: project)
        let cloneTo = source.driver?.cloneTo ?? ""
        let location = try clones.server(of: source.name, at: source.location ?? "", key: "location", configuration)
        let target = try clones.server(of: source.name, at: cloneTo, key: "clone_to", configuration)
        try await clones.sweep()
        project.host.say("\(source.name): reading the database, which takes as long as a dump of it")
        let identity = Self.identity(of: source)
        let template = PostgresTemplate(
            location: location, target: target, selection: Self.selection(of: source),
            folder: snapshots.root.appending(source.name).appending(
                ".building-" + randomName()))
        var known: Pin?
        var begun: DataClone?
        do {
            let (fingerprint, made) = try await template.make(
                known: { fingerprint in
                    let candidates = try project.store.clones().filter {
                        $0.owner == .template && $0.state == .ready && $0.endpoint == target.address.endpoint
                            && $0.template?.fingerprint == fingerprint && $0.template?.location == identity
                            && $0.source == source.name
                    }
                    let there = try await target.names(among: candidates.map(\.name) + [""])
                    known = candidates.first { there.contains($0.name) }?.template
                    return known != nil
                },
                begin: {
                    let clone = DataClone(
                        name: "hg_0_" + randomName(), source: source.name,
                        system: .postgres, owner: .template, pin: "", server: masked(cloneTo),
                        endpoint: target.address.endpoint, made: project.host.time.now(), maker: try .current())
                    try project.store.put(clone)
                    begun = clone
                    project.host.faults.reached("template.recorded")
                    return clone.name
                })
            if let known { return known }
            guard let made, var clone = begun else {
                preconditionFailure("a template was neither found nor made")
            }
            project.host.faults.reached("template.made")
            if made.lostReferences > 0 {
                project.host.say(
                    "\(source.name): \(counted(made.lostReferences, "reference")) between tables could not be kept, because the rows they "
                        + "lead to are not copied")
            }
            let pin = Pin(
                source: source.name, kind: .template, id: clone.name, fingerprint: fingerprint, location: identity,
                isSingleFile: false, files: made.tables, bytes: made.bytes, pinnedAt: project.host.time.now())
            clone.state = .ready
            clone.template = pin
            try project.store.put(clone)
            return pin
        } catch {
            await clones.abandonTemplate(begun)
            throw error
        }
    }
}

extension DataClones {
    /// Drops a template that could not be finished, now or later.
    func abandonTemplate(_ clone: DataClone?) async {
        guard var clone else { return }
        clone.state = .dropping
        // What cannot be recorded now is a leftover once this process has ended.
        try? project.store.put(clone)
        try? await sweep()
    }
}

import Model
import Reporting
import Workflows

extension EnvironmentsDocument.Entry {
    init(_ entry: ListEnvironments.Entry) {
        self.init(
            entry.environment, isMissing: entry.isMissing, expires: entry.expires,
            expired: entry.expired.map(\.rawValue),
            sources: entry.environment.pins.map { pin in
                let source = entry.sources[pin.source]
                return .init(
                    name: pin.source, kind: source?.kind.rawValue ?? "files", pin: pin.kind, id: pin.id,
                    writable: source?.isWritable ?? false, pinned: pin.pinnedAt, location: entry.place(of: pin),
                    copy: entry.copies[pin.source].map { .init(path: $0.path.string, changed: $0.changed) },
                    origin: pin.origin.map { .init($0, movedTo: entry.projects[pin.source]?.movedTo) })
            },
            bytes: .init(own: entry.ownBytes, shared: entry.sharedBytes),
            clones: entry.clones.map { .init(name: $0.name, source: $0.source, system: $0.system.rawValue) },
            variables: entry.variables, fingerprint: entry.fingerprint)
    }
}

extension EnvironmentsDocument {
    /// The answer about one environment.
    init(of branch: BranchName, in project: Project) async throws {
        self.init([Entry(try await ListEnvironments(project)(branch))])
    }
}

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
                    writable: source?.isWritable ?? false)
            },
            bytes: .init(own: entry.ownBytes, shared: entry.sharedBytes), fingerprint: entry.fingerprint)
    }
}

extension EnvironmentsDocument {
    /// The answer about one environment.
    init(of branch: BranchName, in project: Project) async throws {
        self.init([Entry(try await ListEnvironments(project)(branch))])
    }
}

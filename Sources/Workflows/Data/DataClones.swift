import Configuration
import HostSystem
import Model
import Persistence
import Snapshots
import SystemPackage

/// The branches of data that live in systems of their own: databases on a server, and what `create` commands make.
///
/// Each is recorded before it is made and forgotten after it is dropped, and only what is recorded is ever dropped.
///
///     making ──▶ ready ◀──▶ aside ──▶ dropping ──▶ (forgotten)
///        └──────────────────────────────▲
///
/// What a killed process left `making` or `dropping` is dropped by the next command that makes or drops clones, when the
/// server answers; no other command waits for a server.
struct DataClones: Sendable {
    let project: Project

    /// What steps need to reach a clone.
    struct Reach: Sendable {
        let clone: DataClone
        /// Handed to processes only.
        var variables: [String: String] = [:]
        /// Shown to sandboxed steps.
        var socket: FilePath?
        /// Where it is, when it is reached over the network.
        var networkEndpoint: String?
    }

    // MARK: - Making

    /// Makes what the sources' clones of `owner` lack; those of other pins stay beside them until `retire`.
    func provide(
        _ pins: [Pin], of sources: [Source], for owner: DataClone.Owner, in place: ClonePlace
    ) async throws {
        let wanted = sources.filter(\.isCloned)
        if wanted.isEmpty { return }
        func isReady(_ source: Source, _ clones: [DataClone]) -> Bool {
            guard let pin = pins.first(where: { $0.source == source.name }) else { return true }
            return clones.contains {
                $0.owner == owner && $0.source == source.name && $0.pin == pin.id && $0.state == .ready
            }
        }
        let recorded = try project.store.clones()
        if wanted.allSatisfy({ isReady($0, recorded) }) { return }
        // A run and an `exec` may both be the first to need them.
        let locks = project.layout.headgateDirectory.appending("locks")
        try FileSystem.makeDirectories(locks, mode: 0o700)
        let lock = try await project.lock(
            at: locks.appending("clones"), until: "has made its databases", limit: TimeSpan(seconds: 600))
        defer { lock.release() }
        let known = try project.store.clones()
        for source in wanted {
            guard let pin = pins.first(where: { $0.source == source.name }) else { continue }
            let own = known.filter { $0.owner == owner && $0.source == source.name && $0.pin == pin.id }
            if own.contains(where: { $0.state == .ready }) { continue }
            if let aside = try own.first(where: { try $0.state == .aside && !isInTrash($0) }) {
                try await bringBack(aside)
                continue
            }
            try await sweep()
            switch source.kind {
            case .postgres: try await makeDatabase(source, pin, owner, place)
            case .command: try await CommandClones(clones: self).make(source, pin, owner, place)
            case .files, .sqlite, .duckdb, .project: continue
            }
        }
    }

    private func makeDatabase(
        _ source: Source, _ pin: Pin, _ owner: DataClone.Owner, _ place: ClonePlace
    ) async throws {
        let written = source.driver?.cloneTo ?? ""
        let server = try server(of: source.name, at: written, key: "clone_to", place.configuration)
        var clone = DataClone(
            name: name(for: place.branch), source: source.name, system: .postgres, owner: owner, pin: pin.id,
            server: masked(written), endpoint: server.address.endpoint, made: project.host.time.now(),
            maker: try .current())
        try project.store.put(clone)
        project.host.faults.reached("clone.recorded")
        do {
            try await server.create(clone.name, from: pin.id)
        } catch {
            await abandon(clone, server)
            if case PostgresError.refused(_, _, let detail) = error, detail.contains("does not exist") {
                throw PostgresError.templateMissing(source: source.name, name: pin.id)
            }
            throw error
        }
        project.host.faults.reached("clone.made")
        clone.state = .ready
        try project.store.put(clone)
    }

    /// Takes back what could not be finished, now if the server lets us, else later.
    private func abandon(_ clone: DataClone, _ server: PostgresServer) async {
        do {
            try await server.drop(clone.name)
            try project.store.forgetClone(clone.name)
        } catch {
            var clone = clone
            clone.state = .dropping
            // Where not even that can be recorded, it is still recorded as half made by a process that will have ended.
            try? project.store.put(clone)
        }
    }

    // MARK: - Setting aside

    /// The clones of an owner that are not of one of `pins`, set aside until their time in the trash is over.
    func retire(_ owner: DataClone.Owner, keeping pins: [Pin]) async throws {
        let kept = Set(pins.map(\.id))
        let others = try project.store.clones().filter {
            $0.owner == owner && $0.state == .ready && !kept.contains($0.pin)
        }
        for clone in others { try await setAside(clone, operation: "retired", force: true) }
    }

    /// Sets all ready clones of an owner aside, for an environment that goes to the trash; may be repeated.
    ///
    /// - Throws: `PostgresError.inUse` unless forced; then those that were set aside are to be brought back.
    func setAside(_ owner: DataClone.Owner, operation: String, force: Bool) async throws {
        for clone in try project.store.clones() where clone.owner == owner && clone.state == .ready {
            try await setAside(clone, operation: operation, force: force)
        }
    }

    private func setAside(_ clone: DataClone, operation: String, force: Bool) async throws {
        var clone = clone
        if clone.system == .postgres {
            try await server(of: clone).rename(clone.name, to: clone.asideName, isOpen: false, force: force)
        }
        project.host.faults.reached("clone.aside")
        clone.state = .aside
        clone.operation = operation
        clone.asideSince = project.host.time.now()
        try project.store.put(clone)
    }

    /// Brings back what an operation set aside, or was about to. What cannot be brought back now, because its server does
    /// not answer, is at the environment's next use.
    func bringBackIfPossible(operation: String, owner: DataClone.Owner) async {
        // Where the state cannot be read, the next use finds out.
        for clone in (try? project.store.clones()) ?? [] {
            guard clone.operation == operation || clone.owner == owner && clone.state == .ready else { continue }
            do {
                try await bringBack(clone)
            } catch {
                var clone = clone
                clone.state = .aside
                clone.operation = operation
                clone.asideSince = project.host.time.now()
                // As above.
                try? project.store.put(clone)
                project.host.say("\(clone.name) of \(clone.source) is brought back at its next use: \(words(error))")
            }
        }
    }

    private func bringBack(_ clone: DataClone) async throws {
        var clone = clone
        if clone.system == .postgres {
            try await server(of: clone).rename(clone.asideName, to: clone.name, isOpen: true, force: true)
        }
        clone.state = .ready
        clone.operation = nil
        clone.asideSince = nil
        try project.store.put(clone)
    }

    private func isInTrash(_ clone: DataClone) throws -> Bool {
        guard let operation = clone.operation else { return false }
        return try operation != "retired" && project.store.trashEntry(operation: operation) != nil
    }

    // MARK: - Dropping

    /// Drops for good what an operation set aside.
    func drop(operation: String) async throws {
        for clone in try project.store.clones() where clone.operation == operation { try await drop(clone) }
    }

    /// Drops the clones that an owner was given since a moment; what cannot be dropped now is later.
    func discard(_ owner: DataClone.Owner, madeSince moment: Timestamp) async {
        // Where the state cannot be read there is nothing to go by; the next command tries again.
        let clones = (try? project.store.clones()) ?? []
        for clone in clones where clone.owner == owner && clone.made >= moment && clone.state != .aside {
            await dropIfPossible(clone)
        }
    }

    /// Drops what killed commands left, and what a server could not drop when it was asked.
    func sweep() async throws {
        for clone in try project.store.clones() where clone.isLeftover { await dropIfPossible(clone) }
    }

    /// Drops what nobody needs any more: what was set aside longer ago than the trash keeps things, and templates that no
    /// pin names.
    func dropTheOld(trash: TimeSpan, templates: Int, unusedSince: Timestamp) async throws {
        try await sweep()
        let now = project.host.time.now()
        let inUse = try project.store.pinsInUse()
        var seen: [String: Int] = [:]
        for clone in try project.store.clones().sorted(by: { $0.made > $1.made }) {
            switch (clone.owner, clone.state) {
            case (.template, .ready):
                seen[clone.source, default: 0] += 1
                guard seen[clone.source, default: 0] > templates, !inUse.contains(clone.name), clone.made < unusedSince
                else { continue }
                await dropIfPossible(clone)
            case (_, .aside):
                let since = clone.asideSince ?? clone.made
                if try since + trash <= now && !isInTrash(clone) { await dropIfPossible(clone) }
            default: continue
            }
        }
    }

    private func dropIfPossible(_ clone: DataClone) async {
        do {
            try await drop(clone)
        } catch {
            project.host.say("\(clone.name) of \(clone.source) is dropped later: \(words(error))")
        }
    }

    private func drop(_ clone: DataClone) async throws {
        var going = clone
        going.state = .dropping
        try project.store.put(going)
        project.host.faults.reached("clone.dropping")
        switch clone.system {
        case .postgres:
            let server = try server(of: clone)
            try await server.drop(clone.name)
            try await server.drop(clone.asideName)
        case .command:
            try await CommandClones(clones: self).drop(clone)
        }
        try project.store.forgetClone(clone.name)
    }

    // MARK: - Reaching

    /// How the processes of `owner` reach its clones, by source.
    func reach(_ owner: DataClone.Owner, of sources: [Source], _ configuration: ProjectConfiguration) throws -> [String:
        Reach]
    {
        var reaches: [String: Reach] = [:]
        let own = try project.store.clones().filter { $0.owner == owner && $0.state == .ready }
        for source in sources where source.isCloned {
            guard let clone = own.last(where: { $0.source == source.name }) else { continue }
            var reach = Reach(clone: clone)
            switch clone.system {
            case .postgres:
                let server = try server(
                    of: source.name, at: source.driver?.cloneTo ?? "", key: "clone_to", configuration)
                let url = server.address.url(of: clone.name)
                if server.address.password != nil { project.host.redactions.add(url) }
                if let variable = source.driver?.variable { reach.variables[variable] = url }
                reach.socket = server.address.socket
                if reach.socket == nil { reach.networkEndpoint = server.address.endpoint }
            case .command:
                if let variable = source.driver?.variable, let answer = clone.answer {
                    reach.variables[variable] = answer
                    project.host.redactions.add(answer)
                }
            }
            reaches[source.name] = reach
        }
        return reaches
    }

    /// Whether the environment's databases were changed since they were made, each as one sentence.
    func ownChanges(_ owner: DataClone.Owner) async throws -> [String] {
        var changed: [String] = []
        for clone in try project.store.clones()
        where clone.owner == owner && clone.state == .ready && clone.system == .postgres {
            if try await server(of: clone).isChanged(clone.name) {
                changed.append("rows of \(clone.source) were changed in the database \(clone.name)")
            }
        }
        return changed
    }

    // MARK: - Servers

    /// The server that an address of the configuration leads to.
    ///
    /// - Throws: `SecretError.missing`; `PostgresError.malformedAddress`, `.programsMissing`.
    func server(
        of source: String, at written: String, key: String, _ configuration: ProjectConfiguration
    ) throws -> PostgresServer {
        let text = try Secrets(project, configuration).fill(written, for: "`\(key)` of the source \(source)")
        let address: PostgresAddress
        do throws(PostgresAddress.Malformed) {
            address = try PostgresAddress(text)
        } catch {
            throw PostgresError.malformedAddress(source: source, key: key, reason: error.reason)
        }
        if let password = address.password { project.host.redactions.add(password) }
        guard let programs = PostgresPrograms.locate(variables: project.host.variables) else {
            throw PostgresError.programsMissing(source: source)
        }
        return PostgresServer(
            source: source, address: address, programs: programs, runner: project.host.runner,
            variables: try project.toolVariables(), redactions: project.host.redactions)
    }

    /// The server that holds a clone, by the configuration of the project as it is now: the address is written there.
    private func server(of clone: DataClone) throws -> PostgresServer {
        let configuration = try project.configuration(in: project.workTree).configuration
        let written =
            configuration.sources.compactMap { $0.driver?.cloneTo }.first { masked($0) == clone.server } ?? clone.server
        let server = try server(of: clone.source, at: written, key: "clone_to", configuration)
        guard server.address.endpoint == clone.endpoint else {
            throw PostgresError.elsewhere(
                source: clone.source, name: clone.name, recorded: clone.endpoint, now: server.address.endpoint)
        }
        return server
    }

    /// A name that nobody has: `hg_<identifier>_<random>`.
    func name(for branch: BranchName) -> String {
        "hg_\(branch.identifier.prefix(36))_\(randomName().suffix(10))"
    }

    private func words(_ error: any Error) -> String {
        guard let diagnosis = (error as? any DiagnosableError)?.diagnosis else { return "\(error)" }
        return diagnosis.problem + (diagnosis.reason.map { ": \($0)" } ?? "")
    }
}

/// For whom and where a clone is made.
struct ClonePlace: Sendable {
    let branch: BranchName
    let workspace: FilePath
    let configuration: ProjectConfiguration
    /// What commands find besides.
    let variables: [String: String]
    /// The same for what must not be written down: secrets, and variables whose value is one.
    let secrets: [String: String]
}

extension DataClone {
    /// What it is called while it is kept for the trash.
    var asideName: String { name + "_old" }
}

extension Source {
    /// Whether each environment has a branch of it in a system of its own.
    var isCloned: Bool { kind == .postgres || kind == .command && driver?.create != nil }
}

/// An address without its password, for what is recorded and shown.
func masked(_ address: String) -> String {
    guard let scheme = address.firstRange(of: "://"),
        let at = address[scheme.upperBound...].prefix(while: { $0 != "/" && $0 != "?" }).lastIndex(of: "@"),
        let colon = address[scheme.upperBound..<at].firstIndex(of: ":")
    else { return address }
    return String(address[...colon]) + "***" + String(address[at...])
}

extension Project {
    /// What programs that act for Headgate outside the sandbox are run with, marked so that recovery finds them.
    func toolVariables() throws -> [String: String] {
        let inherited: Set<String> = ["PATH", "HOME", "LANG", "TZ", "USER", "TMPDIR"]
        var variables = host.variables.filter { inherited.contains($0.key) || $0.key.hasPrefix("LC_") }
        variables[Project.processVariable] = Project.processMark(of: try .current())
        return variables
    }
}

import FoundationEssentials
import Git
import HostSystem
import Model
import Persistence
import SystemPackage

/// Installs and uninstalls Git's hooks, one journaled change at a time, and undoes exactly what it did.
public struct ChangeHooks: Sendable {
    let project: Project

    public init(_ project: Project) {
        self.project = project
    }

    /// The hooks that have work to do.
    private static let hooks: [HookName] = [.postCheckout, .preMergeCommit, .prePush, .referenceTransaction]

    /// Brings everything into place and returns what was changed.
    public func install(allowingWorkTree: Bool) async throws -> [String] {
        let lock = try await lock()
        defer { lock.release() }
        let installer = try installer(allowingWorkTree)
        let changes = try await installer.plan()
        try await writeLists(installer)
        // What the branches are now is remembered, so that going back behind it is noticed.
        _ = try await AuditBranches(project)()
        guard !changes.isEmpty else { return [] }
        let journal = try Journal.begin(
            "hooks-install", subject: project.workTree.string,
            payload: ["work-tree": String(allowingWorkTree), "changes": try encoded(changes)], in: project)
        do {
            for (number, change) in changes.enumerated() {
                try await journal.step(NumberedStep(number)) { try await installer.apply(change) }
            }
        } catch {
            for change in changes.reversed() { try await installer.revert(change) }
            try journal.finish()
            throw error
        }
        try journal.finish()
        return changes.map(\.summary)
    }

    /// Puts everything back as it was.
    ///
    /// - Returns: what was undone, and what stays because it is another tool's.
    public func uninstall() async throws -> (undone: [String], left: [String]) {
        let lock = try await lock()
        defer { lock.release() }
        let installer = try installer(true)
        let changes = try await installer.installed()
        let left = changes.isEmpty ? [] : try await installer.remains()
        let journal = try Journal.begin(
            "hooks-uninstall", subject: project.workTree.string,
            payload: ["work-tree": "true", "changes": try encoded(changes)], in: project)
        try await revert(changes, installer, journal)
        return (changes.map(\.summary), left)
    }

    private func revert(_ changes: [HookChange], _ installer: HookInstaller, _ journal: Journal) async throws {
        for (number, change) in changes.reversed().enumerated() {
            try await journal.step(NumberedStep(number)) { try await installer.revert(change) }
        }
        try await journal.step(NumberedStep(changes.count)) { try installer.removeLists() }
        try journal.finish()
    }

    /// Finishes what a killed command began: each change may be made again, and each undone again.
    func recover(_ operation: Operation) async throws {
        let lock = try await lock()
        defer { lock.release() }
        let installer = try installer(operation.payload["work-tree"] == "true")
        let changes = try JSONDecoder().decode(
            [HookChange].self, from: Data((operation.payload["changes"] ?? "[]").utf8))
        let journal = Journal.resume(operation, in: project)
        try await installer.removeLeftovers()
        if operation.kind == "hooks-uninstall" { return try await revert(changes, installer, journal) }
        for (number, change) in changes.enumerated() {
            try await journal.step(NumberedStep(number)) { try await installer.apply(change) }
        }
        try journal.finish()
    }

    /// Whether each hook fires in each working tree, proved by a throw-away reference.
    public func status() async throws -> [State] {
        try await installer(true).status().map { status in
            let words: String =
                switch status.state {
                case .fires: "fires"
                case .notInstalled: "not installed"
                case .silent: "does not fire"
                }
            return State(
                hook: status.hook.rawValue, worktree: status.worktree, fires: status.state == .fires,
                isInstalled: status.state != .notInstalled, words: words)
        }
    }

    /// What is wrong with the program that the installed hooks ask, as one sentence; `nil` where it is this one, or
    /// a copy of it.
    ///
    /// Each command of Git's would meet it: a program that is gone refuses everything, an older one cannot read what
    /// this one writes.
    public func programProblem() async throws -> String? {
        guard let program = try installer(true).recordedProgram() else {
            return "the hooks do not know which program to ask, and refuse every change of a protected branch"
        }
        if program == project.host.parts.program { return nil }
        let gone =
            "the hooks ask \(program), which is no program that can be run, "
            + "and refuse every change of a protected branch"
        guard FileSystem.exists(program) else { return gone }
        let answer: CommandResult
        do {
            answer = try await project.host.runner.run(
                Invocation(
                    program.string, ["--version"], variables: project.host.variables, directory: project.workTree))
        } catch is CancellationError {
            throw CancellationError()
        } catch { return gone }
        guard answer.succeeded else { return gone }
        let version = answer.outputText.split(separator: "\n").first.map(String.init) ?? "unknown"
        if try version == Tool.version && FileHasher.hash(program) == FileHasher.hash(project.host.parts.program) {
            return nil
        }
        return "the hooks ask another Headgate: \(program) (\(version)), this is \(project.host.parts.program) "
            + "(\(Tool.version))"
    }

    /// A hook in one working tree.
    public struct State: Sendable, Hashable {
        public let hook: String
        public let worktree: FilePath
        public let fires: Bool
        public let isInstalled: Bool
        /// For people.
        public let words: String
    }

    /// Brings the list that `headgate-hook` reads into line with the configuration, where hooks are installed.
    func refreshLists() async throws {
        guard project.host.parts.hook != nil else { return }
        let installer = try installer(true)
        if try await !installer.installed().isEmpty { try await writeLists(installer) }
    }

    private func writeLists(_ installer: HookInstaller) async throws {
        let configuration = try await project.protection(project.configuration(in: project.workTree).configuration)
        let patterns = configuration.environments.filter(\.isProtected).map(\.match.text)
        try installer.writeLists(protected: ProtectedPatterns(patterns), program: project.host.parts.program)
    }

    private func installer(_ allowingWorkTree: Bool) throws -> HookInstaller {
        guard let program = project.host.parts.hook else { throw HookError.programMissing(project.host.parts.program) }
        var options = HookInstaller.Options()
        options.hooks = Self.hooks
        options.allowsWorkTree = allowingWorkTree
        return HookInstaller(project.git, hookProgram: program, options: options)
    }

    private func lock() async throws -> HeldLock {
        let directory = project.layout.headgateDirectory.appending("locks")
        try FileSystem.makeDirectories(directory, mode: 0o700)
        return try await HeldLock(at: directory.appending("hooks"), mode: .exclusive, wait: .upTo(TimeSpan(seconds: 5)))
    }

    private func encoded(_ changes: [HookChange]) throws -> String {
        String(decoding: try JSONEncoder().encode(changes), as: UTF8.self)
    }
}

/// The steps of a list that is only known when it is made: `change-0`, `change-1`, …
private struct NumberedStep: RawRepresentable {
    let rawValue: String

    init(_ number: Int) {
        rawValue = "change-\(number)"
    }

    init?(rawValue: String) {
        self.rawValue = rawValue
    }
}

/// What keeps hooks from being installed or from answering.
public enum HookError: DiagnosableError, Hashable {
    case programMissing(FilePath)
    /// The hooks run a Headgate that is older than the one that wrote the records.
    case programOutdated(FilePath)

    public var diagnosis: Diagnosis {
        switch self {
        case .programMissing(let program):
            Diagnosis(
                problem: "cannot install hooks", reason: "headgate-hook was not found beside \(program)",
                remedy: "run `scripts/install`, or `scripts/build` in a checkout")
        case .programOutdated(let program):
            Diagnosis(
                problem: "the hooks cannot say whether this may be done",
                reason: "they run another Headgate, \(program), and a newer one wrote what is recorded",
                remedy: "run `headgate hooks install` with the newer one, then try again")
        }
    }

    public var exitStatus: ExitStatus { .refused }
}

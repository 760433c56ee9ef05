import Configuration
import FoundationEssentials
import Git
import Model
import Persistence

/// Which branches are protected is for a protected branch to say: a branch that names itself, or nothing, in its own
/// `headgate.yaml` must not be believed.
extension Project {
    /// The rules and the policy that protect branches here: those that the main protected branch had when it was last
    /// in order, so that no commit that went round the gate lifts the protection; the caller's where no such branch has
    /// a configuration yet.
    ///
    /// Remembered for as long as the tip stays, because reading a commit takes longer than the rest of `status`.
    func protection(_ caller: ProjectConfiguration) async throws -> ProjectConfiguration {
        let tips = try protectingBranches(caller).compactMap { try layout.resolve(reference: $0.reference)?.hex }
        guard !tips.isEmpty else { return caller }
        let mark = tips.joined(separator: " ")
        if let known = try remembered(mark) { return known }
        guard let (branch, tip) = try await protectingBranch(caller) else { return caller }
        guard let found = try await configuration(at: lastInOrder(branch, tip)) else { return caller }
        try remember(found, mark)
        return found
    }

    /// The branch to land on: the one asked for, or else the main protected one, whatever the branch at hand says of it.
    ///
    /// - Throws: `ProjectError.noProtectedBranch`.
    func landingTarget(_ asked: BranchName?, _ caller: ProjectConfiguration) async throws -> BranchName {
        if let asked { return asked }
        return try requireMainProtectedBranch(await protection(caller))
    }

    /// Forgets what `protection(_:)` remembers: somebody has answered for a commit, or it was found in order.
    func forgetProtection() throws {
        try store.set(Self.protectionSetting, to: nil)
    }

    /// The commit whose configuration is trusted; `nil` where no protected branch has one.
    func trustedCommit(_ caller: ProjectConfiguration) async throws -> ObjectID? {
        try await protectingBranch(caller)?.tip
    }

    /// The main protected branch by its own word, where it has a configuration.
    private func protectingBranch(_ caller: ProjectConfiguration) async throws -> (branch: BranchName, tip: ObjectID)? {
        for branch in try protectingBranches(caller) {
            guard let tip = try layout.resolve(reference: branch.reference), let found = try await readable(tip) else {
                continue
            }
            // `main` may hand the office on, to `production` say.
            guard let main = try mainProtectedBranch(found), main != branch,
                let other = try layout.resolve(reference: main.reference), try await readable(other) != nil
            else { return (branch, tip) }
            return (main, other)
        }
        return nil
    }

    /// The newest commit of the branch that landed, was answered for, or was found in order by an audit; the tip where
    /// nothing was recorded yet.
    private func lastInOrder(_ branch: BranchName, _ tip: ObjectID) async throws -> ObjectID {
        let recorded = try await VerdictBook(project: self).landings(on: branch)
        if recorded.isEmpty || recorded[tip] != nil { return tip }
        let line = try await repository().firstParentLog(from: tip)
        let commit = line.first { recorded[$0.id] != nil }?.id ?? tip
        return try await readable(commit) == nil ? tip : commit
    }

    /// The names that are protected unless their own tips say otherwise come first; only where none of them exists does
    /// the caller's word count.
    private func protectingBranches(_ caller: ProjectConfiguration) throws -> [BranchName] {
        let usual = ProjectConfiguration.defaultEnvironments.filter(\.isProtected).compactMap {
            BranchName($0.match.text)
        }
        let claimed = try mainProtectedBranch(caller)
        return usual + (claimed.map { usual.contains($0) ? [] : [$0] } ?? [])
    }

    private func readable(_ commit: ObjectID) async throws -> ProjectConfiguration? {
        do {
            return try await configuration(at: commit)
        } catch is ConfigurationError {
            return nil  // Says nothing about what it protects.
        }
    }

    private static let protectionSetting = "protection"

    private func remembered(_ mark: String) throws -> ProjectConfiguration? {
        guard let text = try store.setting(Self.protectionSetting), text.hasPrefix(mark + "\n") else { return nil }
        // What an older version wrote is made anew.
        return try? JSONDecoder().decode(
            ProjectConfiguration.self, from: Data(text.utf8.dropFirst(mark.utf8.count + 1)))
    }

    private func remember(_ found: ProjectConfiguration, _ mark: String) throws {
        var kept = ProjectConfiguration(project: found.project)
        kept.environments = found.environments
        kept.gate = found.gate
        let encoded = String(decoding: try JSONEncoder().encode(kept), as: UTF8.self)
        try store.set(Self.protectionSetting, to: mark + "\n" + encoded)
    }
}

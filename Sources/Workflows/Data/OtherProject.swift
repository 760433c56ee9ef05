import Configuration
import Git
import HostSystem
import Model
import Persistence
import Pipelines
import SystemPackage

/// Another project on this machine, as a source of kind `project` reads it.
///
/// Nothing is run or finished there, and no working tree is believed: what counts is the commit that `ref` names, the
/// verdict about exactly its tree, and contents by the hashes that the verdict's run recorded.
struct OtherProject: Sendable {
    let source: Source
    /// The top of its working tree, absolute, links resolved.
    let root: FilePath
    private let project: Project

    /// The commit that a source reads.
    struct Tip: Sendable {
        /// The full name where `ref` names a branch or tag, else as it was written.
        let reference: String
        let branch: BranchName?
        let commit: ObjectID

        /// As people write it.
        var name: String { branch?.rawValue ?? reference }
    }

    /// An output that passed.
    struct Proven: Sendable {
        let origin: PinOrigin
        let output: RecordedOutput
        /// The branch that it was judged for.
        let target: BranchName
        /// Where its contents are looked for.
        let cache: FilePath
        let workspaces: [FilePath]

        /// Where people would look for it.
        var location: FilePath { FilePath(origin.repository).pushing(FilePath(origin.output)).lexicallyNormalized() }
    }

    /// Opens the project at `path`, for a source of `reader`.
    ///
    /// - Throws: `ProjectSourceError`; `GitError.dubiousOwnership` for another user's repository that Git does not trust.
    init(_ source: Source, at path: FilePath, for reader: Project) async throws {
        self.source = source
        guard FileSystem.isDirectory(path) else {
            throw ProjectSourceError.noRepository(source: source.name, path, reason: "\(path) is no directory")
        }
        root = try FileSystem.canonical(path)
        let layout: RepositoryLayout
        do {
            layout = try RepositoryLayout.find(from: root)
        } catch GitError.notARepository {
            throw ProjectSourceError.noRepository(
                source: source.name, path, reason: "\(path) is not in a Git repository")
        }
        guard let top = layout.workTree, try FileSystem.canonical(top) == root else {
            let reason = layout.workTree.map { "\(path) lies inside the repository at \($0)" }
            throw ProjectSourceError.noRepository(
                source: source.name, path, reason: reason ?? "\(path) has no working tree")
        }
        guard layout.commonDirectory != reader.layout.commonDirectory else {
            throw ProjectSourceError.ownRepository(source: source.name, root)
        }
        try await GitProgram(layout, runner: reader.host.runner, variables: reader.host.variables)
            .requireTrusted(userID: CurrentProcess.userID)
        // A state is only read here, and never begun.
        guard FileSystem.exists(layout.headgateDirectory.appending("state.sqlite")) else {
            let isProject = FileSystem.exists(root.appending(Project.configurationFile))
            throw isProject
                ? ProjectSourceError.nothingRecorded(source: source.name, root)
                : ProjectSourceError.noConfiguration(source: source.name, root, nil)
        }
        do {
            project = try Project.openWithoutRecovery(at: root, host: reader.host)
        } catch GitError.emptyRepository {
            throw ProjectSourceError.noReference(source: source.name, root, source.driver?.reference)
        }
    }

    /// The commit at which what the source asks for stands now.
    ///
    /// - Throws: `ProjectSourceError.noReference`.
    func tip() async throws -> Tip {
        guard let asked = source.driver?.reference else { return try await mainTip() }
        let repository = try await project.repository()
        if let branch = BranchName(asked), let commit = try await repository.tip(of: branch) {
            return Tip(reference: branch.reference, branch: branch, commit: commit)
        }
        do {
            let commit = try await repository.resolve(commitish: asked)
            let tag = "refs/tags/" + asked
            let isTag = try await repository.resolve(reference: tag) != nil
            return Tip(reference: isTag ? tag : asked, branch: nil, commit: commit)
        } catch GitError.unknownRevision {
            throw ProjectSourceError.noReference(source: source.name, root, asked)
        }
    }

    private func mainTip() async throws -> Tip {
        // The working tree there has a say only where no protected branch has one, and need not be in order.
        let caller = try? project.configuration(in: root).configuration
        let rules = try await project.protection(caller ?? ProjectConfiguration(project: ""))
        guard let branch = try project.mainProtectedBranch(rules) else {
            throw ProjectSourceError.noReference(source: source.name, root, nil)
        }
        guard let commit = try await project.repository().tip(of: branch) else {
            throw ProjectSourceError.noReference(source: source.name, root, nil)
        }
        return Tip(reference: branch.reference, branch: branch, commit: commit)
    }

    /// The output that the source asks for, as the verdict about the tip's tree proves it.
    ///
    /// - Throws: `ProjectSourceError`.
    func proven() async throws -> Proven {
        let tip = try await tip()
        let configuration = try await configuration(at: tip.commit)
        // The target's rule decides on parameters: a protected branch is proven by what was judged for that branch.
        let rules = try await project.protection(configuration)
        let target = tip.branch.flatMap { rules.isProtected($0) ? $0 : nil }
        let answer = try await VerifyCommit(project)(tip.commit.hex, judgedFor: target)
        guard let verdict = answer.verdict, answer.holds else {
            throw unproven(answer, tip, configuration, rules)
        }
        let step = try step(configuration, as: verdict.target)
        let output = try recorded(step.step, step.path, verdict, tip, configuration)
        let root = project.workspacesRoot(configuration)
        let environment = try project.store.environment(for: verdict.target)?.workspace.map { FilePath($0) }
        return Proven(
            origin: PinOrigin(
                project: configuration.project, repository: self.root.string,
                askedReference: source.driver?.reference, askedOutput: source.driver?.output ?? "",
                reference: tip.reference, output: step.path, commit: tip.commit, verdict: verdict.key,
                landed: try await landed(tip)),
            output: output, target: verdict.target, cache: root.appending(".store").appending("cache"),
            workspaces: [environment, self.root].compactMap(\.self))
    }

    private func configuration(at commit: ObjectID) async throws -> ProjectConfiguration {
        let found: ProjectConfiguration?
        do {
            found = try await project.configuration(at: commit)
        } catch let error as ConfigurationError {
            throw ProjectSourceError.brokenConfiguration(
                source: source.name, root, commit, reason: error.diagnosis.problem)
        }
        guard let found else { throw ProjectSourceError.noConfiguration(source: source.name, root, commit) }
        return found
    }

    private func unproven(
        _ answer: VerifyCommit.Answer, _ tip: Tip, _ configuration: ProjectConfiguration,
        _ rules: ProjectConfiguration
    ) -> any Error {
        let reason =
            if let verdict = answer.verdict, verdict.outcome.mayLand {
                "has a verdict that does not hold any more: its \(answer.differing.joined(separator: ", ")) changed"
            } else if let verdict = answer.verdict {
                "was judged `\(verdict.outcome.rawValue)`"
            } else {
                "has no verdict"
            }
        let isLandable = tip.branch.map(rules.isProtected) ?? false
        let remedy: ProjectSourceError.Proof =
            if !isLandable {
                .protectedReference(rules.environments.filter(\.isProtected).map(\.match.text))
            } else if answer.verdict == nil { .landing } else { .look }
        return ProjectSourceError.notProven(
            source: source.name, project: configuration.project, root, reference: tip.name, tip.commit,
            reason: reason, remedy)
    }

    /// The step that makes the output, and the output's path.
    private func step(
        _ configuration: ProjectConfiguration, as target: BranchName
    ) throws -> (step: ResolvedStep, path: String) {
        let asked = source.driver?.output ?? ""
        let pipeline = try ConfigurationResolver.resolve(
            configuration,
            in: ResolutionContext(
                branch: target, environmentName: target.slug, ports: configuration.ports(of: nil), local: nil))
        for step in pipeline.steps {
            if let path = step.outputs.first(where: { RecordedOutput.isSame($0, asked) }) { return (step, path) }
        }
        let named = pipeline.steps.filter { $0.id == asked || $0.group == asked }
        if named.count == 1, named[0].outputs.count == 1 { return (named[0], named[0].outputs[0]) }
        throw ProjectSourceError.noOutput(
            source: source.name, output: asked, project: configuration.project,
            known: (named.isEmpty ? pipeline.steps : named).flatMap(\.outputs))
    }

    /// What the verdict's run recorded of the output.
    private func recorded(
        _ step: ResolvedStep, _ path: String, _ verdict: Verdict, _ tip: Tip, _ configuration: ProjectConfiguration
    ) throws -> RecordedOutput {
        func missing(_ reason: String, isMadeByRun: Bool = false) -> ProjectSourceError {
            .noData(
                source: source.name, project: configuration.project, root, reference: tip.name, tip.commit,
                reason: reason, branch: isMadeByRun ? verdict.target : nil)
        }
        // A verdict that came with Git may name any run; what counts is what was judged here.
        let own = try project.store.verdict(key: verdict.key)
        guard let own, own.outcome.mayLand, own.tree == verdict.tree, let run = try project.store.run(own.run) else {
            throw missing("the run behind its verdict is not recorded on this machine")
        }
        guard let result = run.steps.first(where: { $0.id == step.id }), let digest = result.outputs,
            let key = result.key, own.steps[step.id] == key,
            [.ran, .cached, .upToDate].contains(result.state)
        else { throw missing("its run has no result of `\(step.id)`") }
        guard let known = try project.store.cachedResults(for: [key])[key] else {
            throw missing("what `\(step.id)` made is not in the cache any more", isMadeByRun: true)
        }
        guard let output = RecordedOutput(at: path, of: step, recorded: known, digest: digest) else {
            throw missing("a later run of `\(step.id)` made something else of the same inputs")
        }
        if output.entries.first?.kind == .link {
            throw ProjectSourceError.linkOutput(source: source.name, output: path)
        }
        return output
    }

    /// What to say when a content is gone.
    func contentsGone(_ proven: Proven) -> ProjectSourceError {
        .noData(
            source: source.name, project: proven.origin.project, root, reference: proven.origin.shortReference,
            proven.origin.commit, reason: "a part of `\(proven.origin.output)` is not in the cache any more",
            branch: proven.target)
    }

    private func landed(_ tip: Tip) async throws -> Timestamp {
        if let branch = tip.branch,
            let landing = try await VerdictBook(project: project).landings(on: branch)[tip.commit]
        {
            return landing.when
        }
        return try await project.repository().commit(tip.commit).committed
    }
}

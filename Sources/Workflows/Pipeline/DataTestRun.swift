import DataTests
import HostSystem
import Model
import Persistence
import Pipelines
import Snapshots
import SystemPackage

/// Runs the data tests of one run: finds each subject's tables, hands results down for reuse, and keeps failing rows
/// beside the run's logs.
struct DataTestRun: Sendable {
    let project: Project
    let root: FilePath
    let configuration: ProjectConfiguration
    let pipeline: ResolvedPipeline
    let mounts: [SourceMount]
    let folder: FilePath
    let extraTests: [PreparedPipeline.PlacedExtraTest]
    let extra: @Sendable ([TestResult]) -> Void

    private let snapshots: SnapshotStore
    private let runner: TestRunner
    private let tests: [TestSubject: [DataTest]]

    init(
        project: Project, root: FilePath, configuration: ProjectConfiguration, pipeline: ResolvedPipeline,
        mounts: [SourceMount], folder: FilePath, extraTests: [PreparedPipeline.PlacedExtraTest],
        extra: @escaping @Sendable ([TestResult]) -> Void
    ) {
        self.project = project
        self.root = root
        self.configuration = configuration
        self.pipeline = pipeline
        self.mounts = mounts
        self.folder = folder
        self.extraTests = extraTests
        self.extra = extra
        snapshots = SourcePinning.snapshots(project, configuration)
        runner = TestRunner(
            engine: DuckDBEngine.locate(besides: project.host.parts.program, variables: project.host.variables),
            runner: project.host.runner)
        var tests: [TestSubject: [DataTest]] = [:]
        for source in configuration.sources where !source.allTests.isEmpty {
            tests[.source(source.name)] = source.allTests
        }
        for step in pipeline.steps where !step.tests.isEmpty { tests[.step(step.id)] = step.tests }
        self.tests = tests
    }

    /// Whether a subject has anything to test.
    func hasTests(_ subject: TestSubject) -> Bool {
        tests[subject] != nil || extraTests.contains { $0.subject == subject }
    }

    /// Whether any test depends on when it is run.
    var readsClock: Bool {
        tests.values.contains { $0.contains(where: \.check.name.readsClock) }
            || extraTests.contains { $0.test.check.name.readsClock }
    }

    /// Returns the results of a subject's tests in the order of the file; nothing for a subject without tests.
    func results(of subject: TestSubject, outputs: [StepOutput]) async -> [TestResult] {
        let own = tests[subject] ?? []
        let further = extraTests.filter { $0.subject == subject }.map(\.test)
        guard !own.isEmpty || !further.isEmpty else { return [] }
        do {
            let temporary = folder.appending("tests").appending(ContentHash(of: subject.description).prefix(12))
            try FileSystem.makeDirectories(temporary, mode: 0o700)
            let context = context(of: subject, outputs: outputs, temporary: temporary)
            let results = own.isEmpty ? [] : await runner.run(own, on: subject, in: context)
            if !further.isEmpty { extra(await runner.run(further, on: subject, in: context)) }
            try project.store.insert(results, at: project.host.time.now())
            return results
        } catch {
            let reason = (error as? any DiagnosableError)?.diagnosis.problem ?? "\(error)"
            return own.map {
                TestResult(
                    id: "\(subject)/\($0.identity)", subject: subject, check: $0.check.name, severity: $0.severity,
                    outcome: .broken, message: reason)
            }
        }
    }

    private func context(of subject: TestSubject, outputs: [StepOutput], temporary: FilePath) -> TestContext {
        let hashes = Dictionary(outputs.compactMap { output in output.hash.map { (output.location, $0) } }) { $1 }
        let now = project.host.time.now()
        let store = project.store
        let hashCache = project.hashCache
        return TestContext(
            resolve: { resolve($0) }, subjectTables: subjectTables(subject, outputs), tables: namedTables(),
            nulls: nulls(of: subject),
            contentKey: { path in hashes[path] ?? (try? contentHash(of: path, in: hashCache)) },
            previous: { key in try? store.testResults(for: [key])[key] },
            temporaryDirectory: temporary, threads: project.host.cores, timeLimit: TimeSpan(seconds: 3600),
            now: now, newest: { newest(of: subject) }, today: String(now.rfc3339.prefix(10)))
    }

    /// When the newest of a source's pinned data was made: another project's when it landed there, files when they were
    /// last written, as their location said.
    private func newest(of subject: TestSubject) -> NewestData {
        guard case .source(let name) = subject else { return .unknown("outputs are as old as the run that made them") }
        guard let pin = mounts.first(where: { $0.name == name })?.pin else { return .unknown("it is not pinned") }
        if let origin = pin.origin { return .moment(origin.landed) }
        guard pin.kind.isOfFiles else { return .unknown("how old data of this kind is cannot be known") }
        do {
            return try snapshots.newestModification(of: pin).map { .moment($0) } ?? .unknown("it holds no file")
        } catch {
            return .unknown((error as? any DiagnosableError)?.diagnosis.problem ?? "\(error)")
        }
    }

    /// Where a path of the configuration lies: inside a source's pinned data, or in the working tree.
    private func resolve(_ path: String) -> FilePath? {
        let normal = FilePath(path).lexicallyNormalized()
        guard normal.isRelative, normal.components.first?.kind != .parentDirectory else { return nil }
        for mount in mounts {
            guard let place = mount.path.map({ FilePath($0).lexicallyNormalized() }), let real = mount.realPath else {
                continue
            }
            if normal == place { return real }
            if normal.starts(with: place) {
                var rest = normal
                _ = rest.removePrefix(place)
                return inside(real, rest)
            }
        }
        return inside(root, normal)
    }

    /// A path that is followed without leaving `folder`: tests run outside the sandbox, and an output may be a link. What
    /// is not there yet, and patterns, are looked at later.
    private func inside(_ folder: FilePath, _ path: FilePath) -> FilePath? {
        guard FileSystem.exists(folder.pushing(path)) else { return folder.pushing(path) }
        return try? FileSystem.resolve(path, beneath: folder)  // One that leads outside is no table of ours.
    }

    private func subjectTables(_ subject: TestSubject, _ outputs: [StepOutput]) -> [String] {
        switch subject {
        case .source(let name): mounts.first { $0.name == name }?.path.map { [$0] } ?? []
        case .step: outputs.map(\.path)
        }
    }

    private func nulls(of subject: TestSubject) -> [String] {
        switch subject {
        case .source(let name): mounts.first { $0.name == name }?.nulls ?? [""]
        case .step(let id): pipeline.steps.first { $0.id == id }?.nulls ?? [""]
        }
    }

    /// Sources by name and outputs by the stem of their file.
    private func namedTables() -> [NamedTable] {
        let sources = mounts.compactMap { mount in
            mount.path.map { NamedTable(name: mount.name, path: $0, nulls: mount.nulls) }
        }
        let outputs = pipeline.steps.flatMap { step in
            step.outputs.compactMap { path in
                FilePath(path).stem.map { NamedTable(name: $0, path: path, nulls: step.nulls) }
            }
        }
        return sources + outputs
    }
}

/// The hash of a file's content, read only where it is not known.
private func contentHash(of path: FilePath, in cache: HashCache) throws -> ContentHash {
    let status = try FileSystem.requireStatus(path, followLinks: true)
    guard status.kind == .file else { throw HostError.unsupportedKind(path, status.kind) }
    let volume = try Volume(of: path).identifier
    let identity = FileIdentity(status)
    if let known = cache.hashes(of: [identity], on: volume).first ?? nil { return known }
    let began = SystemClock.now()
    let hash = try FileHasher.hash(path)
    cache.insert([.init(identity: identity, hash: hash, readingBegan: began)], on: volume)
    return hash
}

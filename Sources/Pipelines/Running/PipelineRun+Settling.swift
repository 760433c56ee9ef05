import HostSystem
import Model
import Persistence
import SystemPackage

extension PipelineRun {
    func finish(_ end: StepEnd, _ parts: Evaluation.KeyParts) {
        taints += end.taints
        setAside += end.setAside
        if let lock = end.lock { recorder.keep(lock) }
        if end.succeeded {
            evaluation.learn(end.outputs)
            tests[end.number] = end.tests
            let success = StepMemory(
                step: end.result.id, key: end.result.key ?? StepKey(parts.parts).hash, outputs: end.result.outputs,
                seconds: end.commandSeconds, finished: context.time.now(), changedCopies: end.changedCopies)
            recorder.add(
                success, parts: recordedParts(parts.parts, outputs: end.outputs), cached: end.record,
                isReused: end.result.state == .cached)
        }
        settle(end.number, end.result, tail: end.tail, hint: end.hint)
    }

    func settle(_ number: Int, _ result: StepResult, tail: [String] = [], hint: String? = nil) {
        results[number] = result
        tools.events.send(.stepFinished(result, tail: tail, hint: hint))
        for test in tests[number] ?? [] { tools.events.send(.testFinished(test)) }
        sendProgress()
        var reason: String?
        if result.state == .failed || result.state == .skipped || result.state == .lost {
            hasFailed = hasFailed || result.state == .failed
            reason = result.state == .skipped ? result.message : "`\(result.id)` failed"
            if result.state == .lost { reason = "the run was interrupted" }
        } else if let test = tests[number]?.first(where: \.stopsTheLine) {
            hasFailed = true
            reason = "the data test `\(test.id)` failed"
        }
        for dependent in graph.dependents[number] where evaluation.isSelected[dependent] {
            if let reason, blocked[dependent] == nil { blocked[dependent] = reason }
            count(dependent)
        }
    }

    func settle(source: Int, _ found: [TestResult]) {
        for test in found { tools.events.send(.testFinished(test)) }
        let failed = found.first(where: \.stopsTheLine)
        if failed != nil { hasFailed = true }
        for step in evaluation.selected where graph.sourcesRead[step].contains(source) {
            if let failed, blocked[step] == nil { blocked[step] = "the data test `\(failed.id)` failed" }
            count(step)
        }
    }

    func count(_ step: Int) {
        waits[step] -= 1
        if waits[step] == 0 { undecided.append(step) }
    }

    func sendProgress() {
        tools.events.send(
            .progress(.init(finished: results.count, running: running, total: evaluation.selected.count)))
    }

    func lookForRepositories() async throws {
        for (root, path) in try tools.repositories.found(isDue: true) {
            taints.append(try await tools.setAside(repository: path, in: root, after: "a step"))
        }
    }

    /// Names the outputs that are not any more what their step made and what was tested: another step wrote there.
    func lookForChangedOutputs() async throws {
        guard !Task.isCancelled, results.values.contains(where: { $0.state == .ran }) else { return }
        for number in evaluation.selected {
            guard let result = results[number], [.ran, .cached, .upToDate].contains(result.state),
                let made = result.outputs, !graph.outputs[number].isEmpty
            else { continue }
            let standing = try await tools.reader.snapshots(of: graph.outputs[number]).compactMap { $0 }
            if standing.count == graph.outputs[number].count, outputsHash(standing) == made { continue }
            let names = graph.outputs[number].map(\.text).joined(separator: ", ")
            taints.append(
                "\(names), made by `\(result.id)`, changed after it was made and tested: another step wrote there")
        }
    }

    /// What the next run may compare with instead of deciding; `nil` unless everything was up to date as it stood.
    func index(_ report: PipelineReport, fingerprint: ContentHash) -> RunIndex? {
        guard report.steps.allSatisfy({ $0.state == .upToDate }), report.taints.isEmpty, !report.isInterrupted,
            !report.tests.contains(where: \.stopsTheLine),
            // A copy that is made anew is told by no file that a decision was made of.
            evaluation.selected.allSatisfy({
                evaluation.memory[graph.pipeline.steps[$0].id]?.changedCopies.isEmpty != false
            }), let mixedPlaces, let seen = evaluation.seen
        else { return nil }
        return RunIndex(
            fingerprint: fingerprint, isolation: report.isolation, directories: seen.directories,
            places: seen.places + mixedPlaces, steps: report.steps)
    }

    // MARK: - The report

    func report() -> PipelineReport {
        let isInterrupted = Task.isCancelled
        let reason = isInterrupted ? "the run was interrupted" : "another step failed before"
        let steps = graph.pipeline.steps
        let all = evaluation.selected.map { number in
            results[number] ?? StepResult(id: steps[number].id, state: .skipped, message: blocked[number] ?? reason)
        }
        let sources = sourceTests.sorted { $0.key < $1.key }.flatMap(\.value)
        return PipelineReport(
            steps: all, tests: sources + evaluation.selected.flatMap { tests[$0] ?? [] }, taints: taints,
            savedSeconds: all.reduce(0) { $0 + ($1.state == .cached ? $1.savedSeconds ?? 0 : 0) },
            isInterrupted: isInterrupted, setAside: setAside,
            isolation: evaluation.selected.map { evaluation.isolation(of: steps[$0]) }.min() ?? context.isolation)
    }
}

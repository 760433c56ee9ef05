import HostSystem
import Model
import SystemPackage

extension PipelineRun {
    func startReady(_ group: inout TaskGroup<Outcome>) {
        while running < options.jobs, !mustStop, let work = ready.popFirst() {
            if case .job(let job, _) = work, let mutex = job.step.mutex {
                guard held[mutex, default: 0] < max(1, graph.pipeline.limits[mutex] ?? 1) else {
                    parked[mutex, default: []].append(work)
                    continue
                }
                held[mutex, default: 0] += 1
                holders.insert(job.number)
            }
            running += 1
            start(work, &group)
        }
    }

    func start(_ work: Work, _ group: inout TaskGroup<Outcome>) {
        let tools = tools
        switch work {
        case .job(let job, let parts):
            group.addTask {
                do { return .step(try await job.run(), parts) } catch { return .fatal(job.number, error) }
            }
        case .tests(let number, let snapshots, let result):
            let step = graph.pipeline.steps[number]
            group.addTask { .tested(number, result, await tools.test(step, snapshots)) }
        }
    }

    /// Gives a slot back.
    func release(_ number: Int) {
        running -= 1
        guard let mutex = graph.pipeline.steps[number].mutex, holders.remove(number) != nil else { return }
        held[mutex, default: 0] -= 1
        for work in parked.removeValue(forKey: mutex) ?? [] {
            ready.insert(work, number: work.number, length: lengths[work.number])
        }
    }

    func startTests(ofSource number: Int, _ group: inout TaskGroup<Outcome>) {
        let source = graph.sources[number]
        var data: [StepOutput] = []
        if let path = source.path {
            let location = tools.reader.location(of: WorkspacePath(path))
            data.append(StepOutput(path: path, location: location, hash: source.pin?.fingerprint))
        }
        let context = context
        group.addTask { [data] in .testedSource(number, await context.tests(.source(source.name), data)) }
    }

    /// Reads directories and patterns that cover what other steps made.
    func read(_ step: Int, _ group: inout TaskGroup<Outcome>) {
        let mixed = evaluation.mixedInputs(of: step).map(\.input)
        let reader = tools.reader
        group.addTask {
            do {
                var found: [String: [Snapshot]?] = [:]
                var places: [RunIndex.Place]? = []
                for input in mixed {
                    let (snapshots, directories) = try await reader.look(at: input)
                    found[input.text] = snapshots
                    for snapshot in snapshots {
                        if let more = reader.places(of: snapshot) {
                            places?.append(contentsOf: more)
                        } else {
                            places = nil
                        }
                    }
                    places?.append(contentsOf: directories)
                }
                return .read(step, found, places)
            } catch {
                return .fatal(nil, error)
            }
        }
    }

    func startTick(_ group: inout TaskGroup<Outcome>) {
        isTicking = true
        group.addTask {
            // When the run is cancelled, what has finished is recorded at once.
            try? await Task.sleep(for: ResultRecorder.patience)
            return .tick
        }
    }
}

import Model

/// Returns the settings on which the gate stands and that a branch changes, by their keys in `headgate.yaml`.
///
/// They are `gate`, `environments`, `publish`, `secrets`, `sandbox` and where each source lies: what is judged, where it
/// runs, and what comes of it.
public func settingChanges(target: ProjectConfiguration, candidate: ProjectConfiguration) -> [TestChange] {
    var changed: [String] = []
    if target.gate != candidate.gate { changed.append("gate") }
    if target.environments != candidate.environments { changed.append("environments") }
    if target.publish != candidate.publish { changed.append("publish") }
    if target.secrets != candidate.secrets { changed.append("secrets") }
    if target.sandbox != candidate.sandbox { changed.append("sandbox") }
    let before = Dictionary(uniqueKeysWithValues: target.sources.map { ($0.name, $0.location) })
    for source in candidate.sources {
        guard let location = before[source.name], location != source.location else { continue }
        changed.append("sources.\(source.name).location")
    }
    let sandboxes = Dictionary(uniqueKeysWithValues: target.steps.map { ($0.name, $0.sandbox) })
    for step in candidate.steps where step.sandbox != sandboxes[step.name, default: SandboxSettings()] {
        changed.append("steps.\(step.name).sandbox")
    }
    return changed.map { TestChange(kind: .setting, subject: $0, message: "the branch changes `\($0)`") }
}

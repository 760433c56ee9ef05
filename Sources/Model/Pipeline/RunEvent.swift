/// Something that happens while a pipeline runs, in the order it happens.
public enum RunEvent: Hashable, Sendable {
    /// The run is about to look at this many steps.
    case planned(steps: Int)
    case started(step: String)
    /// - `lines`: the last lines of the log of a step that failed, as they are; may hold control characters.
    case finished(StepResult, lines: [String])
    case tested(TestResult)
    /// A sentence for people, such as why the sandbox is not used.
    case note(String)
}

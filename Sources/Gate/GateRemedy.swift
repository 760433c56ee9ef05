import Model

/// What opens a gate that is closed, one for each kind of cause.
public enum GateRemedy: Hashable, Sendable {
    /// A step or a test failed.
    case mendBranch
    /// Data is older than it may be.
    case refreshData
    /// A test could not run.
    case mendTests
    /// The policy requires data tests, and there is none.
    case addTests
    /// The policy forbids what the branch brings.
    case changePolicy
    /// The policy requires a step that is not there.
    case addStep
    /// Somebody has to say that this was seen.
    case acknowledge(String)
    /// This machine isolates steps less than the policy asks for.
    case isolate(IsolationLevel)
    /// The run changed what it must not.
    case cleanRun
    /// There is no verdict, and none may be made.
    case judge
}

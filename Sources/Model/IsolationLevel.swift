/// How far a command is shut off from the machine; ordered from weak to strong.
public enum IsolationLevel: String, Sendable, Codable, CaseIterable, Comparable {
    /// Its own session and listed variables; no file confinement.
    case process
    /// bubblewrap, with the exact set of flags of `HostSystem/Sandbox`.
    case sandbox
    /// The step's image.
    case container
    /// As `sandbox`, with only declared inputs visible and no network.
    case hermetic

    public static func < (left: IsolationLevel, right: IsolationLevel) -> Bool {
        allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!  // Every case is in allCases.
    }
}

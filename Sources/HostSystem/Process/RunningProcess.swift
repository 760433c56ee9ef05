import SystemPackage

/// A process that keeps a directory busy.
public struct RunningProcess: Sendable, Hashable {
    public let identifier: Int32
    /// The command line, for people.
    public let command: String
    /// What it holds beneath the directory: its working directory or an open file.
    public let holds: FilePath

    /// Returns the processes, this one apart, whose working directory or an open file lies at or beneath `path`.
    ///
    /// Processes of other users are seen only by root.
    public static func using(_ path: FilePath) -> [RunningProcess] { [] }
}

import SystemPackage

/// What this process is and was started with; read once at the top and handed down.
public enum CurrentProcess {
    /// The absolute path of the running program.
    public static func executable() throws(HostError) -> FilePath { "/" }
    public static var identifier: Int32 { 0 }
    /// The command line, without the directory of the program.
    public static var commandLine: String { "" }
    /// The name of the user, or the number where there is no name.
    public static var userName: String { "" }
    public static var userID: UInt32 { 0 }
    public static var hostName: String { "" }
    /// How many cores this process may use.
    public static var cores: Int { 1 }
    public static func currentDirectory() throws(HostError) -> FilePath { "/" }
}

/// The variables this process was started with.
public enum ProcessVariables {
    public static func current() -> [String: String] { [:] }
}

import Glibc
import HostSystem
import SystemPackage

/// A PostgreSQL server of its own for one test, on a Unix socket in a temporary directory, run by an ordinary user.
public final class PostgresInstance: Sendable {
    public let directory: TemporaryDirectory
    private let user: OrdinaryUser?

    /// Where the programs of version 15 are; `nil` where they are not installed, or nobody may run the server.
    public static let programs: FilePath? = {
        let folder: FilePath = "/usr/lib/postgresql/15/bin"
        guard FileSystem.exists(folder.appending("pg_ctl")) else { return nil }
        return CurrentProcess.userID == 0 && OrdinaryUser.available == nil ? nil : folder
    }()

    /// Starts a server with the superuser `postgres`.
    ///
    /// - Parameter tcp: whether it also listens at a port of 127.0.0.1, the one of the socket's name.
    public init(port: Int = 5432, tcp: Bool = false) async throws {
        directory = try TemporaryDirectory(name: "headgate-postgres")
        user = CurrentProcess.userID == 0 ? OrdinaryUser.available : nil
        self.port = port
        options = "-F -k \(directory.path("socket")) -p \(port) -c listen_addresses='\(tcp ? "127.0.0.1" : "")'"
        try FileSystem.setMode(directory.path, 0o755)
        let data = try directory.makeDirectory("data")
        if let user { try await user.own(data) }
        try FileSystem.setMode(data, 0o700)
        try FileSystem.makeDirectories(directory.path("socket"))
        if let user { try await user.own(directory.path("socket")) }
        if let user { try await user.own(directory.path) }
        try await run(
            "initdb",
            ["-D", data.string, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8"])
        try await start()
    }

    public let port: Int
    private let options: String

    /// Starts the server again after `stop`.
    public func start() async throws {
        try await run(
            "pg_ctl",
            [
                "-D", directory.path("data").string, "-w", "-s", "-l", directory.path("data/log").string, "-o", options,
                "start",
            ])
    }

    /// Stops the server at once.
    public func stop() async throws {
        try await run("pg_ctl", ["-D", directory.path("data").string, "-w", "-s", "-m", "immediate", "stop"])
    }

    /// The address of a database, over the socket.
    public func url(_ database: String, user: String = "postgres") -> String {
        "postgresql://\(user)@/\(database)?host=\(directory.path("socket"))&port=\(port)"
    }

    /// Runs statements and returns what psql prints, without alignment.
    @discardableResult
    public func sql(_ statements: String, in database: String = "postgres") async throws -> String {
        try await run("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", statements])
    }

    /// The databases whose names begin with `hg_`, in their order.
    public func clones() async throws -> [String] {
        try await sql("SELECT datname FROM pg_database WHERE datname LIKE 'hg\\_%' ORDER BY 1").split(separator: "\n")
            .map(String.init)
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        let folder = PostgresInstance.programs ?? "/usr/bin"
        let invocation = Invocation(
            folder.appending(program).string, arguments,
            variables: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"], directory: directory.path,
            output: .captured(), errorOutput: .joined)
        let result = try await CommandRunner().run(
            user.map { $0.running(invocation) } ?? invocation)
        guard result.succeeded else { throw Failed(program: program, message: result.outputText) }
        return String(result.outputText.last == "\n" ? result.outputText.dropLast() : result.outputText[...])
    }

    public struct Failed: Error, CustomStringConvertible {
        public let program: String
        public let message: String

        public var description: String { "\(program): \(message)" }
    }

    deinit {
        // The first line of the file is the server's process; what has stopped needs no ending.
        let file = directory.path("data/postmaster.pid")
        guard let line = (try? FileSystem.readText(file))?.split(separator: "\n").first, let process = Int32(line)
        else {
            return
        }
        kill(process, SIGQUIT)  // An immediate shutdown.
        for _ in 0..<200 where FileSystem.exists(file) { usleep(10_000) }
    }
}

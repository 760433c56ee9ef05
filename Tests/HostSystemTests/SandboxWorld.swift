import Glibc
import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Who runs the sandboxed command.
enum Runner: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case oneself, ordinaryUser

    var testDescription: String { self == .oneself ? "as \(CurrentProcess.userName)" : "as an ordinary user" }

    static let available: [Runner] = OrdinaryUser.available == nil ? [.oneself] : allCases
}

/// A project with two environments, a home directory with secrets, and a source outside.
struct SandboxWorld: Sendable {
    let directory: TemporaryDirectory
    let runner: Runner
    let home: FilePath
    let projects: FilePath
    let sandbox = Sandbox()

    /// - Parameters:
    ///   - parent: where on the machine everything lies.
    ///   - inHome: whether the project lies in the home directory, and how deep.
    init(_ runner: Runner, in parent: FilePath = "/tmp", projects: String = "projects") async throws {
        self.runner = runner
        directory = try TemporaryDirectory(in: parent)
        home = directory.path("home")
        self.projects = directory.path(projects)
        try directory.write("home/.ssh/id", "secret")
        try directory.write("home/.local/bin/tool", "#!/bin/sh\necho tool\n", mode: 0o755)
        try directory.write("location/file", "live")
        try directory.write("\(projects)/p/.git/config", "")
        try directory.write("\(projects)/p/file", "main")
        try directory.write("\(projects)/p.envs/a/.git", "gitdir: ../../p/.git/worktrees/a")
        try directory.write("\(projects)/p.envs/a/pinned/old", "old")
        try directory.write("\(projects)/p.envs/b/file", "other")
        try directory.write("\(projects)/p.envs/.store/snapshots/s/1/new", "new")
        try FileSystem.symbolicLink(at: workspace.appending("data"), to: directory.path("location"))
        if runner == .ordinaryUser { try await OrdinaryUser.available?.own(directory.path) }
    }

    var workspace: FilePath { projects.pushing("p.envs/a") }

    var specification: SandboxSpecification {
        SandboxSpecification(
            workspace: workspace, workspacesRoot: projects.pushing("p.envs"),
            gitDirectories: [projects.pushing("p/.git")],
            readOnlyBinds: [
                .init(projects.pushing("p.envs/.store/snapshots/s/1")),
                .init(source: projects.pushing("p.envs/.store/snapshots/s/1"), target: workspace.appending("pinned")),
            ],
            toolDirectories: [home.pushing(".local/bin"), "/usr/bin"], home: home)
    }

    /// Runs a script in the sandbox; `change` may take flags away from bubblewrap's.
    func run(
        _ script: String, _ specification: SandboxSpecification? = nil, variables: [String: String] = [:],
        without dropped: [[String]] = [], replacedBy replacement: [String] = []
    ) async throws -> CommandResult {
        let all = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"].merging(variables) { $1 }
        let command = Invocation(
            "bash", ["-c", script], variables: all, directory: workspace, timeLimit: TimeSpan(seconds: 20))
        var wrapped = try sandbox.wrap(command, in: specification ?? self.specification)
        for flags in dropped {
            let place = try #require(wrapped.arguments.firstRange(of: flags), "\(flags) is not among the flags")
            wrapped.arguments.replaceSubrange(place, with: replacement)
        }
        return try await CommandRunner().run(asRunner(wrapped))
    }

    func asRunner(_ invocation: Invocation) -> Invocation {
        guard runner == .ordinaryUser, let user = OrdinaryUser.available else { return invocation }
        return user.running(invocation)
    }

    func exists(_ path: FilePath) -> Bool { FileSystem.exists(path) }
}

/// A Unix socket on which somebody listens.
final class ListeningSocket: Sendable {
    private let descriptor: Int32
    private let path: String

    /// - Parameter path: where; a leading `@` means an abstract name.
    init(_ path: String) throws {
        self.path = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array((path.hasPrefix("@") ? "\0" + path.dropFirst() : path).utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0 && listen(descriptor, 5) == 0, "cannot listen at \(path): \(Errno(rawValue: errno))")
        if !path.hasPrefix("@") { chmod(path, 0o777) }
    }

    deinit {
        close(descriptor)
        if !path.hasPrefix("@") { unlink(path) }
    }
}

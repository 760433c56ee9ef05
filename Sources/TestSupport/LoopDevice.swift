import HostSystem
import Model
import SystemPackage

/// A file system of a chosen kind in a file, mounted for one test.
public final class LoopDevice: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case btrfs, xfs, ext4, tmpfs
    }

    /// Where it is mounted.
    public let path: FilePath
    public let kind: Kind
    private let directory: TemporaryDirectory

    /// Why such file systems cannot be made here, or `nil` when they can.
    public static let skipReason: String? = {
        guard CurrentProcess.userID == 0 else { return "mounting takes root" }
        // Root of a container may lack the right to mount: loop devices are then not there either.
        guard FileSystem.exists("/dev/loop-control") else { return "there are no loop devices" }
        return nil
    }()

    /// Whether such file systems can be made here; for `.enabled(if:)`.
    public static var isPossible: Bool { skipReason == nil }

    /// Makes and mounts a file system of about `megabytes`, which XFS and btrfs need to be at least 320 and 128.
    public init(_ kind: Kind, megabytes: Int = 400) async throws {
        self.kind = kind
        directory = try TemporaryDirectory(name: "headgate-\(kind.rawValue)")
        path = try directory.makeDirectory("mounted")
        if kind == .tmpfs {
            try await run("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "headgate-test", path.string])
            return
        }
        let image = directory.path("image").string
        try await run("truncate", ["-s", "\(megabytes)M", image])
        switch kind {
        case .btrfs: try await run("mkfs.btrfs", ["-q", image])
        case .xfs: try await run("mkfs.xfs", ["-q", "-m", "reflink=1", image])
        case .ext4, .tmpfs: try await run("mkfs.ext4", ["-q", image])
        }
        try await run("mount", ["-o", "loop", image, path.string])
        try FileSystem.setMode(path, 0o777)
    }

    /// Unmounts it; also done, lazily, when the last reference goes.
    public func unmount() async throws {
        try await run("umount", [path.string])
    }

    deinit {
        // `deinit` cannot wait for a child process; MNT_DETACH lets go as soon as nobody uses it.
        detachMount(path)
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        let variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let result = try await CommandRunner().run(Invocation(program, arguments, variables: variables))
        guard result.succeeded else { throw Failed(program: program, message: result.errorText) }
    }

    public struct Failed: Error, CustomStringConvertible {
        public let program: String
        public let message: String

        public var description: String { "\(program): \(message)" }
    }
}

import Glibc
import HostSystem
import SystemPackage

/// A directory of its own for one test, removed with everything in it when the last reference goes.
public final class TemporaryDirectory: Sendable {
    /// The directory, with every link resolved.
    public let path: FilePath

    /// Makes a directory in `parent`.
    public init(in parent: FilePath = "/tmp", name: String = "headgate-test") throws {
        let path = parent.appending("\(name)-\(randomName())")
        try FileSystem.makeDirectories(path)
        self.path = try FileSystem.canonical(path)
    }

    deinit {
        // What stays behind in /tmp is no failure of the test.
        try? FileSystem.removeTree(path, within: path.removingLastComponent())
    }

    /// Returns the path of `name` inside.
    public func path(_ name: String) -> FilePath { path.pushing(FilePath(name)) }

    /// Writes a file, making the directories above it, and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String = "", mode: UInt32 = 0o644) throws -> FilePath {
        try write(name, bytes: Array(text.utf8), mode: mode)
    }

    /// Writes a file, making the directories above it, and returns its path.
    @discardableResult
    public func write(_ name: String, bytes: [UInt8], mode: UInt32 = 0o644) throws -> FilePath {
        let file = path(name)
        try FileSystem.makeDirectories(file.removingLastComponent())
        let descriptor = try FileDescriptor.open(
            file, .writeOnly, options: [.create, .truncate], permissions: FilePermissions(rawValue: mode))
        try descriptor.closeAfter { _ = try descriptor.writeAll(bytes) }
        return file
    }

    public func read(_ name: String) throws -> String { try FileSystem.readText(path(name)) }

    public func makeDirectory(_ name: String) throws -> FilePath {
        let directory = path(name)
        try FileSystem.makeDirectories(directory)
        return directory
    }

    public func exists(_ name: String) -> Bool { FileSystem.exists(path(name)) }
}

import CHost
import Glibc
import SystemPackage

extension FileSystem {
    /// Returns the path with every link resolved. Source: `realpath(3)`.
    public static func canonical(_ path: FilePath) throws(HostError) -> FilePath {
        let resolved = path.withPlatformString { realpath($0, nil) }
        guard let resolved else { throw .failed(action: "find", path: path, code: Errno(rawValue: errno)) }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// Resolves `path` beneath `root` and returns where it leads; what would leave `root` is an error.
    ///
    /// `root` itself is resolved first, whatever links lead to it. An absolute `path` leaves it by definition.
    ///
    /// - Parameter followLinks: whether links within `root` are followed; otherwise any link is an error.
    ///
    /// Source: `openat2(2)`, RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS.
    public static func resolve(
        _ path: FilePath, beneath root: FilePath, followLinks: Bool = true
    ) throws(HostError) -> FilePath {
        let directory = try OpenFile(root, chost_place | O_DIRECTORY, action: "open")
        let found = try openBeneath(directory.descriptor, path, root: root, followLinks: followLinks)
        // The kernel's own name of what was opened: nothing can be swapped between the look and the answer.
        return try readLink(FilePath("/proc/self/fd/\(found.descriptor)"))
    }

    /// Opens `path` as a place (O_PATH) without leaving the open directory.
    private static func openBeneath(
        _ directory: Int32, _ path: FilePath, root: FilePath, followLinks: Bool
    ) throws(HostError) -> OpenFile {
        let descriptor = path.withPlatformString {
            chost_open_beneath(directory, $0, UInt64(chost_place), followLinks ? 1 : 0)
        }
        if descriptor >= 0 { return OpenFile(owning: descriptor) }
        let code = Errno(rawValue: errno)
        switch code {
        case .improperLink: throw .outside(root.pushing(path), root: root)
        default: throw .failed(action: "find", path: root.pushing(path), code: code)
        }
    }
}

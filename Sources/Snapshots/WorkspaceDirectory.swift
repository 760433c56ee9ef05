import Glibc
import HostSystem
import SystemPackage

/// A directory in a workspace, reached from the root without following any link and held open: what is done in it
/// happens there, whatever is renamed or linked meanwhile.
///
/// Source: `openat(2)`, O_NOFOLLOW.
struct WorkspaceDirectory: ~Copyable {
    /// For messages only.
    let path: FilePath
    private let descriptor: Int32

    /// Why a directory could not be reached.
    enum Obstacle: Error {
        case notDirectory(FilePath)
        case missing(FilePath)
    }

    /// Opens the directory at `path` beneath `workspace`.
    ///
    /// - Parameter making: whether missing directories are made.
    init(_ path: FilePath, in workspace: FilePath, making: Bool) throws {
        var place = workspace
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        var current = workspace.withPlatformString { open($0, flags) }
        if current < 0 { throw HostError.failed(action: "open", path: workspace, code: Errno(rawValue: errno)) }
        for component in path.components {
            place.append(component)
            if component.kind != .regular {
                close(current)
                throw Obstacle.notDirectory(place)
            }
            let next = component.withPlatformString { name in
                if making { mkdirat(current, name, 0o755) }  // One that is there already is opened below.
                return openat(current, name, flags | O_NOFOLLOW)
            }
            let code = Errno(rawValue: errno)
            close(current)
            if next < 0 {
                switch code {
                case .noSuchFileOrDirectory: throw Obstacle.missing(place)
                case .notDirectory, .tooManySymbolicLinkLevels: throw Obstacle.notDirectory(place)
                default: throw HostError.failed(action: "open", path: place, code: code)
                }
            }
            current = next
        }
        self.path = place
        descriptor = current
    }

    /// A path that leads to this very directory for as long as it is held. Source: `proc(5)`.
    var stablePath: FilePath { FilePath("/proc/self/fd/\(descriptor)") }

    /// Where `name` is in it, whatever the directory is called by now.
    func path(of name: FilePath.Component) -> FilePath { stablePath.appending(name) }

    deinit { close(descriptor) }
}

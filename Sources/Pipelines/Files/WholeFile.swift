import HostSystem
import Synchronization
import SystemPackage

private let temporaryNumber = Atomic(0)

/// Returns a name beside `path` that no other process and no other thread of this one uses.
func temporarySibling(of path: FilePath) -> FilePath {
    let number = temporaryNumber.add(1, ordering: .relaxed).newValue
    let name = (path.lastComponent?.string.prefix(100)).map(String.init) ?? ""
    return path.removingLastComponent().appending(".\(name).\(CurrentProcess.identifier).\(number)")
}

/// Puts a file in place in one step, without waiting for the disk: for what may be lost but not be half there.
///
/// - Parameter mode: whatever the process's umask is.
func writeWhole(
    _ bytes: [UInt8], to path: FilePath, mode: FilePermissions = [.ownerReadWrite]
) throws {
    let temporary = temporarySibling(of: path)
    do {
        let file = try FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: mode)
        try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch let code as Errno {
        // The first failure is the one to tell; what is left is a temporary file in a cache.
        try? FileSystem.remove(temporary)
        throw HostError.failed(action: "write", path: path, code: code)
    }
    try FileSystem.rename(temporary, to: path)
}

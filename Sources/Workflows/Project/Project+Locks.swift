import HostSystem
import Model
import SystemPackage

extension Project {
    /// Takes a lock alone that others may hold for as long as data takes to be copied, and says after a second whom it waits
    /// for.
    ///
    /// - Parameters:
    ///   - work: what the holder does meanwhile, such as `has put the data of main in place`.
    ///   - limit: how long to wait after that.
    /// - Throws: `HostError.locked` when another still holds it then.
    func lock(at path: FilePath, until work: String, limit: TimeSpan) async throws -> HeldLock {
        do {
            return try await HeldLock(at: path, mode: .exclusive, wait: .upTo(TimeSpan(seconds: 1)))
        } catch HostError.locked(_, let holder) {
            host.say("waiting until \(holder ?? "another command") \(work)")
        }
        return try await HeldLock(at: path, mode: .exclusive, wait: .upTo(limit))
    }
}

import HostSystem
import Model
import SystemPackage

extension GitProgram {
    /// Fetches from a remote; tags and submodules are left alone.
    ///
    /// - Parameter refspecs: empty for the configured ones.
    public func fetch(_ remote: String, refspecs: [String] = [], timeLimit: TimeSpan? = nil) async throws {
        try await require(
            [
                "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--end-of-options",
                remote,
            ]
                + refspecs, timeLimit: timeLimit)
    }
}

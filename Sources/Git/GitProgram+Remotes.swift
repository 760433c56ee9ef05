import HostSystem
import Model
import SystemPackage

/// One reference that a push changes at the remote.
public struct PushUpdate: Hashable, Sendable {
    /// What the remote's reference must have for the push to succeed.
    public enum Expectation: Hashable, Sendable {
        case value(ObjectID)
        case absent
        /// Whatever Git allows without force: a fast-forward, or a new reference.
        case fastForward
    }

    /// The object that is sent.
    public let object: ObjectID
    /// The full name there.
    public let reference: String
    public let expectation: Expectation

    public init(_ object: ObjectID, to reference: String, expecting expectation: Expectation) {
        self.object = object
        self.reference = reference
        self.expectation = expectation
    }
}

extension GitProgram {
    /// Fetches from a remote; tags and submodules are left alone.
    ///
    /// - Parameter refspecs: empty for the configured ones.
    public func fetch(_ remote: String, refspecs: [String] = [], timeLimit: TimeSpan? = nil) async throws {
        try await require(
            ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--end-of-options", remote]
                + refspecs, timeLimit: timeLimit)
    }

    /// Returns what a reference has at the remote now, or `nil` when it is not there; this asks the network.
    public func remoteReference(_ name: String, at remote: String, timeLimit: TimeSpan? = nil) async throws -> ObjectID? {
        let arguments = ["ls-remote", "--quiet", "--end-of-options", remote, name]
        for line in try await require(arguments, timeLimit: timeLimit).outputText.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            if parts.count == 2, parts[1] == name { return ObjectID(parts[0]) }
        }
        return nil
    }

    /// Pushes all updates or none.
    ///
    /// - Throws: `GitError.nonFastForwardPush` when the remote moved, `.pushRejected` when it does not want them.
    public func push(_ updates: [PushUpdate], to remote: String, timeLimit: TimeSpan? = nil) async throws {
        let leases = updates.compactMap { update -> String? in
            switch update.expectation {
            case .value(let id): "--force-with-lease=\(update.reference):\(id.hex)"
            case .absent: "--force-with-lease=\(update.reference):"
            case .fastForward: nil
            }
        }
        let arguments =
            ["push", "--atomic", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"] + leases
            + ["--end-of-options", remote] + updates.map { "\($0.object.hex):\($0.reference)" }
        let result = try await run(arguments, timeLimit: timeLimit)
        if result.succeeded { return }
        // ! TAB <from>:<to> TAB <summary> (<reason>)
        let rejected = result.outputText.split(separator: "\n").filter { $0.hasPrefix("!\t") }
        let lost = rejected.filter { line in
            ["stale info", "fetch first", "non-fast-forward", "reference already exists", "cannot lock ref", "failed to update ref"]
                .contains { line.contains($0) }
        }
        if !lost.isEmpty {
            let names = lost.compactMap { $0.split(separator: "\t").dropFirst().first?.split(separator: ":").last }
            throw GitError.nonFastForwardPush(remote: remote, references: names.map(String.init))
        }
        if !rejected.isEmpty {
            throw GitError.pushRejected(remote: remote, message: trimmedEnd(result.errorText[...]))
        }
        throw GitError.program(GitProgramFailure(arguments, result))
    }
}

import HostSystem
import Model
import SystemPackage

/// A source as a run sees it: where steps find it, and where its pinned data lies.
public struct SourceMount: Sendable, Hashable {
    public var name: String
    /// Where steps see it, relative to the workspace; `nil` for what has no place in the file system.
    public var path: String?
    /// The pinned data, absolute: in the store, or at the location where it was pinned in place. Inputs at or under
    /// `path` are hashed here, because in the main workspace `path` itself may hold live data.
    public var realPath: FilePath?
    /// Whether the environment has a copy of its own that steps may change.
    public var isWritable: Bool
    /// Names the environment's own copy of a writable source for as long as it is that copy; `nil` where there is none. What
    /// a step changed in one copy is not changed in another.
    public var copy: String?
    /// The folder that stands in for the workspace at `path` and beneath: it holds the environment's own copy of a writable
    /// source where the workspace holds the live data. `nil` where the workspace itself is written.
    public var standIn: FilePath?
    /// What covers the logs beside a live database, in whose place `realPath` is shown: a database opens with whatever log it
    /// finds.
    public var covers: [SandboxSpecification.Mount] = []
    /// The cell texts that are null in CSV.
    public var nulls: [String]
    /// `nil` when it is not pinned yet.
    public var pin: Pin?
    /// The branch of the data that this environment has in a system of its own, and that steps may change; results made with
    /// one say nothing of another.
    public var clone: String?

    public init(
        name: String, path: String?, realPath: FilePath?, isWritable: Bool = false, standIn: FilePath? = nil,
        nulls: [String] = [""],
        pin: Pin? = nil, clone: String? = nil
    ) {
        self.name = name
        self.path = path
        self.realPath = realPath
        self.isWritable = isWritable
        self.standIn = standIn
        self.nulls = nulls
        self.pin = pin
        self.clone = clone
    }
}

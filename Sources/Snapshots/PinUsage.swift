/// How many bytes a pin takes on the disk.
public struct PinUsage: Hashable, Sendable {
    /// Freed when the pin goes.
    public var own: Int64
    /// Held together with other pins, or with the location.
    ///
    /// Clones count as shared as a whole until extents are looked at. Source: `linux/fiemap.h`, FIEMAP_EXTENT_SHARED.
    public var shared: Int64

    public init(own: Int64, shared: Int64) {
        self.own = own
        self.shared = shared
    }
}

import SystemPackage

/// How a source was pinned.
public enum PinKind: String, Hashable, Sendable, Codable {
    /// A btrfs snapshot.
    case subvolume
    /// Files cloned into the store, sharing their bytes.
    case reflink
    /// Files copied into the store.
    case copy
    /// A manifest of files left where they are.
    case inPlace = "in-place"
    /// A database on the server that holds environments' databases, from which they are made.
    case template
    /// A fingerprint that the system itself gives.
    case fingerprint

    /// Whether the store holds a manifest of it: the data lies in files.
    public var isOfFiles: Bool {
        switch self {
        case .subvolume, .reflink, .copy, .inPlace: true
        case .template, .fingerprint: false
        }
    }
}

/// An environment's fixed view of a source.
///
/// Two environments that hold the same pin share its `id`, and with it the bytes in the store.
public struct Pin: Hashable, Sendable, Codable {
    public var source: String
    public var kind: PinKind
    /// Names the data snapshot or the manifest in the store: `<source>/<id>`.
    public var id: String
    /// Identifies the pinned data; part of every verdict's key.
    public var fingerprint: ContentHash
    /// Where the source lives, absolute, links resolved.
    public var location: String
    /// Whether the source is a single file.
    public var isSingleFile: Bool
    public var files: Int
    /// Sum of the files' sizes.
    public var bytes: Int64
    public var pinnedAt: Timestamp
    /// What another project made and proved; `nil` for data of any other source.
    public var origin: PinOrigin?

    public init(
        source: String, kind: PinKind, id: String, fingerprint: ContentHash, location: String, isSingleFile: Bool,
        files: Int, bytes: Int64, pinnedAt: Timestamp, origin: PinOrigin? = nil
    ) {
        self.source = source
        self.kind = kind
        self.id = id
        self.fingerprint = fingerprint
        self.location = location
        self.isSingleFile = isSingleFile
        self.files = files
        self.bytes = bytes
        self.pinnedAt = pinnedAt
        self.origin = origin
    }
}

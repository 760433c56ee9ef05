import Model
import SystemPackage

/// A file that is not as it was pinned.
public struct PinChange: Hashable, Sendable {
    /// What a file was or is.
    public struct Look: Hashable, Sendable {
        public var size: Int64
        public var modified: Timestamp

        public init(size: Int64, modified: Timestamp) {
            self.size = size
            self.modified = modified
        }
    }

    /// Relative to the source; bytes that are not UTF-8 are shown as U+FFFD.
    public var path: String
    /// The same, byte for byte.
    public var file: FilePath
    /// As pinned; `nil` for a file that appeared later.
    public var was: Look?
    /// As it is; `nil` for a file that is gone.
    public var now: Look?

    public init(path: String, was: Look?, now: Look?) {
        self.init(file: FilePath(path), was: was, now: now)
    }

    public init(file: FilePath, was: Look?, now: Look?) {
        path = file.string
        self.file = file
        self.was = was
        self.now = now
    }

    /// One clause for people, such as `2026-03.parquet changed`.
    public var summary: String {
        switch (was, now) {
        case (nil, _): "\(path) appeared"
        case (_, nil): "\(path) is gone"
        default: "\(path) changed"
        }
    }

    /// The same with where the source is seen; of a source that is one file, only that.
    public func summary(at place: String, of pin: Pin) -> String {
        var placed = self
        placed.path = pin.isSingleFile ? place : place + "/" + path
        return placed.summary
    }
}

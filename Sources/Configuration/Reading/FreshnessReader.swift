import Model

/// Reads how old data may be, of a source and of a check alike.
struct FreshnessReader {
    private let map: MappingReader

    init(_ map: MappingReader) {
        self.map = map
    }

    /// Returns `nil`, with the problem told, where neither limit is given.
    func read() -> Freshness? {
        let result = Freshness(warnAfter: map.span("warn_after"), errorAfter: map.span("error_after"))
        if map["warn_after"] == nil, map["error_after"] == nil {
            map.problems.add(
                at: map.place, "\(map.what) has neither `warn_after` nor `error_after`", "write {warn_after: 26h}")
            return nil
        }
        if let warn = result.warnAfter, let error = result.errorAfter, warn > error {
            map.problems.add(
                at: map["warn_after"]?.start, "\(map.what) warns later than it fails",
                "make `warn_after` the shorter one")
        }
        return result
    }
}

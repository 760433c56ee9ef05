import Model

/// Returns the changed tracked files that no step or test declares and that the policy does not ignore.
///
/// A result that was made elsewhere may have read such a file without saying so, so it does not stand for running the
/// step.
///
/// - Parameters:
///   - changed: tracked paths that differ between the target's tip and the candidate.
///   - declared: inputs of steps and tables of tests: paths, directories, or globs in which `*` stays within a
///     directory and `**` does not.
///   - ignored: the policy's `ignore`, in which `*` matches any characters.
public func undeclaredChanges(changed: [String], declared: [String], ignored: [String]) -> [String] {
    let plain = Set(declared.filter { !isGlob($0) }.map(withoutSlash))
    let globs = declared.filter(isGlob).map { components($0) }
    return changed.filter { path in
        if path == "headgate.yaml" || ignored.contains(where: { wildcard($0, matches: path) }) { return false }
        let parts = components(path)
        for length in 1...parts.count where plain.contains(parts[..<length].joined(separator: "/")) { return false }
        return !globs.contains { globMatches($0[...], parts[...]) }
    }
}

private func isGlob(_ path: String) -> Bool {
    path.contains("*") || path.contains("?") || path.contains("[")
}

private func components(_ path: String) -> [Substring] {
    path.split(separator: "/")
}

private func withoutSlash(_ path: String) -> String {
    components(path).filter { $0 != "." }.joined(separator: "/")
}

/// A glob with brackets is taken to match nothing: a file too many is only run once too often.
private func globMatches(_ pattern: ArraySlice<Substring>, _ path: ArraySlice<Substring>) -> Bool {
    guard let first = pattern.first else { return true }  // A directory that matches declares what lies in it.
    if first == "**" {
        return (0...path.count).contains { globMatches(pattern.dropFirst(), path.dropFirst($0)) }
    }
    guard let name = path.first, !first.contains("["), !first.contains("?") else { return false }
    return wildcard(String(first), matches: String(name)) && globMatches(pattern.dropFirst(), path.dropFirst())
}

/// Returns `text` as one word of a POSIX shell, quoted where it needs that, so that a remedy can be pasted.
///
/// A leading `-` is quoted too: it reminds the reader of `--`.
public func shellWord(_ text: String) -> String {
    let isPlain =
        !text.isEmpty
        && text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "_./:@%+=,-".utf8.contains(byte)
        }
    return isPlain && !text.hasPrefix("-") ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}

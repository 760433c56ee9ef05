import Model

/// Statements for DuckDB's shell, in frames: each frame is answered on its own, and an error in one leaves the others
/// as they are.
struct EngineScript {
    private var text = ""
    private(set) var frames = 0
    private var markers: [(offset: Int, frame: Int)] = []

    /// Adds statements without an answer of their own; where one fails, nothing after it is run.
    mutating func require(_ statements: [String]) {
        text += ".bail on\n"
        for statement in statements { text += statement + ";\n" }
        text += ".bail off\n"
    }

    /// Adds statements whose rows and errors make up one answer.
    ///
    /// - Returns: the number of the frame.
    mutating func add(_ statements: String...) -> Int {
        markers.append((text.utf8.count, frames))
        for statement in statements { text += statement + ";\n" }
        frames += 1
        return frames - 1
    }

    /// The text for the shell, and the word that separates the answers.
    ///
    /// The word is a hash of all statements, so nothing in them, and no data, can hold it.
    func rendered() -> (input: String, marker: String) {
        let marker = ContentHash(of: text).prefix(24)
        var input = ".mode jsonlines\n"
        var rest = Substring(text)
        var position = 0
        for (offset, frame) in markers + [(text.utf8.count, frames)] {
            let end = rest.utf8.index(rest.startIndex, offsetBy: offset - position)
            input += rest[..<end]
            input += ".print \(marker) \(frame)\n"
            rest = rest[end...]
            position = offset
        }
        return (input, marker)
    }
}

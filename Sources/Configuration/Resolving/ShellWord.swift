/// Puts values into the text of a shell script without ever letting them be read as script.
///
/// Outside quotes a value becomes one quoted word. Everywhere else (inside quotes, here-documents, backticks,
/// arithmetic, comments, or where this scanner cannot be sure) only a plain value goes in. When in doubt the scanner
/// says "inside": the cost is a refusal with a remedy, never a value that runs.
///
/// Source: POSIX.1-2017, Shell Command Language, 2.2 "Quoting" and 2.3 "Token Recognition"; bash(1), "QUOTING".
struct ShellScanner {
    private enum Context {
        case single, double, parenthesis, arithmetic, parameter
    }

    private var stack: [Context] = []
    /// Set where the rest of the script cannot be followed safely.
    private var isUncertain: Bool
    private var isComment = false
    private var isEscaped = false
    /// A `$` that is not escaped was the last byte.
    private var followsDollar = false
    private var previous: UInt8 = UInt8(ascii: "\n")
    private var angles = 0
    /// The last four letters, to recognise `case`.
    private var window: UInt32 = 0

    /// - Parameter shell: the program and options that will run the script. For a shell whose quoting is not known to
    ///   be POSIX, every place counts as inside quotes.
    init(shell: [String]) {
        let program = shell.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        let options = shell.dropFirst()
        let isKnown = ["sh", "bash", "dash", "ksh"].contains(program)
        let isInteractive = options.contains { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains("i") }
        let runsText = options.last.map { $0.hasPrefix("-") && $0.hasSuffix("c") } ?? false
        isUncertain = !isKnown || isInteractive || !runsText
    }

    /// Whether a value at this place stands outside quotes and may become a quoted word.
    var mayQuote: Bool {
        !isUncertain && !isComment && !isEscaped && !followsDollar && angles < 2
            && stack.allSatisfy { $0 == .parenthesis }
    }

    /// Follows the script up to the next value.
    mutating func read(_ text: Substring) {
        for byte in text.utf8 { read(byte) }
    }

    /// Follows over a value that was put in.
    mutating func skipValue() {
        (isEscaped, followsDollar, angles, window) = (false, false, 0, 0)
        previous = UInt8(ascii: "x")
    }

    private mutating func read(_ byte: UInt8) {
        defer { previous = byte }
        if isEscaped {
            isEscaped = false
            return
        }
        if isComment {
            isComment = byte != UInt8(ascii: "\n")
            return
        }
        let afterDollar = followsDollar
        followsDollar = false
        switch stack.last {
        case .single:
            if byte == UInt8(ascii: "'") { stack.removeLast() }
        case .double: readInDouble(byte, afterDollar)
        case .parameter: readInParameter(byte, afterDollar)
        case .parenthesis, .arithmetic, nil: readOutside(byte, afterDollar)
        }
    }

    private mutating func readInDouble(_ byte: UInt8, _ afterDollar: Bool) {
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "\""): stack.removeLast()
        case UInt8(ascii: "`"): isUncertain = true
        case UInt8(ascii: "$"): followsDollar = true
        case UInt8(ascii: "(") where afterDollar: stack.append(.parenthesis)
        case UInt8(ascii: "{") where afterDollar: stack.append(.parameter)
        case UInt8(ascii: "[") where afterDollar: isUncertain = true
        default: break
        }
    }

    private mutating func readInParameter(_ byte: UInt8, _ afterDollar: Bool) {
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "}"): stack.removeLast()
        case UInt8(ascii: "$"): followsDollar = true
        case UInt8(ascii: "{") where afterDollar: stack.append(.parameter)
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "("): isUncertain = true
        default: break
        }
    }

    private mutating func readOutside(_ byte: UInt8, _ afterDollar: Bool) {
        if byte == UInt8(ascii: "<") {
            angles += 1
            return
        }
        // `<<` opens a here-document; `<<<` does not.
        if angles == 2 { isUncertain = true }
        angles = 0
        window = window << 8 | UInt32(byte)
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "'"):
            if afterDollar { isUncertain = true }
            stack.append(.single)
        case UInt8(ascii: "\""): stack.append(.double)
        case UInt8(ascii: "`"): isUncertain = true
        case UInt8(ascii: "$"): followsDollar = true
        case UInt8(ascii: "{") where afterDollar: stack.append(.parameter)
        case UInt8(ascii: "[") where afterDollar: isUncertain = true
        case UInt8(ascii: "("):
            let isArithmetic = previous == UInt8(ascii: "(") || stack.last == .arithmetic
            stack.append(isArithmetic ? .arithmetic : .parenthesis)
        case UInt8(ascii: ")"):
            if !stack.isEmpty { stack.removeLast() }
        case UInt8(ascii: "#") where startsWord: isComment = true
        default:
            // The patterns of `case` close parentheses that nothing opened.
            if window == 0x6361_7365, !stack.isEmpty { isUncertain = true }
        }
    }

    private var startsWord: Bool {
        " \t\n;&|()".utf8.contains(previous)
    }
}

/// How values look in a shell script.
enum ShellWord {
    /// `text` in single quotes, as one word.
    static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: #"'\''"#) + "'"
    }

    /// Whether `text` means itself in every place of a script: `[A-Za-z0-9_.:/@%+=,-]*`.
    static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_.:/@%+=,-".utf8.contains(byte)
            }
        }
    }
}

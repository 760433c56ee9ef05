import Testing

@testable import Reporting

@Suite("Text for a terminal")
struct TerminalTextTests {
    @Test(
        "Nothing that a terminal obeys gets through",
        arguments: [
            ("plain text", "plain text"), ("naïve 東京 🎈", "naïve 東京 🎈"), ("\u{1B}[31mred", "\\x1b[31mred"),
            ("a\tb\r\nc", "a\\tb\\r\\nc"),
            ("\0\u{7}\u{8}\u{7F}", "\\x00\\x07\\x08\\x7f"), ("\u{9B}2J\u{85}", "\\x9b2J\\x85"),
            ("abc\u{202E}txt.exe", "abc\\u{202e}txt.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("zero\u{200B}width\u{FEFF}", "zero\\u{200b}width\\u{feff}"),
            ("soft\u{AD}hyphen\u{3164}", "soft\\u{ad}hyphen\\u{3164}"),
            ("tag\u{E0041}", "tag\\u{e0041}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("1\u{FE0F}\u{20E3}", "1\u{FE0F}\u{20E3}"),
            ("", ""),
        ])
    func escapes(text: String, expected: String) {
        #expect(TerminalText.escaped(text) == expected)
    }

    @Test func keepsLinesWhereAsked() {
        #expect(TerminalText.escaped("a\nb\u{1B}", keepingLines: true) == "a\nb\\x1b")
    }

    @Test("Every control character is escaped")
    func escapesAllControls() {
        for value in [0..<32, 127..<160].joined() {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            let escaped = TerminalText.escaped(String(scalar))
            #expect(escaped.utf8.allSatisfy { $0 >= 32 && $0 < 127 })
        }
    }

    @Test(
        "Cells taken",
        arguments: [
            ("abc", 3), ("é", 1), ("e\u{301}", 1), ("東京", 4), ("한글", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("ｶﾅ", 2),
            ("カナ", 4),
            ("🎈", 2), ("❤\u{FE0F}", 2), ("👍🏽", 2), ("🇨🇭", 2), ("…", 1), ("क्षि", 3), ("Ω≈", 2), ("", 0),
        ])
    func measures(text: String, cells: Int) {
        #expect(TerminalText.width(text) == cells)
    }

    @Test(
        "Cut text fits, and says that it was cut",
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("東京都", 5, "東京…"), ("東京都", 4, "東…"), ("abc", 1, "…"),
            ("abc", 0, ""),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ])
    func truncates(text: String, limit: Int, expected: String) {
        let cut = TerminalText.truncated(text, to: limit)
        #expect(cut == expected)
        #expect(TerminalText.width(cut) <= limit)
    }
}

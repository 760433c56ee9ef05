import Configuration
import Testing

@testable import Workflows

@Suite("Values in the dotenv file of an environment")
struct DotenvValueTests {
    @Test(
        "A plain value stands as it is, any other in double quotes",
        arguments: [
            ("main", "main"), ("postgres://u@h:5432/db", "postgres://u@h:5432/db"), ("", "\"\""), ("a b", "\"a b\""),
            ("it's", "\"it's\""), ("a\"b", #""a\"b""#), (#"a\b"#, #""a\\b""#), ("$HOME", #""\$HOME""#),
            ("`id`", #""\`id\`""#),
            ("a\nb", #""a\nb""#), (#"a\nb"#, #""a\\nb""#), ("a # b", "\"a # b\""), ("-x", "\"-x\""),
        ])
    func writes(value: String, expected: String) {
        #expect(dotenvValue(value) == expected)
    }

    @Test(
        "What is written is read again as it was",
        arguments: [
            "", " ", "a b", " a ", "it's", "\"", "\\", "\\\\n", "\n\n", "$(id)", "`id`", "#", "a=b", "tab\there", "\r",
            "ü\u{301}",
            "'\"\\$`\n",
        ])
    func readsAgain(value: String) throws {
        #expect(try DotenvFile("NAME=\(dotenvValue(value))\nNEXT=1\n").values == ["NAME": value, "NEXT": "1"])
    }
}

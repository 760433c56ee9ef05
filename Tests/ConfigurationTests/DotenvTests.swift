import Configuration
import Testing

@Suite("Dotenv files")
struct DotenvTests {
    @Test("Assignments are read as they are meant")
    func assignments() throws {
        let text = """
            # a comment with = in it
            PLAIN=value with spaces   # a remark
            export EXPORTED=x=y=z
              SPACED  =  "quoted # no remark"  # a remark
            SINGLE='as $it \\n is'
            DOUBLE="a\\nb\\"c\\\\d\\$e\\x"
            LINES="first
            second"
            EMPTY=
            HASH=#nothing
            URL=postgres://me:p#w@host/db
            WINDOWS=x\r
            TWICE=1
            TWICE=2
            LAST=end
            """
        let values = try DotenvFile(text).values
        #expect(
            values == [
                "PLAIN": "value with spaces", "EXPORTED": "x=y=z", "SPACED": "quoted # no remark",
                "SINGLE": "as $it \\n is", "DOUBLE": "a\nb\"c\\d$e\\x", "LINES": "first\nsecond", "EMPTY": "",
                "HASH": "",
                "URL": "postgres://me:p#w@host/db", "WINDOWS": "x", "TWICE": "2", "LAST": "end",
            ])
        #expect(try DotenvFile("").values.isEmpty)
    }

    @Test(
        "What is no assignment is told by its line, without what it holds",
        arguments: [
            ("A=1\nhunter2\n", 2), ("\n\n1A=hunter2", 3), ("A=\"hunter2", 1), ("A='x' hunter2", 1), ("A B=hunter2", 1),
            ("A=\"x\ny\"\nB=1\n=hunter2", 4),
        ])
    func problems(text: String, line: Int) throws {
        let problem = try #require(throws: DotenvFile.Problem.self) { try DotenvFile(text) }
        #expect(problem.line == line)
        #expect(!problem.reason.contains("hunter2"))
    }
}

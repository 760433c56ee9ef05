import FoundationEssentials
import HostSystem
import Testing

/// What must not be shown is not shown, in whatever form it comes along.
@Suite("Redactions")
struct RedactionsTests {
    @Test(
        "A secret is found in every form",
        arguments: [
            { $0 }, { "postgres://me:\($0)@db/x" }, { Data($0.utf8).base64EncodedString() },
            { "Basic " + Data("user:\($0)".utf8).base64EncodedString() },
            { "Basic " + Data("ab:\($0):more".utf8).base64EncodedString() },
            { Data("x\($0)".utf8).base64EncodedString() },
            {
                "https://h/?key="
                    + $0.replacing("%", with: "%25").replacing("/", with: "%2F").replacing(" ", with: "%20").replacing(
                        "\"", with: "%22")
            },
            {
                "https://h/?key="
                    + $0.replacing("%", with: "%25").replacing("/", with: "%2f").replacing(" ", with: "%20").replacing(
                        "\"", with: "%22")
            },
            {
                "key="
                    + $0.replacing("%", with: "%25").replacing("/", with: "%2F").replacing(" ", with: "+").replacing(
                        "\"", with: "%22")
            },
            { "{\"key\": \"" + $0.replacing("\"", with: "\\\"") + "\"}" },
        ] as [@Sendable (String) -> String])
    func forms(written: @Sendable (String) -> String) {
        let secret = "hunter/2 100%\"x\"zz"
        let redactions = Redactions()
        #expect(redactions.redact(written(secret)) == written(secret))
        redactions.add(secret)
        let shown = redactions.redact("before " + written(secret) + " after")
        #expect(shown.contains("***"), "\(shown)")
        #expect(shown.hasPrefix("before ") && shown.hasSuffix(" after"))
        #expect(!shown.contains("hunter"), "\(shown)")
    }

    @Test("A secret of several lines is found by each of them, and a short one does not blot out everything")
    func lines() {
        let redactions = Redactions()
        redactions.add("-----BEGIN KEY-----\nQUJDREVGRw==\n-----END KEY-----\n")
        redactions.add("a")
        #expect(redactions.redact("a line: QUJDREVGRw== ends") == "a line: *** ends")
    }
}

import Model
import Testing

struct BranchNameTests {
    @Test(
        "Git's rule for branch names",
        arguments: [
            "main", "feature/x", "a;rm", "a'b", "a\"b", "a|b", "a`id`b", "con", "{{x}}", "%2e%2e", "Main",
            "refs/heads/x",
            "heads/main", "\u{202E}x", "ü", "é", "x-",
        ])
    func accepts(name: String) {
        #expect(BranchName(name)?.rawValue == name)
    }

    @Test(
        "What Git forbids",
        arguments: [
            "", "@", "HEAD", "-rf", "--upload-pack=x", "a..b", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b",
            ".a", "a/.b", "a.lock", "a/", "/a", "a//b", "a.", "a@{b", "a\u{7f}", "a\nb",
        ])
    func refuses(name: String) {
        #expect(BranchName(name) == nil)
    }

    @Test("Slugs are safe, and no two branches share one")
    func slugs() throws {
        let names = [
            "main", "Main", "feature/x", "feature-x", "a`id`b", "\u{202E}x", "e\u{301}", "\u{e9}", "x.y",
            String(repeating: "a", count: 255), "con", "refs/heads/x", "ABC",
        ]
        let branches = try names.map { try #require(BranchName($0)) }
        #expect(Set(branches.map(\.slug)).count == branches.count)
        #expect(Set(branches.map(\.identifier)).count == branches.count)
        for branch in branches {
            #expect(branch.slug.wholeMatch(of: /[a-z0-9][a-z0-9._-]{0,63}/) != nil, "\(branch.slug)")
            #expect(branch.identifier.wholeMatch(of: /[a-z][a-z0-9_]{0,39}/) != nil, "\(branch.identifier)")
        }
        #expect(try #require(BranchName("feature-x")).slug == "feature-x")
    }
}

struct BranchPatternTests {
    @Test(
        "* matches any characters, / too",
        arguments: [
            ("main", "main", true), ("main", "maint", false), ("release/*", "release/1/2", true),
            ("release/*", "release", false), ("*", "anything/at/all", true), ("*-fix", "a-fix-fix", true),
            ("a*b*c", "axxbxxc", true), ("a*b*c", "axxbxx", false), ("*", "x", true), ("a**b", "ab", true),
        ])
    func matches(pattern: String, name: String, expected: Bool) throws {
        #expect(try BranchPattern(pattern).matches(#require(BranchName(name))) == expected)
    }
}

struct QuantityTests {
    @Test(arguments: [("90s", 90.0), ("30m", 1800), ("26h", 93600), ("14d", 1_209_600), ("0s", 0), ("1.5h", 5400)])
    func readsTimeSpans(text: String, seconds: Double) {
        #expect(TimeSpan(text)?.seconds == seconds)
    }

    @Test(arguments: ["", "s", "5", "-1s", "1w", "infs", "nand"])
    func refusesTimeSpans(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    @Test(arguments: [
        ("500MB", 500_000_000), ("50GB", 50_000_000_000), ("4MiB", 4_194_304), ("2GiB", 2_147_483_648), ("7 B", 7),
    ])
    func readsByteCounts(text: String, bytes: Int64) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test func writesMoments() {
        #expect(Timestamp(day: "2000-02-29")?.rfc3339 == "2000-02-29T00:00:00Z")
        #expect(Timestamp(day: "1970-01-01")?.seconds == 0)
        for text in ["2001-02-29", "2026-13-01", "2026-1-01", "2026-00-10", "+026-01-01", "2026-01-01T"] {
            #expect(Timestamp(day: text) == nil, "\(text)")
        }
        #expect(Timestamp(seconds: 0).rfc3339 == "1970-01-01T00:00:00Z")
        #expect(Timestamp(seconds: 1_357_017_300).rfc3339 == "2013-01-01T05:15:00Z")
        #expect(Timestamp(seconds: 951_827_696).rfc3339 == "2000-02-29T12:34:56Z")
        #expect(Timestamp(seconds: -1).rfc3339 == "1969-12-31T23:59:59Z")
    }
}

struct ThresholdTests {
    @Test(
        arguments: [
            ("> 0", 0.0, 10.0, false), ("> 0", 1, 10, true), ("> 0.5%", 5, 1000, false), ("> 0.5%", 6, 1000, true),
            ("between 10 and 20", 10, 0, true), ("between 10 and 20", 21, 0, false), ("= 0", 0, 0, true),
            (">= 3", 3, 0, true), ("!= 3", 3, 0, false), ("> 5%", 1, 0, false), ("<2", 1, 0, true),
        ])
    func compares(text: String, value: Double, total: Double, met: Bool) throws {
        #expect(try #require(Threshold(text)).isMet(by: value, of: total) == met)
    }

    @Test(arguments: ["", ">", "0", "> x", "between 3 and 1", "between 1 and 2%", "> 1 2", "=> 3"])
    func refuses(text: String) {
        #expect(Threshold(text) == nil)
    }
}

import FoundationEssentials
import Model
import Testing

@testable import Configuration

@Suite("Rendering")
struct RenderTests {
    @Test("The resolved configuration is YAML with the origin of each value")
    func people() throws {
        let local = LocalLayer(parameters: ["model": .string("forest")], locations: ["sales": "/tmp/s.sqlite"])
        let text = try ConfigurationRender.text(
            of: try read(example), in: try context(local: local, overrides: ["month": "7"]))
        #expect(text.contains("\n  month: 7  # --param\n"))
        #expect(text.contains("\n  sample: 0.1  # environments: match *\n"))
        #expect(text.contains("\n  model: forest  # headgate.local.yaml\n"))
        #expect(text.contains("location: /tmp/s.sqlite  # headgate.local.yaml\n"))
        #expect(text.contains("\n  TZ: UTC  # headgate.yaml\n"))
        let root = try #require(try YAMLComposer.compose(text, problems: ProblemList(file: "x", text: text)))
        #expect(root["steps"]?["train[seed=2]"]?["run"]?.scalarText == "python train.py --model 'forest' --seed '2'")
        #expect(root["gate"]?["data_max_age"]?.scalarText == "1d")
    }

    @Test("The same as JSON holds the origins as values")
    func programs() throws {
        let object = try ConfigurationRender.object(of: try read(example), in: try context())
        struct Read: Decodable {
            struct Parameter: Decodable {
                var name: String
                var origin: String
            }
            var schema: String
            var params: [Parameter]
        }
        let decoded = try JSONDecoder().decode(Read.self, from: try JSONEncoder().encode(object))
        #expect(decoded.schema == "headgate.config/1")
        #expect(decoded.params.map(\.name) == ["model", "month", "sample"])
    }

    @Test("What acts outside the sandbox is exactly what is approved")
    func trusted() throws {
        let base = try read(example)
        let part = ConfigurationRender.trustedPart(of: base)
        #expect(
            Set(part.keys) == [
                "workspaces", "copy_ignored", "secrets", "project", "publish", "sandbox", "steps.train.sandbox",
                "sources.raw.location",
                "sources.sales.location", "sources.crm.location", "sources.crm.clone_to", "sources.crm.only.where",
                "sources.warehouse.fingerprint",
                "sources.warehouse.create", "sources.warehouse.drop", "sources.rates.repository",
                "environments.*.setup",
                "environments.*.teardown", "shell", "variables", "environments.*.variables",
            ])
        #expect(ConfigurationRender.trustedPart(of: try read("version: 1\nsteps: {a: {run: x}}\n")).isEmpty)
        #expect(
            ConfigurationRender.trustedPart(of: try read(example.replacing("clean.py --month", with: "other.py")))
                == part)
    }

    static let changes = [
        ("location: /srv/warehouse/flights", "location: ~/.ssh", true),
        ("secrets: [CRM_URL]", "secrets: [CRM_URL, AWS_SECRET_ACCESS_KEY]", true),
        ("copy_ignored: [.env.local]", "copy_ignored: [.env]", true), ("../flights.envs", "../../elsewhere", true),
        ("read: [\"~/.dbt\"]", "read: [\"~/.aws\"]", true), ("to: /srv/warehouse/marts", "to: /srv/other", true),
        ("write: [\"~/.cache/huggingface\"]", "write: [\"~/.bashrc\"]", true),
        ("./scripts/make_schema.sh", "./evil.sh", true),
        ("./scripts/drop_schema.sh", "./evil.sh", true),
        ("clone_to: ${{ secrets.DEV_PG }}", "clone_to: ${{ secrets.CRM_URL }}", true),
        ("{TZ: UTC}", "{TZ: UTC, BASH_ENV: evil.sh}", true), ("timeout: 30m", "timeout: 31m", false),
        ("min: -120", "min: -121", false),
        ("# names only", "# another comment", false),
    ]

    @Test("Each of these changes asks for a new approval, or does not", arguments: changes)
    func approval(_ old: String, _ new: String, _ asks: Bool) throws {
        #expect(example.contains(old))
        let before = ConfigurationRender.trustedPart(of: try read(example))
        let after = ConfigurationRender.trustedPart(of: try read(example.replacing(old, with: new)))
        #expect((before != after) == asks)
    }

    static let definitions: [(String, String, Set<String>)] = [
        ("python clean.py", "python3 clean.py", ["pipeline"]), ("min: -120", "min: -121", ["tests"]),
        ("severity: info", "severity: warning", ["tests"]), ("warnings: allow", "warnings: deny", ["policy"]),
        ("match: \"release/*\"", "match: \"rel/*\"", ["policy"]), ("keep: 10", "keep: 11", ["policy"]),
        ("# names only", "# a comment\n# more\n", []), ("month: 1", "month: 2", []),
    ]

    @Test("A change shows in the part it belongs to, and a comment in none", arguments: definitions)
    func parts(_ old: String, _ new: String, _ changed: Set<String>) throws {
        #expect(example.contains(old))
        let before = ConfigurationRender.definitionParts(of: try read(example))
        let after = ConfigurationRender.definitionParts(of: try read(example.replacing(old, with: new)))
        #expect(Set(before.keys.filter { before[$0] != after[$0] }) == changed)
    }

    static let texts = [
        "plain", "a b", "yes", "NO", "null", "~", "1", "1.5", "1e5", "0x1F", "012", "12:30", "2026-01-01", "a: b",
        "a:b", "a #b", "a#b", "#a", "- a",
        "-", "*a", "&a", "!a", "%a", "@a", "`a`", "{a}", "[a]", "a, b", "a]", "'q'", "\"q\"", "back\\slash", " lead",
        "trail ", "tab\there", "a\nb",
        "a\nb\n", "\na", "a\n\n", "a \nb", "  a\nb", "", "a\u{85}b", "a\u{2028}b", "\u{FEFF}a", "\u{202E}x", "ünïcode",
        "${{ x.y }}", ".inf", "./a", "..",
        ".5", "a:", "?", "? a", "|", ">", "=", "<<", "true", "y", "e5", "a\u{7F}", "a\r\nb", "text\n  indented\nback\n",
    ]

    @Test("Every text is read back as it was written", arguments: texts)
    func roundTrip(_ text: String) throws {
        let tree = ConfigurationValue.map([
            .init("key", .text(text), comment: "note"), .init("list", .texts([text, "x"])),
            .init("deep", .list([.map([.init("a", .text(text)), .init("b", .text("c"))])])),
        ])
        let yaml = tree.yaml
        let root = try #require(try YAMLComposer.compose(yaml, problems: ProblemList(file: "x", text: yaml)))
        for node in [root["key"], root["list"]?.items?.first, root["deep"]?.items?.first?["a"]] {
            guard case .text(let found)? = node?.meaning else {
                Issue.record("not text in:\n\(yaml)")
                continue
            }
            #expect(Array(found.utf8) == Array(text.utf8), "in:\n\(yaml)")
        }
    }
}

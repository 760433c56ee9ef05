import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// The `--json` shapes that others may build on.
@Suite("--json")
struct DocumentTests {
    /// What must stand under a key.
    indirect enum Shape: Sendable {
        case text, id, hash, moment, number, flag
        case oneOf([String])
        case list(Shape)
        case object([String: Shape])
        /// `null`, or that.
        case optional(Shape)

        /// Says where `value` is not of this shape; empty when it is.
        func problems(in value: JSON, at place: String) -> [String] {
            switch (self, value) {
            case (.text, .text), (.number, .number), (.flag, .flag), (.optional, .null): return []
            case (.id, .text(let text)):
                return text.wholeMatch(of: /[0-9a-f]{40}/) == nil ? ["\(place) is no id: \(text)"] : []
            case (.hash, .text(let text)):
                return text.wholeMatch(of: /[0-9a-f]{64}/) == nil ? ["\(place) is no hash: \(text)"] : []
            case (.moment, .text(let text)):
                return text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/) == nil
                    ? ["\(place) is no moment: \(text)"] : []
            case (.oneOf(let values), .text(let text)): return values.contains(text) ? [] : ["\(place) is `\(text)`"]
            case (.optional(let shape), _): return shape.problems(in: value, at: place)
            case (.list(let shape), .list(let items)):
                return items.enumerated().flatMap { shape.problems(in: $1, at: "\(place)[\($0)]") }
            case (.object(let shapes), .object(let object)):
                return shapes.flatMap { key, shape in
                    object[key].map { shape.problems(in: $0, at: "\(place).\(key)") } ?? ["\(place).\(key) is missing"]
                }
                    + object.keys.filter { $0.contains("-") || $0.contains { $0.isUppercase } }.map {
                        "\(place): the key \($0)"
                    }
            default: return ["\(place) is \(value)"]
            }
        }
    }

    private static let test = Shape.object([
        "id": .text, "subject": .text, "check": .text, "severity": .oneOf(["error", "warning", "info"]),
        "outcome": .oneOf(["passed", "failed", "broken", "skipped", "waived"]), "value": .optional(.number),
        "failing_rows": .optional(.number), "message": .optional(.text),
        "baseline": .optional(.oneOf(["new", "existing", "fixed"])), "proposal": .optional(.object([:])),
    ])
    private static let verdicts = ["pass", "pass-with-warnings", "fail", "conflict", "tainted", "broken", "absent"]

    private static let shapes: [String: Shape] = [
        "status": .object([
            "project": .text, "branch": .optional(.text),
            "environment": .optional(
                .object([
                    "branch": .text, "state": .oneOf(["creating", "ready", "parked", "removing", "trashed"]),
                    "workspace": .optional(.text), "fingerprint": .optional(.hash),
                    "isolation": .oneOf(["process", "sandbox", "container", "hermetic"]),
                ])), "steps": .object(["up_to_date": .number, "out_of_date": .number, "failed": .number]),
            "gate": .object([
                "target": .optional(.text), "verdict": .optional(.oneOf(verdicts)), "reason": .optional(.text),
            ]),
            "audit": .object(["ungated": .list(.id), "unverified": .list(.id), "rewound": .list(.text)]),
            "production": .optional(.object([:])),
        ]),
        "environments": .object([
            "environments": .list(
                .object([
                    "branch": .text, "slug": .text, "state": .oneOf(["ready", "parked"]), "workspace": .optional(.text),
                    "kind": .oneOf(["linked", "main", "user"]), "created": .moment, "used": .moment,
                    "expires": .optional(.moment),
                    "expired": .list(.oneOf(["merged", "branch-deleted", "upstream-gone", "unused", "removed"])),
                    "sources": .list(
                        .object([
                            "name": .text, "kind": .oneOf(["files", "sqlite"]),
                            "pin": .oneOf(["subvolume", "reflink", "copy", "in-place"]), "id": .text, "writable": .flag,
                            "pinned": .moment, "location": .text,
                            "copy": .optional(.object(["path": .text, "changed": .number])),
                        ])), "bytes": .object(["own": .number, "shared": .number]), "ports": .object([:]),
                    "clones": .list(
                        .object(["name": .text, "source": .text, "system": .oneOf(["postgres", "command"])])),
                    "variables": .list(.text),
                ]))
        ]),
        "run": .object([
            "run": .text, "environment": .text,
            "outcome": .oneOf(["passed", "passed-with-warnings", "failed", "interrupted"]),
            "steps": .list(
                .object([
                    "id": .text, "state": .oneOf(["ran", "cached", "up-to-date", "failed", "skipped", "lost"]),
                    "seconds": .number, "key": .optional(.hash), "exit": .optional(.number), "log": .optional(.text),
                ])), "tests": .list(test),
            "verdict": .optional(.object(["key": .hash, "outcome": .oneOf(verdicts)])),
        ]),
        "plan": .object([
            "steps": .list(
                .object([
                    "id": .text, "action": .oneOf(["run", "cached", "up-to-date"]),
                    "reasons": .list(.object(["part": .text, "old": .optional(.text), "new": .optional(.text)])),
                ]))
        ]),
        "merge": .object([
            "branch": .text, "branch_oid": .id, "target": .text, "target_oid": .id,
            "method": .oneOf(["merge", "squash", "ff"]), "base": .optional(.id), "candidate": .optional(.id),
            "tree": .optional(.id), "conflicts": .list(.text),
            "verdict": .optional(.object(["key": .hash, "outcome": .oneOf(verdicts), "reused": .flag])),
            "landed": .flag,
            "reason": .optional(.text),
        ]),
        "prune": .object([
            "removed": .list(
                .object([
                    "branch": .text,
                    "reason": .oneOf(["merged", "branch-deleted", "upstream-gone", "unused", "removed"]),
                    "bytes": .number,
                    "trash": .optional(.text),
                ])), "kept": .list(.object(["branch": .text, "refused": .list(.text)])),
        ]),
        "audit": .object([
            "branches": .list(
                .object([
                    "name": .text, "tip": .id, "rewound": .flag,
                    "commits": .list(
                        .object([
                            "oid": .id,
                            "state": .oneOf([
                                "landed", "upstream-verified", "upstream-unverified", "bootstrap", "override",
                                "accepted", "UNGATED",
                            ]), "part_of": .optional(.id),
                        ])),
                ]))
        ]),
        "doctor": .object([
            "checks": .list(
                .object([
                    "id": .text, "outcome": .oneOf(["passed", "failed", "skipped"]), "message": .text,
                    "remedy": .optional(.text),
                ]))
        ]),
        "hooks": .object([
            "hooks": .list(
                .object([
                    "hook": .text, "worktree": .text, "state": .oneOf(["fires", "not-installed", "silent"]),
                ])),
            "problem": .optional(.text),
        ]),
        "hooks-change": .object(["changes": .list(.text)]),
        "trust": .object(["changes": .list(.text), "approved": .flag]),
        "templates": .object(["templates": .list(.object(["name": .text, "summary": .text]))]),
        "init": .object([
            "file": .text, "template": .optional(.text), "has_outputs": .flag,
            "found": .optional(
                .object([
                    "data": .list(.object(["path": .text, "files": .number, "bytes": .number])),
                    "tables": .list(.object(["path": .text, "columns": .list(.text)])), "make_rules": .number,
                    "dvc_stages": .number, "dbt_projects": .list(.text), "notebooks": .list(.text),
                    "dependencies": .list(.text),
                ])),
        ]),
        "environment-plan": .object([
            "branch": .text, "workspace": .text, "new_branch_at": .optional(.id),
            "sources": .list(
                .object([
                    "name": .text, "taken_over": .flag, "pin": .text, "bytes": .number, "new_bytes": .number,
                    "seconds": .number,
                    "reason": .text,
                ])),
        ]),
        "error": .object([
            "problem": .text, "reason": .optional(.text), "remedy": .optional(.text), "exit": .number,
        ]),
    ]

    /// Runs a command, which must end with `status` and answer with one object of the noun's shape.
    private func document(
        _ noun: String, _ playground: Playground, _ arguments: [String], status: Int32 = 0,
        in directory: FilePath? = nil
    ) async throws -> JSON {
        let outcome = try await playground.program.run(arguments + ["--json"], in: directory ?? playground.path)
        #expect(outcome.status == status, "\(arguments)\n\(outcome.errorOutput)")
        let document = try JSON(outcome.output)
        #expect(document["schema"].text == "headgate.\(noun)/1", "\(arguments)")
        let shape = try #require(Self.shapes[noun])
        #expect(shape.problems(in: document, at: noun) == [], "\(arguments)\n\(outcome.output)")
        return document
    }

    @Test("Every shape is what is documented, all along a branch's life")
    func shapes() async throws {
        let playground = try await Playground(
            Playground.configuration.replacing(
                "- not_null: [name]",
                with: "- not_null: {columns: [name], severity: warning}\n"
                    + "      - accepted_values: {column: name, values: [ann, bob], severity: info}"))
        let folder = playground.path
        var status = try await document("status", playground, ["status"])
        #expect(status["steps"]["out_of_date"].number == 1)
        #expect(status["environment"]["branch"].text == "main")
        var plan = try await document("plan", playground, ["plan"], status: 10)
        #expect(plan["steps"][0]["reasons"][0]["part"].text == "never-ran")
        var run = try await document("run", playground, ["run"])
        #expect(run["outcome"].text == "passed")
        #expect(run["steps"][0]["state"].text == "ran")
        #expect(run["tests"].items.count == 4)
        let proposal = run["tests"].items.first { $0["check"].text == "accepted_values" }
        #expect(
            proposal?["proposal"].keys == ["id", "kind", "path", "summary", "values"] || proposal?["proposal"] != .null)
        #expect(proposal?["failing_rows"].number == 1)
        plan = try await document("plan", playground, ["plan"])
        #expect(plan["steps"][0]["action"].text == "up-to-date")
        _ = try await document("plan", playground, ["why", "join"])
        status = try await document("status", playground, ["status"])
        #expect(
            status["steps"] == .object(["up_to_date": .number(1), "out_of_date": .number(0), "failed": .number(0)]))
        #expect(status["environment"]["workspace"].text == folder.string)

        let planned = try await document("environment-plan", playground, ["env", "create", "work", "--dry-run"])
        #expect(planned["sources"][0]["taken_over"].flag == true)
        let created = try await document("environments", playground, ["env", "create", "work"])
        #expect(created["environments"][0]["kind"].text == "linked")
        let workspace = playground.workspace("work")
        run = try await document("run", playground, ["run"], in: workspace)
        #expect(run["steps"][0]["state"].text == "cached")
        #expect(run["environment"].text == "work")
        try await playground.repository.commit(["note.txt": "3,cyd\n3,cyd\n"], in: workspace)
        plan = try await document("plan", playground, ["plan"], status: 10, in: workspace)
        #expect(plan["steps"][0]["reasons"][0]["part"].text == "input:note.txt")
        run = try await document("run", playground, ["run"], status: 1, in: workspace)
        #expect(run["outcome"].text == "failed")
        var merge = try await document("merge", playground, ["merge", "work"], status: 1)
        #expect(merge["landed"].flag == false)
        #expect(merge["verdict"]["outcome"].text == "fail")
        #expect(merge["reason"].text?.contains("join/unique:id") == true)
        try await playground.repository.commit(["note.txt": "3,\n"], in: workspace)
        merge = try await document("merge", playground, ["merge", "work", "--dry-run"])
        #expect(merge["landed"].flag == false)
        #expect(merge["verdict"]["outcome"].text == "pass-with-warnings")
        merge = try await document("merge", playground, ["merge", "work"])
        #expect(merge["landed"].flag == true)
        #expect(merge["verdict"]["reused"].flag == true)
        #expect(merge["tree"].text == (try await playground.git("rev-parse", "main^{tree}")))
        merge = try await document("merge", playground, ["merge", "work"])
        #expect(merge["landed"].flag == false)
        let audit = try await document("audit", playground, ["audit"])
        #expect(audit["branches"][0]["commits"].items.compactMap { $0["state"].text } == ["landed", "bootstrap"])

        var list = try await document("environments", playground, ["env", "list"])
        #expect(list["environments"].items.map { $0["branch"].text } == ["main", "work"])
        #expect(list["environments"][1]["expired"].texts == ["merged"])
        _ = try await document("environments", playground, ["env", "show", "work"])
        var prune = try await document("prune", playground, ["prune", "--dry-run"])
        #expect(prune["removed"][0]["branch"].text == "work")
        try playground.repository.write("unsaved.txt", "mine", in: workspace)
        prune = try await document("prune", playground, ["prune", "--yes"])
        #expect(prune["kept"][0]["refused"].texts == ["unsaved.txt is untracked"])
        try FileSystem.remove(workspace.appending("unsaved.txt"))
        _ = try await document("environments", playground, ["env", "update", "work"])
        prune = try await document("prune", playground, ["prune", "--yes"])
        #expect(prune["removed"][0]["reason"].text == "merged")
        _ = try await document("environments", playground, ["env", "undelete", "work"])
        let kept = try await document("environments", playground, ["env", "keep", "work", "--until", "2d"])
        #expect(kept["environments"][0]["branch"].text == "work")
        prune = try await document("prune", playground, ["env", "remove", "work", "--force"])
        #expect(prune["removed"][0]["trash"].text != nil)
        list = try await document("environments", playground, ["env", "list"])
        #expect(list["environments"].items.count == 1)
        let doctor = try await document("doctor", playground, ["doctor"])
        #expect(doctor["checks"].items.count > 5)
        _ = try await document("error", playground, ["show", "nosuch"], status: 1)

        for arguments in [["runs"], ["show"], ["config"], ["config", "--check"], ["verify", "main"]] {
            let outcome = try await playground.program.run(arguments + ["--json"], in: folder)
            #expect(outcome.status == 0, "\(arguments)\n\(outcome.errorOutput)")
            #expect(try JSON(outcome.output)["schema"].text?.hasPrefix("headgate.") == true, "\(arguments)")
        }
    }

    @Test("Hooks, templates, trust and what init finds are told as JSON as well")
    func others() async throws {
        let playground = try await Playground()
        var hooks = try await document("hooks", playground, ["hooks", "status"], status: 1)
        #expect(hooks["hooks"].items.allSatisfy { $0["state"].text == "not-installed" })
        let installed = try await document("hooks-change", playground, ["hooks", "install"])
        #expect(installed["changes"].items.count == 4)
        hooks = try await document("hooks", playground, ["hooks", "status"])
        #expect(hooks["hooks"].items.map { $0["hook"].text }.contains("pre-push"))
        #expect(hooks["hooks"][0]["worktree"].text == playground.path.string)
        let removed = try await document("hooks-change", playground, ["hooks", "uninstall"])
        #expect(removed["changes"].items.count == 4)
        let trust = try await document("trust", playground, ["trust"])
        #expect(trust["approved"].flag == true && trust["changes"].items.isEmpty)
        try playground.repository.write(
            "headgate.yaml", "version: 1\ncopy_ignored: [.venv]\nsteps: {a: {run: \"true\"}}\n")
        let asked = try await document("trust", playground, ["trust"], status: 1)
        #expect(asked["approved"].flag == false && !asked["changes"].items.isEmpty)
        let approved = try await document("trust", playground, ["trust", "--yes"])
        #expect(approved["approved"].flag == true)
        #expect(try await document("trust", playground, ["trust"])["changes"].items.isEmpty)
        let templates = try await document("templates", playground, ["init", "--list"])
        #expect(templates["templates"].items.contains { $0["name"].text == "flights" })
        try FileSystem.remove(playground.path.appending("headgate.yaml"))
        try playground.repository.write("table.csv", "id,name\n1,a\n")
        let found = try await document("init", playground, ["init"])
        #expect(found["file"].text == playground.path.appending("headgate.yaml").string)
        #expect(found["template"] == .null)
        #expect(found["has_outputs"].flag == false)
    }

    @Test("A conflict is exit code 3, and a full answer")
    func conflict() async throws {
        let playground = try await Playground()
        try await playground.branch("one", ["note.txt": "4,dan\n"])
        try await playground.branch("two", ["note.txt": "5,eve\n"])
        _ = try await document("merge", playground, ["merge", "one", "--method", "squash"])
        let merge = try await document("merge", playground, ["merge", "two"], status: 3)
        #expect(merge["conflicts"].texts == ["note.txt"])
        #expect(merge["verdict"] == .null)
    }
}

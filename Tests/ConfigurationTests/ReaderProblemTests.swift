import Model
import Testing

@testable import Configuration

/// A wrong file, and what must be said about it: place, words of the message, words of the suggestion.
struct WrongFile: CustomTestStringConvertible {
    var name: String
    var text: String
    var place: String
    var message: String
    var suggestion: String?

    init(_ name: String, _ text: String, _ place: String, _ message: String, _ suggestion: String? = nil) {
        self.name = name
        self.text = text
        self.place = place
        self.message = message
        self.suggestion = suggestion
    }

    var testDescription: String { name }
}

func problems(in text: String) -> [ConfigurationProblem] {
    do throws(ConfigurationError) {
        _ = try ConfigurationReader.read(text, file: "headgate.yaml")
        return []
    } catch {
        return error.problems
    }
}

@Suite("Wrong files")
struct ReaderProblemTests {
    @Test(
        "Each mistake is told with its place and what to write",
        arguments: traps + keys + paths + steps + tests + policies)
    func told(_ wrong: WrongFile) {
        let found = problems(in: wrong.text)
        let place = "headgate.yaml:" + wrong.place
        let match = found.first { problem in
            problem.place == place && problem.message.contains(wrong.message)
                && (wrong.suggestion == nil || problem.suggestion?.contains(wrong.suggestion ?? "") == true)
        }
        #expect(match != nil, "found: \(found)")
    }

    static let traps = [
        WrongFile("empty", "", "1:1", "the file is empty", "version: 1"),
        WrongFile("comment only", "# nothing\n", "1:1", "the file is empty"),
        WrongFile("a list", "- a\n", "1:1", "must hold keys and values"),
        WrongFile("no version", "project: x\n", "1:1", "`version` is missing"),
        WrongFile("newer", "version: 2\n", "1:10", "newer than this program"),
        WrongFile("version as text", "version: one\n", "1:10", "`version` must be 1"),
        WrongFile(
            "placeholder in a flow map", "version: 1\nvariables: {A: ${{ branch.slug }}}\n", "2:17", "YAML",
            "needs quotes"),
        WrongFile(
            "placeholder in a flow list", "version: 1\nsteps:\n  a:\n    run: x\n    outputs: [${{ params.x }}]\n",
            "5:16", "YAML", "quotes"),
        WrongFile(
            "colon in a command", "version: 1\nsteps:\n  a:\n    run: echo a: b\n", "4:16", "mapping values", "block"),
        WrongFile("tab", "version: 1\nsteps:\n\ta:\n", "3:1", "a tab stands", "spaces"),
        WrongFile("tab after spaces", "version: 1\nsteps:\n  a:\n  \t run: x\n", "4:3", "a tab stands", "spaces"),
        WrongFile(
            "duplicate key", "version: 1\nproject: a\nproject: b\n", "3:1", "`project` appears twice, first in line 2"),
        WrongFile("bare star", "version: 1\nenvironments:\n  - match: *\n", "3:13", "alias", "needs quotes"),
        WrongFile(
            "bare star name", "version: 1\ncopy_ignored: [*csv]\n", "2:16", "anchor that does not exist", "needs quotes"
        ),
        WrongFile(
            "yes as a boolean", "version: 1\nenvironments: [{match: a, protected: yes}]\n", "2:38", "`true` or `false`",
            "write true"),
        WrongFile("no as text", "version: 1\nparams: {country: NO}\n", "2:19", "boolean to YAML 1.1", "write \"NO\""),
        WrongFile(
            "on as a column", "version: 1\nsources: {s: {path: d, tests: [not_null: [on]]}}\n", "2:43",
            "boolean to YAML 1.1"),
        WrongFile("leading zero", "version: 1\nparams: {zip: 01234}\n", "2:15", "octal", "write \"01234\""),
        WrongFile("second document", "version: 1\n---\nversion: 1\n", "2:1", "second document"),
        WrongFile("tag", "version: !!python/object 1\n", "1:10", "tags"),
        WrongFile("NUL", "version: 1\nproject: \"a\\0b\"\n", "2:10", "is no name"),
        WrongFile("control character", "version: 1\nproject: \u{1}\n", "2:10", "no text file"),
        WrongFile("open quote", "version: 1\nproject: \"abc\n", "2:10", "quoted scalar", "never closed"),
        WrongFile("key that is a list", "version: 1\n? [a]\n: 1\n", "2:3", "a key must be plain text"),
        WrongFile("mustache", "version: 1\nsteps: {a: {run: {{ x }}}}\n", "2:19", "plain text", "dollar sign"),
        WrongFile("deep nesting", "version: 1\nparams: " + String(repeating: "[", count: 200), "2:56", "deeper than"),
        WrongFile("self reference", "version: 1\nparams: &a [*a]\n", "2:13", "anchor that does not exist"),
    ]

    static let keys = [
        WrongFile(
            "unknown top key", "version: 1\nstesp: {}\n", "2:1", "unknown key `stesp` at the top",
            "did you mean `steps`?"),
        WrongFile(
            "another tool's key", "version: 1\nsteps: {a: {cmd: x}}\n", "2:13", "unknown key `cmd` in the step `a`",
            "did you mean `run`?"),
        WrongFile(
            "not built", "version: 1\nsteps: {a: {run: x, executor: slurm}}\n", "2:21", "not available in this version"),
        WrongFile("wrong type", "version: 1\nsteps: [a]\n", "2:8", "`steps` must be a map"),
        WrongFile("text for a list", "version: 1\nsecrets: CRM\n", "2:10", "must be a list", "[CRM]"),
        WrongFile("number for text", "version: 1\nproject: 5\n", "2:10", "must be text", "\"5\""),
        WrongFile("bad name", "version: 1\nproject: a/b\n", "2:10", "`a/b` is no name"),
        WrongFile("ports alike", "version: 1\nports: [web, WEB]\n", "2:14", "same as `web`"),
        WrongFile("parameters alike", "version: 1\nparams: {a: 1, A: 2}\n", "2:16", "differ only in case"),
        WrongFile("parameter without default", "version: 1\nparams: {a: {type: number}}\n", "2:13", "no `default`"),
        WrongFile(
            "parameter type", "version: 1\nparams: {a: {type: int, default: 1}}\n", "2:20", "cannot be `int`",
            "`integer`"),
        WrongFile("default out of bounds", "version: 1\nparams: {a: {default: 5, max: 3}}\n", "2:23", "at most 3"),
        WrongFile(
            "whole default beyond what a double holds",
            "version: 1\nparams: {a: {default: 9007199254740993, max: 9007199254740992}}\n", "2:23",
            "at most 9007199254740992, not 9007199254740993"),
        WrongFile(
            "swapped bounds beyond what a double holds",
            "version: 1\nparams: {a: {default: 1, min: 9007199254740993, max: 9007199254740992}}\n", "2:31",
            "`min` above `max`"),
        WrongFile(
            "bound beyond 64 bits", "version: 1\nparams: {a: {default: 5, min: 12345678901234567891}}\n", "2:23",
            "at least 12345678901234567891"),
        WrongFile(
            "default not listed", "version: 1\nparams: {a: {default: rdige, one_of: [ridge, forest]}}\n", "2:23",
            "must be `ridge` or `forest`", "did you mean `ridge`?"),
        WrongFile(
            "rule sets unknown parameter",
            "version: 1\nparams: {month: 1}\nenvironments: [{match: a, params: {mont: 2}}]\n", "3:36",
            "not declared under `params`", "`month`"),
        WrongFile(
            "rule sets wrong type", "version: 1\nparams: {month: 1}\nenvironments: [{match: a, params: {month: x}}]\n",
            "3:43", "must be a whole number"),
        WrongFile("rule without match", "version: 1\nenvironments: [{protected: true}]\n", "2:16", "no `match`"),
        WrongFile(
            "rule that never applies", "version: 1\nenvironments: [{match: \"*\"}, {match: main}]\n", "2:38",
            "never applies"),
        WrongFile(
            "forbidden branch", "version: 1\nenvironments: [{match: \"a..b\"}]\n", "2:24",
            "cannot be the name of a branch"),
        WrongFile("reserved variable", "version: 1\nvariables: {HOME: /x}\n", "2:13", "fixed value inside the sandbox"),
        WrongFile("own variable", "version: 1\nvariables: {HEADGATE_X: 1}\n", "2:13", "Headgate's own"),
        WrongFile(
            "secret in part", "version: 1\nsecrets: [A]\nvariables: {U: \"x${{ secrets.A }}\"}\n", "3:16", "whole value"
        ),
        WrongFile(
            "secret not listed", "version: 1\nsecrets: [TOKEN]\nvariables: {U: \"${{ secrets.TOKN }}\"}\n", "3:17",
            "refers to nothing", "`secrets.TOKEN`"),
        WrongFile(
            "secret in a command", "version: 1\nsecrets: [A]\nsteps: {a: {run: \"x ${{ secrets.A }}\"}}\n", "3:21",
            "only in `variables`"),
        WrongFile(
            "unknown parameter",
            "version: 1\nparams: {month: 1}\nsteps:\n  a:\n    run: |\n      x\n      y ${{ params.mnoth }}\n", "7:9",
            "refers to nothing", "did you mean `params.month`?"),
        WrongFile(
            "unknown namespace", "version: 1\nparams: {m: 1}\nsteps: {a: {run: \"x ${{ param.m }}\"}}\n", "3:21",
            "refers to nothing", "`params.m`"),
        WrongFile(
            "code in a placeholder", "version: 1\nsteps: {a: {run: \"x ${{ branch.name || 1 }}\"}}\n", "2:21",
            "is no placeholder", "no functions"),
        WrongFile(
            "unclosed placeholder", "version: 1\nsteps: {a: {run: \"x ${{ branch.name\"}}\n", "2:21",
            "is no placeholder"),
        WrongFile(
            "matrix without matrix", "version: 1\nsteps: {a: {run: \"x ${{ matrix.seed }}\"}}\n", "2:21",
            "refers to nothing", "only a step with `matrix`"),
        WrongFile("duration", "version: 1\nsteps: {a: {run: x, timeout: 30}}\n", "2:30", "must be a duration", "30m"),
        WrongFile("size", "version: 1\nstore: {cache: big}\n", "2:16", "must be a size", "50GB"),
    ]

    static let paths =
        ["/etc/passwd", "../x", "a/../b", "~/x", ".git/config", "sub/.GIT/hooks", "\"a\\0\"", "\"a\\nb\"", "\"\"", "."]
        .map {
            WrongFile("path \($0)", "version: 1\nsteps: {a: {run: x, inputs: [\($0)]}}\n", "2:30", "the path")
        }
        + ["/etc/passwd", "../x", ".git"].flatMap { path in
            [
                WrongFile(
                    "output \(path)", "version: 1\nsteps: {a: {run: x, outputs: [\(path)]}}\n", "2:31", "the path"),
                WrongFile("source \(path)", "version: 1\nsources: {a: {path: \(path)}}\n", "2:21", "the path"),
                WrongFile("copied \(path)", "version: 1\ncopy_ignored: [\(path)]\n", "2:16", "the path"),
                WrongFile(
                    "table \(path)",
                    "version: 1\nsources: {s: {path: d, tests: [not_null: {column: a, table: \(path)}]}}\n", "2:61",
                    "the path"),
                WrongFile(
                    "related \(path)",
                    "version: 1\nsources: {s: {path: d, tests: [relationships: {column: a, field: b, to: \(path)}]}}\n",
                    "2:73", "the path"),
            ]
        }
        + [
            "headgate.yaml", "./headgate.yaml", "headgate.local.yaml", ".gitattributes", "sub/.gitmodules",
            ".headgate/x",
        ]
        .map {
            WrongFile(
                "output \($0)", "version: 1\nsteps: {a: {run: x, outputs: [y, \($0)]}}\n", "2:34",
                "which no step may write")
        }
        + [("s/x.sh", "s"), ("s/x.sh", "s/x.sh"), ("s", "s/x.sh"), ("s/*.sh", "s")].map { input, output in
            WrongFile(
                "output \(output) over \(input)",
                "version: 1\nsteps:\n  a:\n    run: x\n    inputs: [\(input)]\n    outputs:\n      - \(output)\n",
                "7:9",
                "lies over its own input `\(input)` in line 5", "write elsewhere")
        } + [
            WrongFile("sandbox relative", "version: 1\nsandbox: {read: [data]}\n", "2:18", "absolute path"),
            WrongFile("sandbox parent", "version: 1\nsandbox: {read: [\"~/../x\"]}\n", "2:18", "absolute path"),
            WrongFile(
                "pattern as output", "version: 1\nsteps: {a: {run: x, outputs: [\"d/*.csv\"]}}\n", "2:30",
                "is a pattern"),
            WrongFile(
                "same output", "version: 1\nsteps:\n  a: {run: x, outputs: [d/o]}\n  b: {run: x, outputs: [./d/o/]}\n",
                "4:25", "the step `a` (line 3) makes too"),
            WrongFile(
                "nested output", "version: 1\nsteps:\n  a: {run: x, outputs: [d]}\n  b: {run: x, outputs: [d/o]}\n",
                "4:25", "overlaps `d`"),
            WrongFile(
                "output in a source",
                "version: 1\nsources:\n  raw: {path: data/raw}\nsteps:\n  a: {run: x, outputs: [data/raw/x]}\n", "5:25",
                "inside the read-only source `raw` (line 3)"),
            WrongFile(
                "source in an output",
                "version: 1\nsources:\n  raw: {path: data/raw}\nsteps:\n  a: {run: x, outputs: [data]}\n", "5:25",
                "holds the source `raw`"),
            WrongFile(
                "sources at one place", "version: 1\nsources:\n  a: {path: d}\n  b: {path: d}\n", "4:3",
                "`a` (line 3) and `b` have the same path"),
            WrongFile(
                "sources within each other", "version: 1\nsources:\n  a: {path: d/e}\n  b: {path: d}\n", "4:3",
                "lie within each other"),
        ]

    static let steps = [
        WrongFile("no run", "version: 1\nsteps:\n  a: {inputs: []}\n", "3:3", "has no `run`"),
        WrongFile("run as a list", "version: 1\nsteps: {a: {run: [x, y]}}\n", "2:18", "not a list", "run: |"),
        WrongFile("empty run", "version: 1\nsteps: {a: {run: \" \"}}\n", "2:18", "is empty"),
        WrongFile("name", "version: 1\nsteps: {\"a b\": {run: x}}\n", "2:9", "is no name"),
        WrongFile("name with brackets", "version: 1\nsteps: {\"a[x=1]\": {run: x}}\n", "2:9", "is no name"),
        WrongFile(
            "unknown need", "version: 1\nsteps:\n  clean: {run: x}\n  b: {run: x, needs: [claen]}\n", "4:23",
            "needs `claen`, which is no step", "`clean`"),
        WrongFile("needs itself", "version: 1\nsteps: {a: {run: x, needs: [a]}}\n", "2:29", "needs itself"),
        WrongFile("empty matrix", "version: 1\nsteps: {a: {run: x, matrix: {}}}\n", "2:29", "is empty"),
        WrongFile("axis without values", "version: 1\nsteps: {a: {run: x, matrix: {s: []}}}\n", "2:33", "no values"),
        WrongFile("axis twice", "version: 1\nsteps: {a: {run: x, matrix: {s: [1, 1]}}}\n", "2:37", "`1` twice"),
        WrongFile(
            "exclude no axis", "version: 1\nsteps: {a: {run: x, matrix: {seed: [1], exclude: [{sede: 1}]}}}\n", "2:52",
            "no axis", "`seed`"),
        WrongFile("image", "version: 1\nsteps: {a: {run: x, image: \"--privileged\"}}\n", "2:28", "is no image"),
        WrongFile(
            "container without image", "version: 1\nsteps: {a: {run: x, isolation: container}}\n", "2:32", "no `image`"),
        WrongFile(
            "isolation", "version: 1\nsteps: {a: {run: x, isolation: sandbx}}\n", "2:32", "cannot be `sandbx`",
            "did you mean `sandbox`?"),
        WrongFile("limit without mutex", "version: 1\nlimits: {gpu: 1}\n", "2:10", "no step has as its `mutex`"),
        WrongFile("source without path", "version: 1\nsources: {a: {}}\n", "2:14", "has no `path`"),
        WrongFile(
            "source kind", "version: 1\nsources: {a: {kind: postgresql}}\n", "2:21", "cannot be `postgresql`",
            "`postgres`"),
        WrongFile(
            "foreign key of a kind", "version: 1\nsources: {a: {path: d, clone_to: x}}\n", "2:24",
            "does not belong to a source of kind files"),
        WrongFile(
            "pin of later", "version: 1\nsources: {a: {path: d, pin: overlay}}\n", "2:29",
            "not available in this version"),
        WrongFile(
            "freshness the wrong way",
            "version: 1\nsources: {a: {path: d, freshness: {warn_after: 3d, error_after: 1d}}}\n", "2:48", "warns later"
        ),
        WrongFile(
            "variation", "version: 1\nsteps: {clean: {run: x}}\nvariations: {s: {only: [cleen]}}\n", "3:25", "no step",
            "`clean`"),
    ]

    static func test(_ name: String, _ item: String, _ column: Int, _ message: String, _ suggestion: String? = nil)
        -> WrongFile
    {
        WrongFile(
            name, "version: 1\nsources:\n  s:\n    path: d\n    tests:\n      - \(item)\n", "6:\(column)", message,
            suggestion)
    }

    static let tests =
        [
            test("unknown check", "not_nul: [a]", 9, "unknown check `not_nul`", "did you mean `not_null`?"),
            test("another tool's check", "accepted_range: {column: a}", 9, "unknown check", "`range`"),
            test("no check", "severity: error", 9, "names no check"),
            test("two checks", "{not_null: [a], unique: [a]}", 25, "two checks"),
            test("a word", "not_null", 9, "must be a map", "`not_null: …`"),
            test(
                "severity and threshold", "{range: {column: a, min: 1, warn_if: \"> 0\"}, severity: error}", 54,
                "both `severity` and `warn_if`"),
            test("severity word", "{not_null: [a], severity: eror}", 35, "cannot be `eror`", "`error`"),
            test("threshold", "not_null: {column: a, warn_if: many}", 40, "must be a condition", "> 0.5%"),
            test("share of a table", "row_count: {min: 1, warn_if: \"> 5%\"}", 38, "a share needs rows"),
            test("given twice", "{not_null: {column: a, severity: info}, severity: error}", 49, "given twice"),
            test("no bound", "range: {column: a}", 9, "neither `min` nor `max`"),
            test("bounds swapped", "range: {column: a, min: 3, max: 1}", 33, "`min` above `max`"),
            test("no column", "range: {min: 3}", 9, "names no column"),
            test("no values", "accepted_values: {column: a, values: []}", 46, "is empty"),
            test("value twice", "accepted_values: {column: a, values: [A, A]}", 50, "`A` twice"),
            test("unknown argument", "range: {column: a, minn: 1, max: 2}", 28, "unknown key `minn`", "`min`"),
            test("argument beside", "{range: {column: a}, min: 3}", 30, "stands beside", "put it inside"),
            test(
                "empty waiver", "{not_null: [a], waive: {until: 2026-02-30, owner: o, reason: r}}", 40, "must be a date"
            ),
            test(
                "waiver without reason", "{not_null: [a], waive: {until: 2026-02-28, owner: o}}", 32, "has no `reason`"),
            test("format", "regex: {column: a, format: emial}", 36, "cannot be `emial`", "`email`"),
            test("empty query", "sql: \"\"", 14, "is empty"),
            test("age without limit", "freshness: {column: at}", 9, "has neither `warn_after` nor `error_after`"),
            test(
                "age with severity", "freshness: {column: at, warn_after: 1d, severity: info}", 49,
                "takes no `severity`"),
            test("age of a table", "freshness: {table: d/a.csv, warn_after: 1d}", 21, "`table` without `column`"),
            WrongFile(
                "age of an output",
                "version: 1\nsteps: {a: {run: x, outputs: [o], tests: [freshness: {warn_after: 1d}]}}\n", "2:43",
                "are as old as its run", "`freshness: {column: …}`"),
            WrongFile(
                "age of a database",
                "version: 1\nsources: {a: {kind: postgres, location: x, clone_to: y, freshness: {warn_after: 1d}}}\n",
                "2:57", "cannot be known", "`freshness: {column: …}`"),
            WrongFile(
                "age twice",
                "version: 1\nsources: {a: {path: d, freshness: {warn_after: 1d}, tests: [freshness: {error_after: 1d}]}}\n",
                "2:61", "and a test `freshness` without `column`", "keep one"),
            WrongFile(
                "same test twice",
                "version: 1\nsources:\n  s:\n    path: d\n    tests:\n      - not_null: [a]\n      - not_null: [a]\n",
                "7:9", "twice, first in line 6", "`name`"),
            WrongFile(
                "tests without outputs", "version: 1\nsteps: {a: {run: x, tests: [not_null: [a]]}}\n", "2:28",
                "no `outputs` to test"),
        ]
        + ["reconcile", "anomaly", "drift", "diff", "metric", "duration", "command", "junit", "dbt"].map {
            test("not built: \($0)", "\($0): {x: 1}", 9, "the check `\($0)` is not available in this version")
        }

    static let policies = [
        WrongFile("gate word", "version: 1\ngate: {mode: observer}\n", "2:14", "cannot be `observer`", "`observe`"),
        WrongFile("rebase", "version: 1\ngate: {method: rebase}\n", "2:16", "not available in this version"),
        WrongFile("require", "version: 1\ngate: {require: [nothing]}\n", "2:18", "which is no step"),
        WrongFile(
            "publish unknown",
            "version: 1\nsteps: {a: {run: x, outputs: [d/clean.csv]}}\npublish: {to: /x, outputs: [d/claen.csv]}\n",
            "3:29", "no step's output", "`d/clean.csv`"),
        WrongFile("publish without to", "version: 1\npublish: {outputs: []}\n", "2:10", "has no `to`"),
        WrongFile(
            "keep", "version: 1\nsteps: {a: {run: x, outputs: [o]}}\npublish: {to: /x, outputs: [o], keep: 0}\n",
            "3:39", "at least 1"),
        WrongFile("expire", "version: 1\nexpire: {merged: never}\n", "2:18", "must be a duration"),
    ]

    @Test("Every problem is reported at once, in the order of the file")
    func all() {
        let found = problems(in: "version: 1\nparams: {a: {type: int, default: 1}}\nstesp: {}\ngate: {mode: x}\n")
        #expect(found.map(\.line) == [2, 3, 4])
    }

    @Test(
        "An anchor bomb is refused quickly",
        arguments: [
            (0..<40).map {
                "  a\($0): &a\($0) [\($0 == 0 ? "x" : Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]"
            },
            (0..<40).map {
                "  a\($0): &a\($0) {x: \($0 == 0 ? "x" : "*a\($0 - 1)"), y: \($0 == 0 ? "x" : "*a\($0 - 1)")}"
            },
        ])
    func anchorBomb(_ lines: [String]) {
        let clock = ContinuousClock()
        let time = clock.measure {
            let found = problems(in: "version: 1\nparams:\n" + lines.joined(separator: "\n") + "\n")
            #expect(found.contains { $0.message.contains("aliases") || $0.message.contains("nest") })
        }
        #expect(time < .seconds(15))
    }

    @Test("A key made of an expanded bomb is refused, not hashed")
    func bombAsKey() {
        let found = problems(in: "version: 1\nparams:\n  a: &a [x, x]\n  b: &b [*a, *a]\n  ? *b\n  : 1\n")
        #expect(found.contains { $0.message == "a key must be plain text" })
    }

    @Test("Anchors and merge keys work where they are sensible")
    func anchors() throws {
        let configuration = try ConfigurationReader.read(
            """
            version: 1
            steps:
              a: &base
                run: one
                timeout: 5m
                inputs: [x]
              b:
                <<: *base
                run: two
            """, file: "headgate.yaml")
        #expect(configuration.steps.map(\.run) == ["one", "two"])
        #expect(configuration.steps.map(\.timeout) == [TimeSpan(seconds: 300), TimeSpan(seconds: 300)])
    }
}

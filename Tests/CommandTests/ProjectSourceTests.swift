import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// Another project's output is a source once it has passed there, by the contents of exactly the run that was judged.
@Suite("Project sources")
struct ProjectSourceTests {
    /// A project that makes rates, and one that reads them.
    private struct Pair {
        let rates: Playground
        let reader: Playground

        static func ratesConfiguration(_ run: String) -> String {
            """
            version: 1
            project: fx
            environments: [{match: main, protected: true}, {match: "*", from: main}]
            gate: {tests: optional}
            steps:
              rates:
                run: \(run)
                inputs: [rates.txt]
                outputs: [out/rates]
              log:
                run: mkdir -p out && wc -l rates.txt > out/log && cp out/log out/lines
                inputs: [rates.txt]
                outputs: [out/log, out/lines]

            """
        }

        static let plainRun = "mkdir -p out/rates && cp rates.txt out/rates/usd.csv && ln -s usd.csv out/rates/latest"

        init(run: String = plainRun, source: String = "output: out/rates", isRelative: Bool = false) async throws {
            rates = try await Playground(Self.ratesConfiguration(run), files: ["rates.txt": "1\n"])
            let place = rates.path.string
            let repository = isRelative ? "../.." + place.dropFirst("/tmp".count) : place
            reader = try await Playground(
                """
                version: 1
                project: small
                environments: [{match: main, protected: true}, {match: "*", from: main}]
                gate: {tests: optional}
                sources:
                  rates: {kind: project, repository: \(repository), path: data/rates, \(source)}
                steps:
                  use:
                    run: mkdir -p out && cat data/rates/latest > out/used
                    inputs: [data/rates]
                    outputs: [out/used]

                """)
        }

        /// Lands a change of the rates on their `main`.
        func land(_ text: String, as branch: String) async throws {
            try await rates.branch(branch, ["rates.txt": text])
            try await rates.done("merge", branch)
        }

        func used() throws -> String { try FileSystem.readText(reader.path.appending("out/used")) }

        /// What `env show` says of the pin.
        func pin() async throws -> JSON {
            try JSON(try await reader.done("env", "show", "--json"))["environments"][0]["sources"][0]
        }
    }

    @Test("Where nothing can land, a protected branch is to be named")
    func unprotectedReference() async throws {
        let pair = try await Pair(source: "output: out/rates, ref: work")
        try await pair.rates.branch("work", ["rates.txt": "2\n"])
        try await pair.rates.done("status")
        let refused = try await pair.reader.headgate("run")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains(
                " mend: name a protected branch in `sources: rates: ref:`, there: main; what was pinned"),
            "\(refused.errorOutput)")
    }

    @Test("What has passed there is pinned, stays when that project goes on, and is followed by an update")
    func follows() async throws {
        let pair = try await Pair(isRelative: true)
        let (rates, reader) = (pair.rates, pair.reader)
        try await rates.done("status")
        let early = try await reader.headgate("run")
        #expect(early.status == 1)
        let first = try await rates.git("rev-parse", "main")
        #expect(
            reader.marked(early.errorOutput).replacing(rates.path.string, with: "<fx>") == """
                error: the source `rates` cannot be pinned as it is now
                  why: <short>, at which main of fx stands, has no verdict
                 mend: land a change there (in <fx>: `headgate merge <branch>`); what was pinned before stays in use

                """)

        try await pair.land("2\n", as: "two")
        try await reader.done("run")
        #expect(try pair.used() == "2\n")
        let second = try await rates.git("rev-parse", "main")
        let pin = try await pair.pin()
        #expect(pin["kind"].text == "project")
        #expect(pin["pin"].text == "copy")
        let origin = pin["origin"]
        #expect(origin["project"].text == "fx")
        #expect(origin["repository"].text == rates.path.string)
        #expect(origin["ref"].text == "refs/heads/main")
        #expect(origin["output"].text == "out/rates")
        #expect(origin["commit"].text.map { second.hasPrefix($0) } == true)
        #expect(origin["moved_to"] == .null)
        let verified = try JSON(try await rates.done("verify", "main", "--json"))
        #expect(origin["verdict"] == verified["verdict"]["key"], "\(verified)")
        #expect(!(origin["landed"].text ?? "").isEmpty)
        #expect(first != second)
        let copy = reader.workspace(".store").pushing("snapshots").pushing(FilePath(pin["id"].text ?? "?"))
        #expect(try FileSystem.requireStatus(copy.appending("usd.csv")).mode & 0o222 == 0)
        #expect(try FileSystem.status(reader.path.pushing("data/rates"))?.kind == .symbolicLink)

        // A commit that nobody has judged: the pin stays, and the move is told.
        try await rates.repository.commit(["rates.txt": "3\n"], message: "Past the gate")
        let told = try await reader.headgate("run")
        #expect(told.status == 0)
        #expect(told.errorOutput.contains("rates: main of fx has moved from "), "\(told.errorOutput)")
        #expect(try await reader.done("status").contains("of fx, main at "))
        #expect(try await reader.headgate("status").output.contains("has moved from "))
        let refused = try await reader.headgate("env", "update")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("stands, has no verdict"), "\(refused.errorOutput)")
        let kept = try await pair.pin()
        #expect(kept["id"] == pin["id"])
        #expect(kept["origin"]["commit"] == origin["commit"])
        #expect(kept["origin"]["moved_to"].text.map { $0 != origin["commit"].text } == true)
        #expect(try pair.used() == "2\n")

        // Another environment shares the pin, as it was.
        try await reader.done("env", "create", "work")
        #expect(try FileSystem.readText(reader.workspace("work").pushing("data/rates/usd.csv")) == "2\n")

        try await pair.land("4\n", as: "four")
        try await reader.done("env", "update")
        let plan = try JSON(try await reader.headgate("plan", "--json").output)
        #expect(plan["steps"][0]["reasons"][0]["part"].text?.hasPrefix("input:data/rates") == true, "\(plan)")
        try await reader.done("run")
        #expect(try pair.used() == "4\n")
        #expect(try FileSystem.readText(reader.workspace("work").pushing("data/rates/usd.csv")) == "2\n")
        let doctor = try await reader.headgate("doctor")
        #expect(doctor.status == 0)
        #expect(doctor.output.contains("2 pins of what other projects made: fx"), "\(doctor.output)")

        let elsewhere = rates.repository.directory.path("elsewhere")
        try FileSystem.rename(rates.path, to: elsewhere, replacing: false)
        try await reader.done("run")
        #expect(try await reader.headgate("status").output.contains("is no repository any more"))
        #expect(try await reader.headgate("doctor").status == 1)
    }

    @Test("A landing here is judged with what has passed there; equal contents keep their copy")
    func lands() async throws {
        let pair = try await Pair(source: "output: rates, ref: main")
        try await pair.land("2\n", as: "two")
        try await pair.reader.branch("work", ["note.txt": "changed\n"])
        try await pair.reader.done("merge", "work")
        try await pair.reader.done("run")
        #expect(try pair.used() == "2\n")
        let before = try await pair.pin()

        try await pair.rates.branch("words", ["note.txt": "other words\n"])
        try await pair.rates.done("merge", "words")
        try await pair.reader.done("env", "update")
        let after = try await pair.pin()
        #expect(after["id"] == before["id"])
        #expect(after["origin"]["commit"] != before["origin"]["commit"])
        #expect(try await pair.reader.headgate("plan").status == 0, "equal data: nothing to run")
    }

    @Test("Only what the judged run made is taken: not the working tree, not what a later run made of the same inputs")
    func exactly() async throws {
        let pair = try await Pair(
            run: "mkdir -p out/rates && date +%s%N > out/rates/usd.csv && ln -s usd.csv out/rates/latest")
        try await pair.land("2\n", as: "two")
        try await pair.rates.done("run")
        let judged = try FileSystem.readText(pair.rates.path.appending("out/rates/usd.csv"))
        try FileSystem.replace(pair.rates.path.appending("out/rates/usd.csv"), withText: "by hand\n")
        try await pair.reader.done("run")
        #expect(try pair.used() == judged)
        try await pair.rates.done("run", "--force")
        try await pair.reader.done("run")
        let refused = try await pair.reader.headgate("env", "update")
        #expect(refused.status == 74)
        #expect(
            refused.errorOutput.contains("passed; a later run of `rates` made something else of the same inputs"),
            "\(refused.errorOutput)")
        #expect(try pair.used() == judged)
    }

    @Test("What is gone from the cache there is named with the run that makes it again")
    func gone() async throws {
        let pair = try await Pair()
        try await pair.land("2\n", as: "two")
        let cache = pair.rates.workspace(".store").appending("cache")
        for entry in try TreeWalk.list(cache) where entry.status.kind == .file {
            try FileSystem.remove(cache.pushing(entry.path))
        }
        let refused = try await pair.reader.headgate("run")
        #expect(refused.status == 74)
        #expect(
            refused.errorOutput.contains("`headgate run --env main`), then try again"), "\(refused.errorOutput)")
        try await pair.rates.done("run", "--env", "main")
        try await pair.reader.done("run")
        #expect(try pair.used() == "2\n")
    }

    @Test("It is as old as its landing there")
    func age() async throws {
        let pair = try await Pair(source: "output: out/rates, freshness: {error_after: 1d}")
        try await pair.land("2\n", as: "two")
        let fresh = try JSON(try await pair.reader.done("run", "--json"))["tests"][0]
        #expect(fresh["id"].text == "source:rates/freshness")
        #expect(fresh["outcome"].text == "passed")
        // Nobody lands on this branch: what counts is when its commit was made.
        let text = try FileSystem.readText(pair.reader.path.appending("headgate.yaml"))
        try await pair.rates.git("tag", "v1", "main")
        try FileSystem.replace(
            pair.reader.path.appending("headgate.yaml"),
            withText: text.replacing("output: out/rates", with: "output: out/rates, ref: v1"))
        let old = try await pair.reader.headgate("run", "--json")
        #expect(old.status == 1)
        #expect(
            try JSON(old.output)["tests"][0]["message"].text?.contains("may be 24h at most") == true, "\(old.output)")
    }

    @Test("Whose repository is read is approved first")
    func trusted() async throws {
        let pair = try await Pair()
        try await pair.land("2\n", as: "two")
        try await pair.reader.done("run")
        let other = try await Pair()
        let text = try FileSystem.readText(pair.reader.path.appending("headgate.yaml"))
        try await pair.reader.branch(
            "elsewhere", ["headgate.yaml": text.replacing(pair.rates.path.string, with: other.rates.path.string)])
        try await pair.reader.git("switch", "--quiet", "elsewhere")
        let refused = try await pair.reader.headgate("run")
        #expect(refused.status == 78)
        #expect(refused.errorOutput.contains("sources.rates.repository: "), "\(refused.errorOutput)")
    }

    @Test("A project in which nothing was ever done has nothing that passed, and stays untouched")
    func untouched() async throws {
        let pair = try await Pair()
        let refused = try await pair.reader.headgate("run")
        #expect(refused.status == 1)
        #expect(refused.errorOutput.contains("Headgate has recorded nothing at "), "\(refused.errorOutput)")
        #expect(!FileSystem.exists(pair.rates.path.pushing(".git/headgate")))
    }

    @Test("What cannot be read is said with what to write instead")
    func wrong() async throws {
        let pair = try await Pair()
        try await pair.land("2\n", as: "two")
        let reader = pair.reader
        let good = try FileSystem.readText(reader.path.appending("headgate.yaml"))
        let place = pair.rates.path
        let plain = try reader.repository.directory.makeDirectory("plain")
        try FileSystem.makeDirectories(place.appending("inner"))
        let bare = try await Playground(nil)
        try await pair.rates.branch("broken", ["headgate.yaml": "version: 1\nstep: {}\n"])
        let cases: [(String, String, String)] = [
            (place.string, plain.string, "is not in a Git repository"),
            (place.string, plain.string + "/no", "is no directory"),
            (place.string, place.string + "/inner", "lies inside the repository at"),
            (place.string, ".", "is this very repository"),
            (place.string, bare.path.string, "has no headgate.yaml"),
            ("output: out/rates", "output: out/rates, ref: broken", "is wrong at"),
            (
                "output: out/rates", "output: out/nothing",
                "set `sources: rates: output:` to one of: out/rates, out/log, out/lines"
            ),
            ("output: out/rates", "output: log", "output:` to one of: out/log, out/lines"),
            ("output: out/rates", "output: out/rates, ref: nowhere", "has no branch, tag or commit `nowhere`"),
            ("output: out/rates", "output: out/rates, pin: in-place", "it is copied out of the other project"),
        ]
        for (old, new, expected) in cases {
            try FileSystem.replace(
                reader.path.appending("headgate.yaml"), withText: good.replacing(old, with: new))
            try await reader.git("commit", "--quiet", "-am", "Try")
            let refused = try await reader.headgate("run")
            #expect(refused.status == 78, "\(new)\n\(refused.errorOutput)")
            #expect(refused.errorOutput.contains(expected), "\(new)\n\(refused.errorOutput)")
        }
    }
}

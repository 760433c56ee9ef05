import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

/// A PostgreSQL database is pinned as a template, and each environment gets a database of its own.
@Suite(
    "PostgreSQL sources",
    .enabled(if: PostgresInstance.programs != nil, "PostgreSQL 15 is not installed: apt-get install postgresql-15"))
struct PostgresSourceTests {
    private struct Shop {
        let playground: Playground
        let server: PostgresInstance
        let variables: [String: String]

        func headgate(_ arguments: String..., adding added: [String: String] = [:]) async throws
            -> ProgramUnderTest.Outcome
        {
            try await playground.program.run(
                arguments, in: playground.path, variables: variables.merging(added) { $1 })
        }

        @discardableResult
        func done(_ arguments: String...) async throws -> String {
            let outcome = try await playground.program.run(arguments, in: playground.path, variables: variables)
            guard outcome.status == 0 else { throw Playground.Unexpected(arguments: arguments, outcome: outcome) }
            return outcome.output
        }

        /// Runs SQL in the environment's own database and returns what it answers.
        func sql(_ statement: String, env: String) async throws -> String {
            try await done("exec", "--env", env, "--", "sh", "-c", "psql -XAtq -c \"$0\" \"$DATABASE_URL\"", statement)
        }

        /// Everything that the location holds.
        func location() async throws -> String {
            try await server.sql(
                """
                SELECT 'orders', * FROM orders ORDER BY id; SELECT 'customers', * FROM customers ORDER BY id;
                SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND pid <> pg_backend_pid();
                """, in: "shop")
        }
    }

    private func shop(_ settings: String = "", step: String = "", tcp: Int? = nil) async throws -> Shop {
        let server = try await PostgresInstance(port: tcp ?? 5432, tcp: tcp != nil)
        try await server.sql("CREATE ROLE dev LOGIN CREATEDB")
        try await server.sql("CREATE DATABASE shop")
        try await server.sql(
            """
            CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
            CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, amount numeric,
              twice numeric GENERATED ALWAYS AS (amount * 2) STORED, note text);
            CREATE TABLE "Audit Log" (entry text);
            INSERT INTO customers VALUES (1, 'ann'), (2, E'o''\\\\neil');
            INSERT INTO orders (customer, amount, note) VALUES (1, 10, 'old'), (2, 20, 'new'), (1, 30, 'new');
            INSERT INTO "Audit Log" VALUES ('one'), ('two');
            """, in: "shop")
        let playground = try await Playground(
            """
            version: 1
            project: small
            environments:
              - match: main
                protected: true
              - match: "*"
                from: main
            sources:
              crm:
                kind: postgres
                location: ${{ secrets.CRM_URL }}
                clone_to: ${{ secrets.DEV_PG }}
                variable: DATABASE_URL
            \(settings)
            steps:
              total:
                run: mkdir -p out && psql -XAtq -c 'SELECT sum(amount) FROM orders' "$DATABASE_URL" > out/total
                needs: [crm]
                inputs: [note.txt]
                outputs: [out/total]
            \(step)
              other:
                run: mkdir -p out && echo "${DATABASE_URL-none}" > out/other
                inputs: [note.txt]
                outputs: [out/other]

            """)
        let clone =
            tcp.map { "postgresql://dev:hunter%2022@127.0.0.1:\($0)/postgres" } ?? server.url("postgres", user: "dev")
        return Shop(
            playground: playground, server: server, variables: ["CRM_URL": server.url("shop"), "DEV_PG": clone])
    }

    private func text(_ shop: Shop, _ file: String, in workspace: String? = nil) throws -> String {
        try FileSystem.readText((workspace.map(shop.playground.workspace) ?? shop.playground.path).appending(file))
    }

    @Test("Two environments change the same table, neither sees the other, and the location stays as it was")
    func apart() async throws {
        let shop = try await shop()
        let before = try await shop.location()
        let plan = try await shop.headgate("env", "create", "one", "--dry-run")
        #expect(
            plan.errorOutput.contains("  crm: template, ") && plan.errorOutput.contains("the database is dumped"),
            "\(plan.errorOutput)")
        #expect(try await shop.server.clones().isEmpty)
        try await shop.done("run")
        #expect(try text(shop, "out/total") == "60\n")
        #expect(try text(shop, "out/other") == "none\n", "only steps that need the source are led to it")
        try await shop.done("switch", "-c", "one")
        try await shop.done("switch", "-c", "two")
        #expect(try await shop.server.clones().count == 4, "a template, and a database for each environment")
        _ = try await shop.sql("UPDATE orders SET amount = 1000 WHERE id = 1; CREATE TABLE mine (x int)", env: "one")
        _ = try await shop.sql("DELETE FROM orders WHERE id = 3", env: "two")
        #expect(try await shop.sql("SELECT sum(amount), sum(twice) FROM orders", env: "one") == "1050|2100\n")
        #expect(try await shop.sql("SELECT sum(amount) FROM orders", env: "two") == "30\n")
        #expect(try await shop.sql("SELECT sum(amount) FROM orders", env: "main") == "60\n")
        #expect(try await shop.sql("SELECT name FROM customers WHERE id = 2", env: "two") == "o'\\neil\n")
        #expect(try await shop.location() == before)

        // A result that was made with one database says nothing of another.
        try await shop.done("run", "--env", "one")
        #expect(try text(shop, "out/total", in: "one") == "1050\n")
        let merged = try await shop.headgate("merge", "one", "--dry-run")
        #expect(merged.status == 0, "\(merged.errorOutput)")
        #expect(try await shop.server.clones().count == 4, "the database that the merge result was tested with is gone")

        // The address is shown nowhere, and written nowhere.
        #expect(!(try text(shop, ".headgate/environment", in: "one").contains("DATABASE_URL")))
        let show = try await shop.done("env", "show", "one")
        #expect(show.contains("crm: template, 3 tables"), "\(show)")
        #expect(show.contains("database     crm: hg_one_"), "\(show)")
        let clone = try JSON(try await shop.done("env", "show", "one", "--json"))["environments"][0]["clones"][0]
        #expect(clone["source"].text == "crm" && clone["system"].text == "postgres", "\(clone)")
        #expect(clone["name"].text?.hasPrefix("hg_one_") == true, "\(clone)")
        #expect(try await shop.headgate("doctor").status == 0)
    }

    @Test("env remove sets exactly its databases aside, undelete brings them back as they were, prune drops them")
    func lifecycle() async throws {
        let shop = try await shop()
        try await shop.done("switch", "-c", "one")
        try await shop.done("switch", "-c", "two")
        // Somebody else's, with a name like ours.
        try await shop.server.sql("CREATE DATABASE hg_one_stranger")
        let all = Set(try await shop.server.clones())
        let one = try await shop.sql("SELECT current_database()", env: "one").filter { $0 != "\n" }
        _ = try await shop.sql("UPDATE orders SET note = 'kept'", env: "one")

        try await shop.done("env", "remove", "one")
        #expect(Set(try await shop.server.clones()) == all.subtracting([one]).union([one + "_old"]))
        try await shop.done("env", "undelete", "one")
        #expect(Set(try await shop.server.clones()) == all)
        #expect(try await shop.sql("SELECT DISTINCT note FROM orders", env: "one") == "kept\n")

        try await shop.done("env", "remove", "one")
        let text = try FileSystem.readText(shop.playground.path.appending("headgate.yaml"))
        try await shop.playground.repository.commit(["headgate.yaml": text + "expire: {trash: 0s}\n"])
        try await shop.done("env", "undelete", "one")
        try await shop.done("env", "remove", "one")
        try await shop.done("prune", "--yes")
        #expect(Set(try await shop.server.clones()) == all.subtracting([one]), "exactly its own")
        #expect(try await shop.sql("SELECT count(*) FROM orders", env: "two") == "3\n")
    }

    @Test("Commands that are the first to need a database at the same time make it once")
    func together() async throws {
        let shop = try await shop()
        try await shop.done("run")
        try await shop.playground.git("switch", "--quiet", "--create", "work")
        async let one = shop.sql("SELECT current_database()", env: "work")
        async let other = shop.sql("SELECT current_database()", env: "work")
        async let third = shop.headgate("run")
        let (first, second) = (try await one, try await other)
        #expect(first == second)
        #expect(try await third.status == 0)
        #expect(try await shop.server.clones().count == 3, "a template, main's and work's")
    }

    @Test("A part of a database: tables, rows, and tables without rows; equal data keeps its pin")
    func part() async throws {
        let shop = try await shop(
            """
                only:
                  tables: [orders, customers, "Audit Log"]
                  where: {orders: "note <> 'old' AND note IN ('new', 'it''s \\\\')"}
                schema_only: [Audit Log]
            """)
        try await shop.done("run")
        #expect(try await shop.sql("SELECT count(*) FROM \"Audit Log\"", env: "main") == "0\n")
        #expect(try await shop.sql("SELECT id, twice FROM orders ORDER BY id", env: "main") == "2|40\n3|60\n")
        #expect(try await shop.sql("SELECT count(*) FROM customers", env: "main") == "2\n")
        let clones = try await shop.server.clones()
        let same = try await shop.headgate("env", "update")
        #expect(same.errorOutput.contains("pinned "), "\(same.errorOutput)")
        #expect(try await shop.server.clones() == clones)

        try await shop.server.sql("UPDATE orders SET amount = 21 WHERE id = 2", in: "shop")
        let other = try await shop.headgate("env", "update")
        #expect(other.status == 0, "\(other.errorOutput)")
        #expect(try await shop.sql("SELECT sum(amount) FROM orders", env: "main") == "51\n")
        _ = try await shop.sql("DELETE FROM orders", env: "main")
        try await shop.server.sql("UPDATE orders SET amount = 22 WHERE id = 2", in: "shop")
        let refused = try await shop.headgate("env", "update")
        #expect(refused.status == 1)
        #expect(
            refused.errorOutput.contains("rows of crm were changed in the database hg_main_"), "\(refused.errorOutput)")
        try await shop.done("env", "update", "--discard", "--yes")
        #expect(try await shop.sql("SELECT sum(amount) FROM orders", env: "main") == "52\n")
    }

    @Test("A server that refuses connections in the middle is told, nothing half made stays, the next command goes on")
    func refusing() async throws {
        let shop = try await shop()
        try await shop.server.stop()
        let down = try await shop.headgate("run")
        #expect(down.status == 75)
        #expect(
            down.errorOutput.contains("\nerror: the database server of `crm` cannot be reached\n"),
            "\(down.errorOutput)")
        try await shop.server.start()
        try await shop.done("run")
        let clones = Set(try await shop.server.clones())

        for point in ["clone.recorded", "clone.made"] {
            let killed = try await shop.headgate("switch", "-c", "work", adding: ["HEADGATE_FAULT": "kill:\(point)"])
            #expect(killed.status != 0)
            try await shop.server.stop()
            let blocked = try await shop.headgate("env", "list", "--json")
            #expect(
                blocked.status == 0, "a server that is down stops no command that needs it not: \(blocked.errorOutput)")
            #expect(try JSON(blocked.output)["environments"].items.map { $0["branch"].text } == ["main"])
            try await shop.server.start()
            try await shop.done("prune", "--yes")
            #expect(Set(try await shop.server.clones()) == clones, "after \(point)")
        }
        for point in ["template.recorded", "template.made"] {
            try await shop.server.sql("UPDATE orders SET amount = amount + 1", in: "shop")
            let killed = try await shop.headgate("env", "update", adding: ["HEADGATE_FAULT": "kill:\(point)"])
            #expect(killed.status != 0)
            try await shop.done("prune", "--yes")
            #expect(Set(try await shop.server.clones()) == clones, "after \(point)")
        }
        try await shop.done("switch", "-c", "work")
        for point in ["clone.aside", "remove.clones.after"] {
            let killed = try await shop.headgate("env", "remove", "work", adding: ["HEADGATE_FAULT": "kill:\(point)"])
            #expect(killed.status != 0)
            #expect(try await shop.sql("SELECT count(*) FROM orders", env: "work") == "3\n", "after \(point)")
        }
        try await shop.server.stop()
        let kept = try await shop.headgate("env", "remove", "work")
        #expect(kept.status == 75)
        #expect(FileSystem.exists(shop.playground.workspace("work")))
        try await shop.server.start()
        #expect(try await shop.sql("SELECT count(*) FROM orders", env: "work") == "3\n")
        try await shop.done("env", "remove", "work")
        #expect(try await shop.headgate("doctor").status == 0)
    }

    /// What ends in the middle of a copy.
    enum Ending: String, CaseIterable {
        case dump, dumpSession, restore, restoreSession

        /// What is true once the copy is in its middle.
        var isUnderWay: String {
            switch self {
            case .dump, .dumpSession: "application_name = 'headgate' AND wait_event_type = 'Lock'"
            case .restore, .restoreSession: "datname LIKE 'hg\\_0\\_%' AND query LIKE 'COPY%'"
            }
        }

        var endsServer: Bool { self == .dump || self == .restore }
    }

    @Test(
        "A server or session that ends in the middle of a copy: told, the half of it is dropped, nothing else",
        arguments: Ending.allCases)
    func ended(_ ending: Ending) async throws {
        let shop = try await shop()
        try await shop.done("run")
        try await shop.server.sql("CREATE DATABASE hg_0_stranger")
        // A copy of this takes long: each row is checked by a function that waits.
        try await shop.server.sql(
            """
            CREATE FUNCTION slow() RETURNS bool LANGUAGE sql VOLATILE AS $$
              SELECT CASE WHEN current_database() LIKE 'hg%' THEN pg_sleep(0.02) IS NOT NULL ELSE true END $$;
            CREATE TABLE late (x int CHECK (public.slow()));
            INSERT INTO late SELECT 1 FROM generate_series(1, 500);
            """, in: "shop")
        let before = Set(try await shop.server.clones())
        let isDump = ending == .dump || ending == .dumpSession
        async let locked: String? =
            isDump
            ? try? shop.server.sql("BEGIN; LOCK TABLE late; SELECT pg_sleep(20)", in: "shop") : nil
        if isDump { try await wait(shop, "query LIKE 'BEGIN; LOCK%' AND wait_event = 'PgSleep'") }
        async let updating = shop.headgate("env", "update")
        try await wait(shop, ending.isUnderWay)
        if ending.endsServer {
            try await shop.server.stop()
        } else {
            try await shop.server.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(ending.isUnderWay)")
        }
        let failed = try await updating
        #expect(failed.status == 75, "\(failed.errorOutput)")
        #expect(
            failed.errorOutput.contains("\nerror: the database server of `crm` cannot be reached\n"),
            "\(failed.errorOutput)")
        #expect(failed.errorOutput.contains(" mend: "))
        if ending.endsServer { try await shop.server.start() }
        let lock = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'"
        if isDump { try await shop.server.sql(lock) }
        _ = await locked
        if ending.endsServer { try await shop.done("prune", "--yes") }
        #expect(Set(try await shop.server.clones()) == before)
        #expect(try await shop.server.sql("SELECT count(*) FROM late", in: "shop") == "500")
        // The environment has what it had, and the store holds nothing half made.
        #expect(try await shop.sql("SELECT sum(amount) FROM orders", env: "main") == "60\n")
        let store = shop.playground.workspace(".store").pushing("snapshots/crm")
        #expect(try !FileSystem.exists(store) || FileSystem.list(store).isEmpty)
        try await shop.server.sql("DROP TABLE late", in: "shop")
        try await shop.done("env", "update")
    }

    private func wait(_ shop: Shop, _ condition: String) async throws {
        for _ in 0..<400 {
            let found = try await shop.server.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND \(condition)")
            if found != "0" { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("never: \(condition)")
    }

    @Test("A server on the network: a step without network is told so plainly, one with it reaches its database")
    func network() async throws {
        let port = Int.random(in: 20_000..<30_000)
        let shop = try await shop(tcp: port)
        let refused = try await shop.headgate("run")
        #expect(refused.status == 78)
        #expect(
            refused.errorOutput.contains(
                """
                error: `total` cannot reach `crm`
                  why: its database is at 127.0.0.1:\(port), and the step runs without network
                 mend: set `steps: total: sandbox: {network: true}`
                """), "\(refused.errorOutput)")
        let open = try await self.shop(step: "    sandbox: {network: true}", tcp: port + 1)
        try await open.done("run")
        #expect(try text(open, "out/total") == "60\n")

        // The password goes to processes, and nowhere else.
        let address = try await open.done("exec", "--", "sh", "-c", "printf %s \"$DATABASE_URL\"")
        #expect(address.hasPrefix("postgresql://dev:hunter%2022@127.0.0.1:\(port + 1)/hg_main_"), "\(address)")
        let configuration = try FileSystem.readText(open.playground.path.appending("headgate.yaml"))
            .replacing("run: mkdir -p out && psql", with: "run: echo \"$DATABASE_URL\" && mkdir -p out && psql")
        try await open.playground.repository.commit(["headgate.yaml": configuration])
        try await open.done("run")
        let run = try #require(JSON(try await open.done("runs", "--json"))["runs"][0]["run"].text)
        let log = try await open.done("log", run, "total")
        #expect(log == "***\n", "\(log)")
        let kept = try TreeWalk.list(open.playground.path.appending(".git/headgate")).filter { $0.status.kind == .file }
        for file in kept {
            let bytes = try FileSystem.readBytes(
                open.playground.path.pushing(".git/headgate").pushing(file.path), limit: 64 << 20)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("hunter"), "\(file.path)")
        }
    }

    @Test("What is wrong with addresses and tables is told without showing a password")
    func wrong() async throws {
        let shop = try await shop("    only: {tables: [orders, nothing]}\n")
        let table = try await shop.headgate("run")
        #expect(table.status == 78)
        #expect(table.errorOutput.contains("there is no table `nothing` at its location"), "\(table.errorOutput)")
        for (address, reason) in [
            ("mysql://me:hunter22@host/db", "it does not begin with postgresql://"),
            ("postgresql://me:hunter22@host/db?colour=red", "`colour` is no parameter that may stand in it"),
        ] {
            let outcome = try await shop.headgate("run", adding: ["CRM_URL": address])
            #expect(outcome.status == 78)
            #expect(outcome.errorOutput.contains(reason), "\(outcome.errorOutput)")
            #expect(!outcome.errorOutput.contains("hunter22"))
        }
        let nowhere = try await shop.headgate(
            "run",
            adding: [
                "CRM_URL":
                    "postgresql://me:hunter22@\(shop.server.directory.path("socket").string.isEmpty ? "" : "127.0.0.1"):1/db"
            ])
        #expect(nowhere.status == 75, "\(nowhere.errorOutput)")
        #expect(!nowhere.errorOutput.contains("hunter22"))
        let missing = try await shop.headgate("run", adding: ["DEV_PG": ""])
        #expect(missing.status == 78)
        #expect(missing.errorOutput.contains("the secret DEV_PG has no value"), "\(missing.errorOutput)")
    }
}

import HostSystem
import Model
import SystemPackage
import TestSupport

@testable import Git

/// What comparing merges found.
struct MergeTally: Sendable {
    var clean = 0
    var conflicts = 0
    var disagreements: [String] = []

    mutating func add(_ other: MergeTally) {
        clean += other.clean
        conflicts += other.conflicts
        disagreements += other.disagreements
    }
}

/// Random pairs of branches: edits, renames of files and directories, modes, links, submodules, deletions.
struct RandomMerges {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(state: seed) }

    /// Builds `count` pairs in one repository and compares `CanonicalMerge` with `git merge` in a clean clone.
    mutating func compare(count: Int) async throws -> MergeTally {
        let fixture = try await TemporaryRepository()
        var tree = Sketch()
        for number in 0..<12 { tree.files["\(["a", "b", "a/c"][number % 3])/f\(number)"] = .text((0..<12).map { "line \($0) of \(number)" }) }
        tree.files["link"] = .link("a/f0")
        tree.files["sub"] = .submodule(String(repeating: "1", count: 40))
        tree.files[".gitattributes"] = .text(["*.u merge=union", "a/f3 merge=binary"])
        var stream = FastImport()
        stream.add(tree, parent: nil)
        for _ in 0..<count * 2 { stream.add(changed(tree), parent: 1) }
        let commits = try await stream.run(in: fixture)

        let merge = CanonicalMerge(try fixture.repository(), try fixture.program())
        let clone = fixture.directory.path("clone")
        try await fixture.git("clone", "--quiet", "--no-checkout", "--shared", fixture.path.string, clone.string)
        var tally = MergeTally()
        for number in 0..<count {
            let (t, s) = (commits[1 + 2 * number], commits[2 + 2 * number])
            if commits[0] == t || commits[0] == s || t == s { continue }
            let outcome = try await merge.candidate(target: t, source: s, method: .merge, message: "m")
            try await fixture.git("reset", "--quiet", "--hard", t.hex, in: clone)
            let real = try await fixture.tryGit(["merge", "--quiet", "--no-ff", "-m", "m", s.hex], in: clone)
            switch outcome {
            case .candidate(let candidate):
                tally.clean += 1
                let theirs = real.succeeded ? try await fixture.git("rev-parse", "HEAD^{tree}", in: clone) : "a conflict"
                if theirs != candidate.tree.hex { tally.disagreements.append("\(number): \(candidate.tree) but \(theirs)") }
            case .conflict:
                tally.conflicts += 1
                if real.succeeded { tally.disagreements.append("\(number): a conflict, but Git merges") }
                try await fixture.git("reset", "--quiet", "--hard", t.hex, in: clone)
                try await fixture.git("clean", "-ffdxq", in: clone)
            case .notFastForward, .upToDate:
                tally.disagreements.append("\(number): \(outcome)")
            }
        }
        return tally
    }

    private mutating func changed(_ tree: Sketch) -> Sketch {
        var tree = tree
        for _ in 0...random.below(5) {
            guard let name = pick(tree.files.keys.filter { $0 != ".gitattributes" }.sorted()) else { continue }
            switch (random.below(9), tree.files[name]) {
            case (0...2, .text(var lines)?):
                let line = random.below(UInt64(max(lines.count, 1)))
                if lines.isEmpty { lines = ["new"] } else { lines[Int(line)] = "changed \(random.below(3))" }
                tree.files[name] = .text(lines)
            case (3, .text(let lines)?):
                tree.files[name] = random.below(2) == 0 ? .text(["first \(random.below(2))"] + lines) : .text(lines + ["last"])
            case (4, let content?):
                tree.files[name] = nil
                tree.files["moved\(random.below(3))/\(name.split(separator: "/").last ?? "x")"] = content
            case (5, .text?):
                guard let directory = name.split(separator: "/").dropLast().first else { continue }
                for (path, content) in tree.files where path.hasPrefix("\(directory)/") {
                    tree.files[path] = nil
                    tree.files["renamed-\(directory)" + path.dropFirst(directory.count)] = content
                }
            case (6, .text(let lines)?): tree.files[name] = .executable(lines)
            case (7, .link?): tree.files[name] = .link("b/f\(random.below(4))")
            case (7, .submodule?): tree.files[name] = .submodule(String(repeating: "\(2 + random.below(3))", count: 40))
            case (7, _?): tree.files["a/new\(random.below(4)).u"] = .text(["new", "\(random.below(3))"])
            case (8, _?): tree.files[name] = nil
            default: break
            }
        }
        return tree
    }

    private mutating func pick(_ names: [String]) -> String? {
        names.isEmpty ? nil : names[Int(random.below(UInt64(names.count)))]
    }
}

/// Commits for `git fast-import`, each numbered by its mark from 1; no file of theirs ever exists.
private struct FastImport {
    private var text = "feature done\n"
    private var count = 0

    mutating func add(_ tree: Sketch, parent: Int?) {
        count += 1
        // A name of its own for each keeps them all in clones.
        text += "commit refs/heads/made-\(count)\nmark :\(count)\ncommitter T <t@example.org> \(1_767_603_600 + count) +0000\n"
        text += "data 2\nm\n" + (parent.map { "from :\($0)\ndeleteall\n" } ?? "")
        for (name, content) in tree.files.sorted(by: { $0.key < $1.key }) {
            switch content {
            case .text(let lines): add("100644", name, lines.joined(separator: "\n") + "\n")
            case .executable(let lines): add("100755", name, lines.joined(separator: "\n") + "\n")
            case .link(let target): add("120000", name, target)
            case .submodule(let commit): text += "M 160000 \(commit) \(name)\n"
            }
        }
        text += "\nget-mark :\(count)\n"
    }

    private mutating func add(_ mode: String, _ name: String, _ content: String) {
        text += "M \(mode) inline \(name)\ndata \(content.utf8.count)\n\(content)\n"
    }

    func run(in fixture: TemporaryRepository) async throws -> [ObjectID] {
        let answer = try await fixture.git(["fast-import", "--quiet", "--date-format=raw"], input: text + "done\n")
        let commits = answer.split(separator: "\n").compactMap { ObjectID($0) }
        guard commits.count == count else { throw FixtureFailed(message: answer) }
        return commits
    }
}

private struct Sketch {
    enum Content {
        case text([String])
        case executable([String])
        case link(String)
        case submodule(String)
    }

    var files: [String: Content] = [:]
}

/// Source: S. Vigna, SplitMix64, public domain.
private struct SplitMix64 {
    var state: UInt64

    mutating func below(_ limit: UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return (value ^ (value >> 31)) % limit
    }
}

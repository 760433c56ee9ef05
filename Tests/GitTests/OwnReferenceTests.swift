import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

@Suite struct OwnReferenceTests {
    @Test("A reference of ours changes only from the value that was expected, and nothing else is touched")
    func compareAndSwap() async throws {
        let fixture = try await TemporaryRepository()
        let (repository, git) = (try fixture.repository(), try fixture.program())
        let one = try await repository.writeBlob([1])
        let two = try await repository.writeBlob([2])
        let name = "refs/headgate/test/x"
        try await git.changeOwnReference(name, from: nil, to: one)
        #expect(
            await gitError { try await git.changeOwnReference(name, from: nil, to: two) }
                == .referenceMoved(name, expected: nil, found: one))
        #expect(
            await gitError { try await git.changeOwnReference(name, from: two, to: one) }
                == .referenceMoved(name, expected: two, found: one))
        try await git.changeOwnReference(name, from: one, to: two)
        #expect(
            await gitError { try await git.changeOwnReference(name, from: one, to: nil) }
                == .referenceMoved(name, expected: one, found: two))
        try await fixture.git("pack-refs", "--all")
        try await git.changeOwnReference(name, from: two, to: nil)
        #expect(try await repository.resolve(reference: name) == nil)
        #expect(
            await gitError { try await git.changeOwnReference("refs/heads/main", from: nil, to: one) }
                == .notOurReference("refs/heads/main"))
    }

    @Test("Of eight writers exactly one creates a reference")
    func oneWins() async throws {
        let fixture = try await TemporaryRepository()
        let git = try fixture.program()
        let repositories = try (0..<8).map { _ in try fixture.repository() }
        let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (number, repository) in repositories.enumerated() {
                group.addTask {
                    let blob = try await repository.writeBlob([UInt8(number)])
                    let error = await gitError {
                        try await git.changeOwnReference("refs/headgate/race", from: nil, to: blob)
                    }
                    return error == nil
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wins == 1)
    }

    @Test("Verdicts are added and never overwritten; audit records are found by branch")
    func verdicts() async throws {
        let fixture = try await TemporaryRepository()
        let repository = try fixture.repository()
        let verdicts = VerdictRefs(repository, try fixture.program())
        let tree = try await repository.tree(of: fixture.tip())
        let key = ContentHash(of: "key")
        let first = try await verdicts.writeVerdict(Array("one".utf8), tree: tree, key: key)
        #expect(try await verdicts.writeVerdict(Array("two".utf8), tree: tree, key: key) == first)
        #expect(try await verdicts.verdict(tree: tree, key: key) == Array("one".utf8))
        try await fixture.git(
            "update-ref", "refs/headgate/remotes/origin/verdicts/\(tree)/\(ContentHash(of: "far"))", first.hex)
        #expect(try await verdicts.verdicts(of: tree).map(\.content) == [Array("one".utf8), Array("one".utf8)])

        let commit = try await fixture.tip()
        for name in hostileBranchNames + ["main"] {
            try await verdicts.writeAudit(Array(name.utf8), branch: branch(name), commit: commit)
        }
        for name in hostileBranchNames + ["main"] {
            #expect(try await verdicts.audit(branch: branch(name), commit: commit) == Array(name.utf8))
            #expect(try await verdicts.audits(branch: branch(name)).map(\.commit) == [commit], "\(name)")
        }
    }

    @Test("Notes are appended once, and Git shows them")
    func notes() async throws {
        let fixture = try await TemporaryRepository()
        let repository = try fixture.repository()
        let commit = try await fixture.tip()
        let writer = Identity(name: "A", email: "a@example.org")
        #expect(try await repository.note(on: commit) == nil)
        for line in ["first", "second", "first"] {
            try await fixture.program().appendNote(
                line, on: commit, by: writer, at: Timestamp(seconds: 0), in: repository)
        }
        #expect(try await repository.note(on: commit) == "first\nsecond\n")
        #expect(try await fixture.git("notes", "--ref=headgate", "show", commit.hex) == "first\nsecond")
    }
}

import Gate
import Model
import Testing

@testable import Workflows

private func id(_ digit: Int) -> ObjectID {
    guard let id = ObjectID(String(repeating: String(digit, radix: 16), count: 40)) else {
        preconditionFailure("one hexadecimal digit makes an object id")
    }
    return id
}

private func landing(_ commit: Int, from: Int, _ kind: LandingRecord.Kind = .landed) -> LandingRecord {
    LandingRecord(
        kind: kind, branch: .main, from: id(from), commit: id(commit), tree: id(15), verdict: nil, who: "somebody",
        when: Timestamp(seconds: 1))
}

extension BranchName {
    fileprivate static var main: BranchName {
        guard let main = BranchName("main") else { preconditionFailure("Git allows a branch named main") }
        return main
    }
}

@Suite("Commits that a fast-forward brought along")
struct AuditPartsTests {
    /// One line of history, the newest first, each as its state and the commit that it is part of.
    private func parts(_ states: [(Int, AuditState)], _ landings: [LandingRecord]) -> [String] {
        let findings = states.map { AuditBranches.Finding(commit: id($0.0), state: $0.1, partOf: nil) }
        let byCommit = Dictionary(landings.map { ($0.commit, $0) }) { first, _ in first }
        return AuditBranches.withoutParts(findings, byCommit).map { finding in
            finding.state.rawValue + (finding.partOf.map { " as part of \($0.hex.prefix(1))" } ?? "")
        }
    }

    @Test("They take the state of the commit that landed, down to the tip before")
    func landed() {
        #expect(
            parts(
                [(5, .landed), (4, .ungated), (3, .ungated), (2, .landed), (1, .bootstrap)],
                [landing(5, from: 2), landing(2, from: 1)])
                == ["landed", "landed as part of 5", "landed as part of 5", "landed", "bootstrap"])
    }

    @Test("What came round the gate below the tip before stays so")
    func below() {
        #expect(
            parts([(4, .landed), (3, .ungated), (2, .ungated), (1, .bootstrap)], [landing(4, from: 2)])
                == ["landed", "landed as part of 4", "UNGATED", "bootstrap"])
    }

    @Test("What came round the gate above a landing stays so")
    func above() {
        #expect(
            parts([(3, .ungated), (2, .landed), (1, .bootstrap)], [landing(2, from: 1)]) == [
                "UNGATED", "landed", "bootstrap",
            ])
    }

    @Test("An override carries what it brought; an acceptance answers for one commit only")
    func kinds() {
        #expect(
            parts([(3, .override), (2, .ungated), (1, .bootstrap)], [landing(3, from: 1, .override)])
                == ["override", "override as part of 3", "bootstrap"])
        #expect(
            parts([(3, .accepted), (2, .ungated), (1, .bootstrap)], [landing(3, from: 1, .accepted)])
                == ["accepted", "UNGATED", "bootstrap"])
    }

    @Test("A record of a landing whose verdict is gone carries nothing")
    func unproved() {
        #expect(
            parts([(3, .ungated), (2, .ungated), (1, .bootstrap)], [landing(3, from: 1)]) == [
                "UNGATED", "UNGATED", "bootstrap",
            ])
    }
}

import Model

/// Something of the target's own gate that a branch takes away or weakens.
public struct TestChange: Hashable, Sendable {
    /// What the branch does.
    public enum Kind: String, Sendable {
        /// The test is gone while its subject is still there.
        case removed
        /// The test holds as the branch defines it and fails as the target does.
        case loosened
        /// The branch adds a waiver.
        case waived
        /// The branch changes a setting that the gate stands on.
        case setting
    }

    public let kind: Kind
    /// What `--acknowledge` names: `removed:clean/unique:flight_id`, `setting:gate`.
    public let id: String
    /// One sentence for people.
    public let message: String

    public init(kind: Kind, subject: String, message: String) {
        self.kind = kind
        self.id = "\(kind.rawValue):\(subject)"
        self.message = message
    }
}

/// One test of a project with the subject it belongs to.
public struct PlacedTest: Hashable, Sendable {
    public let subject: TestSubject
    public let test: DataTest

    public init(subject: TestSubject, test: DataTest) {
        self.subject = subject
        self.test = test
    }

    public var id: String { "\(subject)/\(test.identity)" }

    /// The definition without what has no part in it: its place in the file and its words for people.
    var definition: DataTest {
        var definition = test
        definition.line = nil
        definition.explanation = nil
        return definition
    }
}

/// The target's tests that must also be evaluated with the target's definition, because the branch changed it, and
/// those that are gone.
public struct TargetTests: Hashable, Sendable {
    public let changed: [PlacedTest]
    public let removed: [PlacedTest]
    public let newlyWaived: [PlacedTest]
    /// Subjects that had tests and are gone, be it by a new name: what they held is tested no longer.
    public let goneSubjects: [TestSubject]

    /// Compares the tests of the target's tip with the candidate's.
    ///
    /// With a subject all its tests go, which somebody must have seen: renaming a step would loosen the gate otherwise.
    public init(target: [PlacedTest], candidate: [PlacedTest], subjects: Set<TestSubject>) {
        let present = Dictionary(grouping: candidate, by: \.id)
        var changed: [PlacedTest] = []
        var removed: [PlacedTest] = []
        var goneSubjects: [TestSubject] = []
        for test in target {
            guard subjects.contains(test.subject) else {
                if !goneSubjects.contains(test.subject) { goneSubjects.append(test.subject) }
                continue
            }
            guard let others = present[test.id] else {
                removed.append(test)
                continue
            }
            if !others.contains(where: { $0.definition == test.definition }) { changed.append(test) }
        }
        let before = Dictionary(grouping: target, by: \.id)
        self.changed = changed
        self.removed = removed
        self.goneSubjects = goneSubjects
        newlyWaived = candidate.filter { placed in
            placed.test.waiver != nil && before[placed.id]?.contains { $0.test.waiver == placed.test.waiver } != true
        }
    }

    /// The changes, once the target's definitions have been evaluated on the candidate's data.
    ///
    /// - Parameters:
    ///   - results: what the target's definitions of `changed` found.
    ///   - candidateResults: what the candidate's own tests found, by id.
    public func changes(results: [TestResult], candidateResults: [String: TestResult]) -> [TestChange] {
        var changes = removed.map {
            TestChange(kind: .removed, subject: $0.id, message: "the branch removes test \($0.id)")
        }
        changes += goneSubjects.map {
            TestChange(kind: .removed, subject: $0.description, message: "the branch removes \($0), which has tests")
        }
        for result in results where result.outcome == .failed || result.outcome == .broken {
            let own = candidateResults[result.id]
            let isAsBad = own.map { $0.outcome == .failed && $0.severity >= result.severity } ?? false
            if !isAsBad {
                changes.append(
                    TestChange(
                        kind: .loosened, subject: result.id,
                        message: "the branch loosens test \(result.id): as the target defines it, \(result.message)"))
            }
        }
        changes += newlyWaived.map {
            TestChange(kind: .waived, subject: $0.id, message: "the branch waives test \($0.id)")
        }
        return changes
    }
}

import Model
import Testing

@testable import Configuration

@Suite("Speed", .serialized)
struct SpeedTests {
    /// 1,000 steps in 4,000 lines.
    static let large =
        "version: 1\nparams: {month: 1}\nsteps:\n"
        + (0..<1000).map { index in
            """
              step_\(index):
                run: python work.py --month ${{ params.month }} \(index)
                inputs: [\(index == 0 ? "in.csv" : "out/\(index - 1).csv"), work.py]
                outputs: [out/\(index).csv]

            """
        }.joined()

    @Test("A thousand steps are read and resolved quickly")
    func large() throws {
        let clock = ContinuousClock()
        let context = try context()
        var configuration = ProjectConfiguration(project: "")
        let reading = try clock.measure { configuration = try read(Self.large) }
        let resolving = try clock.measure { _ = try ConfigurationResolver.resolve(configuration, in: context) }
        #expect(configuration.steps.count == 1000)
        // A debug build on a busy machine; what is looked for is work that grows faster than the file.
        #expect(reading < .seconds(10) && resolving < .seconds(10), "read in \(reading), resolved in \(resolving)")
    }
}

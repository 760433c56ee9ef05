import Model
import SystemPackage
import TestSupport
import Testing

extension Playground {
    /// Exit code, object and text of an error, which must agree; returns the text.
    func refusal(
        _ arguments: [String], _ status: Int32, in directory: FilePath? = nil,
        variables: [String: String] = [:]
    ) async throws -> String {
        let plain = try await program.run(arguments, in: directory ?? path, variables: variables)
        #expect(plain.status == status, "\(arguments)\n\(plain.errorOutput)")
        #expect(plain.output.isEmpty, "\(arguments)")
        let answered = try await program.run(arguments + ["--json"], in: directory ?? path, variables: variables)
        #expect(answered.status == status, "\(arguments) --json\n\(answered.errorOutput)")
        let error = try JSON(answered.output)
        #expect(error.keys == ["exit", "problem", "reason", "remedy", "schema"], "\(arguments)")
        #expect(error["schema"].text == "headgate.error/1")
        #expect(error["exit"].number == Double(status))
        let parts = [("error:", "problem"), ("  why:", "reason"), (" mend:", "remedy")].compactMap { word, key in
            error[key].text.map { word + " " + $0.replacing("\n", with: "\n       ") + "\n" }
        }
        #expect(plain.errorOutput.hasSuffix(parts.joined()), "\(arguments)\n\(plain.errorOutput)")
        #expect(error["remedy"].text != nil, "\(arguments) says no remedy: \(plain.errorOutput)")
        return marked(plain.errorOutput)
    }
}

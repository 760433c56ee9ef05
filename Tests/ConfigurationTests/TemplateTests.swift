import Foundation
import Model
import Testing

@testable import Configuration

@Suite("The templates of this repository")
struct ProjectTemplateTests {
    static let files: [URL] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let found = FileManager.default.enumerator(
            at: root.appending(path: "templates"), includingPropertiesForKeys: nil)
        return (found?.compactMap { $0 as? URL } ?? []).filter { $0.lastPathComponent == "headgate.yaml" }
    }()

    @Test("Each is read and resolved for its main branch", arguments: files)
    func template(_ file: URL) throws {
        let configuration = try read(try String(contentsOf: file, encoding: .utf8))
        let pipeline = try ConfigurationResolver.resolve(configuration, in: try context("main"))
        #expect(!pipeline.steps.isEmpty)
        #expect(pipeline.steps.contains { !$0.tests.isEmpty } || configuration.sources.contains { !$0.tests.isEmpty })
    }
}

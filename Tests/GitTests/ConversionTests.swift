import HostSystem
import Model
import SystemPackage
import TestSupport
import Testing

@testable import Git

/// What decides how a blob becomes a file.
@Suite struct ConversionTests {
    @Test("An empty XDG_CONFIG_HOME is none: the user's attributes are in ~/.config, as for Git")
    func emptyConfigurationHome() async throws {
        let fixture = try await TemporaryRepository()
        let home = try fixture.directory.makeDirectory("home-of-attributes")
        let git = try fixture.program(variables: ["XDG_CONFIG_HOME": "", "HOME": home.string])
        let before = try await git.conversionFingerprint()
        try FileSystem.makeDirectories(home.pushing(".config/git"))
        try FileSystem.replace(home.pushing(".config/git/attributes"), withText: "*.txt eol=crlf\n")
        // Git itself goes by that file.
        #expect(try await git.run(["check-attr", "eol", "--", "a.txt"]).outputText == "a.txt: eol: crlf\n")
        #expect(try await git.conversionFingerprint() != before)
    }
}

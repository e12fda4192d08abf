import Glibc
import Testing

@testable import Gateway

@Suite struct CommandLineDocumentTests {
    /// Holds docs/command-line.md to the commands; `CELLBRIDGE_WRITE_DOCS=1` writes it.
    @Test func `the page of the command line says what the commands say`() throws {
        let path = try #require(Self.root) + "/docs/command-line.md"
        let wanted = CommandLineDocument.markdown(Main.commands)
        if getenv("CELLBRIDGE_WRITE_DOCS") != nil { try FileText.write(wanted, to: path) }
        #expect(FileText.read(path) == wanted, "write it with CELLBRIDGE_WRITE_DOCS=1 swift test --filter GatewayTests")
    }

    private static var root: String? {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/")
    }
}

import FoundationEssentials
import Testing

/// The pages as they are served, held to what their headers allow.
@Suite("The pages")
struct PageTests {
    /// Every file of the pages with its text.
    private static let files: [(path: String, text: String)] = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let folder = "/" + root + "/Resources/web"
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard [".html", ".js", ".css", ".svg", ".json"].contains(where: name.hasSuffix),
                let data = FileManager.default.contents(atPath: folder + "/" + name)
            else { return nil }
            return (name, String(decoding: data, as: UTF8.self))
        }
    }()

    @Test func `S77: no page holds a script or a style of its own, and nothing comes from elsewhere`() throws {
        #expect(Self.files.count > 20)
        let html = Self.files.filter { $0.path.hasSuffix(".html") }
        #expect(!html.isEmpty)
        for (path, text) in html {
            #expect(!text.contains(/<script(?![^>]*\bsrc=)[^>]*>/), "\(path): an inline script")
            #expect(!text.contains(/<style\b/), "\(path): an inline style sheet")
            #expect(!text.contains(/<[^>]+\s(?:on[a-z]+|style)\s*=/), "\(path): an inline handler or style")
        }
        for (path, text) in Self.files {
            // Names of XML are addresses that nobody fetches.
            let foreign = text.matches(
                of: /(?:src|href|url|import|from|fetch)\s*[=(]?\s*["'(]\s*(?:https?:)?\/\/[^"')]*/)
            #expect(foreign.isEmpty, "\(path): \(foreign.map { String($0.0) })")
            #expect(!text.contains(/\b(?:eval|Function)\s*\(/), "\(path): text that is run")
            #expect(!text.contains(/@import\s/), "\(path): a style sheet that fetches")
        }
    }
}

import Glibc
import Testing

@testable import Simulator

/// The files of Resources/scenarios, and the copy of them that the program carries.
@Suite(.timeLimit(.minutes(1))) struct ScenarioFileTests {
    /// `CELLBRIDGE_WRITE_DOCS=1` writes the copy anew.
    @Test func `the program carries exactly the files of Resources/scenarios`() throws {
        let files = try Self.files()
        let texts = files.map(\.text)
        let wanted = Self.source(texts)
        if getenv("CELLBRIDGE_WRITE_DOCS") != nil { try Self.write(wanted, to: Self.copy) }
        #expect(
            try Self.read(Self.copy) == wanted,
            "write it with CELLBRIDGE_WRITE_DOCS=1 swift test --filter ScenarioFileTests, then build again")
        #expect(ScenarioTexts.all == texts)
        #expect(Scenario.library.count == files.count)
    }

    @Test func `every file can be read, has its own name and says what it is`() throws {
        var titles: Set<String> = []
        for file in try Self.files() {
            let scenario: Scenario
            do throws(ScenarioError) {
                scenario = try Scenario.load(text: file.text)
            } catch {
                Issue.record("\(file.name): \(error)")
                continue
            }
            #expect(file.name == scenario.name + ".json")
            #expect(try Scenario.load(text: scenario.json) == scenario, "\(file.name)")
            #expect(!scenario.title.isEmpty && !scenario.title.hasSuffix("."), "\(file.name)")
            #expect(scenario.description.hasSuffix(".") && scenario.expectation.hasSuffix("."), "\(file.name)")
            #expect(titles.insert(scenario.title).inserted, "\(file.name)")
        }
    }

    @Test func `every failure story of the field is a scenario, and so is every kind of fault`() throws {
        for story in 1...15 {
            #expect(Scenario.library.contains { $0.shows.contains("story \(story)") }, "story \(story)")
        }
        let shown = Set(Scenario.library.flatMap { $0.faults.map(\.misbehaviour.kind) })
        let physical = Misbehaviour.Kind.allCases.filter { $0.origin == .battery && shown.contains($0) }
        #expect(physical.count >= 20)
        let world = Set(Scenario.library.flatMap { $0.world.map(\.misbehaviour.kind) })
        #expect(world == Set(WorldMisbehaviour.Kind.allCases))
    }

    // MARK: - Private

    private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(3).joined(separator: "/")
    private static let copy = root + "/Sources/Simulator/Scenario/ScenarioTexts.swift"

    /// The files, the healthy pack first, then in the order of their names.
    private static func files() throws -> [(name: String, text: String)] {
        let folder = root + "/Resources/scenarios"
        let directory = try #require(opendir(folder))
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        names.sort { ($0 == "healthy.json" ? 0 : 1, $0) < ($1 == "healthy.json" ? 0 : 1, $1) }
        return try names.map { ($0, try read(folder + "/" + $0)) }
    }

    private static func source(_ texts: [String]) -> String {
        let literals = texts.map { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let body = lines.map { $0.isEmpty ? "" : "        " + $0 }.joined(separator: "\n")
            return "        #\"\"\"\n\(body)\n        \"\"\"#,\n"
        }
        return """
            // swift-format-ignore-file
            // Written from Resources/scenarios by `CELLBRIDGE_WRITE_DOCS=1 swift test --filter ScenarioFileTests`.

            /// The files of Resources/scenarios: the program needs none of them to know its scenarios.
            enum ScenarioTexts {
                static let all: [String] = [

            """ + literals.joined() + "    ]\n}\n"
    }

    private static func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "\(path)")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"), "\(path)")
        #expect(fputs(text, file) >= 0)
        #expect(fclose(file) == 0)
    }
}

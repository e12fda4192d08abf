import Actors
import Configuration
import JSONText
import Testing

@testable import Gateway

/// The gateway's schema and one secret, which it has none of yet.
private let schema = Schema(
    Schema.gateway.definitions + [
        SettingDefinition("test.password", .text(maximumBytes: 64), secret: true, "A password.", "Un mot de passe.")
    ])

@Suite struct ConfigCommandTests {
    private let stored: ConfigurationValues = [
        "pack.2.cells": .int(8), "pack.2.capacity_ah": .float(280), "test.password": .string("hunter2-secret"),
    ]

    private func listing(_ environment: [String: String] = [:]) throws -> ConfigListing {
        ConfigListing(
            stored: stored, generation: 7,
            overrides: try ConfigurationOverrides(environment: environment, schema: schema), schema: schema)
    }

    @Test func `a listing has the packs that are set, the value in force and where it comes from`() throws {
        let listing = try listing(["CELLBRIDGE_PACK_2_CELLS": "16"])
        let rows = Dictionary(listing.rows.map { ($0.key, $0) }) { first, _ in first }
        #expect(rows["pack.1.cells"] == nil)
        #expect(rows["pack.2.cells"]?.value == .int(16) && rows["pack.2.cells"]?.origin == .environment)
        #expect(rows["pack.2.capacity_ah"]?.text == "280" && rows["pack.2.capacity_ah"]?.origin == .stored)
        #expect(rows["pack.2.max_cell_v"]?.text == "(from the chemistry)")
        #expect(rows["can.link"]?.text == "-" && rows["can.link"]?.origin == .standard)
        #expect(rows["freshness.stop_s"]?.text == "15" && rows["freshness.stop_s"]?.unit == "s")
    }

    @Test func `columns line up, and nothing trails`() throws {
        let lines = try listing().lines
        #expect(lines.first?.hasPrefix("KEY  ") == true)
        let heading = Array(lines[0])
        let column = try #require(heading.indices.first { heading[$0...].starts(with: "VALUE") })
        for line in lines {
            #expect(Array(line)[column - 1] == " " && Array(line)[column] != " ", "\(line)")
            #expect(line.last != " ")
        }
    }

    /// Seen red without the mask in `Row.text`, in `Row.json`, in `ConfigChanges.text`.
    @Test func `S91: a secret is shown as set or not, never as what it is`() throws {
        let listing = try listing()
        let change = ChangeListing(
            key: "test.password", old: ConfigurationDocument.masked(nil, "test.password", schema),
            new: ConfigurationDocument.masked(.string("hunter2-secret"), "test.password", schema))
        let changes = ConfigChanges.lines([change])
        let shown = listing.lines.joined() + listing.json.text + changes.joined()
        #expect(!shown.contains("hunter2"))
        #expect(listing.lines.contains { $0.hasPrefix("test.password") && $0.contains("********") })
        #expect(changes == ["test.password  -  →  ********"])
        #expect(listing.json.text.contains(#"{"key":"test.password","value":null,"set":true"#))
    }

    @Test func `all that is wrong with a set is said at once, a line each`() {
        let failure = #expect(throws: CommandFailure.self) {
            try ConfigChangeCommands.assignments(["pack.1.cells=400", "can.nothing=1", "can.link=dry:"])
        }
        #expect(failure?.code == .configuration)
        let lines = failure?.sentence.split(separator: "\n") ?? []
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("cellbridge: ") })
        #expect(lines.first?.contains("1 … 48") == true)
    }

    @Test(arguments: ["pack.1.cells", "="])
    func `a word without a key or a value is no setting`(word: String) {
        let failure = #expect(throws: CommandFailure.self) { try ConfigChangeCommands.assignments([word]) }
        #expect(failure?.code == (word == "=" ? .configuration : .usage))
    }

    @Test func `a key given twice is refused: nobody can say which was meant`() {
        let failure = #expect(throws: CommandFailure.self) {
            try ConfigChangeCommands.assignments(["pack.1.cells=8", "pack.1.cells=16"])
        }
        #expect(failure?.sentence.contains("twice") == true)
    }

    @Test func `an export reads back as what was exported`() throws {
        let values: ConfigurationValues = ["pack.1.cells": .int(8), "can.link": .string("dry:")]
        let text = ConfigExport.text(ConfigurationDocument.export(values, generation: 3))
        #expect(text.split(separator: "\n").contains(#"    "can.link": "dry:","#))
        #expect(try ConfigurationDocument.values(from: Array(text.utf8)) == values)
        let empty = ConfigExport.text(ConfigurationDocument.export([:], generation: 0))
        #expect(try ConfigurationDocument.values(from: Array(empty.utf8)) == [:])
    }
}

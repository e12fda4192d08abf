import Configuration
import JSONText
import Testing

@Suite struct DocumentTests {
    private let schema = Schema(
        Schema.gateway.definitions + [
            SettingDefinition("test.password", .text(maximumBytes: 64), secret: true, "A password.", "Un mot de passe.")
        ])

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `an export reads back as the same values`() throws {
        var values = confirmed
        values["pack.1.name"] = .string("Keller \"A\" \\ µ\n".filter { $0 != "\n" })
        values["charge.tail_c_rate"] = .float(0.05)
        let text = ConfigurationDocument.export(values, generation: 7).text
        #expect(text.hasPrefix(#"{"format":1,"generation":7,"values":{"charge.tail_c_rate":0.05,"#))
        #expect(try ConfigurationDocument.values(from: bytes(text)) == values)
    }

    @Test func `secrets leave only on request, and are listed as set`() {
        let values: ConfigurationValues = ["test.password": .string("hunter2"), "log.level": .string("info")]
        let shy = ConfigurationDocument.export(values, generation: 1, schema: schema).text
        #expect(shy == #"{"format":1,"generation":1,"values":{"log.level":"info"}}"#)
        let open = ConfigurationDocument.export(values, generation: 1, schema: schema, withSecrets: true).text
        #expect(open.contains("hunter2"))
        #expect(
            ConfigurationDocument.listing(values, schema: schema).text
                == #"{"log.level":"info","test.password":{"value":null,"set":true}}"#)
    }

    @Test func `a patch sets and, by null, unsets`() throws {
        let patch = try ConfigurationDocument.patch(
            from: bytes(#"{"pack.1.cells":8,"pack.1.max_charge_a":100,"can.allow_simulated":false,"pack.1.name":null}"#)
        )
        #expect(
            patch
                == ConfigurationPatch(
                    set: [
                        "pack.1.cells": .int(8), "pack.1.max_charge_a": .float(100),
                        "can.allow_simulated": .bool(false),
                    ], unset: ["pack.1.name"]))
    }

    @Test(arguments: [
        (#"{"pack.1.cells":1.5}"#, "pack.1.cells"), (#"{"pack.1.cells":true}"#, "pack.1.cells"),
        (#"{"pack.1.cells":"16"}"#, "pack.1.cells"), (#"{"pack.1.cells":99}"#, "pack.1.cells"),
        (#"{"can.allow_simulated":1}"#, "can.allow_simulated"), (#"{"pack.1.cells":1e300}"#, "pack.1.cells"),
        (#"{"pack.1.what":1}"#, "pack.1.what"), (#"{"pack.1.what":null}"#, "pack.1.what"),
        (#"{"pack.1.cells":[16]}"#, "pack.1.cells"), (#"{"pack.1.cells":{}}"#, "pack.1.cells"), ("[]", ""), ("", ""),
        ("{", ""), ("null", ""), (#"{"a":1"#, ""), ("\u{0}", ""),
    ])
    func `a patch that is none is refused with its field`(text: String, field: String) {
        let refusal = #expect(throws: ConfigurationRefusal.self) { try ConfigurationDocument.patch(from: bytes(text)) }
        #expect(refusal?.problems.map(\.field) == [field])
    }

    @Test func `an import of another format is refused`() {
        let refusal = #expect(throws: ConfigurationRefusal.self) {
            try ConfigurationDocument.values(from: bytes(#"{"format":2,"values":{}}"#))
        }
        #expect(refusal?.description.contains("format 2") == true)
        #expect(throws: ConfigurationRefusal.self) {
            try ConfigurationDocument.values(from: bytes(#"{"values":{}}"#))
        }
    }

    @Test func `random bytes never trap`() {
        var random = SplitMix(state: 9)
        let alphabet = Array(#"{}[]",:0123456789.eE-+nultrfasp \"#.utf8) + [0, 0xC3, 0xFF]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0..<40, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            _ = try? ConfigurationDocument.patch(from: text)
            _ = try? ConfigurationDocument.values(from: text)
        }
    }
}

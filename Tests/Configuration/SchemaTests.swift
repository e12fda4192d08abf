import Configuration
import Glibc
import JSONText
import Testing

@Suite struct SchemaTests {
    let schema = Schema.gateway

    @Test func `every line stands alone: one key, help in two languages, a default in its own bounds`() {
        #expect(Set(schema.definitions.map(\.key)).count == schema.definitions.count)
        for definition in schema.definitions {
            let key = definition.key.replacing("pack.N.", with: "pack.1.")
            #expect(schema.definition(for: key) == definition)
            if let standard = definition.standard {
                #expect(schema.problem(with: standard, for: key) == nil, "\(key)")
            }
            for help in [definition.help.english, definition.help.french] {
                #expect(help.hasSuffix(".") && help.count > 10, "\(key)")
            }
            #expect(definition.help.english != definition.help.french)
        }
    }

    @Test func `the keys of the contract are there`() {
        let keys = [
            "pack.1.link", "pack.16.family", "pack.1.name", "pack.1.chemistry", "pack.1.cells", "pack.1.capacity_ah",
            "pack.1.max_charge_a", "pack.1.max_discharge_a", "pack.1.max_cell_v", "pack.1.min_cell_v",
            "pack.1.float_cell_v", "pack.1.absorption_cell_v", "pack.1.poll_interval_ms", "can.link",
            "can.publisher.period_ms", "events.queue_length", "can.keepalive.timeout_s", "can.keepalive.on_timeout",
            "can.keepalive.retry_ms", "can.allow_simulated", "charge.full_every_days", "charge.absorption_max_min",
            "charge.tail_c_rate", "charge.rebulk_soc_percent", "charge.ceiling_soc_percent", "charge.balance_hold",
            "charge.force_below_soc_percent", "capture.enabled",
            "capture.max_mib",
            "can.identity.manufacturer", "can.identity.battery_name", "can.identity.family", "freshness.hold_s",
            "freshness.no_charge_s", "freshness.stop_s", "freshness.silent_s", "system.commissioned", "web.listen",
            "web.tls",
        ]
        for key in keys { #expect(schema.definition(for: key) != nil, "\(key)") }
    }

    @Test(arguments: [
        "pack.0.cells", "pack.17.cells", "pack.01.cells", "pack.+1.cells", "pack.N.cells", "pack.1.", "pack.1.cell",
        "cells", "", "can.Link", "pack.99999999999999999999.cells",
    ])
    func `a key that is none is not found`(key: String) {
        #expect(schema.definition(for: key) == nil)
    }

    @Test func `S64: neither a pack's facts nor its maxima nor commissioning have a default`() {
        for name in PackConfiguration.confirmedKeys {
            #expect(schema.definition(for: "pack.1.\(name)")?.standard == nil, "\(name)")
        }
        #expect(schema.definition(for: "can.link")?.standard == nil)
        #expect(schema.definition(for: "system.commissioned")?.standard == .bool(false))
        #expect(schema.definition(for: "can.allow_simulated")?.standard == .bool(false))
    }

    @Test func `no two keys share an environment variable`() {
        #expect(Set(schema.keys.map(ConfigurationOverrides.variable(for:))).count == schema.keys.count)
    }

    @Test func `the page in docs is the one the schema gives`() throws {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/docs/configuration.md"
        if getenv("CELLBRIDGE_WRITE_DOCS") != nil {
            let file = try #require(fopen(path, "w"))
            fputs(schema.markdown, file)
            fclose(file)
        }
        let file = try #require(fopen(path, "r"), "set CELLBRIDGE_WRITE_DOCS=1 to write it")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        #expect(
            String(decoding: bytes.prefix(count), as: UTF8.self) == schema.markdown,
            "set CELLBRIDGE_WRITE_DOCS=1 and run this test to write the page again")
    }

    @Test func `the JSON schema carries what a form needs`() throws {
        let text = schema.json.text
        #expect(
            text.contains(
                #"{"key":"pack.N.poll_interval_ms","type":"int","unit":"ms","default":500,"minimum":100,"maximum":1000,"#
                    + #""packs":16,"secret":false,"restarts":["acquisition"],"help":{"en":"#))
        #expect(text.contains(#""values":["tinybms","jbd","daly","daly-modbus","jk","jk-pb","auto"]"#))
    }
}

@Suite struct SettingReadingTests {
    let schema = Schema.gateway

    @Test(arguments: [
        ("pack.1.cells", "16", SettingValue.int(16)), ("pack.2.capacity_ah", "280", .float(280)),
        ("pack.1.max_charge_a", "1e2", .float(100)), ("system.commissioned", "TRUE", .bool(true)),
        ("system.commissioned", "off", .bool(false)), ("pack.1.chemistry", "lfp", .string("lfp")),
        ("pack.1.link", "/dev/pts/3", .string("/dev/pts/3")),
        ("can.link", "slcan:/dev/pts/4", .string("slcan:/dev/pts/4")),
        ("pack.1.name", "Keller = A", .string("Keller = A")),
    ])
    func `text becomes a value of the setting's type`(key: String, text: String, value: SettingValue) throws {
        #expect(try schema.value(text, for: key) == value)
    }

    @Test(arguments: [
        ("pack.1.cells", "0"), ("pack.1.cells", "49"), ("pack.1.cells", "16.0"), ("pack.1.cells", ""),
        ("pack.1.cells", "99999999999999999999"), ("pack.1.max_charge_a", "nan"), ("pack.1.max_charge_a", "inf"),
        ("pack.1.max_charge_a", "0x10"), ("pack.1.max_charge_a", "-1"), ("pack.1.max_charge_a", "1e999"),
        ("system.commissioned", "maybe"), ("pack.1.chemistry", "LFP"), ("pack.1.name", "a\u{7}b"),
        ("can.identity.manufacturer", "Müller"), ("can.identity.manufacturer", "ninechars"),
        ("pack.1.link", "pts/3"), ("pack.1.link", "tcp:host"), ("pack.1.link", "tcp:host:0"),
        ("pack.1.link", "tcp::5"), ("pack.1.link", "dry:"), ("pack.1.link", "/dev/ttyS0?baud=1"), ("pack.1.link", "/"),
        ("can.link", "sim:"), ("can.link", "can0"), ("can.link", "socketcan:"), ("can.link", "socketcan:a/b"),
        ("can.link", "slcan:ttyACM0"), ("can.link", "socketcan:can0?bitrate=5"), ("nothing.here", "1"),
        ("pack.1.link", "tcp:a:b:1"), ("pack.1.link", "tcp:a b:1"), ("pack.1.link", "tcp:a:1?x=1"),
        ("pack.1.link", "/dev/ttyS0?baud=400"), ("pack.1.link", "/dev/ttyS0?speed=9600"),
        ("pack.1.link", "/dev/ttyS0?baud=9600&baud=9600"), ("pack.1.link", "sim:?seed"),
        ("pack.1.link", "unix:" + String(repeating: "p", count: 108)), ("can.link", "dry:x"),
        ("can.link", "socketcan:can 0"), ("can.link", "socketcan:can0?rate=1"),
        ("can.link", "slcan:/dev/ttyACM0?bitrate=83333"),
    ])
    func `text that is no value is refused with the key`(key: String, text: String) {
        let refusal = #expect(throws: ConfigurationRefusal.self) { try schema.value(text, for: key) }
        #expect(refusal?.problems.map(\.field) == [key])
        #expect(refusal?.problems.first?.sentence.contains(key) == true)
    }

    @Test func `a refusal names the value, the bounds and the mend`() {
        let refusal = #expect(throws: ConfigurationRefusal.self) {
            try schema.value("2000", for: "pack.1.max_charge_a")
        }
        #expect(
            refusal?.description
                == "pack.1.max_charge_a is 2000 A; allowed is 0 … 1000 A. Choose a value in these bounds.")
    }

    @Test func `whole numbers will do for numbers, and whole floats for whole numbers`() throws {
        #expect(try schema.value(.int(100), for: "pack.1.max_charge_a") == .float(100))
        #expect(try schema.value(.float(16), for: "pack.1.cells") == .int(16))
        for wrong in [SettingValue.float(16.5), .float(.infinity), .bool(true), .string("16")] {
            #expect(throws: ConfigurationRefusal.self) { try schema.value(wrong, for: "pack.1.cells") }
        }
        #expect(throws: ConfigurationRefusal.self) { try schema.value(.float(.nan), for: "pack.1.max_charge_a") }
    }

    @Test func `S91: a secret never stands in a sentence`() {
        let schema = Schema([
            SettingDefinition("a.key", .text(maximumBytes: 3), secret: true, "A secret.", "Un secret.")
        ])
        for value in [SettingValue.string("hunter2"), .int(17)] {
            let refusal = #expect(throws: ConfigurationRefusal.self) { try schema.value(value, for: "a.key") }
            #expect(refusal?.description.contains("hunter2") == false)
            #expect(refusal?.description.contains("17") == false)
        }
    }
}

@Suite struct OverrideTests {
    @Test func `the command line stands above the environment, and both above the store`() throws {
        let overrides = try ConfigurationOverrides(
            environment: [
                "CELLBRIDGE_PACK_1_CELLS": "8", "CELLBRIDGE_PACK_1_NAME": "env", "PATH": "/bin",
                "CELLBRIDGE_TOKEN": "x",
            ],
            assignments: ["pack.1.cells=4", "pack.1.cells=16"])
        let stored: ConfigurationValues = [
            "pack.1.cells": .int(2), "pack.1.name": .string("stored"), "pack.1.capacity_ah": .float(100),
        ]
        let values = overrides.applied(to: stored)
        #expect(values["pack.1.cells"] == .int(16))
        #expect(values["pack.1.name"] == .string("env"))
        #expect(values["pack.1.capacity_ah"] == .float(100))
        #expect(overrides.origin(of: "pack.1.cells", stored: stored) == .commandLine)
        #expect(overrides.origin(of: "pack.1.name", stored: stored) == .environment)
        #expect(overrides.origin(of: "pack.1.capacity_ah", stored: stored) == .stored)
        #expect(overrides.origin(of: "log.level", stored: stored) == .standard)
    }

    @Test func `every wrong override is reported at once`() {
        let refusal = #expect(throws: ConfigurationRefusal.self) {
            try ConfigurationOverrides(
                environment: ["CELLBRIDGE_PACK_1_CELLS": "many", "CELLBRIDGE_PACK_1_MAX_CHARGE": "100"],
                assignments: ["pack.1.cells", "pack.1.nothing=1"])
        }
        #expect(
            refusal?.problems.map(\.field) == [
                "pack.1.cells", "CELLBRIDGE_PACK_1_MAX_CHARGE", "pack.1.cells", "pack.1.nothing",
            ])
    }

    @Test func `the contract's headless start is a good configuration`() throws {
        let overrides = try ConfigurationOverrides(assignments: [
            "pack.1.link=/dev/pts/3", "pack.1.family=tinybms", "pack.1.chemistry=lfp", "pack.1.cells=16",
            "pack.1.capacity_ah=280", "pack.1.max_charge_a=100", "pack.1.max_discharge_a=150",
            "can.link=slcan:/dev/pts/4", "system.commissioned=true", "web.tls=off",
            // What --http stands for.
            "web.listen=127.0.0.1:8080",
        ])
        let configuration = try ConfigurationRules().require(overrides.applied(to: [:]))
        #expect(configuration.mayTransmit)
        let pack = try #require(configuration.packs.first)
        #expect(pack.number == 1 && pack.family == .tinybms && pack.chemistry == .lfp && pack.cells == 16)
        #expect(pack.capacity == 280 && pack.maximumChargeCurrent == 100 && pack.maximumDischargeCurrent == 150)
        #expect(pack.pollInterval == .milliseconds(500))
        #expect(configuration.can.period == .seconds(1))
        #expect(configuration.can.keepaliveTimeout == .seconds(600))
        #expect(configuration.eventQueueLength == 8)
    }
}

import JSONText
import Testing

@testable import Gateway

@Suite struct WatchTests {
    private func status(
        stage: String = "live", mode: String = "bulk", current: String = "12.3", inverter: String = "",
        alarms: String = "[]", reasons: String = "[]"
    ) throws -> JSONTree {
        let text = """
            {"time":"2025-03-01T08:00:00.000Z","stage":"\(stage)","battery":{"voltage_v":53.1,"current_a":\(current),
            "age_s":6.2,"cell_min_v":3.31,"cell_max_v":3.352,"cell_delta_v":0.042},
            "limits":{"cvl_v":55.2,"ccl_a":60,"dcl_a":150,"mode":"\(mode)","reasons":{"cvl":[],"ccl":\(reasons),"dcl":[]}},
            "inverter":{"link":"socketcan:can0","open":true,"state":"error_active","keepalive_age_s":0.4\(inverter)},
            "alarms":\(alarms),"packs":[]}
            """
        return try #require(JSONTree(Array(text.utf8)))
    }

    @Test(arguments: [
        ("no_data", "NO DATA"), ("stale", "HOLD"), ("no_charge", "NO CHARGE"), ("stop", "STOP"), ("silent", "SILENT"),
        ("live", "SAFE"), ("something_new", "UNKNOWN"),
    ])
    func `the first word says how it stands`(stage: String, word: String) throws {
        #expect(WatchPicture(status: try status(stage: stage)).verdict.plain.hasPrefix(word + " "))
    }

    @Test(arguments: [
        #","open":false,"problem":"CAN interface can0 is down""#, #","tx_lost":true"#, #","duplicate_bms":true"#,
    ])
    func `live data alone is not safe: the inverter must be reached, and by nobody else`(inverter: String) throws {
        // Of two members with one name the decoder takes the first; so the original comes last here.
        let text = try status(inverter: inverter)
        guard case .object(var members) = text, case .object(var bus)? = members["inverter"] else { return }
        if inverter.contains("open") { bus["open"] = .bool(false) }
        members["inverter"] = .object(bus)
        #expect(!WatchPicture(status: .object(members)).verdict.plain.hasPrefix("SAFE"))
    }

    @Test func `a latched fault, an alarm and a dry bus are not called safe`() throws {
        #expect(WatchPicture(status: try status(mode: "fault")).verdict.plain.hasPrefix("FAULT"))
        let alarm = #"[{"alarm":"high_cell_voltage","severity":"alarm"}]"#
        #expect(WatchPicture(status: try status(alarms: alarm)).verdict.plain.hasPrefix("ALARM"))
        guard case .object(var members) = try status(), case .object(var bus)? = members["inverter"] else { return }
        bus["link"] = .string("dry:")
        members["inverter"] = .object(bus)
        #expect(WatchPicture(status: .object(members)).verdict.plain.hasPrefix("DRY RUN"))
    }

    @Test func `the three strongest reasons stand beside the limit, the deciding one first`() throws {
        let reasons = (1...5).map {
            #"{"rule":"rule_\#($0)","value":\#($0 * 10),"detail":"cell \#($0)","since_s":\#($0 * 60)}"#
        }
        let lines = WatchPicture(status: try status(reasons: "[\(reasons.joined(separator: ","))]")).lines.map(\.plain)
        let first = try #require(lines.firstIndex { $0.hasPrefix("CCL") })
        #expect(lines[first].contains("60.0 A   rule 1") && lines[first].contains("cell 1, for 1 min"))
        #expect(lines[first + 1].contains("rule 2") && lines[first + 2].contains("rule 3"))
        #expect(lines[first + 3].hasPrefix("DCL"))
    }

    @Test func `what is unknown is a dash, never a zero`() throws {
        let tree = try #require(JSONTree(Array(#"{"stage":"no_data"}"#.utf8)))
        let text = WatchPicture(status: tree).lines.map(\.plain).joined(separator: "\n")
        #expect(text.contains("- V") && !text.contains("0.0"))
    }

    @Test func `times and ages alone are no change`() throws {
        let one = try status(reasons: #"[{"rule":"ramp","value":1,"detail":"","since_s":1}]"#)
        let other = try #require(
            JSONTree(
                Array(
                    #"{"a":[{"since_s":1,"rule":"x"}],"time":"now","age_s":3,"keepalive_age_s":1,"cell_min_v":3}"#.utf8)
            ))
        #expect(other.timeless == JSONTree(Array(#"{"a":[{"rule":"x"}],"cell_min_v":3}"#.utf8)))
        #expect(one.timeless != other.timeless)
    }

    @Test func `a line is cut to the terminal without cutting a colour, and cannot steer the terminal`() {
        let line = TerminalText("ALARM ", .bad) + "from\u{1B}[2Jafar"
        #expect(line.rendered(width: 9, isColoured: false) == "ALARM fro")
        #expect(line.rendered(width: 3, isColoured: true) == "\u{1B}[1;31mALA\u{1B}[0m")
        #expect(line.rendered(width: 80, isColoured: false) == "ALARM from?[2Jafar")
        #expect(line.rendered(width: 0, isColoured: true).isEmpty)
    }
}

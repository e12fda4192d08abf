import Battery
import InverterProtocols
import JSONText
import Simulator
import Testing

@Suite struct `A GX as the battery sees it` {
    @Test func `it sends 0x305 with zeros and 0x307 each second, battery or not`() {
        var bench = GXBench()
        bench.pass(.milliseconds(10_500))
        #expect(bench.sent.filter { $0.identifier == 0x305 }.count == 11)
        #expect(bench.sent.filter { $0.identifier == 0x307 }.count == 11)
        #expect(bench.sent.first?.data == Array(repeating: 0, count: 8))
        #expect(bench.sent.dropFirst().first?.data == [0x12, 0x34, 0x56, 0x78, 0x56, 0x49, 0x43, 0x00])
        #expect(bench.changes.isEmpty)
        #expect(bench.belief.state == .waiting)
    }

    @Test func `after a pause of the process keepalives are not made up for`() {
        var gx = GXModel(started: GXBench.origin)
        let step = gx.advance(to: GXBench.origin + .seconds(1000))
        #expect(step.frames.count <= 4)
        #expect(gx.nextAction > GXBench.origin + .seconds(1000))
    }

    @Test func `a battery is there once 0x351 and 0x35A were seen`() {
        var bench = GXBench()
        bench.hear([GXBench.limits])
        #expect(bench.belief.state == .waiting)
        #expect(bench.belief.chargeCurrentLimit == nil)
        bench.hear([GXBench.alarmsOK])
        #expect(bench.belief.isConnected)
        #expect(bench.belief.chargeVoltageLimit == 55.2)
        #expect(bench.belief.chargeCurrentLimit == 100)
        #expect(bench.belief.dischargeCurrentLimit == 120)
        #expect(bench.belief.dischargeVoltageLimit == 46.4)
        #expect(bench.belief.isOnline == true)
        #expect(bench.changes.count == 1)
    }

    @Test func `a 0x351 from long ago does not make a battery of a late 0x35A`() {
        var bench = GXBench()
        bench.hear([GXBench.limits])
        bench.pass(.seconds(60))
        bench.hear([GXBench.alarmsOK])
        #expect(bench.belief.state == .waiting)
    }

    @Test func `every frame of the protocol arrives in the belief`() {
        var bench = GXBench()
        bench.hear(GXBench.required)
        bench.hear([
            (0x35F, "4C 69 01 17 69 00 00 00"), (0x372, "02 00 01 00 FF FF 02 00"),
            (0x373, "EA 0C 01 0D 1F 01 22 01"), (0x374, "43 30 33 00"), (0x375, "43 31 32 00"),
            (0x376, "4E 54 43 31"), (0x377, "4E 54 43 32"), (0x378, "40 08 00 00 2B 07 00 00"),
            (0x379, "9C 00 00 00"), (0x380, "54 42 30 30 30 31 32 33"), (0x381, "00 00 00 00 00 00 00 00"),
            (0x382, "47 61 74 65 77 61 79 00"), (0x360, "00"),
        ])
        let belief = bench.belief
        #expect(belief.voltage == 55.78 && belief.current == 18.5 && belief.temperature == 9.7)
        #expect(belief.stateOfCharge == 84 && belief.stateOfHealth == 98)
        #expect(belief.firmware == "v1.17" && belief.onlineCapacity == 105 && belief.installedCapacity == 156)
        #expect(belief.modules?.online == 2 && belief.modules?.offline == 2 && belief.modules?.blockingCharge == 1)
        #expect(belief.modules?.blockingDischarge == nil)
        #expect(belief.cells?.minimum == 3.306 && belief.cells?.maximumName == "C12" && belief.cells?.warmest == 17)
        #expect(belief.serial == "TB000123" && belief.family == "Gateway")
        #expect(belief.observations.isEmpty)
    }

    @Test func `a repeated frame changes nothing and gives no line`() {
        var bench = GXBench()
        bench.pass(seconds: 2, sending: GXBench.required)
        let before = bench.changes.count
        bench.pass(seconds: 5, sending: GXBench.required)
        #expect(bench.changes.count == before)
    }

    @Test func `29-bit and unknown frames are ignored and counted`() {
        var bench = GXBench()
        bench.hear(0x351, "28 02 E8 03 B0 04 D0 01", isExtended: true)
        bench.hear([GXBench.alarmsOK])
        bench.hear(0x123, "00")
        bench.hear(0x12345, "00")
        bench.hear(0x351, Array(repeating: 0, count: 9))
        #expect(bench.belief.state == .waiting)
        #expect(bench.gx.statistics.framesIgnored == 4)
        #expect(bench.belief.observations == [.extendedFrames])
    }

    @Test func `alarms and warnings by name, those that a GX does not show apart`() {
        var bench = GXBench()
        bench.hear([GXBench.limits, (0x35A, "9A 9A 6A 02 A6 AA AA 06")])
        #expect(bench.belief.alarms == ["low_voltage", "low_temperature_charge", "bms_internal"])
        #expect(bench.belief.warnings == ["high_voltage"])
        #expect(bench.belief.isOnline == false)
        bench.hear(0x35A, "A9 AA 92 02 AA AA AA 0A")
        #expect(bench.belief.alarms.isEmpty)
        #expect(bench.belief.notShown == ["general", "short_circuit"])
    }

    @Test func `random frames never trap`() {
        var random = SystemRandomNumberGenerator()
        var bench = GXBench()
        for _ in 0..<20_000 {
            let data = (0..<Int.random(in: 0...8)).map { _ in UInt8.random(in: 0...255, using: &random) }
            bench.hear(.random(in: 0x300...0x390, using: &random), data)
            bench.pass(.milliseconds(.random(in: 0...200)))
        }
        for change in bench.changes.prefix(200) { #expect(!change.json.text.isEmpty && !change.line.isEmpty) }
    }
}

@Suite struct `A lost battery` {
    @Test func `3 s without 0x351 stop charging and discharging at once`() throws {
        var bench = GXBench()
        bench.hear(GXBench.required)
        bench.pass(.milliseconds(2999))
        #expect(bench.belief.isConnected)
        // All other frames go on: they do not help.
        bench.hear([GXBench.alarmsOK])
        bench.pass(.milliseconds(1))
        let lost = try #require(bench.changes.last)
        #expect(lost.time == .seconds(3))
        #expect(lost.belief.state == .lost)
        #expect(lost.belief.chargeCurrentLimit == 0 && lost.belief.dischargeCurrentLimit == 0)
        #expect(lost.belief.chargeVoltageLimit == nil)
        #expect(lost.belief.applied == .init(chargeCurrent: 0, dischargeCurrent: 0))
        #expect(lost.belief.voltage == nil && lost.belief.stateOfCharge == nil && lost.belief.name == nil)
        #expect(lost.belief.alarms == ["bms_connection_lost", "low_battery"])
        #expect(bench.gx.statistics.losses == 1)
    }

    @Test func `a loss is dated even when nobody let time pass before the next frame`() {
        var gx = GXModel(started: GXBench.origin)
        let limits: [UInt8] = [0x28, 2, 0xE8, 3, 0xB0, 4, 0xD0, 1]
        _ = gx.receive(identifier: 0x351, data: limits, isExtended: false, at: GXBench.origin)
        _ = gx.receive(identifier: 0x35A, data: [], isExtended: false, at: GXBench.origin)
        let changes = gx.receive(identifier: 0x351, data: limits, isExtended: false, at: GXBench.origin + .seconds(9))
        #expect(changes.map(\.time) == [.seconds(3)])
        #expect(gx.belief.state == .lost)
        #expect(gx.statistics.longestLimitsGap == .seconds(9))
    }

    @Test func `it comes back with 0x351 and 0x35A, the low-battery alarm more than 20 s later`() {
        var bench = GXBench()
        bench.hear(GXBench.required)
        bench.pass(.seconds(10))
        #expect(bench.belief.state == .lost)
        bench.hear([GXBench.limits])
        #expect(bench.belief.state == .lost)
        bench.hear([GXBench.alarmsOK])
        #expect(bench.belief.isConnected)
        #expect(bench.belief.chargeCurrentLimit == 100)
        #expect(bench.belief.voltage == nil)
        bench.pass(seconds: 20, sending: GXBench.required)
        #expect(bench.belief.alarms == ["low_battery"])
        bench.pass(seconds: 2, sending: GXBench.required)
        #expect(bench.belief.alarms.isEmpty)
    }

    @Test func `0x351 every 2 s is enough`() {
        var bench = GXBench()
        bench.hear(GXBench.required)
        for _ in 0..<30 {
            bench.pass(.seconds(2))
            bench.hear([GXBench.limits])
        }
        #expect(bench.gx.statistics.losses == 0)
        #expect(bench.gx.statistics.longestLimitsGap == .seconds(2))
    }
}

@Suite struct `DVCC` {
    @Test func `set-points are written every 3 s`() {
        var bench = GXBench()
        bench.pass(seconds: 2, sending: GXBench.required)
        #expect(bench.belief.applied?.chargeCurrent == 100)
        bench.pass(seconds: 1, sending: [GXBench.noCharge])
        #expect(bench.belief.chargeCurrentLimit == 0)
        var waited = 0
        while bench.belief.applied?.chargeCurrent != 0 && waited < 10 {
            bench.pass(seconds: 1, sending: [GXBench.noCharge])
            waited += 1
        }
        #expect(waited <= 3)
    }

    @Test func `a name of one's own is obeyed to the letter, a borrowed one is not`() {
        // 58.4 V, 0 A, 100 A; what reaches the inverter under the name.
        for (name, voltage, current) in [("Cellbrid", 58.4, 0.0), ("LG RESU", 57.3, 0), ("BYD", 55.0, 40)] {
            var bench = GXBench()
            bench.hear(0x35E, Array(name.utf8))
            bench.hear([(0x351, "48 02 00 00 E8 03 D0 01"), GXBench.alarmsOK])
            bench.pass(.seconds(2))
            #expect(bench.belief.applied?.chargeVoltage == voltage, "\(name)")
            #expect(bench.belief.applied?.chargeCurrent == current, "\(name)")
            #expect(bench.belief.observations.contains(.brandName) == (name != "Cellbrid"))
        }
    }

    @Test func `a 15-cell pack named PYLON gets another CVL and a CCL it never allowed`() {
        var bench = GXBench()
        // CVL 53.2 V, CCL 0.
        bench.hear([(0x35E, "50 59 4C 4F 4E 20 20 20"), (0x379, "64 00"), (0x351, "14 02 00 00 E8 03 D0 01")])
        bench.hear([GXBench.alarmsOK])
        #expect(bench.belief.takenFor == "Pylontech")
        #expect(bench.belief.applied?.chargeVoltage == 52.8)
        #expect(bench.belief.applied?.chargeCurrent == 25)
    }
}

@Suite struct `Names and notes` {
    private func name(_ frames: [(UInt32, String)]) -> GXBelief {
        var bench = GXBench()
        bench.hear(frames + [GXBench.limits, GXBench.alarmsOK])
        return bench.belief
    }

    @Test func `0x370 and 0x371 win over 0x35E, which wins over the name for all`() {
        let manufacturer = (UInt32(0x35E), "54 69 6E 79 42 4D 53 00")
        #expect(name([]).name == "CAN-bus BMS battery")
        #expect(name([manufacturer]).name == "TinyBMS")
        let full = name([manufacturer, (0x370, "54 69 6E 79 42 4D 53 20"), (0x371, "47 61 74 65 77 61 79 00")])
        #expect(full.name == "TinyBMS Gateway")
        #expect(full.manufacturer == "TinyBMS")
        #expect(full.takenFor == nil)
        #expect(name([manufacturer, (0x371, "47 61 74 65")]).name == "TinyBMS")
        #expect(name([(0x35E, "50 59 4C 4F 4E 20 20 20")]).name == "PYLON")
    }

    @Test func `frames of Pylontech make a Pylontech of any battery`() {
        let belief = name([(0x35C, "C0 00")])
        #expect(belief.takenFor == "Pylontech")
        #expect(belief.observations == [.foreignFrames, .brandName])
    }

    @Test func `the gateway's own names are nobody else's`() throws {
        var bench = GXBench()
        for id in [VictronFrameID.manufacturer, .batteryNameFirst, .batteryNameSecond, .family] {
            bench.hear(VictronMapping.frame(id, from: GXDecisions.live(), identity: VictronIdentity()))
        }
        bench.hear([GXBench.limits, GXBench.alarmsOK])
        #expect(bench.belief.name == "Cellbridge")
        #expect(bench.belief.takenFor == nil)
    }

    @Test func `two senders of 0x351 are noticed, one that changes its mind is not, S44`() {
        var bench = GXBench()
        bench.hear([GXBench.alarmsOK])
        for _ in 0..<4 {
            bench.hear([GXBench.limits])
            bench.pass(.milliseconds(400))
            bench.hear([GXBench.noCharge])
            bench.pass(.milliseconds(600))
        }
        #expect(bench.belief.observations.contains(.duplicateSender))
        bench.pass(seconds: 12, sending: [GXBench.limits])
        #expect(!bench.belief.observations.contains(.duplicateSender))
        for amperes in [100, 90, 80, 0, 0, 10, 20, 30, 30, 40] {
            let count = UInt16(amperes * 10)
            bench.hear(0x351, [0x28, 2, UInt8(count & 0xFF), UInt8(count >> 8), 0xB0, 4, 0xD0, 1])
            bench.pass(.seconds(1))
        }
        #expect(!bench.belief.observations.contains(.duplicateSender))
    }

    @Test func `a flood, a negative limit, a CVL of zero and a borrowed keepalive are noticed, S25 S43`() {
        var bench = GXBench()
        for _ in 0..<400 { bench.hear([GXBench.alarmsOK]) }
        bench.hear([(0x351, "44 02 64 00 9C FF 3F 02")])
        #expect(bench.belief.observations == [.frameFlood, .negativeLimit])
        #expect(bench.belief.applied?.dischargeCurrent == 0)
        bench.pass(seconds: 3, sending: [(0x351, "00 00 00 00 00 00 00 00"), (0x305, "00")])
        #expect(bench.belief.observations == [.negativeLimit, .zeroChargeVoltage, .gxFramesFromBattery])
    }
}

@Suite struct `What simulate gx prints` {
    @Test func `one JSON object a change, null where nothing is known`() throws {
        var bench = GXBench()
        bench.pass(.milliseconds(1500))
        bench.hear(GXBench.required)
        bench.pass(.seconds(5))
        let connected = try #require(bench.changes.first { $0.belief.isConnected }).json.text
        #expect(connected.hasPrefix("{\"time_s\":1.5,\"state\":\"connected\",\"connected\":true,"))
        #expect(connected.contains("\"cvl_v\":55.2,\"ccl_a\":100,\"dcl_a\":120,\"dvl_v\":46.4"))
        #expect(connected.contains("\"modules\":null"))
        let lost = try #require(bench.changes.last).json.text
        #expect(lost.contains("\"connected\":false") && lost.contains("\"cvl_v\":null,\"ccl_a\":0,\"dcl_a\":0"))
        #expect(lost.contains("\"alarms\":[\"bms_connection_lost\",\"low_battery\"]"))
        #expect(lost.contains("\"voltage_v\":null"))
    }

    @Test func `a line for people`() throws {
        var bench = GXBench()
        bench.hear(GXBench.required + [(0x356, "29 13 E2 FF EC 00 00 00")])
        #expect(
            bench.changes.last?.line
                == "0.0 s  connected  \"CAN-bus BMS battery\"  49.05 V  -3.0 A  84 %  CVL 55.2 V  CCL 100.0 A  DCL 120.0 A"
        )
        bench.pass(.seconds(4))
        #expect(bench.changes.last?.line == "3.0 s  lost  CCL 0.0 A  DCL 0.0 A  ALARM bms_connection_lost, low_battery")
    }
}

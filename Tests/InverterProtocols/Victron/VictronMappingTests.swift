import Battery
import FoundationEssentials
import InverterProtocols
import Testing

@Suite struct `Mapping a decision to frames` {
    @Test(arguments: [
        (VictronFrameID.limits, "28 02 E8 03 B0 04 D0 01"),
        (.charge, "54 00 62 00 A3 20 00 00"),
        (.measurements, "CA 15 B9 00 61 00 00 00"),
        (.alarms, "AA AA AA 02 AA AA AA 0A"),
        (.manufacturer, "43 65 6C 6C 62 72 69 64"),
        (.product, "00 00 01 02 3A 01 00 00"),
        (.batteryNameFirst, "43 65 6C 6C 62 72 69 64"),
        (.batteryNameSecond, "67 65 00 00 00 00 00 00"),
        (.modules, "01 00 00 00 00 00 00 00"),
        (.cellExtremes, "D7 0C E5 0C 0C 01 13 01"),
        (.lowestCellName, "43 30 33 00 00 00 00 00"),
        (.highestCellName, "43 31 32 00 00 00 00 00"),
        (.coldestSensorName, "4E 54 43 31 00 00 00 00"),
        (.warmestSensorName, "4E 54 43 32 00 00 00 00"),
        (.energy, "40 08 00 00 2B 07 00 00"),
        (.installedCapacity, "3A 01 00 00 00 00 00 00"),
        (.serialFirst, "54 42 30 30 30 31 32 33"),
        (.serialSecond, "00 00 00 00 00 00 00 00"),
        (.family, "47 61 74 65 77 61 79 00"),
    ])
    func `a live pack gives the golden bytes`(id: VictronFrameID, bytes: String) {
        #expect(Decisions.bytes(id, Decisions.live()) == hex(bytes))
    }

    @Test func `discharge is negative, frost too, S25`() {
        var decision = Decisions.live()
        decision.battery.voltage = 51.04
        decision.battery.current = -125.3
        decision.battery.temperature = -5.2
        #expect(Decisions.bytes(.measurements, decision) == hex("F0 13 1B FB CC FF 00 00"))
    }

    @Test func `the required four leave first and every frame once`() {
        let frames = VictronMapping.frames(for: Decisions.live(), identity: Decisions.identity)
        #expect(frames.prefix(4).map(\.id) == [.limits, .charge, .measurements, .alarms])
        #expect(frames.prefix(4).allSatisfy { $0.cadence == .required })
        #expect(Set(frames.map(\.id)).count == frames.count)
        #expect(frames.count == 19)
        #expect(frames.allSatisfy { $0.id.sender == .battery && $0.frame.identifier == $0.id.rawValue })
        #expect(frames.allSatisfy { $0.id != .chargeRequest })
    }

    @Test func `a request to charge is a frame of its own, only where it may ever be made`() {
        var decision = Decisions.live()
        #expect(VictronMapping.frame(.chargeRequest, from: decision, identity: Decisions.identity) == nil)
        decision.requestsCharge = true
        #expect(Decisions.bytes(.chargeRequest, decision) == hex("FF 00 00 00 00 00 00 00"))
        decision.requestsCharge = false
        #expect(Decisions.bytes(.chargeRequest, decision) == hex("00 00 00 00 00 00 00 00"))
    }

    @Test func `nothing of the GX and nothing of another make is ever sent, S43`() {
        for id in VictronFrameID.allCases where id.sender != .battery {
            #expect(VictronMapping.frame(id, from: Decisions.live(), identity: Decisions.identity) == nil)
        }
    }

    @Test(arguments: [FreshnessStage.noData, .silent])
    func `no frame leaves in a stage without valid data, S4`(stage: FreshnessStage) {
        var decision = Decisions.live(stage: stage)
        decision.transmits = true
        #expect(VictronMapping.frames(for: decision, identity: Decisions.identity).isEmpty)
        decision = Decisions.live()
        decision.transmits = false
        #expect(VictronMapping.frames(for: decision, identity: Decisions.identity).isEmpty)
    }

    @Test func `frames are rebuilt from the newest decision alone, S3`() {
        #expect(Decisions.bytes(.limits, Decisions.live(ccl: 100)) == hex("28 02 E8 03 B0 04 D0 01"))
        #expect(Decisions.bytes(.limits, Decisions.live(ccl: 0)) == hex("28 02 00 00 B0 04 D0 01"))
    }
}

@Suite struct `Rounding and saturation` {
    @Test(arguments: [(55.29, 552), (55.2, 552), (57.9, 579), (58.1, 581), (55.199, 551), (0.1, 1), (7000, 65535)])
    func `CVL is rounded down and saturates, S26`(volts: Double, count: Int) throws {
        let data = try #require(Decisions.bytes(.limits, Decisions.live(cvl: volts)))
        #expect(Int(data[0]) | Int(data[1]) << 8 == count)
    }

    @Test(arguments: [
        (99.99, 999), (100, 1000), (0.09, 0), (-5, 0), (-1e300, 0), (3276.7, 32767), (1e300, 32767),
        (Double.infinity, 32767), (-Double.infinity, 0),
    ])
    func `CCL and DCL are rounded down, never negative, never wrap, S25 S26`(amperes: Double, count: Int) throws {
        let data = try #require(Decisions.bytes(.limits, Decisions.live(ccl: amperes, dcl: amperes)))
        #expect(Int(data[2]) | Int(data[3]) << 8 == count)
        #expect(Int(data[4]) | Int(data[5]) << 8 == count)
    }

    @Test func `no encoded limit is ever above the decided one, S26`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let decision = Decisions.live(
                cvl: .random(in: 0.1...70, using: &random), ccl: .random(in: 0...500, using: &random),
                dcl: .random(in: 0...500, using: &random))
            let frame = try #require(VictronMapping.frame(.limits, from: decision, identity: Decisions.identity))
            guard case .limits(let limits)? = VictronMessage(frame) else { return }
            #expect(try #require(limits.chargeVoltage) <= decision.chargeVoltage.value + 1e-6)
            #expect(try #require(limits.chargeCurrent) <= decision.chargeCurrent.value + 1e-6)
            #expect(try #require(limits.dischargeCurrent) <= decision.dischargeCurrent.value + 1e-6)
            #expect(try #require(limits.chargeVoltage) > decision.chargeVoltage.value - 0.1001)
        }
    }

    @Test(arguments: [Double.nan, 0, 0.05, -10])
    func `a CVL of nothing is no frame, never zero volts`(volts: Double) {
        #expect(Decisions.bytes(.limits, Decisions.live(cvl: volts)) == nil)
    }

    @Test func `a limit that is no number is no frame, S26`() {
        #expect(Decisions.bytes(.limits, Decisions.live(ccl: .nan)) == nil)
        #expect(Decisions.bytes(.limits, Decisions.live(dcl: .nan)) == nil)
        var decision = Decisions.live()
        decision.dischargeVoltage = .nan
        #expect(Decisions.bytes(.limits, decision) == nil)
    }

    @Test func `measurements beyond the wire stop at its end, S26`() throws {
        var decision = Decisions.live()
        decision.battery.voltage = 1000
        decision.battery.current = -1e9
        decision.battery.temperature = .infinity
        #expect(Decisions.bytes(.measurements, decision) == hex("FF 7F 00 80 FF 7F 00 00"))
        decision.battery.stateOfCharge = 250
        decision.battery.stateOfHealth = -1
        #expect(Decisions.bytes(.charge, decision) == hex("64 00 00 00 10 27 00 00"))
        decision.battery.chargedEnergy = 1e20
        decision.battery.dischargedEnergy = -1
        #expect(Decisions.bytes(.energy, decision) == hex("FF FF FF FF 00 00 00 00"))
        decision.battery.modulesOnline = .max
        decision.battery.modulesOffline = .min
        #expect(Decisions.bytes(.modules, decision) == hex("FF FF 00 00 00 00 00 00"))
        decision.battery.minimumCell?.number = .min
        decision.battery.maximumCell?.volts = 1e10
        #expect(Decisions.bytes(.cellExtremes, decision) == hex("D7 0C FF FF 0C 01 13 01"))
        #expect(Decisions.bytes(.lowestCellName, decision)?.count == 8)
    }

    @Test(arguments: [(22.4, 295), (22.6, 296), (-40, 233), (-300, 1), (1e9, 65534)])
    func `Kelvin is degrees plus 273, never a code for not available`(celsius: Double, kelvin: Int) throws {
        var decision = Decisions.live()
        decision.battery.minimumTemperature?.celsius = celsius
        let data = try #require(Decisions.bytes(.cellExtremes, decision))
        #expect(Int(data[4]) | Int(data[5]) << 8 == kelvin)
    }
}

@Suite struct `Unknown values` {
    @Test func `an unknown state of health is 100, S24 has no say in it`() {
        var decision = Decisions.live()
        decision.battery.stateOfHealth = nil
        #expect(Decisions.bytes(.charge, decision) == hex("54 00 64 00 A3 20 00 00"))
    }

    @Test func `an unknown state of charge is no frame, never 0 percent`() {
        var decision = Decisions.live()
        decision.battery.stateOfCharge = nil
        #expect(Decisions.bytes(.charge, decision) == nil)
        decision.battery.stateOfCharge = .nan
        #expect(Decisions.bytes(.charge, decision) == nil)
        #expect(Decisions.bytes(.limits, decision) != nil)
    }

    @Test func `an unknown temperature shortens 0x356, unknown voltage or current omits it`() {
        var decision = Decisions.live()
        decision.battery.temperature = nil
        #expect(Decisions.bytes(.measurements, decision) == hex("CA 15 B9 00"))
        decision.battery.current = nil
        #expect(Decisions.bytes(.measurements, decision) == nil)
        decision = Decisions.live()
        decision.battery.voltage = nil
        #expect(Decisions.bytes(.measurements, decision) == nil)
    }

    @Test func `unknown temperatures shorten 0x373, unknown cells omit it`() {
        var decision = Decisions.live()
        decision.battery.minimumTemperature = nil
        #expect(Decisions.bytes(.cellExtremes, decision) == hex("D7 0C E5 0C"))
        #expect(Decisions.bytes(.coldestSensorName, decision) == nil)
        decision.battery.minimumCell = nil
        #expect(Decisions.bytes(.cellExtremes, decision) == nil)
        #expect(Decisions.bytes(.lowestCellName, decision) == nil)
    }

    @Test func `what nobody counts or knows is not sent`() {
        var decision = Decisions.live()
        decision.battery.chargedEnergy = nil
        decision.battery.installedCapacity = 0
        decision.battery.identity = nil
        for id in [VictronFrameID.energy, .installedCapacity, .serialFirst, .serialSecond] {
            #expect(Decisions.bytes(id, decision) == nil, "\(id)")
        }
        // Without a BMS firmware the gateway's own stands in 0x35F, big-endian.
        #expect(
            Decisions.bytes(.product, decision, VictronIdentity(firmware: 0x0203)) == hex("00 00 02 03 3A 01 00 00"))
    }

    @Test func `of a long serial number the last 16 characters travel`() {
        let identity = VictronIdentity(serial: "0123456789abcdef01234567")
        #expect(Decisions.bytes(.serialFirst, Decisions.live(), identity) == Array("89abcdef".utf8))
        #expect(Decisions.bytes(.serialSecond, Decisions.live(), identity) == Array("01234567".utf8))
    }

    @Test func `a name of eight characters or fewer leaves 0x370 and 0x371 out`() {
        let identity = VictronIdentity(manufacturer: "TinyBMS", batteryName: "TinyBMS")
        #expect(Decisions.bytes(.batteryNameFirst, Decisions.live(), identity) == nil)
        #expect(Decisions.bytes(.batteryNameSecond, Decisions.live(), identity) == nil)
        #expect(Decisions.bytes(.manufacturer, Decisions.live(), identity) == hex("54 69 6E 79 42 4D 53 00"))
    }

    @Test func `with several packs names tell which`() {
        var decision = Decisions.live()
        decision.battery.modulesOnline = 2
        decision.battery.minimumCell?.pack = 2
        decision.battery.maximumTemperature?.name = "External"
        #expect(Decisions.bytes(.lowestCellName, decision) == Array("P2C03".utf8) + [0, 0, 0])
        #expect(Decisions.bytes(.warmestSensorName, decision) == Array("P1 Exter".utf8))
    }
}

@Suite struct `The generated documentation` {
    /// `CELLBRIDGE_WRITE_DOCS=1 swift test --filter InverterProtocolsTests` writes the page anew.
    @Test func `docs pgn-conversions is what the mapping says`() throws {
        let page = VictronMapping.documentation()
        if ProcessInfo.processInfo.environment["CELLBRIDGE_WRITE_DOCS"] == "1" {
            let path = Repository.root + "/docs"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(page.utf8).write(to: URL(filePath: path + "/pgn-conversions.md"))
        }
        let written = (try? Repository.text("docs/pgn-conversions.md")) ?? ""
        #expect(
            written == page,
            "docs/pgn-conversions.md is out of date: CELLBRIDGE_WRITE_DOCS=1 swift test --filter InverterProtocolsTests"
        )
    }

    @Test func `every frame of the plan and every row stands in it`() {
        let page = VictronMapping.documentation()
        for plan in VictronFramePlan.all { #expect(page.contains("## \(plan.id.text): \(plan.id.title)\n")) }
        for row in VictronMapping.rows {
            #expect(page.contains("| \(row.name) | \(row.source) |"), "\(row.name)")
            #expect(VictronFramePlan.all.contains { $0.id == row.frame })
        }
    }
}

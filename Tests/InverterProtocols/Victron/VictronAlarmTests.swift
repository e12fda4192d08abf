import Battery
import InverterProtocols
import Testing

@Suite struct `Alarms and warnings of 0x35A` {
    private func alarms(_ decision: Decision) throws -> VictronAlarms {
        VictronAlarms(decoding: try #require(Decisions.bytes(.alarms, decision)))
    }

    @Test func `numeric 1 is active, 2 is OK, 0 and 3 are not supported, S25`() {
        let alarms = VictronAlarms(decoding: hex("E4 00 00 00 00 00 00 00"))
        #expect(alarms[alarm: .general] == .unsupported)
        #expect(alarms[alarm: .highVoltage].word == "active")
        #expect(alarms[alarm: .lowVoltage].word == "ok")
        #expect(alarms[alarm: .highTemperature].word == "unsupported")
        #expect(VictronPair.active.rawValue == 1 && VictronPair.ok.rawValue == 2)
    }

    /// Byte index and value of the captures in victron-can.md 4.
    @Test(arguments: [
        (AlarmKind.highVoltage, 0, UInt8(0x04)), (.lowVoltage, 0, 0x10), (.highTemperature, 0, 0x40),
        (.lowTemperature, 1, 0x01), (.highTemperatureCharge, 1, 0x04), (.lowTemperatureCharge, 1, 0x10),
        (.highDischargeCurrent, 1, 0x40), (.highChargeCurrent, 2, 0x01), (.contactor, 2, 0x04),
        (.shortCircuit, 2, 0x10), (.bmsInternal, 2, 0x40), (.cellImbalance, 3, 0x01),
    ])
    func `an alarm sets its own bit, OK in the other half, S25`(kind: AlarmKind, byte: Int, bit: UInt8) throws {
        var decision = Decisions.live()
        decision.alarms.raise(kind, .alarm)
        var bytes = try #require(Decisions.bytes(.alarms, decision))
        #expect(bytes[byte] & (bit | bit << 1) == bit)
        #expect(bytes[byte + 4] & (bit | bit << 1) == bit << 1)
        // General is active with it; everything else says OK.
        #expect(bytes.reduce(0) { $0 + ($1 & 0x55).nonzeroBitCount } == 2)
        #expect(bytes[0] & 3 == 1)

        decision.alarms = AlarmSet()
        decision.alarms.raise(kind, .warning)
        bytes = try #require(Decisions.bytes(.alarms, decision))
        #expect(bytes[byte] & (bit | bit << 1) == bit << 1)
        #expect(bytes[byte + 4] & (bit | bit << 1) == bit)
        #expect(bytes[4] & 3 == 1)
    }

    @Test(arguments: [AlarmKind.lowStateOfCharge, .limitNotObeyed])
    func `what has no item of its own shows as general`(kind: AlarmKind) throws {
        var decision = Decisions.live()
        decision.alarms.raise(kind, .warning)
        let alarms = try alarms(decision)
        #expect(alarms[warning: .general] == .active)
        #expect(alarms[alarm: .general] == .ok)
    }

    @Test func `stage stale warns of the BMS and stays online`() throws {
        let alarms = try alarms(Decisions.live(stage: .stale))
        #expect(alarms[warning: .bmsInternal] == .active)
        #expect(alarms[alarm: .bmsInternal] == .ok)
        #expect(alarms.systemStatus == .ok)
    }

    @Test(arguments: [FreshnessStage.noCharge, .stop])
    func `stages no_charge and stop raise BMS internal, system offline, one module offline`(
        stage: FreshnessStage
    ) throws {
        let decision = Decisions.live(ccl: 0, dcl: 0, stage: stage)
        let alarms = try alarms(decision)
        #expect(alarms[alarm: .bmsInternal] == .active)
        #expect(alarms[warning: .bmsInternal] == .ok)
        #expect(alarms.systemStatus == .active)
        #expect(Decisions.bytes(.modules, decision) == hex("00 00 00 00 00 00 01 00"))
    }

    @Test func `modules that are offline already are not counted twice`() {
        var decision = Decisions.live(stage: .stop)
        decision.battery.modulesOnline = 0
        decision.battery.modulesOffline = 3
        #expect(Decisions.bytes(.modules, decision) == hex("00 00 00 00 00 00 03 00"))
    }
}

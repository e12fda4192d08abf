import Battery
import InverterProtocols
import Testing

@Suite struct `Frames built from values` {
    /// Each message with its bytes: the golden frames the other way round.
    private static let built: [(VictronMessage, String)] = [
        (
            .limits(.init(chargeVoltage: 58.1, chargeCurrent: 110, dischargeCurrent: 110, dischargeVoltage: 0)),
            "45 02 4C 04 4C 04 00 00"
        ),
        (.charge(.init(stateOfCharge: 60, stateOfHealth: 100, fineStateOfCharge: 60.2)), "3C 00 64 00 84 17 00 00"),
        (.charge(.init(stateOfCharge: 51, stateOfHealth: 100, fineStateOfCharge: nil)), "33 00 64 00"),
        (.measurements(.init(voltage: 53.1, current: -0.7, temperature: 14)), "BE 14 F9 FF 8C 00 00 00"),
        (.product(.init(model: [0x4C, 0x69], firmware: 0x0117, onlineCapacity: 105)), "4C 69 01 17 69 00 00 00"),
        (.modules(.init(online: 2, blockingCharge: 1, blockingDischarge: 1, offline: 2)), "02 00 01 00 01 00 02 00"),
        (
            .modules(.init(online: 1, blockingCharge: nil, blockingDischarge: nil, offline: 0)),
            "01 00 FF FF FF FF 00 00"
        ),
        (
            .cellExtremes(
                .init(minimumCell: 3.306, maximumCell: 3.329, minimumTemperature: 14, maximumTemperature: 17)),
            "EA 0C 01 0D 1F 01 22 01"
        ),
        (
            .cellExtremes(
                .init(minimumCell: 3.287, maximumCell: 3.301, minimumTemperature: nil, maximumTemperature: nil)),
            "D7 0C E5 0C"
        ),
        (.energy(.init(charged: 211_200, discharged: 183_500)), "40 08 00 00 2B 07 00 00"),
        (.installedCapacity(156), "9C 00 00 00 00 00 00 00"),
        (.chargeRequest(true), "FF 00 00 00 00 00 00 00"),
        (.text(.manufacturer, "BYD"), "42 59 44 00 00 00 00 00"),
        (.keepalive([0, 0, 0, 0, 0, 0, 0, 0]), "00 00 00 00 00 00 00 00"),
        (.inverterIdentity(VictronMessage.inverterIdentityBytes), "12 34 56 78 56 49 43 00"),
    ]

    @Test func `each value gives the captured bytes and comes back`() throws {
        for (message, bytes) in Self.built {
            let frame = try #require(message.frame)
            #expect(frame.data == hex(bytes), "\(message)")
            #expect(VictronMessage(frame) == message)
        }
    }

    @Test func `alarms set item by item, both halves and the status, S25`() {
        var alarms = VictronAlarms()
        for item in VictronAlarmItem.allCases {
            let supported = item != .general && item != .contactor && item != .shortCircuit
            alarms[alarm: item] = supported ? .active : .ok
            alarms[warning: item] = supported ? .active : .ok
        }
        alarms.systemStatus = .ok
        // The captured pattern of a BYD with every alarm, reserved pairs at 0 here.
        #expect(alarms.bytes == hex("56 55 69 01 56 55 69 09"))
        alarms[warning: .cellImbalance] = .ok
        alarms.systemStatus = .active
        #expect(alarms.bytes == hex("56 55 69 01 56 55 69 06"))
        #expect(VictronMessage(.alarms, alarms.bytes) == .alarms(alarms))
    }

    @Test func `text keeps to printable ASCII and eight bytes`() {
        #expect(VictronText.bytes(of: "Bätt\u{7}ery-01 x") == Array("Bttery-0".utf8))
        #expect(VictronText.text(in: [0x41, 0, 0xFF, 0x42]) == "AB")
        #expect(VictronText.bytes(of: "ab", from: 8) == hex("00 00 00 00 00 00 00 00"))
    }

    @Test func `every mismatch has a line for the log that names 0x351 and the limit`() {
        let mismatches: [VictronLimitsMismatch] = [
            .wrongIdentifier(0x355), .wrongLength(6), .zeroChargeVoltage, .negative(.dischargeCurrent, sent: -1),
            .aboveMaximum(.chargeCurrent, sent: 101, maximum: 100),
            .differs(.chargeVoltage, sent: 55.3, decided: 55.2),
            .forbiddenByStage(.chargeCurrent, sent: 5, .noCharge),
        ]
        #expect(mismatches.allSatisfy { $0.description.contains("0x351") })
        #expect(mismatches[4].description == "0x351 says ccl 101.0: configured maximum 100.0")
        #expect(mismatches[6].description == "0x351 says ccl 5.0: forbidden in stage no_charge")
    }

    @Test func `every problem of an identity names its configuration key`() {
        let identity = VictronIdentity(manufacturer: "", batteryName: "Ünsere große Batterie", family: "BYD family")
        let problems = identity.validate()
        #expect(problems.count == 5)
        #expect(problems.allSatisfy { $0.description.contains("can.identity.") })
        let disagreeing = VictronIdentity(manufacturer: "Other", batteryName: "Cellbridge").validate()
        #expect(disagreeing.first?.description.contains("agree") == true)
    }
}

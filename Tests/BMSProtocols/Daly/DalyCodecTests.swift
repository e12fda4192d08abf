import Battery
import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `Daly codec` {
    private func error(_ line: String) throws -> String? {
        let got = try DalyLineDecoder.decode(line: Array(line.utf8)).read()
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    @Test func `requests are the bytes of the papers`() {
        #expect(DalyRequest(.packState).bytes == [0xA5, 0x40, 0x90, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x7D])
        #expect(
            DalyRequest(.packState, host: .alternative).bytes == [0xA5, 0x80, 0x90, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0xBD])
        #expect(
            DalyRequest.setSwitch(charge: true, closed: true).bytes
                == [0xA5, 0x40, 0xDA, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0xC8])
        #expect(
            DalyRequest.setSwitch(charge: false, closed: false).bytes
                == [0xA5, 0x40, 0xD9, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0xC6])
        #expect(DalyRequest.cellVoltages(cells: 16).frames == 6 && DalyRequest.temperatures(sensors: 8).frames == 2)
        #expect(DalyRequest.cellVoltages(cells: 200).frames == 16 && DalyRequest.cellVoltages(cells: 0).frames == 1)
    }

    @Test func `each way to be wrong has its code`() throws {
        #expect(try error("A5 01 90 0G") == "malformed_hex")
        #expect(try error("") == "too_short")
        #expect(try error("A5 01 90 08") == "too_short")
        #expect(try error("DD0190080210000075300 1F4EA") == "bad_start")
        #expect(try error("A5 01 90 07 02 10 00 00 75 30 01 F4 E9") == "bad_length")
        #expect(try error("A5 01 90 08 02 10 00 00 75 30 01 F4 EB") == "bad_checksum")
        #expect(try error("A5 01 90 08 02 10 00 00 75 30 01 F4 EA A5 01") == "too_short")
        #expect(try error("A5 01 4F 08 00 00 00 00 00 00 00 00 FD") == "unexpected_command")
        let good = "A5 01 90 08 02 10 00 00 75 30 01 F4 EA"
        #expect(try error(good + good) == "bad_length")
        #expect(try error("A5 40 91 08 00 00 00 00 00 00 00 00 7E > " + good) == "unexpected_command")
        #expect(try error("A5 41 91 08 00 00 00 00 00 00 00 00 7F >") == "out_of_range")
    }

    @Test func `an echo of a request is no answer`() throws {
        let echo = "A5 40 90 08 00 00 00 00 00 00 00 00 7D"
        #expect(try error(echo) == "out_of_range")
        #expect(try error(echo + " > " + echo) == "out_of_range")
        var parser = DalyStreamParser()
        parser.expect(DalyRequest(.packState))
        #expect(parser.receive(DalyRequest(.packState).bytes) == nil)
        #expect(parser.counters.discardedFrames == 1)
    }

    @Test func `S32 frames left over from an earlier answer are passed over`() {
        let fresh = DalySlots.payloads(cellMillivolts: (0..<16).map { 3300 + UInt16($0) }, frames: 6)
        let stale = DalySlots.payloads(cellMillivolts: (0..<16).map { 3000 + UInt16($0) }, frames: 6)
        let bytes = { (payloads: [DalyPayload]) in DalyAnswer(.cellVoltages, payloads).bytes }
        let invalid = DalyPayload([0xFF, 1, 2, 3, 4, 5, 6, 7])
        for late in [[stale[5]], [stale[4], stale[5]], [stale[0], stale[1]], [stale[1]], [invalid]] {
            var parser = DalyStreamParser()
            parser.expect(.cellVoltages(cells: 16))
            #expect(parser.receive(bytes(late) + bytes(fresh)) == DalyAnswer(.cellVoltages, fresh))
        }
        var parser = DalyStreamParser()
        parser.expect(.cellVoltages(cells: 16))
        let withHole = fresh[..<3] + [invalid] + fresh[3...]
        #expect(parser.receive(bytes(Array(withHole))) == DalyAnswer(.cellVoltages, fresh))
        parser.expect(.cellVoltages(cells: 16))
        #expect(parser.receive(bytes(Array(fresh[..<2] + fresh[3...]))) == nil)
    }

    @Test func `the first frame may have number 0 or 1`() {
        for first in [UInt8(0), 1] {
            let frames = DalySlots.payloads(cellMillivolts: [3300, 3301, 3302, 3303], frames: 2, first: first)
            var parser = DalyStreamParser()
            parser.expect(.cellVoltages(cells: 4))
            let answer = parser.receive(DalyAnswer(.cellVoltages, frames).bytes)
            #expect(answer.map { DalySlots.cellMillivolts($0.payloads).prefix(4) } == [3300, 3301, 3302, 3303])
        }
    }

    @Test func `failure bits have the names, severities and consequences of the table`() {
        let names = [
            0: "cell_overvoltage_l1", 9: "charge_overtemperature_l2", 18: "discharge_overcurrent_l1", 23: "soc_low_l2",
            27: "temperature_difference_l2", 32: "charge_mos_overtemperature", 39: "discharge_mos_open",
            40: "afe_fault",
            50: "short_circuit_protection", 52: "mos_switched_off_by_command",
        ]
        for (bit, name) in names { #expect(DalyFailures.name(of: bit) == name) }
        for bit in [-1, 28, 31, 53, 55, 56] { #expect(DalyFailures.name(of: bit) == nil) }
        for bit in 0..<DalyFailures.count { #expect(DalyFailures(bits: [bit]).bits == [bit]) }

        #expect(DalyFailures(bits: [0]).alarms[.highVoltage] == .warning)
        #expect(!DalyFailures(bits: [0]).alarms.forbidsCharge)
        #expect(DalyFailures(bits: [1]).alarms[.highVoltage] == .alarm && DalyFailures(bits: [1]).alarms.forbidsCharge)
        let low = DalyFailures(bits: [3]).alarms
        #expect(low.forbidsDischarge && !low.forbidsCharge)
        #expect(DalyFailures(bits: [41]).alarms.forbidsCharge && !DalyFailures(bits: [41]).alarms.forbidsDischarge)
        #expect(DalyFailures(bits: [52]).alarms.isEmpty)
        #expect(DalyFailures(bits: [30]).alarms[.bmsInternal] == .warning)
    }

    @Test func `balancing is a mask or a number, or nobody knows`() {
        func flags(_ bytes: [UInt8], _ cells: Int, _ form: DalyBalance.Form = .automatic) -> [Int]? {
            DalyBalance.flags(DalyPayload(bytes), cells: cells, form: form)?.indices(of: true).ranges.flatMap(\.self)
        }
        #expect(flags([], 16) == [])
        #expect(flags([0x90], 8) == [4, 7])
        #expect(flags([0x01, 0x80], 16) == [0, 15])
        #expect(flags([0, 5], 8) == [4])
        #expect(flags([0, 5], 16) == [8, 10])
        #expect(flags([0, 4], 16) == nil)
        #expect(flags([0, 4], 16, .mask) == [10] && flags([0, 4], 16, .number) == [3])
        #expect(DalyBalance.mask(DalyBalance.payload([0, 9, 47])) == [0, 9, 47])
    }

    @Test func `the current's sign is learned from two readings and given up after five`() {
        var sign = DalyCurrentSign()
        sign.learn(-114, .charging)
        #expect(sign.convention == nil)
        sign.learn(-114, .charging)
        #expect(sign.convention == .dischargePositive && sign.amperes(-114) == 11.4 && sign.amperes(500) == -50)
        for _ in 0..<4 { sign.learn(500, .charging) }
        #expect(sign.convention == .dischargePositive && !sign.hasFlipped)
        sign.learn(500, .discharging)
        for _ in 0..<5 { sign.learn(500, .charging) }
        #expect(sign.convention == .chargePositive && sign.hasFlipped && sign.amperes(500) == 50)
    }

    @Test func `small currents, standstill and one reading teach nothing`() {
        var sign = DalyCurrentSign()
        for _ in 0..<9 {
            sign.learn(9, .discharging)
            sign.learn(100, .stationary)
            sign.learn(100, nil)
        }
        sign.learn(100, .discharging)
        sign.learn(100, .charging)
        sign.learn(100, .discharging)
        #expect(sign.convention == nil)
        var fixed = DalyCurrentSign(.chargePositive)
        for _ in 0..<9 { fixed.learn(100, .discharging) }
        #expect(fixed.convention == .chargePositive && !fixed.hasFlipped)
    }

    @Test func `S24 while the sign is unknown nothing is taken for a discharge`() {
        let sign = DalyCurrentSign()
        #expect(sign.amperes(10) == nil && sign.amperes(500) == nil)
        #expect(sign.amperes(9) == -0.9 && sign.amperes(0) == 0 && sign.amperes(-9) == 0.9)
        #expect(sign.amperes(-500) == 50)
    }

    @Test func `parameters become settings, zeros do not`() {
        var settings = BMSSettings()
        for answer in [
            DalyAnswer(.cellVoltageLimits, [DalyLimits(3550, 3650, 2800, 2500).payload]),
            DalyAnswer(.currentLimits, [DalyLimits(29_100, 29_000, 31_000, 31_200).payload]),
            DalyAnswer(.temperatureLimits, [DalyPayload([85, 90, 45, 40, 100, 105, 25, 20])]),
            DalyAnswer(.differenceLimits, [DalyPayload([0x01, 0x2C, 0x01, 0xF4, 8, 10])]),
            DalyAnswer(.ratedCapacity, [DalyRatedCapacity(milliampereHours: 280_000, cellMillivolts: 3200).payload]),
            DalyAnswer(
                .status,
                [
                    DalyStatus(
                        cells: 16, sensors: 2, hasCharger: false, hasLoad: false, inputsAndOutputs: 0, cycles: 1
                    ).payload
                ]),
        ] { settings.take(answer) }
        #expect(settings.overVoltageCell == 3.65 && settings.underVoltageCell == 2.5 && settings.emptyCell == 2.8)
        #expect(settings.chargeCutoffCurrent == 100 && settings.dischargeCutoffCurrent == 120)
        #expect(settings.overHeat == 50 && settings.lowTemperatureCharge == 0 && settings.allowedSpread == 0.5)
        #expect(settings.capacity == 280 && settings.cellCount == 16)
        var empty = BMSSettings()
        for command in DalyCommand.allCases { empty.take(DalyAnswer(command, [DalyPayload()])) }
        #expect(empty == BMSSettings())
    }
}

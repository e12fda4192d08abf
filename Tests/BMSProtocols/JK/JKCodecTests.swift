import Battery
import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `JK NW codec` {
    static let requests: [JKRequest] = [
        .readAll, .readEverything, .unlock, .read(0x83), .read(0xC0), .write(JKIdentifier.chargeSwitch, isOn: false),
        .write(JKIdentifier.dischargeSwitch, isOn: true), JKRequest(.activate, data: [0], source: .bluetooth),
    ]

    /// The frames that the protocol's papers print.
    @Test func `requests are the bytes that boards were seen to answer`() {
        #expect(JKVector.hex(JKRequest.readAll.bytes) == "4E5700130000000006030000000000006800000129")
        #expect(JKVector.hex(JKRequest.readEverything.bytes) == "4E5700130000000003030000000000006800000126")
        #expect(JKVector.hex(JKRequest.read(0x83).bytes) == "4E57001300000000030300830000000068000001A9")
        #expect(
            JKVector.hex(JKRequest.write(JKIdentifier.chargeSwitch, isOn: false).bytes)
                == "4E5700140000000002020" + "0AB0000000000" + "68000001D0")
    }

    @Test(arguments: requests) func `every request reads back as it was built`(request: JKRequest) throws {
        #expect(try JKRequest.decode(request.bytes) == request)
        #expect(request.bytes.count == request.data.count + 20)
    }

    @Test func `the file has all its vectors`() {
        #expect(JKVector.nw.count == 6)
        #expect(JKVector.pb.count == 7)
    }

    @Test(arguments: JKVector.nw) func `decode prints what the vector says`(vector: JKVector) throws {
        for line in [vector.line, vector.responseHex] {
            let got = try JKLineDecoder.decode(line: line).read()
            guard !vector.isDamaged else {
                #expect(got["ok"] == .bool(false))
                continue
            }
            #expect(got["ok"] == .bool(true))
            for (name, want) in vector.decoded {
                #expect(got["fields"][name].agrees(with: want), "\(name): want \(want), got \(got["fields"][name])")
            }
        }
    }

    @Test(arguments: JKVector.soundNW) func `a password is never printed`(vector: JKVector) throws {
        let text = JKLineDecoder.decode(line: vector.line).text
        #expect(!text.contains("123456") && !text.contains("313233343536"))
        #expect(try JKAnswer(frame: vector.response).text(JKIdentifier.password) == nil)
    }

    @Test(arguments: JKVector.soundNW) func `a capture becomes a reading`(vector: JKVector) throws {
        let answer = try JKAnswer(frame: vector.response)
        #expect(answer.isComplete && answer.agrees(with: answer))
        let now = Instant(sinceBoot: .zero)
        let reading = answer.reading(pack: 2, began: now, completed: now)
        #expect(reading.pack == 2 && reading.promised == JKAnswer.promised)
        let millivolts = vector.decoded["cell_voltages_mV"]?.elements.compactMap(\.number) ?? []
        #expect(reading.cells == millivolts.map { $0 / 1000 })
        #expect(reading.current == vector.decoded["current_mA_charge_positive"]?.number.map { $0 / 1000 })
        #expect(reading.voltage == vector.decoded["pack_voltage_mV"]?.number.map { $0 / 1000 })
        #expect(reading.chargeEnabled == vector.decoded["charge_mos_on"]?.bool)
        #expect(reading.settings?.value.cellCount == reading.cells.count)
        #expect(reading.settings?.value.capacity == vector.decoded["configured_capacity_Ah"]?.number)
        #expect(reading.alarms?.value.isEmpty == true)
        #expect(reading.runningCounter == nil && reading.stateOfHealth == nil && reading.remainingCapacity == nil)
    }

    @Test func `hardware, software and number come from their texts`() throws {
        func identity(_ name: String) throws -> PackIdentity? {
            let vector = try #require(JKVector.nw.first { $0.name == name })
            return PackIdentity(jk: try JKAnswer(frame: vector.response))
        }
        let new = try #require(try identity("14s_b1a20s15p_charging_4A53"))
        #expect(new.hardware == "11.XW" && new.firmware == "11.261" && new.firmwareCode == 0x0BFF)
        #expect(new.serial == nil, "what every board is delivered with is no serial number")
        let old = try #require(try identity("16s_bd6a17s6p_discharging"))
        #expect(old.hardware == "H7.X" && old.firmware == "7.1.0H" && old.serial == "BT3072020120000200521001")
    }

    // MARK: Values

    private func answer(_ data: [UInt8], kind: JKFrame.Kind = .reply) throws -> JKAnswer {
        try JKAnswer(frame: JKFrame.sealed(command: .readAll, source: .bms, kind: kind, data: data))
    }

    private func reading(_ data: [UInt8]) throws -> PackReading {
        let now = Instant(sinceBoot: .zero)
        return try answer(data).reading(pack: 1, began: now, completed: now)
    }

    @Test func `S25 the current is positive while charging, in both ways to write it`() throws {
        #expect(try answer([0x84, 0x80, 0xD0, 0xC0, 1]).milliamperes == 2080)
        #expect(try answer([0x84, 0x07, 0xD0, 0xC0, 1]).milliamperes == -20_000)
        #expect(try answer([0x84, 0x27, 0x10]).milliamperes == 0)
        #expect(try answer([0x84, 0x27, 0x11, 0xC0, 0]).milliamperes == -10)
        #expect(try answer([0x84, 0x27, 0x0F]).milliamperes == 10)
        #expect(try answer([0x84, 0x27, 0x0F, 0xC0, 7]).milliamperes == nil, "a way that no paper knows")
    }

    @Test func `temperatures above 100 are below zero, what is neither is unknown`() throws {
        for (raw, celsius) in [(0, 0), (100, 100), (101, -1), (120, -20), (140, -40)] {
            #expect(try answer([0x80, 0, UInt8(raw)]).celsius(0x80) == celsius)
        }
        #expect(try answer([0x81, 0, 141]).celsius(0x81) == nil)
        #expect(try answer([0x82, 0xFF, 0xFF]).celsius(0x82) == nil)
    }

    @Test func `S24 what an answer lacks is unknown, never zero`() throws {
        let reading = try reading([0x8A, 0, 16])
        #expect(reading.voltage == nil && reading.current == nil && reading.stateOfCharge == nil)
        #expect(reading.cells.isEmpty && reading.temperatures.allSatisfy { $0.celsius == nil })
        #expect(reading.chargeEnabled == nil && reading.dischargeEnabled == nil && reading.alarms == nil)
        #expect(reading.settings == nil && reading.identity == nil && reading.activity == .unknown)
        let dead = try self.reading([0x79, 6, 1, 0, 0, 2, 0x0C, 0xE4, 0x83, 0, 0])
        #expect(dead.cells == [nil, 3.3] && dead.voltage == nil)
    }

    @Test func `behind an unknown identifier nothing is believed, the way to write the current neither`() throws {
        let broken = try answer([0x83, 0x14, 0xA0, 0x84, 0x07, 0xD0, 0xEE, 0xC0, 1])
        #expect(!broken.isComplete && broken.word(0x83) == 0x14A0)
        #expect(broken.milliamperes == nil && !broken.has(0xC0))
        #expect(try !answer([0x83, 0x14]).isComplete && !answer([0x83, 0x14]).has(0x83))
        #expect(try !answer([0x79, 4, 1, 2, 3, 4]).isComplete)
        #expect(try !answer([0x85, 1, 0x85, 2]).isComplete)
    }

    @Test func `cells stand by their number, and a list that contradicts itself is none`() throws {
        #expect(try reading([0x79, 6, 2, 0x0C, 0xE5, 1, 0x0C, 0xE4]).cells == [3.3, 3.301])
        #expect(try reading([0x79, 6, 1, 0x0C, 0xE5, 1, 0x0C, 0xE4]).cells.isEmpty)
        #expect(try reading([0x79, 6, 1, 0x0C, 0xE5, 3, 0x0C, 0xE4]).cells.isEmpty)
        #expect(try reading([0x79, 6, 0, 0x0C, 0xE5, 1, 0x0C, 0xE4]).cells.isEmpty)
    }

    @Test(
        arguments: [
            (0, AlarmKind.lowStateOfCharge, false, false), (1, .highTemperature, true, true),
            (2, .highVoltage, true, false), (3, .lowVoltage, false, true), (4, .highTemperature, true, true),
            (5, .highChargeCurrent, true, false), (6, .highDischargeCurrent, false, true),
            (7, .cellImbalance, true, false), (8, .highTemperature, true, true), (9, .lowTemperature, true, false),
            (10, .highVoltage, true, false), (11, .lowVoltage, false, true), (12, .bmsInternal, true, true),
            (13, .bmsInternal, true, true), (14, .bmsInternal, false, false),
        ])
    func `each alarm bit has its kind and stops what it protects against`(
        bit: Int, kind: AlarmKind, charge: Bool, discharge: Bool
    ) throws {
        let bits = UInt16(1) << UInt16(bit)
        let set = try #require(
            try reading([0x8B, UInt8(bits >> 8), UInt8(bits & 0xFF), 0x8C, 0, 3]).alarms?.value)
        #expect(set.active.map(\.kind) == [kind])
        #expect(set.forbidsCharge == charge && set.forbidsDischarge == discharge)
    }

    // MARK: Lines

    private func error(_ line: String) throws -> String? {
        let got = try JKLineDecoder.decode(line: line).read()
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    @Test func `each way to be wrong has its code`() throws {
        let good = try #require(JKVector.soundNW.first)
        func changed(_ offset: Int, _ value: UInt8) -> String {
            var bytes = good.response
            bytes[offset] = value
            return JKVector.hex(bytes)
        }
        #expect(try error("4E5") == "malformed_hex")
        #expect(try error("") == "too_short")
        #expect(try error("4E 57") == "too_short")
        #expect(try error(String(good.responseHex.dropLast(2))) == "too_short")
        #expect(try error(good.responseHex + "00") == "bad_length")
        #expect(try error(changed(0, 0x4F)) == "bad_start")
        #expect(try error(changed(1, 0x58)) == "bad_start")
        #expect(try error(changed(2, 0x7F)) == "bad_length")
        #expect(try error(changed(good.response.count - 5, 0x69)) == "bad_end")
        #expect(try error(changed(20, 0x7A)) == "bad_checksum")
        #expect(try error(good.requestHex) == "unexpected_command", "an echo is no answer")
        #expect(try error(JKVector.hex(JKRequest.readAll.bytes) + ">" + good.responseHex) == "unexpected_command")
        #expect(try error(good.responseHex + ">") == "unexpected_command")
        #expect(try error(JKVector.hex(JKRequest.read(0xEE).bytes) + ">" + good.responseHex) == "out_of_range")
    }

    @Test func `a request alone is read`() throws {
        let got = try JKLineDecoder.decode(line: JKVector.hex(JKRequest.read(0x83).bytes) + " >").read()
        #expect(got["ok"] == .bool(true) && got["fields"]["identifier"] == .number(0x83))
    }

    @Test func `a line of a megabyte is one error, in linear time`() throws {
        #expect(try error(String(repeating: "4E57", count: 250_000)) == "bad_length")
        #expect(try error(String(repeating: "A", count: 999_999)) == "malformed_hex")
    }
}

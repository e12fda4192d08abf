import Battery
import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `JK PB codec` {
    static let requests: [JKPBRequest] = [
        .record(.status, address: 1), .record(.settings, address: 7), .record(.about, address: 15),
        .write(register: JKPBRequest.chargeSwitch, value: 0, address: 1),
        .write(register: JKPBRequest.dischargeSwitch, value: 1, address: 3),
        .write(register: 0x1078, value: 0xDEAD_BEEF, address: 2),
    ]

    /// The frames that the protocol's papers print.
    @Test func `requests are the bytes that boards were seen to answer`() {
        #expect(JKVector.hex(JKPBRequest.record(.status, address: 1).bytes) == "011016200001020000D6F1")
        #expect(JKVector.hex(JKPBRequest.record(.settings, address: 1).bytes) == "0110161E0001020000D22F")
        #expect(JKVector.hex(JKPBRequest.record(.about, address: 1).bytes) == "0110161C0001020000D3CD")
        #expect(JKVector.hex(JKPBRequest.record(.status, address: 1).acknowledgement) == "011016200001044B")
    }

    @Test(arguments: requests) func `every request reads back as it was built`(request: JKPBRequest) throws {
        #expect(try JKPBRequest.decode(request.bytes) == request)
        for length in 0..<request.bytes.count {
            #expect(throws: DecodeError.self) { try JKPBRequest.decode(Array(request.bytes.prefix(length))) }
        }
    }

    @Test(arguments: JKVector.pb) func `decode prints what the vector says`(vector: JKVector) throws {
        for line in [vector.line, vector.responseHex] {
            let got = try JKLineDecoder.decode(line: line).read()
            #expect(got["ok"] == .bool(true), "\(got)")
            for (name, want) in vector.decoded {
                #expect(got["fields"][name].agrees(with: want), "\(name): want \(want), got \(got["fields"][name])")
            }
        }
        let request = try JKLineDecoder.decode(line: vector.requestHex + " >").read()
        #expect(request["fields"]["record_type"] == vector.decoded["record_type"])
    }

    @Test(arguments: JKVector.pb) func `neither PIN nor the user's texts are printed`(vector: JKVector) throws {
        guard vector.decoded["device_model"] != nil else { return }
        let text = JKLineDecoder.decode(line: vector.line).text
        // "1234" stands in the records as password, "617477" and "4096" are PINs.
        for secret in ["\"1234\"", "617477", "4096\"", "JK-BMS"] { #expect(!text.contains(secret), "\(secret)") }
    }

    @Test(arguments: JKVector.pb) func `every truncation is refused and says why`(vector: JKVector) {
        for length in 0..<vector.response.count where length != JKPBRecord.length {
            #expect(throws: DecodeError.self) { try JKPBAnswer.decode(Array(vector.response.prefix(length))) }
        }
    }

    private func record(_ name: String) throws -> JKPBRecord {
        try JKPBRecord(try #require(JKVector.pb.first { $0.name == name }).response)
    }

    private func reading(_ record: JKPBRecord, cells: Int? = nil) -> PackReading {
        let now = Instant(sinceBoot: .zero)
        return record.reading(pack: 3, began: now, completed: now, seriesCells: cells)
    }

    @Test func `a captured status becomes a reading`() throws {
        let idle = reading(try record("pb1a16s10p_16s_idle"))
        #expect(idle.pack == 3 && idle.promised == JKPBRecord.promised && idle.cells.count == 16)
        #expect(idle.cells[4] == 3.267 && idle.voltage == 52.62 && idle.current == 0)
        #expect(idle.stateOfCharge == 98 && idle.stateOfHealth == 100 && idle.remainingCapacity == 97.521)
        #expect(idle.temperatures.map(\.celsius) == [26, 26, 26.3, 26, 27.1])
        #expect(idle.temperatures.map(\.place) == [.cells, .cells, .cells, .cells, .switches])
        #expect(idle.chargeEnabled == true && idle.dischargeEnabled == true && idle.cycles == 0)
        #expect(idle.runningCounter == 1_403_634 && idle.activity == .idle)
        #expect(idle.alarms?.value.isEmpty == true, "that the password should be changed is no alarm")
        #expect(idle.settings == nil && idle.identity == nil && idle.balancing == nil)
        let eight = reading(try record("ble_b2a8s30p_status"))
        #expect(eight.cells.count == 8 && eight.current == 0.445 && eight.activity == .charging)
        #expect(eight.temperatures.map(\.celsius) == [27.7, 27.5, nil, nil, 29.6], "−2000 is no sensor")
    }

    @Test func `settings and about become limits and identity`() throws {
        let settings = BMSSettings(jkPB: try record("pb2a16s_settings"))
        #expect(settings.cellCount == 16 && settings.capacity == 304)
        #expect(settings.overVoltageCell == 3.61 && settings.underVoltageCell == 2.6)
        #expect(settings.chargeCutoffCurrent == 25 && settings.dischargeCutoffCurrent == 200)
        #expect(settings.overHeat == 70 && settings.lowTemperatureCharge == -20)
        let identity = PackIdentity(jkPB: try record("pb2a16s15p_about"))
        #expect(identity.family == "jk-pb" && identity.hardware == "JK_PB2A16S15P 15.XA")
        #expect(identity.firmware == "15.10" && identity.firmwareCode == 0x0F0A && identity.serial == "ATR BMS")
    }

    private func changed(_ change: (inout [UInt8]) -> Void) throws -> JKPBRecord {
        let sound = try record("pb2a16s_16s_status_full")
        return try JKPBRecord(
            JKPBRecord.sealed(.status, counter: 0) {
                $0.replaceSubrange(6..<299, with: sound.bytes[6..<299]); change(&$0)
            })
    }

    @Test func `S24 a cell that is gone stays in the list as missing`() throws {
        let last = try changed { $0[71] = 0x7F }
        #expect(reading(last).cells.count == 15)
        #expect(reading(last, cells: 16).cells.count == 16 && reading(last, cells: 16).cells[15] == nil)
        let middle = try changed { $0[70] = 0xFB }
        #expect(reading(middle).cells.count == 16 && reading(middle).cells[2] == nil)
        let dead = try changed {
            $0[8] = 0; $0[9] = 0
        }
        #expect(reading(dead).cells[1] == nil)
    }

    @Test func `S25 the current is positive while charging, and cold is signed`() throws {
        let record = try changed {
            $0.replaceSubrange(158..<162, with: [0x30, 0xF8, 0xFF, 0xFF])
            $0.replaceSubrange(162..<164, with: [0x9C, 0xFF])
            $0.replaceSubrange(164..<166, with: [0x0B, 0xFE])
            $0[214] = 0b110
        }
        #expect(reading(record).current == -2)
        #expect(reading(record).temperatures.map(\.celsius) == [-10, nil, nil, nil, nil], "−50.1 °C is no temperature")
    }

    @Test(
        arguments: [
            (0, AlarmKind.bmsInternal, false, false), (1, .highTemperature, true, true), (2, .bmsInternal, true, false),
            (3, .bmsInternal, true, false), (4, .highVoltage, true, false), (5, .highVoltage, true, false),
            (6, .highChargeCurrent, true, false), (7, .shortCircuit, true, true),
            (8, .highTemperatureCharge, true, false), (9, .lowTemperatureCharge, true, false),
            (10, .bmsInternal, true, false), (11, .lowVoltage, false, true), (12, .lowVoltage, false, true),
            (13, .highDischargeCurrent, false, true), (14, .shortCircuit, true, true),
            (15, .highTemperature, false, true), (16, .contactor, true, false), (17, .contactor, false, true),
            (20, .contactor, false, true), (21, .highTemperature, true, true), (22, .bmsInternal, true, false),
            (23, .bmsInternal, false, false), (31, .bmsInternal, false, false),
        ])
    func `each alarm bit has its kind and stops what it protects against`(
        bit: Int, kind: AlarmKind, charge: Bool, discharge: Bool
    ) {
        let set = JKPBAlarms(rawValue: 1 << UInt32(bit)).alarmSet
        #expect(set.active.map(\.kind) == [kind])
        #expect(set.forbidsCharge == charge && set.forbidsDischarge == discharge)
    }

    @Test(arguments: [18, 19]) func `a lost position and the wish for another password are no alarms`(bit: UInt32) {
        #expect(JKPBAlarms(rawValue: 1 << bit).alarmSet.isEmpty)
    }

    // MARK: Lines

    private func error(_ line: String) throws -> String? {
        let got = try JKLineDecoder.decode(line: line).read()
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    @Test func `each way to be wrong has its code`() throws {
        let vector = try #require(JKVector.pb.first { $0.name == "pb2a16s_settings" })
        let good = vector.response
        func changed(_ offset: Int, _ value: UInt8) -> String {
            var bytes = good
            bytes[offset] = value
            return JKVector.hex(bytes)
        }
        #expect(try error("55 AA EB") == "too_short")
        #expect(try error("55 AA EA") == "bad_start")
        #expect(try error(JKVector.hex(Array(good.prefix(299)))) == "too_short")
        #expect(try error(JKVector.hex(Array(good.prefix(305)))) == "too_short")
        #expect(try error(changed(100, 1)) == "bad_checksum")
        #expect(try error(changed(307, 1)) == "bad_checksum")
        #expect(try error(changed(301, 1)) == "bad_length")
        #expect(try error(vector.responseHex + "01") == "bad_length")
        #expect(try error(JKVector.hex(JKPBRecord.sealed(.status, counter: 0) { $0[4] = 9 })) == "unexpected_command")
        let status = JKPBRequest.record(.status, address: 1)
        #expect(try error(JKVector.hex(status.bytes) + ">" + vector.responseHex) == "unexpected_command")
        let other = JKPBRequest.record(.settings, address: 2)
        #expect(try error(JKVector.hex(other.bytes) + ">" + vector.responseHex) == "unexpected_command")
        #expect(try error(JKVector.hex(status.refusal(code: 2))) == "device_error")
        #expect(try error(vector.requestHex) == "bad_length", "an echo is no answer")
        #expect(try error(vector.requestHex.dropLast(2) + "00 >") == "bad_checksum")
        #expect(try error("01 03 00 00 00 01 84 0A 00 >") == "unexpected_command")
    }

    @Test func `an answer with filler is read, as one bus sends it`() throws {
        let vector = try #require(JKVector.pb.first)
        let bytes = vector.response.prefix(300) + [0] + vector.response.suffix(8) + [0]
        let got = try JKLineDecoder.decode(line: vector.requestHex + " > " + JKVector.hex(Array(bytes))).read()
        #expect(got["ok"] == .bool(true) && got["fields"]["acknowledged_address"] == .number(1))
    }
}

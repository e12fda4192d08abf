import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS decode lines` {
    private func decode(_ line: String) throws -> JSONTree { try TinyBMSLineDecoder.decode(line: line).read() }

    private func error(_ line: String) throws -> String? {
        let got = try decode(line)
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { hexadecimal($0).dropFirst(2) }.joined() }

    @Test func `each way to be wrong has its code`() throws {
        #expect(try error("AA 18 97 00 CF CZ") == "malformed_hex")
        #expect(try error("AA 18 97 00 CF C") == "malformed_hex")
        #expect(try error("AA > 18 > 97") == "malformed_hex")
        #expect(try error("é") == "malformed_hex")
        #expect(try error("") == "too_short")
        #expect(try error(" \t\r\n") == "too_short")
        #expect(try error(">") == "too_short")
        #expect(try error("AA 18 97 00") == "too_short")
        #expect(try error("AA 18 97 00 CF") == "too_short")
        #expect(try error("DD 18 97 00 CF CB") == "bad_start")
        #expect(try error("AA 18 97 00 CF CA") == "bad_checksum")
        #expect(try error("AA 18 97 00 CF CB 00") == "bad_length")
        #expect(try error(hex(TinyBMSFrame.sealed([0x33, 1, 2]))) == "unexpected_command")
        #expect(try error(hex(TinyBMSFrame.sealed([0x83, 2]))) == "device_error")
        #expect(try error(hex(TinyBMSFrame.sealed([0x02, 5, 0])) + ">") == "bad_length")
        #expect(try error(hex(TinyBMSFrame.sealed([0x02, 4])) + ">") == "out_of_range")
        #expect(try error(hex(TinyBMSFrame.sealed([0x03, 0, 0, 0, 0])) + ">") == "out_of_range")
    }

    @Test func `an answer must fit its request`() throws {
        let request = hex(TinyBMSRequest.readRegisters(address: 5, count: 5).bytes)
        let answer = hex(TinyBMSAnswer.registers([1, 2, 3, 4, 5]).bytes)
        #expect(try decode(request + " > " + answer)["ok"] == .bool(true))
        #expect(try error(request + ">" + hex(TinyBMSAnswer.registers([1]).bytes)) == "bad_length")
        #expect(try error(request + ">" + hex(TinyBMSAnswer.onlineStatus(0x97).bytes)) == "unexpected_command")
        #expect(try error(request.dropLast(2) + "00 > " + answer) == "bad_checksum")
        let refused = try decode(request + ">" + hex(TinyBMSAnswer.refused(command: 3, code: 0).bytes))
        #expect(refused["ok"] == .bool(true) && refused["fields"]["error_name"] == .string("command error"))
        let partial = hex(TinyBMSAnswer.partial(command: 7, packet: 2, payload: [1, 2]).bytes)
        let block = try decode(hex(TinyBMSRequest.readBlock(address: 0, count: 31).bytes) + ">" + partial)
        #expect(block["fields"]["packet_id"] == .number(2))
    }

    @Test func `with its request an answer has names`() throws {
        let request = hex(TinyBMSRequest.readRegisters(address: 315, count: 6).bytes)
        let answer = hex(TinyBMSAnswer.registers([4200, 2900, 60, 20, 60, 0xFFFB]).bytes)
        let fields = try decode(request.lowercased() + " > " + answer)["fields"]
        #expect(fields["first_register"] == .number(315) && fields["over_voltage_mV"] == .number(4200))
        #expect(fields["low_temp_charge_C"] == .number(-5))
        let events = hex(TinyBMSRequest.readRegisters(address: 200, count: 4).bytes)
        let log = try decode(events + ">" + hex(TinyBMSAnswer.registers([0x1226, 0x6500, 0, 0]).bytes))
        #expect(log["fields"]["events"].agrees(with: .array([.object(["timestamp_s": .number(4646)])])))
    }

    @Test func `packed registers and choices have names`() throws {
        let words = TinyBMSRegisterWords(first: 329, [0x0005, 0x1E01, 0x0008])
        let got = try JSONValue.object(words.members).read()
        #expect(got["invert_current_sensor"] == .bool(true) && got["disable_switch_diagnostics"] == .bool(false))
        #expect(got["enable_charge_restart_level"] == .bool(true) && got["charger_type"] == .string("CC/CV"))
        #expect(got["discharge_overcurrent_timeout_s"] == .number(30) && got["load_switch"] == .string("AIHO2 high"))
        let unknown = try JSONValue.object(TinyBMSRegisterWords(first: 50, [0x42]).members).read()
        #expect(unknown["online_status"] == .string("unknown (66)"))
    }

    @Test func `a line of a megabyte is one error, in linear time`() throws {
        #expect(try error(String(repeating: "AA", count: 500_000)) == "bad_checksum")
        #expect(try error(String(repeating: "A", count: 999_999)) == "malformed_hex")
    }
}

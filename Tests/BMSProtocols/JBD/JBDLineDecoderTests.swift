import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `JBD decode lines` {
    private func decode(_ line: String) throws -> JSONTree { try JBDLineDecoder.decode(line: line).read() }

    private func error(_ line: String) throws -> String? {
        let got = try decode(line)
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { hexadecimal($0).dropFirst(2) }.joined() }

    @Test func `each way to be wrong has its code`() throws {
        #expect(try error("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 7") == "malformed_hex")
        #expect(try error("DD 04 > 00 > 08") == "malformed_hex")
        #expect(try error("é") == "malformed_hex")
        #expect(try error("") == "too_short")
        #expect(try error(">") == "too_short")
        #expect(try error("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6") == "too_short")
        #expect(try error("DD 04 00") == "too_short")
        #expect(try error("AA 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77") == "bad_start")
        #expect(try error("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 78") == "bad_end")
        #expect(try error("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C7 77") == "bad_checksum")
        #expect(try error("DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77 00") == "bad_length")
        #expect(try error(hex(JBDAnswer(0x04, [1, 2, 3]).bytes)) == "bad_length")
        #expect(try error(hex(JBDAnswer(0x04, []).bytes)) == "bad_length")
        #expect(try error(hex(JBDAnswer(0x03, [UInt8](repeating: 1, count: 24)).bytes)) == "bad_length")
        #expect(try error(hex(JBDAnswer(0x24, [1]).bytes)) == "bad_length")
        #expect(try error(hex(JBDAnswer(0xA1, [5, 0x41]).bytes)) == "bad_length")
        #expect(try error(hex(JBDAnswer(0x03, []).bytes) + ">") == "unexpected_command")
    }

    @Test func `an answer must fit its request`() throws {
        let request = hex(JBDRequest.cellVoltages.bytes)
        #expect(try error(request + " > " + hex(JBDAnswer(0x05, [0x41]).bytes)) == "unexpected_command")
        #expect(try error(request + " > " + hex(JBDAnswer(0x04, []).bytes)) == "bad_length")
        #expect(try error(hex(JBDRequest.hold([]).bytes) + ">" + hex(JBDAnswer(0xE1, [1]).bytes)) == "bad_length")
        let refused = try decode(request + ">" + hex(JBDAnswer(0x04, status: 0x80).bytes))
        #expect(refused["ok"] == .bool(true) && refused["fields"]["status"] == .number(128))
        // An adapter that repeats what it is sent: no answer.
        #expect(try error(request + ">" + request) == "unexpected_command")
        #expect(try error(String(request.dropLast(2)) + "78 > " + hex(JBDAnswer(0x04, [1, 2]).bytes)) == "bad_end")
    }

    @Test func `a request alone says what it asks`() throws {
        let hold = try decode(hex(JBDRequest.hold(.discharge).bytes) + " >")["fields"]
        #expect(hold["access"] == .string("write") && hold["register"] == .number(225))
        #expect(hold["charge_fet_commanded_on"] == .bool(true) && hold["discharge_fet_commanded_on"] == .bool(false))
        let limit = try decode(hex(JBDRequest(.write, 0x29, [0xF8, 0x30]).bytes) + ">")["fields"]
        #expect(limit["discharge_overcurrent_limit_mA"] == .number(-20_000))
    }

    @Test func `registers that nobody named are told as they are`() throws {
        let fields = try decode(hex(JBDAnswer(0xFA, [0x12, 0xAB, 0x00]).bytes))["fields"]
        #expect(fields["data_hex"] == .string("12ab00"))
        #expect(try decode(hex(JBDAnswer(0x2E, [0, 7]).bytes))["fields"]["value_u16_raw"] == .number(7))
    }

    @Test func `upper balance words, protection bits and dates beyond the calendar are read`() throws {
        var information = JBDBasicInformation()
        information.balancing = 1 | 1 << 31
        information.protections = JBDProtections(rawValue: 0xA001)
        information.productionDate = 0xFFFF
        let fields = try decode(hex(JBDAnswer(0x03, information.data).bytes))["fields"]
        #expect(fields["balancing_cells"] == .array([.number(1), .number(32)]))
        let names = ["cell_overvoltage", "bit13", "bit15"]
        #expect(fields["protections"] == .array(names.map(JSONTree.string)))
        #expect(fields["production_date_iso"] == .string("2127-15-31"))
        #expect(fields["temperatures_decidegC"] == .array([]))
    }

    @Test func `a line of a megabyte is one error, in linear time`() throws {
        #expect(try error(String(repeating: "DD", count: 500_000)) == "bad_length")
        #expect(try error(String(repeating: "D", count: 999_999)) == "malformed_hex")
    }
}

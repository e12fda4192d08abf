import InverterProtocols
import JSONText
import Testing

@Suite struct `Golden vectors of the Victron protocol` {
    @Test func `the whole file is read`() { #expect(Vector.all.count >= 100) }

    @Test(arguments: Vector.all)
    func `decode victron gives every field of a vector, S25`(vector: Vector) throws {
        let answer = try #require(JSONTree(VictronLineDecoder.decode(vector.line).text.utf8))
        guard !vector.isRejected else {
            #expect(answer["ok"] == .bool(false))
            return
        }
        #expect(answer["ok"] == .bool(true))
        let fields = try #require(answer.member("fields"))
        guard case .object(let wanted) = vector.decoded else { return }
        for (name, value) in wanted where !Vector.aboutTheVector.contains(name) {
            #expect(fields[name].agrees(with: value), "\(name): want \(value), got \(fields[name])")
        }
    }

    /// What the layout leaves out (bytes 6 and 7 of foreign frames) or the encoder never writes.
    private static let oneWay: Set<String> = ["shenergy_356", "us5000_v13_35f", "diybms_pylon_351_negative_dcl"]

    @Test(arguments: Vector.all.filter { !$0.isExtended && !oneWay.contains($0.name) })
    func `what was decoded encodes to the same bytes`(vector: Vector) throws {
        let frame = try #require(VictronFrame(identifier: vector.identifier, data: vector.data))
        let message = try #require(VictronMessage(frame))
        guard let again = message.frame else {
            #expect(frame.id?.sender == .foreignBattery)
            return
        }
        #expect(again.identifier == frame.identifier)
        if case .text(_, let text) = message, !text.isEmpty {
            #expect(again.data.prefix(text.utf8.count).elementsEqual(text.utf8))
        } else {
            #expect(again.data.prefix(frame.data.count) == frame.data[...])
            #expect(again.data.dropFirst(frame.data.count).allSatisfy { $0 == 0 })
        }
    }

    @Test(arguments: VictronFrameID.allCases)
    func `every truncation and random data decode without a trap`(id: VictronFrameID) throws {
        var random = SystemRandomNumberGenerator()
        for length in 0...8 {
            for _ in 0..<50 {
                let data = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                let frame = try #require(VictronFrame(identifier: id.rawValue, data: data))
                let message = try #require(VictronMessage(frame))
                if let again = message.frame { #expect(again.data.count <= 8) }
                _ = VictronLineDecoder.fields(of: id, data)
            }
        }
    }

    @Test func `a frame has at most eight bytes and 11 bits`() {
        #expect(VictronFrame(identifier: 0x351, data: Array(repeating: 0, count: 9)) == nil)
        #expect(VictronFrame(identifier: 0x800, data: []) == nil)
        #expect(VictronFrame(identifier: 0x7FF, data: [])?.id == nil)
    }
}

@Suite struct `Lines of decode victron` {
    private func answer(_ line: String) throws -> JSONTree {
        try #require(JSONTree(VictronLineDecoder.decode(line).text.utf8))
    }

    private func error(_ line: String) throws -> String? { try answer(line)["error"].string }

    @Test(arguments: [
        ("", "too_short"), ("   ", "too_short"), ("351", "malformed_hex"), ("#00", "malformed_hex"),
        ("351#0", "malformed_hex"), ("351#zz", "malformed_hex"), ("xyz#00", "malformed_hex"),
        ("00000351#0000", "out_of_range"), ("FFF#00", "out_of_range"), ("1234#00", "malformed_hex"),
        ("0000000351#00", "malformed_hex"), ("351#000102030405060708", "bad_length"), ("351##1AABB", "bad_length"),
        ("351#R", "unexpected_command"), ("123#00", "unexpected_command"), ("(1.0) can0", "too_short"),
    ])
    func `a bad line gives its code`(line: String, code: String) throws { #expect(try error(line) == code) }

    @Test(arguments: [
        "351#45024C044C040000", " 351#45 02 4C 04 4c 04 00 00 ", "(1436509052.249713) can0 351#45024C044C040000 R\r",
    ])
    func `spaces, lower case and a whole candump line are understood`(line: String) throws {
        let fields = try answer(line)["fields"]
        #expect(fields["cvl_V"] == .number(58.1))
        #expect(fields["dlc"] == .number(8))
    }

    @Test func `an empty frame is a good frame without values`() throws {
        let answer = try answer("351#")
        #expect(answer["ok"] == .bool(true))
        #expect(answer["fields"].member("cvl_V") == nil)
    }

    @Test func `temperatures marked as not available are null, never minus 273`() throws {
        for bytes in ["0000", "FFFF"] {
            let fields = try answer("373#E40CF00C\(bytes)\(bytes)")["fields"]
            #expect(fields.member("min_temp_C") == .null)
            #expect(fields.member("max_temp_K") == .null)
        }
    }

    @Test func `random bytes never trap and give one object`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let line = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = VictronLineDecoder.decode(line).text
            #expect(text.hasPrefix("{\"ok\":") && text.hasSuffix("}"))
        }
    }
}

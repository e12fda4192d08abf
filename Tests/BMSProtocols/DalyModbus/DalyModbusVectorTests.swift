import JSONText
import Testing

@testable import BMSProtocols

@Suite struct `Daly Modbus golden vectors` {
    @Test func `the file has all its vectors`() {
        #expect(DalyVector.modbus.count == 43)
    }

    @Test(arguments: DalyVector.modbus) func `decode prints what the vector says`(vector: DalyVector) throws {
        let got = try DalyModbusLineDecoder.decode(line: vector.exchange).read()
        #expect(got["ok"] == .bool(true))
        for (name, want) in vector.decoded { #expect(got["fields"][name].agrees(with: want), "\(name): want \(want)") }
        // A first read is known by its length.
        guard vector.decoded["start_register"] == .number(0) else { return }
        #expect(try DalyModbusLineDecoder.decode(line: Array(vector.responseHex.utf8)).read() == got)
    }

    @Test(arguments: DalyVector.modbus) func `bytes come back from their decoded form`(vector: DalyVector) throws {
        #expect(try DalyModbusAnswer.decode(vector.response).bytes == vector.response)
        #expect(try DalyModbusRequest.decode(vector.request).bytes == vector.request)
    }

    @Test(arguments: DalyVector.modbus) func `every truncation is refused`(vector: DalyVector) {
        for length in 0..<vector.response.count {
            #expect(throws: DecodeError.self) { try DalyModbusAnswer.decode(Array(vector.response.prefix(length))) }
        }
        for length in 0..<vector.request.count {
            #expect(throws: DecodeError.self) { try DalyModbusRequest.decode(Array(vector.request.prefix(length))) }
        }
    }

    @Test(arguments: DalyVector.modbus) func `the parser finds it in any pieces`(vector: DalyVector) throws {
        let request = try DalyModbusRequest.decode(vector.request)
        for piece in [1, 2, 3, 7, 64] {
            var parser = DalyModbusStreamParser(pending: request)
            // An echo and rubbish that begins like a frame stand before it.
            let stream = vector.request + [0xD2, 0x03, 0x06, 0x51, 0x03] + vector.response
            var found: [[UInt8]] = []
            for start in stride(from: 0, to: stream.count, by: piece) {
                found += parser.receive(Array(stream[start..<min(start + piece, stream.count)]))
            }
            #expect(found == [vector.response], "in pieces of \(piece)")
        }
    }
}

@Suite struct `Daly Modbus codec` {
    private func error(_ line: String) throws -> String? {
        let got = try DalyModbusLineDecoder.decode(line: Array(line.utf8)).read()
        #expect(got["ok"] == .bool(false) && got.member("fields") == nil && got["detail"].string != nil)
        return got["error"].string
    }

    private func hex(_ bytes: [UInt8]) -> String { bytes.map { hexadecimal($0).dropFirst(2) }.joined() }

    @Test func `requests are the bytes of the paper`() {
        #expect(DalyModbusVariant.d2.liveReads.map { hex($0.bytes) } == ["D2030000003ED7B9"])
        #expect(DalyModbusVariant.p81.liveReads.map { hex($0.bytes) } == ["8103000000405BFA", "81030041003E8BCE"])
        #expect(DalyModbusVariant.d2.slowRead.map { hex($0.bytes) } == "D203003E0009F7A3")
        #expect(
            DalyModbusRequest.setSwitch(.d2, charge: true, closed: false).bytes.prefix(6) == [0xD2, 6, 0, 0xA5, 0, 0])
        #expect(
            DalyModbusRequest.setSwitch(.p81, charge: false, closed: true).bytes.prefix(6) == [
                0x81, 6, 1, 0x22, 0, 1,
            ])
    }

    @Test func `each way to be wrong has its code`() throws {
        let request = "D203000000023DA8"
        let good = hex(DalyModbusAnswer(.d2, .registers([3300, 3301])).bytes)
        #expect(try error("D2 0") == "malformed_hex")
        #expect(try error("") == "too_short")
        #expect(try error("D203") == "too_short")
        #expect(try error(String(good.dropLast(2))) == "too_short")
        #expect(try error("AA" + good.dropFirst(2)) == "bad_start")
        #expect(try error(good.dropLast(2) + "00") == "bad_checksum")
        #expect(try error(good + "00") == "bad_length")
        #expect(try error("D2030000003ED7B9") == "bad_length")
        #expect(try error("D210000000000000") == "unexpected_command")
        let refusal = hex(DalyModbusAnswer(.d2, .refused(function: 3, code: 2)).bytes)
        #expect(try error(refusal) == "device_error")
        let asked = hex(DalyModbusRequest.read(.d2, 0, 2).bytes)
        #expect(try error(asked + ">" + refusal) == "device_error")
        #expect(try error(asked + ">" + hex(DalyModbusAnswer(.d2, .registers([1])).bytes)) == "bad_length")
        #expect(try error(asked + ">" + hex(DalyModbusAnswer(.p81, .registers([1, 2])).bytes)) == "unexpected_command")
        #expect(request.count == 16)
    }

    @Test func `an answer that is not of the asked length or variant is none`() {
        let request = DalyModbusRequest.read(.p81, 0, 3)
        #expect(request.isAnswered(by: DalyModbusAnswer(.p81, .registers([1, 2, 3])).bytes))
        #expect(!request.isAnswered(by: DalyModbusAnswer(.p81, .registers([1, 2])).bytes))
        #expect(!request.isAnswered(by: DalyModbusAnswer(.d2, .registers([1, 2, 3])).bytes))
        let write = DalyModbusRequest.setSwitch(.d2, charge: true, closed: true)
        #expect(write.isAnswered(by: write.bytes))
        #expect(!write.isAnswered(by: DalyModbusRequest.setSwitch(.d2, charge: false, closed: true).bytes))
    }

    @Test func `markers have answers of their own`() {
        for variant in DalyModbusVariant.allCases {
            let reads = variant.liveReads + [variant.shortRead, variant.slowRead].compactMap(\.self)
            #expect(Set(variant.markers.map(\.answerLength)).count == variant.markers.count)
            for marker in variant.markers {
                #expect(!reads.contains { $0.answerLength == marker.answerLength })
            }
        }
    }

    @Test func `registers that are not there are unknown`() {
        var registers = DalyModbusRegisters(.p81, first: 0, [UInt16](repeating: 7, count: 64))
        registers.append(DalyModbusRegisters(.p81, first: 0x41, [UInt16](repeating: 0xFFFF, count: 62)))
        #expect(registers[0x3F] == 7 && registers[0x40] == nil && registers[0x41] == nil && registers[0x7F] == nil)
        #expect(registers.words.count == 0x7F && registers.cellCount == 7)
        #expect(DalyModbusRegisters(.d2, first: 0, []).state == nil)
    }
}

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 Daly Modbus decoders are total` {
    @Test func `200,000 random byte strings`() {
        var random = SeededRandom(seed: 81)
        var parser = DalyModbusStreamParser()
        var good = 0
        for number in 0..<200_000 {
            var bytes = random.bytes(Int(random.byte() % 40))
            if number % 2 == 0, bytes.count > 4 {
                bytes[0] = [0xD2, 0x51, 0x81][Int(random.byte() % 3)]
                bytes[1] = [0x03, 0x06, 0x83, 0x86][Int(random.byte() % 4)]
                if random.chance(0.5) { bytes[2] = UInt8(bytes.count - 5) }
                if number % 4 == 0 {
                    bytes.removeLast(2)
                    CRC16.seal(&bytes)
                }
            }
            if let answer = try? DalyModbusAnswer.decode(bytes) {
                good += 1
                #expect(answer.bytes == bytes)
            }
            if let request = try? DalyModbusRequest.decode(bytes) { #expect(request.bytes == bytes) }
            _ = parser.receive(bytes)
            #expect(parser.held <= 511)
            let text = Array(bytes.map { hexadecimal($0).dropFirst(2) }.joined().utf8)
            if number % 20 == 0 { _ = DalyModbusLineDecoder.decode(line: text) }
            if number % 20 == 1 { _ = DalyModbusLineDecoder.decode(line: bytes) }
        }
        #expect(good > 1000)
    }

    @Test func `any registers from anywhere give fields`() throws {
        var random = SeededRandom(seed: 82)
        for _ in 0..<20_000 {
            let variant: DalyModbusVariant = random.chance(0.5) ? .d2 : .p81
            let first: UInt16 = random.chance(0.5) ? 0 : UInt16(truncatingIfNeeded: random.next())
            let words = (0..<(1 + Int(random.byte() % 125))).map { _ in UInt16(truncatingIfNeeded: random.next()) % 100
            }
            let request = DalyModbusRequest.read(variant, first, words.count).bytes.map { hexadecimal($0).dropFirst(2) }
            let answer = DalyModbusAnswer(variant, .registers(words)).bytes.map { hexadecimal($0).dropFirst(2) }
            let line = Array((request.joined() + ">" + answer.joined()).utf8)
            guard case .object(let members) = DalyModbusLineDecoder.decode(line: line) else { return }
            #expect(members.first?.value == .bool(true))
        }
    }
}

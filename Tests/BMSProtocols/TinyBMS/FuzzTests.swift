import Battery
import Testing

@testable import BMSProtocols

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 TinyBMS decoders are total` {
    @Test func `200,000 random byte strings`() {
        var random = SeededRandom(seed: 20)
        var parser = TinyBMSStreamParser()
        var good = 0
        for number in 0..<200_000 {
            var bytes = random.bytes(Int(random.byte() % 40))
            // Half of them begin well, half of those end well.
            if number % 2 == 0, bytes.count > 3 {
                bytes[0] = 0xAA
                bytes[1] = random.byte() % 0x24
                if number % 4 == 0 {
                    bytes.removeLast(2)
                    CRC16.seal(&bytes)
                }
            }
            if (try? TinyBMSAnswer.decode(bytes)) != nil { good += 1 }
            if (try? TinyBMSRequest.decode(bytes)) != nil { good += 1 }
            _ = try? TinyBMSLiveBlock(frame: bytes)
            _ = TinyBMSFrame.requestLength(bytes)
            _ = parser.receive(bytes)
            if number % 20 == 0 { _ = TinyBMSLineDecoder.decode(line: bytes) }
            if number % 20 == 1 { _ = try? TinyBMSBroadcast.decode(bytes) }
        }
        // The well-formed ones among them prove that the bodies were reached.
        #expect(good > 1000)
    }

    /// Found by the fuzz target `tinybms-frame`: 31 registers of zeros were read out of five bytes.
    @Test(arguments: [UInt8(0x40), 0x42, 0x44, 0x80, 0xC2], [0, 2, 4])
    func `a write block whose length byte has its upper bits set is refused, not filled with zeros`(
        payload: UInt8, bytes: Int
    ) {
        let frame = TinyBMSFrame.sealed([0x0B, payload] + [UInt8](repeating: 0x5A, count: bytes))
        #expect(throws: DecodeError.self) { try TinyBMSRequest.decode(frame) }
    }

    @Test func `whatever decodes builds the same bytes again`() throws {
        var random = SeededRandom(seed: 21)
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [0xAA, random.byte() % 0x24]
            bytes += random.bytes(Int(random.byte() % 20))
            if bytes.count > 2, random.chance(0.7) { bytes[2] = UInt8(bytes.count - 3) }
            CRC16.seal(&bytes)
            if let answer = try? TinyBMSAnswer.decode(bytes) { #expect(answer.bytes == bytes || isLossy(answer)) }
            if let request = try? TinyBMSRequest.decode(bytes) {
                #expect(try TinyBMSRequest.decode(request.bytes) == request)
            }
        }
    }

    @Test func `random live blocks give readings`() throws {
        var random = SeededRandom(seed: 22)
        let now = Instant(sinceBoot: .zero)
        for _ in 0..<5000 {
            let words = (0..<56).map { _ in random.chance(0.3) ? 0 : UInt16(truncatingIfNeeded: random.next()) }
            let block = try TinyBMSLiveBlock(frame: TinyBMSAnswer.registers(words).bytes)
            let reading = block.reading(
                pack: 1, began: now, completed: now, order: random.chance(0.5) ? .reversed : .register0First,
                seriesCells: Int(random.byte()) - 100)
            #expect(reading.cells.count <= 16 && reading.balancing?.count == reading.cells.count)
            #expect(block.agrees(with: block))
        }
    }

    @Test func `registers at the end of the map do not overflow`() {
        for address: UInt16 in [65_409, 65_534, 65_535] {
            let words = TinyBMSRegisterWords(first: address, Array(repeating: 1, count: 127))
            #expect(words.members.isEmpty && words.long(at: 65_535) == nil)
            #expect(TinyBMSEventRecord.records(in: words).isEmpty)
        }
    }

    /// Packets that more follow have a reserved bit, and a signalling NaN may come back quiet.
    private func isLossy(_ answer: TinyBMSAnswer) -> Bool {
        switch answer {
        case .partial: true
        case .packVoltage(let value), .packCurrent(let value): value.isNaN
        case .trip(let speed, _, _): speed.isNaN
        default: false
        }
    }
}

import Battery
import JSONText
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(2))) struct `JK PB stream parser` {
    private static let status = JKPBRequest.record(.status, address: 1)
    private static let good = JKVector.pb.first { $0.name == "pb2a16s_16s_status_full" }?.response ?? []
    private static let settings = JKVector.pb.first { $0.name == "pb2a16s_settings" }?.response ?? []

    private func received(_ bytes: [UInt8], _ request: JKPBRequest = status) -> [[UInt8]] {
        var parser = JKPBStreamParser(pending: request)
        return parser.receive(bytes)
    }

    private func receivedSingly(_ bytes: [UInt8]) -> [[UInt8]] {
        var parser = JKPBStreamParser(pending: Self.status)
        return bytes.flatMap { parser.receive([$0]) }
    }

    @Test func `S31 a valid answer right behind garbage is found`() {
        let good = Self.good
        let heads: [[UInt8]] = [
            [], [0x55], [0x55, 0xAA], [0x55, 0xAA, 0xEB], JKPBRecord.start, [0x01, 0x10, 0x16],
            [0x01, 0x10, 0x10, 0x70],
            Self.status.bytes, Array(good.dropLast(1)), Array(good.prefix(300)), Array(good.prefix(150)),
            Array(good.dropFirst(1)), Array(repeating: 0xAA, count: 600), Self.settings,
        ]
        for head in heads {
            #expect(received(head + good) == [good], "\(head.count) bytes before it")
            #expect(receivedSingly(head + good) == [good])
        }
    }

    @Test func `both lengths of an answer are read`() {
        let filled = Array(Self.good.prefix(300)) + [0] + Self.good.suffix(8) + [0]
        #expect(received(filled) == [Array(filled.dropLast(1))])
        #expect(receivedSingly(filled) == [Array(filled.dropLast(1))])
    }

    @Test func `S32 only the pending record of the pending board is handed out`() {
        #expect(received(Self.good).count == 1)
        #expect(received(Self.good, .record(.status, address: 2)).isEmpty, "the acknowledgement names another board")
        #expect(received(Self.good, .record(.settings, address: 1)).isEmpty)
        #expect(received(Self.settings).isEmpty)
        #expect(
            received(Array(Self.good.prefix(300)) + Self.settings.suffix(8)).isEmpty, "acknowledged as another record")
        #expect(
            received(Array(Self.good.prefix(300)) + [UInt8](repeating: 0, count: 20)).isEmpty, "nobody answers for it")
        let write = JKPBRequest.write(register: JKPBRequest.chargeSwitch, value: 1, address: 1)
        #expect(received(write.acknowledgement, write) == [write.acknowledgement])
        #expect(
            received(write.acknowledgement, .write(register: JKPBRequest.dischargeSwitch, value: 1, address: 1)).isEmpty
        )
        #expect(received(write.bytes + write.acknowledgement, write) == [write.acknowledgement], "behind its echo")
        #expect(received(Self.good, write).isEmpty)
        #expect(received(write.refusal(code: 2), write) == [write.refusal(code: 2)])
        #expect(received(write.refusal(code: 2), .record(.status, address: 2)).isEmpty)
    }

    @Test(arguments: [4, 100, 298, 300, 307]) func `a checksum that is wrong once is told`(offset: Int) {
        var damaged = Self.good
        damaged[offset] ^= 0x40
        var parser = JKPBStreamParser(pending: Self.status)
        #expect(parser.receive(damaged).isEmpty)
        if offset != 4 { #expect(parser.counters.checksumErrors == 1) }
        #expect(parser.receive(Self.good) == [Self.good])
    }

    @Test func `what is held is bounded and all is counted`() {
        var random = SeededRandom(seed: 5)
        var parser = JKPBStreamParser()
        var fed = 0
        var taken = 0
        let patterns: [[UInt8]] = [
            [0x55], JKPBRecord.start, [0x01, 0x10], [0x01, 0x10, 0x10], [0x01, 0x90],
            [0x55, 0xAA, 0x01, 0x10, 0x10, 0x70],
        ]
        for pattern in patterns {
            let bytes = [[UInt8]](repeating: pattern, count: 3000).flatMap(\.self)
            fed += bytes.count
            taken += parser.receive(bytes).map(\.count).reduce(0, +)
            #expect(parser.held <= JKPBAnswer.longest + 256)
        }
        for _ in 0..<300 {
            let bytes = random.bytes(Int(random.byte())) + (random.chance(0.3) ? Self.good : [])
            fed += bytes.count
            taken += parser.receive(bytes).map(\.count).reduce(0, +)
            #expect(parser.held <= JKPBAnswer.longest + 256)
        }
        #expect(taken > 0)
        parser.reset()
        #expect(parser.held == 0 && parser.counters.skippedBytes + taken == fed)
    }
}

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 JK PB decoders are total` {
    @Test func `30,000 hostile byte strings`() {
        var random = SeededRandom(seed: 20)
        var parser = JKPBStreamParser()
        var good = 0
        let now = Instant(sinceBoot: .zero)
        for number in 0..<30_000 {
            var bytes = random.bytes(Int(random.byte() % 60))
            if number % 20 == 0 {
                // Well-formed records of anything, acknowledged or not.
                let kind = JKPBRecord.Kind.allCases[Int(random.byte() % 3)]
                bytes = JKPBRecord.sealed(kind, counter: random.byte()) { record in
                    for offset in 6..<record.count { record[offset] = random.byte() }
                }
                if random.chance(0.5) { bytes += JKPBRequest.record(kind, address: random.byte() % 16).acknowledgement }
            } else if number % 2 == 0, bytes.count > 4 {
                bytes[0] = random.byte() % 16
                bytes[1] = random.chance(0.8) ? 0x10 : 0x90
                bytes.removeLast(2)
                CRC16.seal(&bytes)
            }
            if let answer = try? JKPBAnswer.decode(bytes) {
                good += 1
                if case .record(let record, _) = answer {
                    let cells = Int(random.byte()) - 100
                    let reading = record.reading(pack: 1, began: now, completed: now, seriesCells: cells)
                    #expect(reading.cells.count <= JKPBRecord.slots && record.agrees(with: record))
                    _ = (BMSSettings(jkPB: record), PackIdentity(jkPB: record), record.isPlausible)
                }
            }
            if let request = try? JKPBRequest.decode(bytes) { #expect(request.bytes == bytes) }
            _ = parser.receive(bytes)
            if number % 10 == 0 { _ = JKLineDecoder.decode(line: JKVector.hex(bytes)).text }
            if number % 10 == 2 { _ = JKLineDecoder.decode(line: JKVector.hex(bytes) + " >").text }
        }
        #expect(good > 1500)
    }
}

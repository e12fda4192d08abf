import Battery
import JSONText
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(2))) struct `JK NW stream parser` {
    private static let good = JKVector.nw.first { $0.name == "14s_h6_charging_balancing" }?.response ?? []

    private func received(_ bytes: [UInt8], _ request: JKRequest = .readAll) -> [[UInt8]] {
        var parser = JKStreamParser(pending: request)
        return parser.receive(bytes)
    }

    private func receivedSingly(_ bytes: [UInt8]) -> [[UInt8]] {
        var parser = JKStreamParser(pending: .readAll)
        return bytes.flatMap { parser.receive([$0]) }
    }

    @Test func `S31 a valid frame right behind garbage is found`() throws {
        let good = Self.good
        let heads: [[UInt8]] = [
            [], [0x4E], [0x4E, 0x57], [0x4E, 0x57, 0x01], [0x4E, 0x57, 0x01, 0x1B], [0x4E, 0x4E, 0x4E],
            [0x4E, 0x57, 0x01, 0x88], JKRequest.readAll.bytes, Array(good.dropLast(1)), Array(good.prefix(3)),
            Array(good.dropFirst(1)), Array(repeating: 0x57, count: 600),
        ]
        for head in heads {
            #expect(received(head + good) == [good])
            #expect(receivedSingly(head + good) == [good])
        }
    }

    @Test func `a checksum that is wrong once is counted and nothing is handed out`() {
        var damaged = Self.good
        damaged[40] ^= 0x10
        var parser = JKStreamParser(pending: .readAll)
        #expect(parser.receive(damaged).isEmpty)
        #expect(parser.counters.checksumErrors == 1)
        #expect(parser.receive(Self.good) == [Self.good])
    }

    @Test func `S32 only the answer to the pending request is handed out`() throws {
        #expect(received(Self.good) == [Self.good])
        #expect(received(Self.good, .readEverything).isEmpty, "the late answer of the other command")
        #expect(received(Self.good, .read(0x83)).isEmpty)
        #expect(received(JKRequest.readAll.bytes).isEmpty, "an echo")
        let report = JKFrame.sealed(
            command: .readAll, source: .bms, kind: .report, data: Array(Self.good[11..<Self.good.count - 9]))
        #expect(received(report).isEmpty, "nobody asked for it")
        let single = JKFrame.sealed(command: .read, source: .bms, kind: .reply, data: [0x83, 0x14, 0xA0])
        #expect(received(single, .read(0x83)).count == 1)
        #expect(received(single, .read(0x84)).isEmpty)
        #expect(received(single, .readEverything).isEmpty, "a single value is not the list")
        var parser = JKStreamParser(pending: .read(0x84))
        #expect(parser.receive(single).isEmpty && parser.counters.discardedFrames == 1)
    }

    @Test func `what is held is bounded and all is counted`() {
        var random = SeededRandom(seed: 5)
        var parser = JKStreamParser()
        var fed = 0
        var taken = 0
        let patterns: [[UInt8]] = [
            [0x4E], [0x4E, 0x57], [0x4E, 0x57, 0x01, 0x80], [0x55], [0x4E, 0x57, 0x00, 0x12, 0x4E, 0x57, 0x01, 0x8E],
        ]
        for pattern in patterns {
            let bytes = [[UInt8]](repeating: pattern, count: 3000).flatMap(\.self)
            fed += bytes.count
            taken += parser.receive(bytes).map(\.count).reduce(0, +)
            #expect(parser.held <= JKFrame.longest + 256)
        }
        for _ in 0..<300 {
            let bytes = random.bytes(Int(random.byte())) + (random.chance(0.3) ? Self.good : [])
            fed += bytes.count
            taken += parser.receive(bytes).map(\.count).reduce(0, +)
            #expect(parser.held <= JKFrame.longest + 256)
        }
        #expect(taken > 0)
        parser.reset()
        #expect(parser.held == 0 && parser.counters.skippedBytes + taken == fed)
    }

    /// A sum of 16 bits lets more through than a CRC: two damaged bytes may make up for each other. The second reading that
    /// the driver asks for on a disturbed line is what makes it none, so it is part of what is proven here.
    @Test(arguments: [0.01, 0.1, 0.5])
    func `S31 no frame gets through that was not sent`(rate: Double) throws {
        var random = SeededRandom(seed: 0x4E57 + UInt64(rate * 100))
        var parser = JKStreamParser(pending: .readAll)
        let sent = try JKAnswer(frame: Self.good)
        var accepted = 0
        var intact = 0
        var wrongConfirmed = 0
        var previous: JKAnswer?
        for number in 0..<15_000 {
            var damaged = Self.good
            // At 1 % a frame of 285 bytes is hit three times; some are to pass whole.
            if number % 4 != 0 {
                for index in damaged.indices where random.chance(rate) { damaged[index] = random.byte() }
            }
            if damaged == Self.good { intact += 1 }
            guard let frame = parser.receive(damaged).first else { continue }
            let got = try JKAnswer(frame: frame)
            accepted += 1
            if got != sent, previous.map(got.agrees) == true, !got.agrees(with: sent) { wrongConfirmed += 1 }
            previous = got
        }
        #expect(wrongConfirmed == 0)
        #expect(intact >= 3750 && accepted > intact * 9 / 10)
    }
}

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 JK NW decoders are total` {
    @Test func `50,000 hostile byte strings`() {
        var random = SeededRandom(seed: 20)
        var parser = JKStreamParser()
        var good = 0
        let now = Instant(sinceBoot: .zero)
        for number in 0..<50_000 {
            var bytes = random.bytes(Int(random.byte() % 90))
            if number % 2 == 0 {
                // Well-formed around any data, so that the bodies are reached.
                if number % 4 == 0 {
                    for index in bytes.indices where random.chance(0.3) { bytes[index] = 0x79 &+ random.byte() % 74 }
                }
                bytes = JKFrame.sealed(
                    command: JKCommand.allCases[Int(random.byte() % 5)], source: .bms,
                    kind: random.chance(0.8) ? .reply : .request, data: bytes)
            }
            if let answer = try? JKAnswer(frame: bytes) {
                good += 1
                let reading = answer.reading(pack: 1, began: now, completed: now)
                #expect(reading.cells.count <= JKAnswer.mostCells && answer.agrees(with: answer))
                #expect(parser.receive(bytes) == [bytes])
            }
            if let request = try? JKRequest.decode(bytes) {
                good += 1
                #expect((try? JKRequest.decode(request.bytes)) == request)
            }
            _ = parser.receive(bytes)
            if number % 10 == 0 { _ = JKLineDecoder.decode(line: bytes) }
            if number % 10 == 2 { _ = JKLineDecoder.decode(line: JKVector.hex(bytes)).text }
        }
        #expect(good > 5_000)
    }

    @Test(arguments: JKVector.soundNW) func `every truncation is refused and says why`(vector: JKVector) {
        for length in 0..<vector.response.count {
            #expect(throws: DecodeError.self) { try JKAnswer(frame: Array(vector.response.prefix(length))) }
        }
        for length in 0..<vector.request.count {
            #expect(throws: DecodeError.self) { try JKRequest.decode(Array(vector.request.prefix(length))) }
        }
    }
}

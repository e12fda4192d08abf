import Testing

@testable import BMSProtocols

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 Daly decoders are total` {
    @Test func `200,000 random byte strings`() {
        var random = SeededRandom(seed: 90)
        var parser = DalyStreamParser()
        var good = 0
        for number in 0..<200_000 {
            var bytes = random.bytes(Int(random.byte() % 40))
            // Half of them begin well, half of those end well.
            if number % 2 == 0, bytes.count >= 13 {
                bytes[0] = 0xA5
                bytes[1] = random.chance(0.5) ? 1 : 0x40
                bytes[3] = 8
                if random.chance(0.8) { bytes[2] = DalyCommand.allCases.randomElement(using: &random)?.rawValue ?? 0 }
                if number % 4 == 0 {
                    bytes[12] = bytes[..<12].reduce(0, &+)
                    if random.chance(0.5) { bytes = Array(bytes[..<13]) }
                }
            }
            if let answer = try? DalyAnswer.decode(bytes) {
                good += 1
                #expect(answer.bytes == bytes)
            }
            if let request = try? DalyRequest.decode(bytes) {
                good += 1
                #expect(request.bytes == bytes)
                parser.expect(request)
            }
            _ = parser.receive(bytes)
            let text = Array(bytes.map { hexadecimal($0).dropFirst(2) }.joined().utf8)
            if number % 20 == 0 { _ = DalyLineDecoder.decode(line: text) }
            if number % 20 == 1 { _ = DalyLineDecoder.decode(line: bytes) }
        }
        // The well-formed ones among them prove that the bodies were reached.
        #expect(good > 1000)
    }

    @Test func `what is held is bounded and all is counted`() {
        var random = SeededRandom(seed: 91)
        var parser = DalyStreamParser()
        parser.expect(.cellVoltages(cells: 48))
        let patterns: [[UInt8]] = [[0xA5], [0xA5, 1, 0x95, 8], [0x55], [0xA5, 0xA5, 1, 8], [0xA5, 1, 0x95]]
        var fed = 0
        for pattern in patterns {
            for _ in 0..<300 {
                let bytes = [[UInt8]](repeating: pattern, count: 40).flatMap(\.self) + random.bytes(3)
                fed += bytes.count
                _ = parser.receive(bytes)
                #expect(parser.held < DalyFrame.length)
            }
        }
        parser.expect(DalyRequest(.packState))
        #expect(parser.held == 0)
        // The sum of eight bits makes a frame of 0x95 of some of the patterns; whole frames alone are not skipped.
        let accepted = fed - parser.counters.skippedBytes
        #expect(accepted.isMultiple(of: DalyFrame.length) && accepted < 20 * DalyFrame.length)
    }

    /// A sum of eight bits lets one of 256 damaged frames through: the second reading of the driver is part of S31.
    @Test(arguments: [0.01, 0.1, 0.5])
    func `S31 no frame gets through twice alike that was not sent`(rate: Double) {
        var random = SeededRandom(seed: 0xDA17 + UInt64(rate * 100))
        var parser = DalyStreamParser()
        var wrong = 0
        var wrongTwice = 0
        var intact = 0
        var accepted = 0
        var previous: DalyAnswer?
        for number in 0..<60_000 {
            let good = DalyPackState(
                voltageDecivolts: 520 + UInt16(number / 50 % 20), currentRaw: 30_100, chargePermille: 500)
            let sent = DalyAnswer(.packState, [good.payload]).bytes
            var damaged = sent
            for index in damaged.indices where random.chance(rate) { damaged[index] = random.byte() }
            if damaged == sent { intact += 1 }
            if number % 50 == 0 { previous = nil }
            parser.expect(DalyRequest(.packState))
            guard let answer = parser.receive(random.bytes(Int(random.byte() % 8)) + damaged) else { continue }
            accepted += 1
            if answer.bytes != sent {
                wrong += 1
                if previous == answer { wrongTwice += 1 }
            }
            previous = answer
        }
        #expect(wrongTwice == 0)
        #expect(wrong < 60_000 / 256)
        // Rubbish before a frame may hold the beginning of another; it never swallows the real one.
        #expect(accepted >= intact)
    }
}

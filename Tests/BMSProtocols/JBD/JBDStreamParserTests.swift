import Testing

@testable import BMSProtocols

@Suite struct `JBD stream parser` {
    private let information = JBDVector.named("sp04s034_280ah_basic_info")?.response ?? []
    private let cells = JBDVector.named("sp15s001_11s_cells")?.response ?? []

    @Test func `S31 a valid frame right behind garbage is found, however it is cut up`() {
        let heads: [[UInt8]] = [
            [], [0xFF, 0xFF], [0xDD], [0xDD, 0x03], [0xDD, 0x03, 0x00], [0xDD, 0x03, 0x00, 0xFF], [0xDD, 0xDD, 0xDD],
            JBDRequest.basicInformation.bytes, Array(information.dropLast()), Array(information.dropFirst()),
            Array(information.prefix(20)), [0x77, 0xDD, 0x04, 0x00, 0x10, 1, 2],
        ]
        for head in heads {
            var parser = JBDStreamParser(pending: .basicInformation)
            #expect(parser.receive(head + information) == [information])
            var single = JBDStreamParser(pending: .basicInformation)
            #expect((head + information).flatMap { single.receive([$0]) } == [information])
        }
    }

    @Test func `S32 only the pending answer is handed out, the others are counted`() {
        var parser = JBDStreamParser(pending: .cellVoltages)
        let others = [information, JBDAnswer(0x05, Array("X".utf8)).bytes, JBDAnswer(0xE1).bytes]
        #expect(parser.receive(others.flatMap(\.self)).isEmpty)
        #expect(parser.counters.discardedFrames == others.count)
        #expect(parser.receive(cells + information) == [cells])
        let refusal = JBDAnswer(0x04, status: 0x81).bytes
        #expect(parser.receive(refusal) == [refusal])
    }

    /// The sum leaves the register out: the length has to fit it.
    @Test func `S32 an answer whose register byte is damaged is not taken for another's`() {
        for (frame, request) in [(information, JBDRequest.cellVoltages), (cells, .basicInformation)] {
            var damaged = frame
            damaged[1] = request.register
            var parser = JBDStreamParser(pending: request)
            #expect(parser.receive(damaged).isEmpty && parser.counters.discardedFrames == 1)
        }
    }

    @Test func `the echo of a request is no answer to it`() {
        for request: JBDRequest in [.basicInformation, .cellVoltages, .hold(.charge), .enterFactoryMode] {
            var parser = JBDStreamParser(pending: request)
            #expect(parser.receive(request.bytes).isEmpty)
            #expect(parser.counters.checksumErrors == 0)
        }
    }

    @Test func `what is held is bounded and all is counted`() {
        var random = SeededRandom(seed: 6)
        var parser = JBDStreamParser(pending: .basicInformation)
        var (fed, taken) = (0, 0)
        func feed(_ bytes: [UInt8]) {
            fed += bytes.count
            taken += parser.receive(bytes).map(\.count).reduce(0, +)
            #expect(parser.held <= JBDFrame.longest + 256)
        }
        for pattern: [UInt8] in [[0xDD], [0xDD, 3, 0, 0xFF], [0x77], [0xDD, 0, 0], [0xDD, 0xDD, 0, 0xFE]] {
            feed([[UInt8]](repeating: pattern, count: 3000).flatMap(\.self))
        }
        for _ in 0..<500 { feed(random.bytes(Int(random.byte()))) }
        parser.reset()
        #expect(parser.held == 0 && parser.counters.skippedBytes + taken == fed)
    }

    /// The sum lets one in some hundred damaged answers through: what is believed needs a second one that agrees, which the
    /// driver asks for whatever the line is like.
    @Test(arguments: [0.01, 0.1, 0.5]) func `S31 no two damaged answers confirm each other`(rate: Double) throws {
        var random = SeededRandom(seed: 0xDD + UInt64(rate * 100))
        var parser = JBDStreamParser(pending: .cellVoltages)
        var (accepted, intact, wrongConfirmed) = (0, 0, 0)
        var sent: [UInt8] = []
        var previous: [UInt16]?
        for number in 0..<40_000 {
            // A pack that hardly changes, so that two readings agree.
            if number % 50 == 0 {
                var data: [UInt8] = []
                for _ in 0..<16 { data.append(big: 3000 + UInt16(random.byte()) * 3) }
                sent = JBDAnswer(0x04, data).bytes
                previous = nil
            }
            var damaged = sent
            for index in damaged.indices where random.chance(rate) { damaged[index] = random.byte() }
            if damaged == sent { intact += 1 }
            for got in parser.receive(damaged) {
                accepted += 1
                let words = try JBDAnswer.decode(got).words
                let truth = try JBDAnswer.decode(sent).words
                if let previous, JBDBasicInformation.agree(previous, words), !JBDBasicInformation.agree(words, truth) {
                    wrongConfirmed += 1
                }
                previous = words
            }
        }
        #expect(wrongConfirmed == 0)
        #expect(accepted >= intact)
    }
}

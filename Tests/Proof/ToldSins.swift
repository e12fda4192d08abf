import Testing

@testable import Proof

/// Packs whose bytes the checker cannot read: the world tells what they say.
@Suite struct `Sins with told packs` {
    private func told(_ site: inout Site) {
        for index in site.packs.indices { site.packs[index].readingTime = 0.7 }
    }

    @Test func `S2 S3 0x351 repeated for ever after the last answer of a told pack`() {
        judge([.s2, .s3, .stages], site: told) { story, sins in
            story.run(30)
            story.packs[0].isMute = true
            if sins { (story.gateway.pretendedAge, story.gateway.neverStops) = (0.5, true) }
            story.run(60)
        }
    }

    @Test func `S3 answers that arrive damaged are none`() {
        judge([.s2, .s3, .stages], site: told) { story, sins in
            story.run(30)
            story.packs[0].damage = { $0[50] ^= 1 }
            if sins { (story.gateway.pretendedAge, story.gateway.neverStops) = (0.5, true) }
            story.run(60)
        }
    }

    @Test func `S9 a told pack that is gone keeps its share`() {
        judge([.s9], packs: 2, site: { $0.packs[1].readingTime = 0.7 }) { story, sins in
            story.run(30)
            story.packs[1].isMute = true
            if sins { story.gateway.spoilLimits = { $0.discharge = 300 } }
            story.run(14)
        }
    }

    @Test func `S27 CCL above 0 with a cell of a told pack at its maximum`() {
        judge([.s27], site: told) { story, sins in
            story.run(30)
            story.packs[0].cells[4] = 3.66
            if sins { story.gateway.spoilLimits = { $0.charge = 10 } }
            story.run(6)
        }
    }

    @Test func `S24 CCL above 0 without one of the cells, or without any temperature, of a told pack`() {
        judge([.s24], site: told) { story, sins in
            story.run(30)
            story.packs[0].cells[7] = 0
            if sins { story.gateway.spoilLimits = { $0.charge = 100 } }
            story.run(6)
        }
        judge([.s24], site: told) { story, sins in
            story.run(30)
            (story.packs[0].externals, story.packs[0].board) = ([nil, nil], nil)
            if sins { story.gateway.spoilLimits = { $0.charge = 100 } }
            story.run(6)
        }
    }

    @Test func `S25 a current of the wrong sign for longer than a reader needs`() {
        judge([.s25], site: told) { story, sins in
            story.run(30)
            if sins {
                story.gateway.spoilFrame = { frame in
                    if frame.id == 0x356 { (frame.data[2], frame.data[3]) = (0x83, 0xFF) }
                }
            }
            story.run(8)
        }
    }

    @Test func `S7 a status of offline with fresh told data`() {
        judge([.s7], site: told) { story, sins in
            if sins {
                story.gateway.spoilFrame = { frame in if frame.id == 0x35A { frame.data[7] = 0xA6 } }
            }
            story.run(120)
        }
    }

    /// What was falsified may have said that all is well: nothing follows from it, but the age of what was heard.
    @Test func `a falsified answer excuses what was believed, and no silence after it`() {
        judge([.s2, .s3, .stages], site: told) { story, sins in
            story.run(30)
            story.packs[0].isFalsified = true
            story.run(40)
            story.packs[0].isMute = true
            if sins { (story.gateway.pretendedAge, story.gateway.neverStops) = (0.5, true) }
            story.run(40)
        }
    }
}

@Suite struct `The witness of told packs` {
    private func hear(_ polls: [(said: [UInt8], arrives: [UInt8], volts: Double)]) -> [Answer] {
        var witness = ToldWitness()
        var found: [Answer] = []
        for (index, poll) in polls.enumerated() {
            let now = Int64(index + 1) * second
            witness.wentToBMS(at: now)
            let values = LiveValues(
                cells: [poll.volts], voltage: poll.volts, current: 0, temperatures: [20], board: 20, stateOfCharge: 50,
                counter: nil, isClosed: true)
            witness.said(Saying([0xFF] + poll.said, core: 1..<1 + poll.said.count, values))
            witness.cameFromBMS(poll.arrives, pack: 1, at: now + 50_000) { found.append($0) }
        }
        return found
    }

    @Test func `what arrives whole counts, alone and at once for certain, damaged never`() {
        let good: [UInt8] = [1, 2, 3, 4]
        let clean = hear([(good, [0xFF] + good, 3.3), (good, [0xFF] + good, 3.3)])
        #expect(clean.map(\.isCertain) == [true, true] && clean.map(\.isConfirmed) == [false, true])
        #expect(clean[1].began == 2 * second && clean[1].values.highest == 3.3)
        // What stands before it may be damaged, and makes the line doubtful; what comes twice is heard twice.
        #expect(hear([(good, [0xFE] + good, 3.3)]).map(\.isCertain) == [false])
        #expect(hear([(good, [0xFF] + good + [0xFF] + good, 3.3)]).map(\.isCertain) == [false, false])
        #expect(hear([(good, [0xFF, 1, 2, 3, 5], 3.3)]).isEmpty)
        // A cell that jumped has to be seen twice where there is only a sum to go by.
        let jump = hear([(good, [0xFF] + good, 3.3), ([5, 6], [0xFF, 5, 6], 3.7), ([7], [0xFF, 7], 3.7)])
        #expect(jump.map(\.isConfirmed) == [false, false, true])
    }
}

import Testing

@testable import Proof

@Suite struct `The witness at the serial line` {
    private static let request = StoryPack.request

    private func answers(_ pieces: [(Int64, [UInt8])], cells: Int = 16, asked: Bool = true) -> [Answer] {
        var witness = UARTWitness(pack: 1, cells: cells)
        var found: [Answer] = []
        if asked { witness.wentToBMS(Self.request, at: 1000) }
        for (at, bytes) in pieces { witness.cameFromBMS(bytes, at: at) { found.append($0) } }
        return found
    }

    private func frame(_ change: (inout StoryPack) -> Void = { _ in }) -> [UInt8] {
        var pack = StoryPack(number: 1)
        change(&pack)
        return pack.answer.flatMap { $0 }
    }

    /// The answer with 14 captured cells in registers 2 to 15 (the vector `modbus_read_56_live_response`).
    private static let captured: [UInt8] =
        [
            0xAA, 0x03, 0x70, 0, 0, 0, 0, 0x9B, 0x78, 0x9B, 0x82, 0x9B, 0x8C, 0x9B, 0x96, 0x9B, 0x96, 0x9B, 0xA0, 0x9B,
            0xD2,
        ]
        + [0x9B, 0xDC, 0x9B, 0x96, 0x9B, 0x96, 0x9B, 0x96, 0x9B, 0xA0, 0x9B, 0xC8, 0x9B, 0xC8]
        + [UInt8](repeating: 0, count: 32)
        + [
            0x93, 0xCD, 0, 0xFE, 0x79, 4, 2, 0x7D, 0x1E, 0xB8, 0x42, 0x5F, 0, 0, 0, 0, 0x0F, 0x8C, 0x0F, 0x96, 0x80, 0,
            0x80, 0,
        ]
        + [0, 0, 0, 0, 0xF2, 8, 4, 0xFA, 0, 0x61, 0, 0, 0, 0x97, 0, 0, 0, 0, 0, 0x0E, 0, 0, 0, 0, 0x5D, 0xA5]

    @Test func `reads the captured live block`() throws {
        let answer = try #require(answers([(20_000, Self.captured)], cells: 14).first)
        let values = answer.values
        #expect(answer.began == 1000 && answer.completed == 20_000 && answer.isCertain)
        #expect(values.cells.count == 14 && values.lowest == 3.98 && values.highest == 3.99)
        #expect(values.voltage.map { abs($0 - 55.78) < 0.0001 } == true)
        #expect(values.current == 0 && values.externals.isEmpty && values.board == 9.7)
        #expect(values.stateOfCharge == 83.554824 && values.counter == 16_683_981 && !values.objects)
        #expect(values.isComplete && values.hasBoardOnly && values.isConsistent)
    }

    @Test func `an answer counts wherever it begins and however it arrives`() {
        let bytes = frame()
        #expect(answers(bytes.enumerated().map { (2000 + Int64($0.offset), [$0.element]) }).count == 1)
        #expect(answers([(2000, [0x42, 0x50, 0xAA, 0x03, 0x70] + bytes)]).count == 1)
        #expect(answers([(2000, bytes + bytes)]).count == 2)
        #expect(answers([(2000, Array(bytes.dropLast())), (3000, bytes)]).count == 1)
    }

    @Test func `what is damaged, another length, or not there is no answer`() {
        var bytes = frame()
        bytes[60] ^= 1
        #expect(answers([(2000, bytes)]).isEmpty)
        #expect(answers([(2000, Array(frame().prefix(116)))]).isEmpty)
        #expect(answers([(2000, [0xAA, 0x00, 0x03, 0x00, 0x21, 0x0C])]).isEmpty)
    }

    @Test func `certain is only a clean, prompt answer to an intact request`() {
        #expect(answers([(2000, frame())]).first?.isCertain == true)
        #expect(answers([(2000, [0x42] + frame())]).first?.isCertain == false)
        #expect(answers([(2000, frame())], asked: false).first?.isCertain == false)
        #expect(answers([(500_000, frame())]).first?.isCertain == false)
        let twice = answers([(2000, frame()), (3000, frame())])
        #expect(twice.map(\.isCertain) == [true, false])
    }

    @Test func `damage makes a line uncertain for 12 s, a new process knows of none`() {
        var witness = UARTWitness(pack: 1, cells: 16)
        var certain: [Bool] = []
        func poll(at now: Int64) {
            witness.wentToBMS(Self.request, at: now)
            witness.cameFromBMS(frame(), at: now + 15_000) { certain.append($0.isCertain) }
        }
        poll(at: second)
        witness.cameFromBMS([0xFF], at: 2 * second) { _ in }
        poll(at: 3 * second)
        poll(at: 13 * second)
        poll(at: 26 * second)
        witness.cameFromBMS([0xFF], at: 27 * second) { _ in }
        witness.restart()
        poll(at: 28 * second)
        #expect(certain == [true, false, false, true, true])
    }

    @Test func `answers to other requests do not disturb`() {
        var witness = UARTWitness(pack: 1, cells: 16)
        var certain: [Bool] = []
        // All events, and its answer without any; a pack voltage.
        witness.wentToBMS([0xAA, 0x12, 0xFF, 0x1D], at: 0)
        var events: [UInt8] = [0xAA, 0x12, 4, 1, 2, 3, 4]
        let sum = Checksum.value(events[...])
        events += [UInt8(sum & 0xFF), UInt8(sum >> 8)]
        witness.cameFromBMS(events, at: 10_000) { _ in }
        witness.wentToBMS([0xAA, 0x14, 0x7F, 0x1F], at: 20_000)
        witness.cameFromBMS([0xAA, 0x14, 0xB8, 0x1E, 0x5F, 0x42, 0xD5, 0x75], at: 30_000) { _ in }
        witness.wentToBMS(Self.request, at: 40_000)
        witness.cameFromBMS(frame(), at: 50_000) { certain.append($0.isCertain) }
        #expect(certain == [true])
    }

    @Test func `S21 what cannot be measured is missing`() throws {
        func values(_ change: (inout StoryPack) -> Void) throws -> LiveValues {
            try #require(answers([(2000, frame(change))]).first).values
        }
        #expect(try values { $0.spoil = { $0[3] = 4999 } }.lacksCell)
        #expect(try values { $0.spoil = { $0[3] = 50001 } }.lacksCell)
        #expect(try values { $0.spoil = { $0[0] = 0 } }.cells.allSatisfy { $0 == nil })
        #expect(try values { $0.spoil = { $0[42] = 0x8000 } }.hasBoardOnly)
        #expect(try values { $0.spoil = { $0[42] = 3000 } }.lacksTemperature)
        #expect(try values { $0.spoil = { $0[47] = 0xFFFF } }.stateOfCharge == nil)
        #expect(try values { $0.spoil = { ($0[38], $0[39]) = (0, 0x7FC0) } }.current == nil)
        #expect(try values { $0.spoil = { ($0[36], $0[37]) = (0, 0xC260) } }.voltage == nil)
        #expect(try values { _ in }.isComplete)
    }
}

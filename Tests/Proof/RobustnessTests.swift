import Testing

@testable import Proof

@Suite struct `The checker and nonsense` {
    /// A sequence of numbers from a seed.
    private struct Numbers {
        var state: UInt64
        mutating func next(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, below)
        }
        mutating func bytes(_ most: Int) -> [UInt8] { (0..<next(most + 1)).map { _ in UInt8(next(256)) } }
    }

    private func happening(_ numbers: inout Numbers, _ site: Site) -> Happening {
        let pack = numbers.next(4)
        let frame = CANFrameSeen(
            id: [0x351, 0x355, 0x356, 0x35A, 0x372, 0x305, 0x7FF][numbers.next(7)], data: numbers.bytes(8))
        switch numbers.next(16) {
        case 0: return .processBegan
        case 1: return .processEnded
        case 2, 3: return .bytesToBMS(pack: pack, numbers.next(2) == 0 ? StoryPack.request : numbers.bytes(12))
        case 4, 5:
            var bytes = StoryPack(number: pack).answer.flatMap { $0 }
            if numbers.next(2) == 0 { bytes = Array(bytes.prefix(numbers.next(120))) + numbers.bytes(40) }
            return .bytesFromBMS(pack: pack, bytes)
        case 6: return .frameTaken(frame)
        case 7: return .framesDiscarded
        case 8: return .frameSent(frame)
        case 9: return .frameHeard(frame)
        case 10: return .bus(isUsable: numbers.next(2) == 0)
        case 11:
            return .published(
                pack: pack, stage: "live", age: [nil, 0, .nan, -1, .infinity, 1e300][numbers.next(6)], hasValues: true)
        case 12: return .wallClockSet(by: .min)
        case 13: return .fault("noise", begins: true, isCalm: numbers.next(2) == 0)
        case 14: return .bytesFromBMS(pack: pack, numbers.bytes(600))
        default:
            var other = site
            other.isCommissioned = numbers.next(4) > 0
            other.packs = Array(site.packs.prefix(numbers.next(4)))
            other.noCharge = [5, .nan, -1, .infinity, 1e30][numbers.next(5)]
            if let first = other.packs.indices.first { other.packs[first].cells = [16, 0, -3, 8][numbers.next(4)] }
            return .confirmed(other)
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `noise and truncation never trap, and what is kept is bounded`(seed: UInt64) {
        var numbers = Numbers(state: seed)
        var checker = SafetyChecker()
        let site = Site(isCommissioned: true, packs: (1...3).map { Story.sitePack($0) })
        checker.saw(.confirmed(site), at: 0)
        var now: Int64 = 0
        for _ in 0..<3000 {
            now += Int64(numbers.next(200_000))
            // A clock that goes backwards is no reason to stop either.
            checker.saw(happening(&numbers, site), at: numbers.next(50) == 0 ? now - 5_000_000 : now)
        }
        checker.end(at: .max)
        #expect(checker.violations.count <= Verdict.mostKept)
    }

    @Test func `the witness does a bounded work for each byte`() {
        // The worst that a wire can bring: every byte begins an answer. Checksums are the work, so they are counted.
        var witness = UARTWitness(pack: 1, cells: 16)
        witness.wentToBMS(StoryPack.request, at: 0)
        var worst: [UInt8] = []
        while worst.count < 100_000 { worst += [0xAA, 0x03, 0x70] }
        var at: Int64 = 0
        for start in stride(from: 0, to: worst.count, by: 100) {
            at += 1000
            witness.cameFromBMS(Array(worst[start..<min(start + 100, worst.count)]), at: at) { _ in }
        }
        #expect(witness.checksums <= worst.count / 3 + 1)
        #expect(witness.bytesKept <= 2000)
    }
}

import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct FaultDrawTests {
    @Test func `the same seed draws the same scenario, another seed another one`() {
        #expect(Scenario.drawn(seed: 7) == Scenario.drawn(seed: 7))
        #expect(Scenario.drawn(seed: 7).faults != Scenario.drawn(seed: 8).faults)
    }

    @Test func `whatever is drawn is a good scenario, and every kind is drawn`() throws {
        var kinds: Set<Misbehaviour.Kind> = []
        for seed in 0..<1000 as Range<UInt64> {
            let scenario = Scenario.drawn(seed: seed)
            // Reading checks every field against its range.
            #expect(try Scenario.load(text: scenario.json) == scenario)
            #expect((1...4).contains(scenario.faults.count))
            #expect(scenario.faults.map(\.at) == scenario.faults.map(\.at).sorted())
            kinds.formUnion(scenario.faults.map(\.misbehaviour.kind))
        }
        #expect(kinds == Set(Misbehaviour.Kind.allCases))
    }

    @Test func `a draw keeps to its kinds, its number and its window`() {
        var draw = FaultDraw()
        draw.kinds = Misbehaviour.Kind.allCases.filter { $0.origin == .wire }
        draw.count = 3...3
        draw.window = 100...200
        draw.endless = 0
        var random = SeededRandom(seed: 1)
        for _ in 0..<100 {
            let faults = draw.faults(for: PackParameters(), from: &random)
            #expect(faults.count == 3)
            #expect(
                faults.allSatisfy { (100...200).contains($0.at) && $0.duration != nil && $0.misbehaviour.kind.isOnWire }
            )
        }
        draw.kinds = []
        #expect(draw.faults(for: PackParameters(), from: &random).isEmpty)
    }

    @Test func `numbers of a range stay in it, and small ones are as likely as large ones`() {
        var random = SeededRandom(seed: 2)
        var small = 0
        for _ in 0..<1000 {
            #expect((-3...5).contains(random.between(-3...5)))
            let value = random.logarithmic(0.01...100)
            #expect((0.01...100).contains(value))
            if value < 1 { small += 1 }
        }
        #expect((400...600).contains(small))
    }
}

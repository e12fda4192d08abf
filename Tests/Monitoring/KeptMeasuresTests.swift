import Battery
import Testing

@testable import Monitoring

@Suite("Measures over restarts and hostile values") struct KeptMeasuresTests {
    /// Some days of a house: deep and shallow turns, with the cells' voltages after them.
    private static func current(_ minute: Int) -> Double {
        switch minute % 720 {
        case 0..<200: -20
        case 200..<230: 60
        case 230..<400: -10
        case 400..<640: 12
        default: 0
        }
    }

    private static func day(_ profile: inout Profile, restarts: Set<Int> = [], minutes: Int = 1440) {
        for minute in 0..<minutes {
            let current = Self.current(minute)
            if restarts.contains(minute) { profile.restart() }
            // A minute at rest between: nothing flows in the gap that a restart is.
            profile.reading.cells = (0..<4).map { 3.3 + (0.001 + 0.0002 * Double($0)) * current }
            profile.run(60, at: current)
        }
    }

    /// What a pack keeps after some hours in which everything became known.
    private static let honest = {
        var profile = Profile(stateOfCharge: 100)
        profile.full()
        day(&profile, minutes: 500)
        return profile.measures.toKeep.figures
    }()

    /// Seen red with a rainflow that forgets its waiting turns.
    @Test func `a restart in the middle gives the same`() throws {
        var whole = Profile()
        whole.full()
        Self.day(&whole)
        var cut = Profile()
        cut.reading.stateOfCharge = 100
        cut.full()
        Self.day(&cut, restarts: [650, 660, 700, 1365, 1400])
        let (one, other) = (whole.figures, cut.figures)
        #expect(abs(one.charged - other.charged) < 1e-6)
        #expect(abs(one.discharged - other.discharged) < 1e-6)
        #expect(one.charged > 100)
        #expect(one.rainflow == other.rainflow)
        #expect(one.rainflow.cycles.reduce(0, +) > 2)
        #expect(one.peaks?.chargeCurrent == other.peaks?.chargeCurrent)
        for (ohms, same) in zip(one.resistances, other.resistances) {
            #expect(abs((try #require(ohms)) - (try #require(same))) < 1e-9)
        }
        #expect(abs((try #require(one.ownStateOfCharge)) - (try #require(other.ownStateOfCharge))) < 1e-6)
        // Five gaps in which the BMS saw nothing flow.
        #expect(other.uncertainty == 2.5)
        #expect(one.synchronisation?.time == other.synchronisation?.time)
    }

    @Test func `what is kept comes back as it was`() throws {
        var profile = Profile()
        profile.reading.stateOfCharge = 100
        profile.full()
        Self.day(&profile, minutes: 500)
        profile.reading.cells[0] = 2.7
        profile.run(20, at: -5)
        let kept = profile.measures.toKeep
        #expect(kept.account.synchronisation?.anchor == .empty)
        #expect(kept.rainflow.points.count > 1)
        #expect(KeptMeasures(figures: kept.figures) == kept)
        // Nothing yet is something too.
        let none = DerivedMeasures(profile.specification, since: 1).toKeep
        #expect(KeptMeasures(figures: none.figures) == none)
    }

    @Test func `a store that is read late comes before what was counted meanwhile`() throws {
        var earlier = Profile()
        earlier.reading.stateOfCharge = 100
        earlier.full()
        earlier.run(3600, at: -20)
        let figures = earlier.measures.toKeep.figures
        var later = Profile(stateOfCharge: 80)
        later.run(1800, at: -20)
        later.measures.adopt(try #require(KeptMeasures(figures: figures)))
        later.run(1800, at: -20)
        #expect(abs(later.figures.discharged - 40) < 0.02)
        #expect(abs((try #require(later.figures.ownStateOfCharge)) - 60) < 0.02)
        #expect(abs(later.figures.rainflow.equivalent - 0.2) < 0.006)
        #expect(later.figures.rainflow.cycles[3] == 0.5)
    }

    @Test func `a figure of another pack's past is not read, one that shrank is overwritten`() {
        var figures = Profile().measures.toKeep.figures
        figures["rainflow.point.7"] = 12
        #expect(KeptMeasures(figures: figures)?.rainflow.points.isEmpty == true)
        figures["version"] = 2
        #expect(KeptMeasures(figures: figures) == nil)
        #expect(KeptMeasures(figures: [:]) == nil)
    }

    /// Every single figure of a full store, at every value that no count can have.
    @Test(arguments: [Double.nan, .infinity, -.infinity, -1e308, 1e308, -1, 0, 0.5, 65, 1e17])
    func `a store that lies never traps and never spoils what comes after`(_ lie: Double) throws {
        let honest = Self.honest
        for name in honest.keys.sorted() {
            var figures = honest
            figures[name] = lie
            var later = Profile()
            later.reading.stateOfCharge = 50
            if let kept = KeptMeasures(figures: figures) { later.measures.adopt(kept) }
            let before = later.figures
            later.run(100, at: -36)
            #expect(abs(later.figures.discharged - before.discharged - 1) < 0.01, "\(name)")
            #expect(later.figures.isSound, "\(name)")
        }
    }

    @Test(arguments: 0..<20) func `readings that lie never trap and never spoil what comes after`(seed: UInt64) throws {
        var random = Seeded(seed)
        let lies: [Double?] = [
            nil, .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, -1, 0, 1e9, 1001, -1001, 65535,
            100.0001,
        ]
        var profile = Profile()
        profile.full()
        func lie() -> Double? { lies.randomElement(using: &random) ?? nil }
        for _ in 0..<2000 {
            profile.reading.current = Bool.random(using: &random) ? lie() : .random(in: -150...100, using: &random)
            profile.reading.voltage = lie()
            profile.reading.stateOfCharge = lie()
            profile.reading.cells = (0..<Int.random(in: 0...40, using: &random)).map { _ in lie() }
            profile.reading.temperatures = (0..<Int.random(in: 0...30, using: &random)).map {
                .init(name: SensorName("S\($0)"), place: .cells, celsius: lie())
            }
            profile.reading.cycles = .max
            let waits: [Duration] = [.seconds(1), .zero, .seconds(-5), .milliseconds(1), .seconds(1_000_000_000)]
            profile.sample(after: waits.randomElement(using: &random) ?? .zero)
            #expect(profile.figures.isSound)
            if Int.random(in: 0..<20, using: &random) == 0 { profile.measures.lose() }
        }
        // A clean hour after it is counted as ever.
        let before = profile.figures
        profile.now += .seconds(100)
        profile.reading.stateOfCharge = 50
        profile.reading.cells = [3.3, 3.3, 3.3, 3.3]
        profile.reading.voltage = 13.2
        profile.reading.temperatures = [.init(name: "T1", place: .cells, celsius: 25)]
        profile.run(3600, at: -20)
        profile.full()
        #expect(abs(profile.figures.discharged - before.discharged - 20) < 0.02)
        #expect(profile.figures.currentMinute.map { abs($0 + 20) < 1e-6 } == true)
        #expect(profile.figures.ownStateOfCharge == 100)
        #expect(profile.figures.spread == 0)
    }

    @Test func `packs that go and come keep what was counted`() throws {
        var bench = Bench()
        bench.settle()
        bench.current(28)
        bench.run(.seconds(360))
        let before = bench.watch.derived(at: bench.now).packs[0].figures.charged
        #expect(abs(before - 2.8) < 0.02)
        _ = bench.watch.adopt(.init(packs: []), at: bench.moment)
        #expect(bench.watch.toKeep.measures[1]?.account.charged == before)
        _ = bench.watch.adopt(.init(packs: bench.packs), at: bench.moment)
        #expect(bench.watch.derived(at: bench.now).packs[0].figures.charged == before)
        // Another capacity is another pack, with the same past.
        var changed = bench.packs
        changed[0].capacity = 140
        _ = bench.watch.adopt(.init(packs: changed), at: bench.moment)
        let figures = bench.watch.derived(at: bench.now).packs[0].figures
        #expect(figures.charged == before)
        #expect(abs(figures.equivalentCycles - before / 280) < 1e-9)
    }
}

extension DerivedFigures {
    /// Whether every number in it is one.
    fileprivate var isSound: Bool {
        let numbers: [Double?] =
            [
                currentMinute, currentQuarter, powerMinute, powerQuarter, spread, correctedSpread, temperatureSpread,
                temperatureRate?.kelvinPerMinute, charged, discharged, equivalentCycles, rainflow.equivalent,
                stateOfCharge, ownStateOfCharge, uncertainty, capacity?.ampereHours,
            ] + resistances + rainflow.cycles.map { $0 }
        return numbers.allSatisfy { $0.map { $0.isFinite && abs($0) < 1e15 } ?? true }
            && (ownStateOfCharge.map { (0...100).contains($0) } ?? true) && charged >= 0 && discharged >= 0
    }
}

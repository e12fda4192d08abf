import Battery
import Testing

@testable import Monitoring

@Suite("Energy, peaks, trends") struct EnergyTests {
    @Test func `an hour at 10 A into 52.8 V is 528 Wh`() {
        var bench = Bench()
        bench.settle()
        bench.current(10)
        bench.poll()
        let before = bench.energy
        bench.run(.seconds(3600))
        #expect(abs(bench.energy.charged - before.charged - 528) < 0.01)
        #expect(bench.energy.discharged == 0)
    }

    @Test func `packs are counted one by one and summed`() {
        var bench = Bench(packs: 2)
        bench.settle()
        bench.current(10)
        bench.current(-20, pack: 2)
        bench.poll()
        bench.run(.seconds(3600))
        let derived = bench.watch.derived(at: bench.now)
        #expect(abs(derived.packs[0].energy.charged - 528) < 0.1)
        #expect(abs(derived.packs[1].energy.discharged - 1056) < 0.1)
        // Each pack's own: what flows from one into the other went through both.
        #expect(derived.energy == derived.packs[0].energy + derived.packs[1].energy)
    }

    /// Seen red with a meter that joins whatever two snapshots come after each other.
    @Test func `a gap is not counted, however it looks on both sides`() {
        var bench = Bench()
        bench.settle()
        bench.current(100)
        bench.run(.seconds(10))
        var before = bench.energy
        // Nobody looked meanwhile.
        bench.poll(after: .seconds(1800))
        #expect(bench.energy == before)
        bench.run(.seconds(10))
        before = bench.energy
        // Somebody did, and saw the data grow old.
        bench.look(after: .seconds(1800))
        bench.poll()
        #expect(bench.energy == before)
        // Not before the data is live again (S6).
        bench.poll()
        #expect(bench.energy == before)
        bench.run(.seconds(10))
        #expect(bench.energy.charged > before.charged)
    }

    @Test func `a current that is unknown counts as nothing, not as the one before`() {
        var bench = Bench()
        bench.settle()
        bench.current(50)
        bench.run(.seconds(10))
        let before = bench.energy
        bench.readings[0].current = nil
        bench.run(.seconds(60))
        #expect(bench.energy == before)
        bench.current(50)
        bench.poll()
        #expect(bench.energy == before)
    }

    @Test func `a current that turns between two snapshots counts on both sides`() {
        var meter = EnergyMeter()
        let start = Bench.origin
        _ = meter.add(1000, at: start, gap: .seconds(7200))
        let flowed = meter.add(-3000, at: start + .seconds(3600), gap: .seconds(7200))
        // A quarter of the hour in, falling from 1000 W; three quarters out, to 3000 W.
        #expect(abs(flowed.charged - 125) < 1e-9)
        #expect(abs(flowed.discharged - 1125) < 1e-9)
    }

    /// On random days: nothing that happens lets a counter fall, and no second counts more than its worst power.
    @Test(arguments: 0..<40) func `counters never fall, and never run faster than the power`(seed: UInt64) {
        var random = Seeded(seed)
        var bench = Bench(packs: 2)
        var before = bench.energy
        // Two packs at 150 A for 2 s, the longest time between two live snapshots, Wh.
        let fastest: Double = 2 * 150 * 52.8 * 2 / 3600 + 1e-9
        for _ in 0..<400 {
            for pack in 1...2 {
                bench.current(.random(in: -150...100, using: &random), pack: pack)
                if Int.random(in: 0..<20, using: &random) == 0 { bench.readings[pack - 1].current = nil }
            }
            if Int.random(in: 0..<30, using: &random) == 0 {
                let decade: Int64 = 315_576_000_000
                bench.wallOffset += Int64.random(in: -decade...decade, using: &random)
            }
            let isLate = Int.random(in: 0..<15, using: &random) == 0
            bench.poll(after: isLate ? .seconds(8) : .milliseconds(500))
            let now = bench.energy
            #expect(now.charged >= before.charged && now.discharged >= before.discharged)
            let added = (now.charged - before.charged) + (now.discharged - before.discharged)
            #expect(added <= fastest)
            before = now
        }
    }

    @Test func `what earlier lives counted comes on top`() {
        var bench = Bench()
        bench.settle()
        bench.current(100)
        bench.run(.seconds(60))
        let own = bench.energy
        var earlier = BatteryWatch.Earlier()
        earlier.energy = EnergyTotals(charged: 1_000_000, discharged: 900_000)
        earlier.packs = [1: earlier.energy, 7: EnergyTotals(charged: 5)]
        bench.watch.adopt(earlier)
        #expect(bench.energy.charged == own.charged + 1_000_000)
        // A pack that is not configured now keeps its counter.
        #expect(bench.watch.toKeep.packs[7]?.charged == 5)
        #expect(bench.watch.toKeep.packs[1] == own + earlier.energy)
    }

    @Test func `peaks have their times, and old data makes none`() {
        var bench = Bench()
        bench.settle()
        bench.current(80)
        bench.poll()
        let time = bench.moment.milliseconds
        bench.current(-30)
        bench.run(.seconds(5))
        #expect(bench.watch.peaks.chargeCurrent == .init(80, time: time))
        #expect(bench.watch.peaks.dischargeCurrent?.value == 30)
        #expect(abs((bench.watch.peaks.chargePower?.value ?? 0) - 80 * 52.8) < 0.01)
        bench.look(after: .seconds(60))
        bench.current(95)
        bench.poll()
        #expect(bench.watch.peaks.chargeCurrent?.value == 80)
    }

    @Test func `time to full and to empty follow the smoothed current, and only the way it goes`() throws {
        var bench = Bench()
        bench.settle()
        #expect(bench.watch.derived(at: bench.now).timeToFull == nil)
        #expect(bench.watch.derived(at: bench.now).timeToEmpty == nil)
        bench.current(70)
        bench.run(.seconds(3600))
        var derived = bench.watch.derived(at: bench.now)
        // Half of 280 Ah at 70 A: two hours.
        #expect(abs((try #require(derived.timeToFull)) - 7200) < 60)
        #expect(derived.timeToEmpty == nil)
        // A kettle does not turn it over.
        bench.current(-10)
        bench.run(.seconds(10))
        #expect(bench.watch.derived(at: bench.now).timeToFull != nil)
        bench.run(.seconds(3600))
        derived = bench.watch.derived(at: bench.now)
        #expect(derived.timeToFull == nil)
        #expect(abs((try #require(derived.timeToEmpty)) - 14 * 3600) < 600)
        // Without live data nobody knows.
        bench.look(after: .seconds(10))
        #expect(bench.watch.derived(at: bench.now).timeToEmpty == nil)
    }

    @Test func `the spread at rest is measured after ten minutes of rest and kept with its time`() throws {
        var bench = Bench()
        bench.settle()
        bench.readings[0].cells[3] = 3.32
        bench.run(.seconds(590))
        #expect(bench.watch.derived(at: bench.now).packs[0].restSpread == nil)
        bench.run(.seconds(20))
        let rested = bench.watch.derived(at: bench.now).packs[0]
        #expect(abs((try #require(rested.restSpread)) - 0.020) < 1e-6)
        #expect(rested.restSpreadTime == bench.now)
        // Under load the cells drift apart; at rest they were not.
        bench.current(60)
        bench.readings[0].cells[3] = 3.40
        bench.run(.seconds(60))
        let loaded = bench.watch.derived(at: bench.now).packs[0]
        #expect(abs((try #require(loaded.restSpread)) - 0.020) < 1e-6)
        #expect(loaded.restSpreadTime == rested.restSpreadTime)
        #expect(abs((try #require(loaded.spread)) - 0.10) < 1e-6)
    }
}

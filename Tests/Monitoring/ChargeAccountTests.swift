import Battery
import Testing

@testable import Monitoring

@Suite("Own state of charge, capacity, what a BMS tells wrongly") struct ChargeAccountTests {
    // MARK: - Own state of charge

    @Test func `it is unknown before the first full, then counted`() throws {
        var profile = Profile()
        profile.run(60, at: 10)
        #expect(profile.figures.ownStateOfCharge == nil)
        #expect(profile.figures.uncertainty == nil)
        profile.full()
        profile.run(3600, at: -25)
        #expect(abs((try #require(profile.figures.ownStateOfCharge)) - 75) < 0.01)
        profile.run(3600, at: 10)
        #expect(abs((try #require(profile.figures.ownStateOfCharge)) - 85) < 0.01)
        // More than full is full.
        profile.run(3600, at: 20)
        #expect(profile.figures.ownStateOfCharge == 100)
    }

    @Test func `a full and an empty tell both errors`() throws {
        var profile = Profile()
        profile.reading.stateOfCharge = 97
        profile.full()
        #expect(profile.figures.synchronisation?.ownError == nil)
        #expect(profile.figures.synchronisation?.bmsError == -3)
        profile.run(3600, at: -20)
        profile.full()
        #expect(abs((try #require(profile.figures.synchronisation?.ownError)) + 20) < 0.02)
        #expect(profile.figures.ownStateOfCharge == 100)
    }

    @Test func `a gap is not counted, and makes uncertain by what may have flowed`() throws {
        var profile = Profile()
        profile.full()
        profile.run(600, at: -30)
        let before = try #require(profile.figures.ownStateOfCharge)
        profile.sample(after: .seconds(60))
        #expect(profile.figures.ownStateOfCharge == before)
        // 150 A for 60 s are 2.5 % of 100 Ah.
        #expect(abs((try #require(profile.figures.uncertainty)) - 2.5) < 1e-9)
        profile.sample(after: .seconds(120))
        #expect(profile.figures.ownStateOfCharge == nil)
        profile.full()
        #expect(profile.figures.ownStateOfCharge == 100)
        #expect(profile.figures.uncertainty == 0)
    }

    @Test func `a BMS that saw nothing flow in a gap makes it certain`() throws {
        var profile = Profile()
        profile.reading.stateOfCharge = 100
        profile.full()
        profile.run(3600, at: -30)
        profile.run(2, at: 0)
        profile.sample(after: .seconds(7200))
        #expect(profile.figures.uncertainty == 0.5)
        #expect(abs((try #require(profile.figures.ownStateOfCharge)) - 70) < 0.02)
        profile.reading.stateOfCharge = 40
        profile.sample(after: .seconds(7200))
        #expect(profile.figures.ownStateOfCharge == nil)
    }

    @Test func `a current that is unknown is a gap`() throws {
        var profile = Profile()
        profile.full()
        profile.run(10, at: -36)
        let before = profile.figures.discharged
        profile.reading.current = nil
        for _ in 0..<60 { profile.sample() }
        profile.reading.current = -36
        profile.sample()
        #expect(profile.figures.discharged == before)
        #expect((try #require(profile.figures.uncertainty)) > 2)
    }

    // MARK: - Capacity

    @Test func `from full to empty is the capacity`() throws {
        var profile = Profile()
        profile.full()
        profile.run(4 * 3600, at: -22.5)
        #expect(profile.figures.capacity == nil)
        // Empty: ten seconds under the minimum.
        profile.reading.cells[1] = 2.75
        profile.run(5, at: -10)
        #expect(profile.figures.capacity == nil)
        profile.run(10, at: -10)
        let capacity = try #require(profile.figures.capacity)
        #expect(abs(capacity.ampereHours - 90.03) < 0.02)
        #expect(capacity.towards == .empty)
        #expect(abs(try #require(profile.figures.ownStateOfCharge)) < 0.02)
        #expect(profile.figures.synchronisation?.anchor == .empty)
        // And back: the charge that is lost in charging is in it.
        profile.reading.cells[1] = 3.4
        profile.run(3600, at: 93)
        profile.full()
        #expect(abs((try #require(profile.figures.capacity)).ampereHours - 93) < 0.1)
        #expect(profile.figures.capacity?.towards == .full)
    }

    @Test func `a gap on the way gives no capacity`() {
        var profile = Profile()
        profile.full()
        profile.run(7200, at: -22.5)
        profile.sample(after: .seconds(600))
        profile.run(7200, at: -22.5)
        profile.reading.cells[1] = 2.75
        profile.run(20, at: -10)
        #expect(profile.figures.synchronisation?.anchor == .empty)
        #expect(profile.figures.capacity == nil)
    }

    @Test func `a heavy load that pulls a cell down is not empty`() {
        var profile = Profile()
        profile.reading.cells[1] = 2.75
        profile.run(60, at: -80)
        #expect(profile.figures.synchronisation == nil)
        // Nor is a cell that is being charged.
        profile.run(60, at: 5)
        #expect(profile.figures.synchronisation == nil)
        profile.run(60, at: -5)
        #expect(profile.figures.synchronisation?.anchor == .empty)
    }

    // MARK: - What a BMS tells wrongly

    @Test func `an honest state of charge is no event, at any current`() {
        var profile = Profile()
        profile.reading.stateOfCharge = 100
        profile.full()
        profile.run(3000, at: -100)
        profile.run(3400, at: 100)
        profile.run(1800) { $0.truncatingRemainder(dividingBy: 40) < 20 ? -90 : 90 }
        #expect(profile.occurrences.isEmpty)
    }

    /// Seen red with a bound of 30 %.
    @Test func `a jump is told with what flowed meanwhile`() {
        var profile = Profile()
        profile.reading.stateOfCharge = 60
        profile.run(100, at: -36)
        profile.reading.stateOfCharge = 80
        profile.run(100, at: -36)
        #expect(profile.codes == ["soc_jump"])
        #expect(profile.number("to_percent", of: "soc_jump").map { abs($0 - 80) < 0.05 } == true)
        #expect(profile.number("from_percent", of: "soc_jump").map { abs($0 - 59.5) < 0.6 } == true)
        #expect(profile.number("charge_ah", of: "soc_jump").map { $0 < 0 && $0 > -0.7 } == true)
        #expect(profile.occurrences.first?.severity == .warning)
        #expect(profile.occurrences.first?.text.contains("80.0 %") == true)
    }

    @Test func `a jump towards our own count is a correction, and one across a gap is none`() {
        var profile = Profile()
        profile.full()
        profile.reading.stateOfCharge = 92
        profile.run(100, at: 0)
        profile.reading.stateOfCharge = 100
        profile.run(10, at: 0)
        #expect(profile.occurrences.map(\.severity) == [.info])
        profile.reading.stateOfCharge = 40
        profile.sample(after: .seconds(3600))
        profile.run(10, at: 0)
        #expect(profile.codes == ["soc_jump"])
    }

    @Test func `a state of charge that stands still while charge flows lasts until it moves`() {
        var profile = Profile()
        profile.reading.stateOfCharge = 60
        for _ in 0..<(15 * 60) {
            profile.reading.current = -36
            profile.sample()
        }
        #expect(profile.codes == ["soc_stuck"])
        #expect(profile.number("charge_ah", of: "soc_stuck").map { abs($0 + 5) < 0.02 } == true)
        #expect(profile.number("expected_percent", of: "soc_stuck").map { abs($0 - 55) < 0.02 } == true)
        #expect(profile.number("seconds", of: "soc_stuck").map { abs($0 - 500) < 2 } == true)
        profile.reading.stateOfCharge = 59
        profile.sample()
        #expect(profile.occurrences.last?.phase == .ends)
        #expect(profile.occurrences.count == 2)
    }

    @Test func `a full pack that is held full does not stand still`() {
        var profile = Profile()
        profile.reading.stateOfCharge = 100
        profile.run(3600, at: 20)
        profile.run(120, at: -20)
        #expect(profile.occurrences.isEmpty)
    }

    @Test func `a count that runs away from ours is a drift with both numbers, until it is back`() {
        var profile = Profile()
        profile.full()
        profile.reading.stateOfCharge = 100
        // It sees half of the current only.
        for _ in 0..<(3 * 3600) {
            profile.reading.current = -10
            profile.reading.stateOfCharge = (profile.reading.stateOfCharge ?? 0) - 5.0 / 3600
            profile.sample()
        }
        #expect(profile.codes == ["soc_drift"])
        #expect(profile.number("difference_percent", of: "soc_drift").map { abs($0 - 10) < 0.2 } == true)
        #expect(profile.number("own_percent", of: "soc_drift").map { abs($0 - 80) < 0.3 } == true)
        #expect(profile.figures.drift.map { abs($0 - 15) < 0.1 } == true)
        profile.reading.stateOfCharge = 70
        for _ in 0..<70 { profile.sample() }
        #expect(profile.occurrences.last?.identity.code == "soc_drift")
        #expect(profile.occurrences.last?.phase == .ends)
    }

    // MARK: - Full by the charge controller

    /// Seen red where a decision that is shown twice counts twice.
    @Test func `the charge controller's full sets the own count to 100`() throws {
        var bench = Bench()
        bench.settle()
        bench.readings[0].stateOfCharge = 93
        bench.cells(3.45)
        bench.current(40)
        bench.run(.seconds(60))
        #expect(bench.watch.derived(at: bench.now).packs[0].figures.ownStateOfCharge == nil)
        bench.current(2)
        while bench.full == nil, bench.now < Bench.origin + .seconds(600) { bench.poll() }
        bench.lookAgain(at: try #require(bench.full))
        let figures = bench.watch.derived(at: bench.now).packs[0].figures
        #expect(figures.ownStateOfCharge == 100)
        #expect(figures.synchronisation?.anchor == .full)
        #expect(figures.synchronisation?.bmsError == -7)
        // As it was found, not as it is looked at again.
        #expect(figures.synchronisation?.ownError == nil)
    }

    @Test func `a full battery does not fill the pack that lags behind`() {
        var bench = Bench(packs: 2)
        bench.settle()
        bench.cells(3.45)
        bench.cells(3.33, pack: 2)
        bench.current(40)
        bench.run(.seconds(60))
        bench.current(2)
        bench.run(.seconds(120))
        let packs = bench.watch.derived(at: bench.now).packs
        #expect(packs[0].figures.ownStateOfCharge == 100)
        #expect(packs[1].figures.synchronisation == nil)
    }
}

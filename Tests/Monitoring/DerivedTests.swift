import Battery
import Testing

@testable import Monitoring

@Suite("Means, resistances, temperatures, cycles") struct DerivedTests {
    // MARK: - Moving averages

    @Test func `the mean of a minute follows a step, and is unknown before half of it is known`() throws {
        var profile = Profile()
        profile.run(28, at: 20)
        #expect(profile.figures.currentMinute == nil)
        profile.run(62, at: 20)
        #expect(abs((try #require(profile.figures.currentMinute)) - 20) < 1e-9)
        #expect(abs((try #require(profile.figures.powerMinute)) - 20 * 13.2) < 1e-6)
        #expect(profile.figures.currentQuarter == nil)
        // Half a minute later, half of it is the new one; the window is right to 2 s.
        profile.run(30, at: -20)
        #expect(abs(try #require(profile.figures.currentMinute)) < 2)
        profile.run(60, at: -20)
        #expect(abs((try #require(profile.figures.currentMinute)) + 20) < 1e-9)
    }

    @Test func `a sine over whole periods averages to its offset, a square to its duty`() throws {
        var profile = Profile()
        profile.run(1800) { 10 + 50 * (2 * .pi * $0 / 30).sine }
        // The window is right to one slot, which may hold half a period: 50 A · 30 s / π of 870 s.
        #expect(abs((try #require(profile.figures.currentQuarter)) - 10) < 0.55)
        profile.run(1800) { Int($0) % 10 < 3 ? 100 : 0 }
        #expect(abs((try #require(profile.figures.currentQuarter)) - 30) < 0.5)
    }

    /// Seen red with a mean that joins whatever two samples come after each other.
    @Test func `a gap is no part of a mean`() throws {
        var profile = Profile()
        profile.run(60, at: 10)
        profile.reading.current = 90
        profile.sample(after: .seconds(25))
        // 35 s of the 10 A are left in the window, nothing of the gap.
        #expect(abs((try #require(profile.figures.currentMinute)) - 10) < 1e-9)
        profile.sample(after: .seconds(50))
        #expect(profile.figures.currentMinute == nil)
    }

    @Test func `time alone makes a mean unknown again`() {
        var profile = Profile()
        profile.run(60, at: 10)
        #expect(profile.measures.figures(at: profile.now + .seconds(20)).currentMinute != nil)
        #expect(profile.measures.figures(at: profile.now + .seconds(40)).currentMinute == nil)
    }

    // MARK: - Cells

    /// A square of current over cells of which one has three times the resistance.
    private func loaded() -> Profile {
        var profile = Profile()
        let ohms = [0.001, 0.001, 0.003, 0.001]
        for second in 0..<200 {
            let current = second / 20 % 2 == 0 ? 0.0 : 50
            profile.reading.current = current
            profile.reading.cells = ohms.map { 3.3 + $0 * current }
            profile.reading.cells[0] = 3.31 + ohms[0] * current
            profile.sample()
        }
        return profile
    }

    @Test func `steps of the current teach each cell's resistance, and the load leaves the spread`() throws {
        let figures = loaded().figures
        #expect(figures.resistances.count == 4)
        #expect(abs((try #require(figures.resistances[2])) - 0.003) < 1e-9)
        #expect(abs((try #require(figures.resistances[1])) - 0.001) < 1e-9)
        // Now 0.10 V apart by the load; at rest only the first cell differs, by 10 mV.
        #expect(abs((try #require(figures.spread)) - 0.10) < 1e-9)
        #expect(abs((try #require(figures.correctedSpread)) - 0.010) < 1e-9)
    }

    /// Seen red without the condition that both samples are steady.
    @Test func `cells that are read a sample after the current teach nothing wrong`() throws {
        var profile = Profile()
        var before = 0.0
        for second in 0..<300 {
            let current = second / 20 % 2 == 0 ? 0.0 : 50
            profile.reading.current = before
            profile.reading.cells = Array(repeating: 3.3 + 0.002 * current, count: 4)
            before = current
            profile.sample()
        }
        for ohms in profile.figures.resistances { #expect(abs((try #require(ohms)) - 0.002) < 1e-9) }
    }

    @Test func `a slow change of the current teaches nothing`() {
        var profile = Profile()
        for second in 0..<600 {
            profile.reading.current = Double(second) / 10
            // The charge lifts the cells, not the resistance.
            profile.reading.cells = Array(repeating: 3.2 + 0.0005 * Double(second), count: 4)
            profile.sample()
        }
        #expect(profile.figures.resistances.allSatisfy { $0 == nil })
        #expect(profile.figures.correctedSpread == nil)
    }

    @Test func `a cell that is unknown makes the spread unknown, not smaller`() {
        var profile = loaded()
        profile.reading.cells[0] = nil
        profile.sample()
        #expect(profile.figures.spread == nil)
        #expect(profile.figures.correctedSpread == nil)
        profile.measures.lose()
        #expect(profile.figures.spread == nil)
        #expect(profile.figures.resistances[2] != nil)
    }

    // MARK: - Temperatures

    @Test func `a sensor that warms by a degree a minute is told with its name`() throws {
        var profile = Profile()
        for second in 0..<400 {
            profile.reading.temperatures = [
                .init(name: "T1", place: .cells, celsius: 20), .init(name: "BOARD", place: .board, celsius: 80),
                // As coarse as a BMS tells it.
                .init(name: "T2", place: .cells, celsius: (200 + Double(second) / 6).rounded() / 10),
            ]
            profile.sample()
            if second == 120 { #expect(profile.figures.temperatureRate == nil) }
        }
        let rate = try #require(profile.figures.temperatureRate)
        #expect(rate.sensor == "T2")
        #expect(abs(rate.kelvinPerMinute - 1) < 0.01)
        // The board is none of the cells.
        #expect(abs((try #require(profile.figures.temperatureSpread)) - 6.7) < 0.06)
        profile.reading.temperatures = [.init(name: "T1", place: .cells, celsius: 20)]
        profile.sample()
        #expect(profile.figures.temperatureSpread == nil)
    }

    // MARK: - Cycles

    /// ASTM E1049-85 (2017), figure 6: the sequence and its count.
    @Test func `the standard's example has the standard's count`() {
        var rainflow = Rainflow()
        for value in [-2, 1, -3, 5, -1, 3, -4, 4, -2] { rainflow.add(Double(value) * 10) }
        // Ranges 3: 0.5, 4: 1.5, 6: 0.5, 8: 1.0, 9: 0.5.
        #expect(rainflow.count.cycles == [0, 0, 0.5, 1.5, 0, 0.5, 0, 1, 0.5, 0])
        let depths: Double = 30 * 0.5 + 40 * 1.5 + 60 * 0.5 + 80 + 90 * 0.5
        #expect(abs(rainflow.count.equivalent - depths / 100) < 1e-9)
    }

    @Test func `values on the way to a turn change no count`() {
        var rainflow = Rainflow()
        var before = -20.0
        for turn in [-20.0, 10, -30, 50, -10, 30, -40, 40, -20] {
            for step in 1...50 { rainflow.add(before + (turn - before) * Double(step) / 50) }
            before = turn
        }
        #expect(rainflow.count.cycles == [0, 0, 0.5, 1.5, 0, 0.5, 0, 1, 0.5, 0])
    }

    @Test func `a ripple under two percent is no cycle`() {
        var rainflow = Rainflow()
        for turn in 0..<1000 { rainflow.add(turn % 2 == 0 ? 50 : 51.4) }
        #expect(rainflow.count.cycles.allSatisfy { $0 == 0 })
    }

    @Test(arguments: 0..<20) func `memory is bounded, and every range is counted once`(seed: UInt64) {
        var random = Seeded(seed)
        var rainflow = Rainflow()
        var (turns, up) = (0.0, false)
        // Ever narrower turns wait for a wide one: the worst there is.
        var width = 100.0
        for _ in 0..<5000 {
            up.toggle()
            width = width < 3 ? .random(in: 3...100, using: &random) : width - 0.5
            rainflow.add(50 + (up ? width : -width))
            turns += 1
            #expect(rainflow.kept.points.count <= Rainflow.mostPoints)
        }
        // Each range is half a cycle; the first begins nowhere.
        #expect(rainflow.count.cycles.reduce(0, +) == (turns - 1) / 2)
    }

    @Test func `a day down to 20 % and back is 0.8 of a cycle, both ways of counting`() {
        var profile = Profile()
        profile.run(4 * 3600, at: -20)
        profile.run(4 * 3600, at: 20)
        let figures = profile.figures
        #expect(abs(figures.discharged - 80) < 0.01)
        #expect(abs(figures.charged - 80) < 0.01)
        #expect(abs(figures.equivalentCycles - 0.8) < 1e-3)
        #expect(abs(figures.rainflow.equivalent - 0.8) < 0.006)
        #expect(figures.rainflow.cycles[7] == 1)
    }

    @Test func `the pack's own peaks have their times`() {
        var profile = Profile()
        profile.run(10, at: 40)
        profile.run(10, at: -70)
        #expect(profile.figures.peaks?.chargeCurrent?.value == 40)
        #expect(profile.figures.peaks?.dischargeCurrent?.value == 70)
        #expect(profile.figures.peaks?.dischargeCurrent?.time == profile.moment.milliseconds - 9000)
    }
}

extension Double {
    /// Sine by its series, good to 1e-9 after reduction: no C library in a pure test.
    fileprivate var sine: Double {
        let turn = truncatingRemainder(dividingBy: 2 * .pi)
        let angle = turn > .pi ? turn - 2 * .pi : turn
        var (term, sum) = (angle, angle)
        for order in 1...12 {
            term *= -angle * angle / Double((2 * order) * (2 * order + 1))
            sum += term
        }
        return sum
    }
}

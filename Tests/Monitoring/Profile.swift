import Battery

@testable import Monitoring

/// A pack of 100 Ah whose every reading the test says.
struct Profile {
    static let gap: Duration = .seconds(2)

    let specification: PackSpecification
    var measures: DerivedMeasures
    var now = Bench.origin
    var occurrences: [Occurrence] = []
    /// What the next reading says.
    var reading: PackReading

    /// Has told one reading, at rest.
    init(cells: Int = 4, stateOfCharge: Double? = nil) {
        specification = PackSpecification(
            chemistry: .lfp, cellCount: cells, capacity: 100, maximumCharge: 100, maximumDischarge: 150)
        measures = DerivedMeasures(specification, since: 1)
        reading = PackReading(pack: 1, began: now, completed: now, promised: [])
        reading.cells = Array(repeating: 3.3, count: cells)
        reading.voltage = 3.3 * Double(cells)
        reading.current = 0
        reading.temperatures = [.init(name: "T1", place: .cells, celsius: 25)]
        reading.stateOfCharge = stateOfCharge
        sample()
    }

    var moment: Moment { Moment(now, milliseconds: 1_740_787_200_000 + Int64((now - Bench.origin) / .milliseconds(1))) }
    var figures: DerivedFigures { measures.figures(at: now) }

    mutating func sample(after wait: Duration = .seconds(1)) {
        now += wait
        (reading.began, reading.completed) = (now, now)
        occurrences += measures.take(reading, at: moment, gap: Self.gap)
    }

    /// Seconds of a current that follows from the second; the state of charge moves with it where it is known.
    mutating func run(_ seconds: Int, _ current: (Double) -> Double) {
        for second in 1...seconds {
            let amperes = current(Double(second))
            if let charge = reading.stateOfCharge {
                reading.stateOfCharge = min(max(charge + ((reading.current ?? 0) + amperes) / 2 / 3600, 0), 100)
            }
            reading.current = amperes
            sample()
        }
    }

    mutating func run(_ seconds: Int, at amperes: Double) { run(seconds) { _ in amperes } }

    /// The charge controller finds it full.
    mutating func full() { measures.fillUp(bms: reading.stateOfCharge, at: moment) }

    /// The process ends and another begins: what it kept went through a store of numbers.
    mutating func restart() {
        let figures = measures.toKeep.figures
        measures = DerivedMeasures(specification, since: moment.milliseconds)
        if let kept = KeptMeasures(figures: figures) { measures.adopt(kept) }
    }

    /// Codes of what began or happened.
    var codes: [String] { occurrences.filter { $0.phase != .ends }.map(\.identity.code) }

    func number(_ name: String, of code: String) -> Double? {
        let occurrence = occurrences.last { $0.identity.code == code && $0.phase != .ends }
        let value = occurrence?.fields.first { $0.name == name }?.value
        guard case .number(let number)? = value else { return nil }
        return number
    }
}

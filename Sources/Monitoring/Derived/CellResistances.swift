package import Battery

/// What each cell's voltage is lifted by a current, learned from steps of the current. Own.
///
/// A step is a change of at least 0.05 C between two samples that are each steady (within 0.01 C of the sample before) and
/// at most 10 s apart without a gap. Each cell's change of voltage over the step's is its resistance over seconds: ohmic,
/// joints and the first of the polarisation. Newer steps count more: one has half of its weight after 34 others. Slow
/// changes teach nothing, as in them the charge moves the voltage too.
package struct CellResistances: Sendable {
    /// What is known of one cell.
    package struct Cell: Sendable, Hashable {
        /// Ω.
        package var ohms = 0.0
        /// Sum of the squared steps behind it, A², older ones less.
        package var weight = 0.0
        /// Steps behind it, at most `proof`.
        package var steps = 0
    }

    private struct Steady {
        var time: Instant
        var current: Double
        var cells: [Double?]
    }

    /// Steps before a resistance is told.
    package static let proof = 3
    /// The most that a resistance may be, Ω·Ah: ten times a tired cell's. A step that asks for more is a wrong reading.
    package static let limit = 2.0
    private static let forgetting = 0.98
    private static let stepRate = 0.05
    private static let steadyRate = 0.01
    private static let reach: Duration = .seconds(10)

    package private(set) var cells: [Cell] = []
    private let capacity: Double
    /// The newest sample that is known to be steady: the one after it was so too. A BMS may read the cells after the
    /// current, and a step between the two would be in the one and not in the other.
    private var steady: Steady?
    private var candidate: Steady?
    private var last: (time: Instant, current: Double)?

    /// Begins with what an earlier life learned.
    ///
    /// - Parameters:
    ///   - capacity: of the pack, Ah.
    ///   - cells: of the earlier life, cell 1 first.
    package init(capacity: Double, cells: [Cell] = []) {
        self.capacity = capacity
        self.cells = cells
    }

    /// Resistance of a cell, Ω; nil while it is not known.
    package func ohms(_ index: Int) -> Double? {
        guard cells.indices.contains(index), cells[index].steps >= Self.proof else { return nil }
        return cells[index].ohms
    }

    /// Takes a live sample: V, nil for a cell that is unknown, and A.
    package mutating func add(_ volts: [Double?], current: Double?, at time: Instant, gap: Duration) {
        guard let current, capacity > 0 else {
            (steady, candidate, last) = (nil, nil, nil)
            return
        }
        let before = last
        last = (time, current)
        guard let before, time > before.time, time - before.time <= gap else {
            (steady, candidate) = (nil, nil)
            return
        }
        guard abs(current - before.current) <= Self.steadyRate * capacity else {
            candidate = nil
            return
        }
        if let steady, time - steady.time <= Self.reach, learn(from: steady, to: volts, current) {
            // Each step teaches once.
            self.steady = nil
        }
        if let candidate { steady = candidate }
        candidate = Steady(time: time, current: current, cells: volts)
    }

    /// Difference between the highest and the lowest cell once each is less what the current lifts it by, V. Nil while a
    /// cell's voltage or resistance is unknown.
    package func spread(_ volts: [Double?], current: Double?) -> Double? {
        guard let current, !volts.isEmpty else { return nil }
        var (least, most) = (Double.infinity, -Double.infinity)
        for (index, volts) in volts.enumerated() {
            guard let volts, let ohms = ohms(index) else { return nil }
            let atRest = volts - ohms * current
            (least, most) = (min(least, atRest), max(most, atRest))
        }
        return most - least
    }

    // MARK: - Private

    /// Returns whether there was a step.
    private mutating func learn(from before: Steady, to volts: [Double?], _ current: Double) -> Bool {
        let step = current - before.current
        guard abs(step) >= Self.stepRate * capacity else { return false }
        if cells.count != volts.count { cells = Array(repeating: Cell(), count: volts.count) }
        for index in volts.indices where before.cells.indices.contains(index) {
            guard let new = volts[index], let old = before.cells[index] else { continue }
            let ohms = (new - old) / step
            guard ohms >= 0, ohms * capacity <= Self.limit else { continue }
            let weight = cells[index].weight * Self.forgetting + step * step
            cells[index].ohms += (ohms - cells[index].ohms) * step * step / weight
            cells[index].weight = weight
            cells[index].steps = min(cells[index].steps + 1, Self.proof)
        }
        return true
    }
}

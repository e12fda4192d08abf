/// S23: a jump counts only when the next snapshot confirms it; until then the worse of old and new is used for limits.
struct JumpFilter: Sendable {
    /// What may be believed of one reading.
    struct Judgement: Sendable {
        /// Worse of old and new for every unconfirmed cell, V; nil while nothing is unconfirmed.
        var worstHigh: Double?
        var worstLow: Double?
        var cellsConfirmed: Bool
        /// The old one while a jump is unconfirmed, percent.
        var stateOfCharge: Double?
    }

    private static let cellJump = 0.3
    private static let chargeJump = 5.0
    private static let window: Duration = .seconds(2)

    private var began: Instant?
    private var cells: [Tracked] = []
    private var charge = Tracked()

    /// One quantity: what is believed, and what is waiting for confirmation.
    private struct Tracked: Sendable {
        var believed: Double?
        var pending: Double?

        /// Takes a new value; returns whether it is believed.
        mutating func take(_ new: Double?, jump: Double, recent: Bool) -> Bool {
            guard let new else { return true }
            guard let old = believed, recent, abs(new - old) > jump else {
                believed = new
                pending = nil
                return true
            }
            if let waiting = pending, abs(new - waiting) <= jump {
                believed = new
                pending = nil
                return true
            }
            pending = new
            return false
        }
    }

    /// Judges the next reading.
    mutating func judge(_ reading: PackReading) -> Judgement {
        let recent = began.map { reading.began - $0 < Self.window } ?? false
        began = reading.began
        if cells.count != reading.cells.count {
            cells = Array(repeating: Tracked(), count: reading.cells.count)
        }
        var result = Judgement(cellsConfirmed: true)
        for index in cells.indices {
            guard !cells[index].take(reading.cells[index], jump: Self.cellJump, recent: recent) else { continue }
            result.cellsConfirmed = false
            for case let value? in [cells[index].believed, cells[index].pending] {
                result.worstHigh = max(result.worstHigh ?? value, value)
                result.worstLow = min(result.worstLow ?? value, value)
            }
        }
        _ = charge.take(reading.stateOfCharge, jump: Self.chargeJump, recent: recent)
        result.stateOfCharge = reading.stateOfCharge == nil ? nil : charge.believed
        return result
    }
}

/// Median of three and anticipation of the extreme cells, for the curves (charge-control.md d.4).
struct ExtremeHistory: Sendable {
    /// How far ahead a rising cell is looked at; the slope is taken over the same time, so that the noise of one
    /// reading weighs little.
    private static let horizon: Duration = .seconds(5)
    /// The most that anticipation may add: a load that ends lifts every cell by its resistance, which is no trend. V.
    private static let mostAnticipated = 0.02

    private var recent: [(highest: Double, lowest: Double)] = []
    private var medians: [(at: Instant, highest: Double, lowest: Double)] = []

    /// Takes one reading's extremes and returns the ones for the curves.
    mutating func update(
        highest: Double?, lowest: Double?, at now: Instant, worstHigh: Double?, worstLow: Double?
    ) -> (highest: Double?, lowest: Double?) {
        guard let highest, let lowest else { return (worstHigh, worstLow) }
        recent.append((highest, lowest))
        if recent.count > 3 { recent.removeFirst() }
        let middle = middle
        medians.removeAll { now - $0.at > Self.horizon || now < $0.at }
        let past = medians.first
        medians.append((now, middle.highest, middle.lowest))
        let rise = past.map { min(max(middle.highest - $0.highest, 0), Self.mostAnticipated) } ?? 0
        let fall = past.map { min(max($0.lowest - middle.lowest, 0), Self.mostAnticipated) } ?? 0
        // An unconfirmed jump counts at its worse end on top of the median, which has not seen it yet.
        let worst = (high: worstHigh ?? middle.highest, low: worstLow ?? middle.lowest)
        return (max(middle.highest + rise, worst.high), min(middle.lowest - fall, worst.low))
    }

    /// The middle of three; of fewer the worse one.
    private var middle: (highest: Double, lowest: Double) {
        guard recent.count == 3 else {
            return recent.reduce((-.infinity, .infinity)) { (max($0.0, $1.highest), min($0.1, $1.lowest)) }
        }
        let (one, two, three) = (recent[0], recent[1], recent[2])
        return (
            Self.middle(one.highest, two.highest, three.highest), Self.middle(one.lowest, two.lowest, three.lowest)
        )
    }

    private static func middle(_ one: Double, _ two: Double, _ three: Double) -> Double {
        max(min(one, two), min(max(one, two), three))
    }
}

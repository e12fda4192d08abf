/// A complete, validated poll of one pack. Only `SnapshotIntake` makes one.
///
/// Never changes once it is made. Its values stand in one shared box: a control step hands it on a dozen times, and to
/// copy what a reading holds would cost more than to decide.
package struct PackSnapshot: Sendable, Hashable {
    /// The reading with every implausible field removed (S21).
    package var reading: PackReading { box.values.reading }
    /// Highest cell of this very reading, unsmoothed: hard overrides obey it at once (S27).
    package var highestCell: BatteryPicture.ExtremeCell? { box.values.highestCell }
    /// Lowest cell of this very reading, unsmoothed.
    package var lowestCell: BatteryPicture.ExtremeCell? { box.values.lowestCell }
    /// Highest cell for curves, V: median of three, with anticipation, the worse one while a jump is unconfirmed (S23).
    package var cautiousHighestCell: Double? { box.values.cautiousHighestCell }
    /// Lowest cell for curves, V.
    package var cautiousLowestCell: Double? { box.values.cautiousLowestCell }
    /// Whether this reading's extreme cells were confirmed by the one before (S23).
    package var cellsConfirmed: Bool { box.values.cellsConfirmed }
    /// The temperatures that may be used for limits.
    package var temperature: PackTemperature { box.values.temperature }
    /// Promised inputs that this reading lacks (S24).
    package var missing: PackInputs { box.values.missing }
    /// Whether at least one cell of the list could not be read.
    package var someCellMissing: Bool { box.values.someCellMissing }

    private let box: Box

    init(
        reading: PackReading, highestCell: BatteryPicture.ExtremeCell?, lowestCell: BatteryPicture.ExtremeCell?,
        cautiousHighestCell: Double?, cautiousLowestCell: Double?, cellsConfirmed: Bool, temperature: PackTemperature,
        missing: PackInputs, someCellMissing: Bool
    ) {
        box = Box(
            Values(
                reading: reading, highestCell: highestCell, lowestCell: lowestCell,
                cautiousHighestCell: cautiousHighestCell, cautiousLowestCell: cautiousLowestCell,
                cellsConfirmed: cellsConfirmed, temperature: temperature, missing: missing,
                someCellMissing: someCellMissing))
    }

    /// Mean of the cells, V.
    package var meanCell: Double? {
        var (sum, count) = (0.0, 0)
        for case let volts? in reading.cells { (sum, count) = (sum + volts, count + 1) }
        return count > 0 ? sum / Double(count) : nil
    }

    /// Highest less lowest cell, V; nil while one cannot be read.
    var spread: Double? {
        guard !someCellMissing, let high = highestCell?.volts, let low = lowestCell?.volts else { return nil }
        return high - low
    }

    package static func == (one: PackSnapshot, other: PackSnapshot) -> Bool {
        one.box === other.box || one.box.values == other.box.values
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(box.values) }

    // MARK: - Private

    private struct Values: Sendable, Hashable {
        let reading: PackReading
        let highestCell: BatteryPicture.ExtremeCell?
        let lowestCell: BatteryPicture.ExtremeCell?
        let cautiousHighestCell: Double?
        let cautiousLowestCell: Double?
        let cellsConfirmed: Bool
        let temperature: PackTemperature
        let missing: PackInputs
        let someCellMissing: Bool
    }

    private final class Box: Sendable {
        let values: Values

        init(_ values: Values) { self.values = values }
    }
}

/// The temperatures of one reading that may be used for limits.
package struct PackTemperature: Sendable, Hashable {
    package var coldest: BatteryPicture.ExtremeTemperature?
    package var warmest: BatteryPicture.ExtremeTemperature?
    /// Of the BMS's board, °C, whether the others are known or not.
    package var board: BatteryPicture.ExtremeTemperature?
    /// Warmest power switch.
    package var warmestSwitch: BatteryPicture.ExtremeTemperature?
    /// Mean of the sensors used, °C.
    package var mean: Double?
    /// Only the BMS's board is known, which is warmer than the cells (S27).
    package var boardOnly: Bool
}

/// Why a reading was refused.
package enum SnapshotFault: Error, Sendable, Hashable {
    /// S21: the number of cells is not the configured one.
    case cellCount(got: Int, configured: Int)
    /// S22: the cells do not add up to the pack voltage. V.
    case sumOfCells(sum: Double, pack: Double, allowed: Double)
    /// S22: the BMS's own extremes contradict each other or its list. V.
    case extremes(lowest: Double, highest: Double)
    /// S8: the running counter stands still.
    case counterFrozen(at: UInt32)
    /// A driver gave a reading without voltage and without any cell.
    case empty
}

/// What the poller knows about one pack after each cycle: the control path's one slot a pack.
package struct PackReport: Sendable, Hashable {
    package var pack: Int
    /// The newest valid snapshot.
    package var snapshot: PackSnapshot?
    /// The moment from which the age of the data counts: the newest valid poll's begin, or, while a running counter
    /// stands still, its last advance (S8). Nil before the first valid snapshot.
    package var ageOrigin: Instant?
    /// Valid snapshots in a row, and the begin of the first of them (S5, S6).
    package var validRun: ValidRun?
    /// Whether two valid snapshots have followed each other since the poller began (S5).
    package var isProven = false
    /// Readings refused since the start.
    package var refused: Int
    /// The newest refusal.
    package var lastFault: SnapshotFault?
    /// Polls without a reading since the start.
    package var missed: Int

    /// A row of valid snapshots without a refusal, a missed poll or a gap.
    package struct ValidRun: Sendable, Hashable {
        package var count: Int
        package var firstBegan: Instant
        package var lastBegan: Instant
    }

    package init(pack: Int) {
        self.pack = pack
        refused = 0
        missed = 0
    }
}

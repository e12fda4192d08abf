/// A complete, validated poll of one pack. Only `SnapshotIntake` makes one.
package struct PackSnapshot: Sendable, Hashable {
    /// The reading with every implausible field removed (S21).
    package let reading: PackReading
    /// Highest cell of this very reading, unsmoothed: hard overrides obey it at once (S27).
    package let highestCell: BatteryPicture.ExtremeCell?
    /// Lowest cell of this very reading, unsmoothed.
    package let lowestCell: BatteryPicture.ExtremeCell?
    /// Highest cell for curves, V: median of three, with anticipation, the worse one while a jump is unconfirmed (S23).
    package let cautiousHighestCell: Double?
    /// Lowest cell for curves, V.
    package let cautiousLowestCell: Double?
    /// Whether this reading's extreme cells were confirmed by the one before (S23).
    package let cellsConfirmed: Bool
    /// The temperatures that may be used for limits.
    package let temperature: PackTemperature
    /// Promised inputs that this reading lacks (S24).
    package let missing: PackInputs
    /// Whether at least one cell of the list could not be read.
    package let someCellMissing: Bool

    /// Mean of the cells, V.
    package var meanCell: Double? {
        let known = reading.cells.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}

/// The temperatures of one reading that may be used for limits.
package struct PackTemperature: Sendable, Hashable {
    package var coldest: BatteryPicture.ExtremeTemperature?
    package var warmest: BatteryPicture.ExtremeTemperature?
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

/// What a user confirmed about one pack: without it nothing is sent (S64). Never changes within a controller's life.
package struct PackSpecification: Sendable, Hashable {
    /// Number in the configuration, from 1.
    package var pack: Int
    package var chemistry: Chemistry
    /// Cells in series.
    package var cellCount: Int
    /// Ah.
    package var capacity: Double
    /// The most that may ever be charged with, A.
    package var maximumCharge: Double
    /// The most that may ever be drawn, A.
    package var maximumDischarge: Double
    /// V a cell.
    package var maximumCell: Double
    /// V a cell.
    package var absorptionCell: Double
    /// V a cell.
    package var floatCell: Double
    /// V a cell.
    package var minimumCell: Double
    /// °C.
    package var chargeWindow: ClosedRange<Double>
    /// °C.
    package var dischargeWindow: ClosedRange<Double>

    /// Creates a specification with the chemistry's voltages and windows; they are then the caller's to change.
    package init(
        pack: Int = 1, chemistry: Chemistry, cellCount: Int, capacity: Double, maximumCharge: Double,
        maximumDischarge: Double
    ) {
        self.pack = pack
        self.chemistry = chemistry
        self.cellCount = cellCount
        self.capacity = capacity
        self.maximumCharge = maximumCharge
        self.maximumDischarge = maximumDischarge
        maximumCell = chemistry.maximumCell
        absorptionCell = chemistry.absorptionCell
        floatCell = chemistry.floatCell
        minimumCell = chemistry.minimumCell
        chargeWindow = chemistry.chargeWindow
        dischargeWindow = chemistry.dischargeWindow
    }

    /// Distance kept from the voltage at which a BMS opens its switch under power, V a cell (protocols/tinybms.md 16).
    static let fullCellMargin = 0.020

    /// V a cell: the configured absorption voltage, or what the BMS lets a cell reach where that is less.
    package func absorptionCell(_ settings: BMSSettings?) -> Double {
        min(absorptionCell, settings?.fullCell.map { $0 - Self.fullCellMargin } ?? absorptionCell)
    }

    /// V a cell: below it a cell is never charged without a person.
    package var deepDischargeCell: Double { chemistry.deepDischargeCell }

    /// Pack voltage that makes an inverter neither charge nor discharge, V (safety.md 1).
    ///
    /// For chemistries without a plateau it follows the mean cell voltage of the last valid snapshot.
    package func restVoltage(meanCell: Double?) -> Double {
        let cell = chemistry.hasPlateau ? chemistry.restCell : max(meanCell ?? 0, chemistry.restCell)
        return Double(cellCount) * min(cell, absorptionCell)
    }

    /// The least current that keeps an inverter from tripping, A: 0.01 C, at most 2 A (charge-control.md d.4).
    package var floorCurrent: Double { min(0.01 * capacity, 2, maximumCharge) }
}

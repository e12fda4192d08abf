/// One pack as configured. Nil is what the user has not confirmed, or leaves to the chemistry.
package struct PackConfiguration: Sendable, Hashable {
    /// Number from 1.
    package var number: Int
    /// Link address of contract.md 2.
    package var link: String?
    package var family: BMSFamily
    /// Name for people; nil where none was given.
    package var name: String?
    package var chemistry: PackChemistry?
    /// Cells in series.
    package var cells: Int?
    /// Rated capacity, Ah.
    package var capacity: Double?
    /// Highest charge current, A.
    package var maximumChargeCurrent: Double?
    /// Highest discharge current, A.
    package var maximumDischargeCurrent: Double?
    /// V; nil leaves it to the chemistry.
    package var maximumCellVoltage: Double?
    /// V; nil leaves it to the chemistry.
    package var minimumCellVoltage: Double?
    /// V; nil leaves it to the chemistry.
    package var floatCellVoltage: Double?
    /// V; nil leaves it to the chemistry.
    package var absorptionCellVoltage: Double?
    /// From one poll to the next.
    package var pollInterval: Duration
    /// °C; nil leaves it to the chemistry.
    package var chargeMinimumTemperature: Double?
    /// °C; nil leaves it to the chemistry.
    package var chargeMaximumTemperature: Double?
    /// °C.
    package var dischargeMinimumTemperature: Double
    /// °C.
    package var dischargeMaximumTemperature: Double
    package var cellOrder: CellOrder
    /// Which way the current counts, where boards differ.
    package var currentSign: CurrentSign
    /// On a bus where boards have one, 1...15.
    package var address: Int

    /// What must be set before anything may be sent for the pack (S64).
    package static let confirmedKeys = [
        "link", "chemistry", "cells", "capacity_ah", "max_charge_a", "max_discharge_a",
    ]

    /// Whether the user has confirmed all that S64 asks for.
    package var isConfirmed: Bool {
        link != nil && chemistry != nil && cells != nil && capacity != nil && maximumChargeCurrent != nil
            && maximumDischargeCurrent != nil
    }

    /// Whether the pack is simulated inside the daemon.
    package var isSimulated: Bool { link.map(LinkSyntax.isSimulated) ?? false }

    init(_ number: Int, _ reader: ConfigurationReader) throws(ConfigurationRefusal) {
        let pack = "pack.\(number)."
        self.number = number
        link = reader.string(ifKnown: pack + "link")
        family = try reader.word(pack + "family")
        name = reader.string(ifKnown: pack + "name")
        chemistry = reader.word(ifKnown: pack + "chemistry")
        cells = reader.int(ifKnown: pack + "cells")
        capacity = reader.float(ifKnown: pack + "capacity_ah")
        maximumChargeCurrent = reader.float(ifKnown: pack + "max_charge_a")
        maximumDischargeCurrent = reader.float(ifKnown: pack + "max_discharge_a")
        maximumCellVoltage = reader.float(ifKnown: pack + "max_cell_v")
        minimumCellVoltage = reader.float(ifKnown: pack + "min_cell_v")
        floatCellVoltage = reader.float(ifKnown: pack + "float_cell_v")
        absorptionCellVoltage = reader.float(ifKnown: pack + "absorption_cell_v")
        pollInterval = try reader.milliseconds(pack + "poll_interval_ms")
        chargeMinimumTemperature = reader.float(ifKnown: pack + "charge_min_c")
        chargeMaximumTemperature = reader.float(ifKnown: pack + "charge_max_c")
        dischargeMinimumTemperature = try reader.float(pack + "discharge_min_c")
        dischargeMaximumTemperature = try reader.float(pack + "discharge_max_c")
        cellOrder = try reader.word(pack + "cell_order")
        currentSign = try reader.word(pack + "current_sign")
        address = try reader.int(pack + "address")
    }
}

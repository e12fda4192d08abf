/// What a simulated pack is made of and how it starts.
package struct PackParameters: Sendable, Hashable {
    /// What the cells are made of.
    package var chemistry = CellChemistry.lfp
    /// Cells in series, 4...24 (a TinyBMS carries at most 16).
    package var cells = 16
    /// Rated capacity, Ah, 1...655.
    package var capacity = 280.0
    /// True state of charge at the start, percent.
    package var stateOfCharge = 60.0
    /// What the BMS's coulomb counter says at the start, percent; nil for the truth.
    package var reportedStateOfCharge: Double?
    /// Ambient temperature, and that of everything at the start, °C.
    package var temperature = 22.0
    /// How much cells differ in capacity, percent (standard deviation).
    package var capacitySpread = 0.5
    /// How much cells differ in state of charge at the start, percentage points (standard deviation).
    package var chargeSpread = 0.1
    /// How much cells differ in resistance, percent (standard deviation).
    package var resistanceSpread = 5.0
    /// External temperature sensors that are connected, 0...2.
    package var temperatureSensors = 2
    /// Noise of a cell voltage reading, V (standard deviation).
    package var voltageNoise = 0.0002
    /// Noise of a current reading, A (standard deviation).
    package var currentNoise = 0.02
    /// Self-discharge, percent of the capacity in 30 days.
    package var selfDischarge = 2.0
    /// Charge over-current cut-off that the BMS is set to, A.
    package var chargeCutoff = 200.0
    /// Discharge over-current cut-off that the BMS is set to, A.
    package var dischargeCutoff = 250.0

    /// Creates the parameters of a healthy 16-cell LFP pack of 280 Ah.
    package init() {}
}

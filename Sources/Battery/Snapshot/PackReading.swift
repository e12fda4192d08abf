/// One complete poll of a battery management system, decoded but not yet judged.
///
/// A driver makes it; `SnapshotIntake` judges it and turns it into a `PackSnapshot`. Nil is *unknown*, never zero.
/// SI units: V, A, W, °C, Ah, s, percent. Current is positive while charging.
package struct PackReading: Sendable, Hashable {
    /// Number of the pack in the configuration, from 1.
    package var pack: Int
    /// The moment the poll cycle began: every age counts from here (safety.md 1).
    package var began: Instant
    /// The moment the last byte of the cycle was decoded.
    package var completed: Instant
    /// What this family promises to deliver; a promised input that is missing lowers limits (S24).
    package var promised: PackInputs

    /// Pack voltage, V.
    package var voltage: Double?
    /// Pack current, A, positive while charging.
    package var current: Double?
    /// Cell voltages in V, cell 1 first; nil for a cell that the BMS could not read.
    package var cells: [Double?]
    /// Lowest cell as the BMS itself reports it, V; cross-checked against the list (S22).
    package var reportedMinimumCell: Double?
    /// Highest cell as the BMS itself reports it, V.
    package var reportedMaximumCell: Double?
    /// State of charge, percent.
    package var stateOfCharge: Double?
    /// State of health, percent.
    package var stateOfHealth: Double?
    /// Every temperature sensor the family has, connected or not.
    package var temperatures: [TemperatureReading]
    /// Cells being balanced now, cell 1 first; nil where the family does not tell.
    package var balancing: [Bool]?
    /// Whether the charge switch is closed; nil where the family does not tell.
    package var chargeEnabled: Bool?
    /// Whether the discharge switch is closed; nil where the family does not tell.
    package var dischargeEnabled: Bool?
    /// Charge left, Ah.
    package var remainingCapacity: Double?
    /// Full-charge cycles counted by the BMS.
    package var cycles: Int?
    /// The BMS's running counter in seconds, where it has one (S8).
    package var runningCounter: UInt32?
    /// What the BMS says it is doing.
    package var activity: PackActivity
    /// The alarms that the BMS reports, with their own age; nil before the first reading of them.
    package var alarms: Aged<AlarmSet>?
    /// The BMS's own limits, with their own age; nil before the first reading of them.
    package var settings: Aged<BMSSettings>?
    /// Who the BMS is; nil before it was read.
    package var identity: PackIdentity?

    /// Creates a reading in which everything not given is unknown.
    package init(pack: Int, began: Instant, completed: Instant, promised: PackInputs) {
        self.pack = pack
        self.began = began
        self.completed = completed
        self.promised = promised
        self.cells = []
        self.temperatures = []
        self.activity = .unknown
    }
}

/// Inputs that a BMS family promises to deliver with every reading.
package struct PackInputs: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let cellVoltages = PackInputs(rawValue: 1 << 0)
    package static let temperature = PackInputs(rawValue: 1 << 1)
    package static let current = PackInputs(rawValue: 1 << 2)
    package static let voltage = PackInputs(rawValue: 1 << 3)
    package static let stateOfCharge = PackInputs(rawValue: 1 << 4)
    package static let settings = PackInputs(rawValue: 1 << 5)
    package static let alarms = PackInputs(rawValue: 1 << 6)
    package static let runningCounter = PackInputs(rawValue: 1 << 7)
    package static let reportedExtremes = PackInputs(rawValue: 1 << 8)
}

/// A value that is read less often than the rest, with the moment it was taken.
package struct Aged<Value: Sendable & Hashable>: Sendable, Hashable {
    package var value: Value
    package var taken: Instant

    package init(_ value: Value, taken: Instant) {
        self.value = value
        self.taken = taken
    }
}

/// One temperature sensor.
package struct TemperatureReading: Sendable, Hashable {
    /// Where the sensor sits, which decides what its value may be used for.
    package enum Place: String, Sendable, Hashable {
        /// On or between the cells.
        case cells
        /// On the BMS's own board, warmer than the cells.
        case board
        /// On the power switches.
        case switches
    }

    /// Name shown to people.
    package var name: SensorName
    package var place: Place
    /// °C; nil for a sensor that is not connected or reports its "no sensor" code.
    package var celsius: Double?

    package init(name: SensorName, place: Place, celsius: Double?) {
        self.name = name
        self.place = place
        self.celsius = celsius
    }
}

/// What a BMS says that it is doing.
package enum PackActivity: String, Sendable, Hashable {
    case charging
    case fullyCharged = "fully_charged"
    case discharging
    case regeneration
    case idle
    case fault
    case unknown
}

/// The BMS's own limits and facts, read from its settings. Nil where the family or firmware has none.
package struct BMSSettings: Sendable, Hashable {
    /// Cells in series.
    package var cellCount: Int?
    /// Rated capacity, Ah.
    package var capacity: Double?
    /// Cell voltage at which the BMS calls a cell full and opens its charge switch, V.
    package var fullCell: Double?
    /// Cell voltage at which the BMS calls a cell empty, V.
    package var emptyCell: Double?
    /// Cell over-voltage cut-off, V.
    package var overVoltageCell: Double?
    /// Cell under-voltage cut-off, V.
    package var underVoltageCell: Double?
    /// Charge over-current cut-off, A: at it the switch opens under load.
    package var chargeCutoffCurrent: Double?
    /// Discharge over-current cut-offs, A, the lowest in force.
    package var dischargeCutoffCurrent: Double?
    /// Over-heat cut-off, °C.
    package var overHeat: Double?
    /// Temperature below which the BMS stops charging, °C.
    package var lowTemperatureCharge: Double?
    /// Tail current at which the BMS calls charging finished, A.
    package var chargeFinishedCurrent: Double?
    /// Spread of the cells that the BMS tolerates, V.
    package var allowedSpread: Double?

    package init() {}
}

/// Who a BMS is.
package struct PackIdentity: Sendable, Hashable {
    /// Family as in `pack.N.family`.
    package var family: String
    /// Serial number as text; nil where there is none.
    package var serial: String?
    /// Firmware as text.
    package var firmware: String?
    /// Firmware as major and minor byte, for frame 0x35F.
    package var firmwareCode: UInt16?
    /// Hardware as text.
    package var hardware: String?

    package init(
        family: String, serial: String? = nil, firmware: String? = nil, firmwareCode: UInt16? = nil,
        hardware: String? = nil
    ) {
        self.family = family
        self.serial = serial
        self.firmware = firmware
        self.firmwareCode = firmwareCode
        self.hardware = hardware
    }
}

/// What a BMS protects its pack by: the settings of any family in common words. SI units.
package struct ProtectionLimits: Sendable, Hashable {
    /// Cell voltage at which charging stops, V.
    package var fullCell: Double
    /// Cell voltage at which discharging stops, V.
    package var emptyCell: Double
    /// Cell over-voltage cut-off, V.
    package var overVoltageCell: Double
    /// Cell under-voltage cut-off, V.
    package var underVoltageCell: Double
    /// Charge over-current cut-off, A.
    package var chargeCurrent: Double
    /// Discharge over-current cut-off, A.
    package var dischargeCurrent: Double
    /// How long a discharge over-current may last, s.
    package var dischargeCurrentDelay = 2.0
    /// Discharge current that is cut at once, A; nil where the BMS has no such setting.
    package var peakDischargeCurrent: Double?
    /// Over-heat cut-off of the external sensors, °C (of the board where there are none).
    package var overHeat = 60.0
    /// Over-heat cut-off of the board, °C.
    package var boardOverHeat = 90.0
    /// Temperature below which charging stops, °C.
    package var lowTemperatureCharge: Double
    /// Temperature below which everything stops, °C.
    package var lowTemperature = -40.0
    /// Time after which a fault may recover by itself, s; nil for never.
    package var recoveryTime: Double? = 5
    /// Spread of the cells that counts as balanced, V.
    package var allowedSpread = 0.015
    /// Cell voltage above which balancing runs, V.
    package var balanceAbove: Double
    /// Current below which a charge is finished, A.
    package var finishedCurrent = 1.0
    /// State of charge below which a finished charge starts again, percent; nil for only after the charger was removed.
    package var restartLevel: Double?
    /// Shortest time that the charge switch stays open once a cell was full, s.
    package var chargerStartDelay = 5.0
    /// Currents below it count as none, A.
    package var idleCurrent = 0.8
    /// Capacity that the coulomb counter believes in, Ah.
    package var capacity: Double
    /// One switch for both directions instead of one each.
    package var isSinglePort = false
    /// Both switches stay closed unless a cut-off opens them: no charger has to be detected, and a full cell stops nothing.
    package var opensForCutOffsOnly = false

    /// Creates the usual limits of a pack.
    package init(_ parameters: PackParameters) {
        let chemistry = parameters.chemistry
        fullCell = chemistry.fullCell
        emptyCell = chemistry.emptyCell
        overVoltageCell = chemistry.overVoltageCell
        underVoltageCell = chemistry.underVoltageCell
        balanceAbove = chemistry.balanceAbove
        lowTemperatureCharge = chemistry.lowTemperatureCharge
        chargeCurrent = parameters.chargeCutoff
        dischargeCurrent = parameters.dischargeCutoff
        capacity = parameters.capacity
    }
}

/// A reason for which a BMS opens a switch.
package enum CutOff: UInt8, Sendable, Hashable, CaseIterable {
    case underVoltage
    case overVoltage
    case overTemperature
    case lowTemperature
    case dischargeOverCurrent
    case chargeOverCurrent
    case fullyDischarged
    case lowTemperatureCharge
    case chargeSwitchError
    case dischargeSwitchError

    /// Whether it makes the BMS report a fault (the others are warnings).
    package var isFault: Bool { self != .fullyDischarged && self != .lowTemperatureCharge }

    /// Whether the charge switch stays open.
    package var blocksCharge: Bool {
        switch self {
        case .underVoltage, .fullyDischarged, .dischargeOverCurrent: false
        default: true
        }
    }

    /// Whether the discharge switch stays open.
    package var blocksDischarge: Bool {
        switch self {
        case .overVoltage, .chargeOverCurrent, .lowTemperatureCharge, .chargeSwitchError: false
        default: true
        }
    }
}

/// Something that a BMS would write into its event log.
package enum PackEvent: Sendable, Hashable {
    case cutOff(CutOff)
    case recovered(CutOff)
    case chargerConnected
    case chargerDisconnected
    case chargingStarted
    case chargingDone
}

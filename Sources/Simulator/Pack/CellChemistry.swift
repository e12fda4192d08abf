/// What the cells are made of, with the voltages that follow from it.
package enum CellChemistry: String, Sendable, Hashable, CaseIterable, Codable {
    /// Lithium iron phosphate.
    case lfp
    /// Lithium nickel manganese cobalt oxide.
    case nmc
    /// Lithium titanate.
    case lto

    /// Rest voltage over state of charge, percent and V, rising; the curve between the points is monotone.
    ///
    /// Typical values at 25 °C, mean of charge and discharge; the last point is the end of a full charge.
    package var restVoltagePoints: [(percent: Double, volts: Double)] {
        switch self {
        case .lfp:
            [
                (0, 2.50), (2, 2.88), (5, 3.10), (10, 3.20), (20, 3.250), (30, 3.282), (40, 3.293), (50, 3.300),
                (60, 3.312), (70, 3.328), (80, 3.334), (90, 3.338), (95, 3.345), (98, 3.365), (99, 3.40), (99.5, 3.46),
                (100, 3.65),
            ]
        case .nmc:
            [
                (0, 3.00), (5, 3.40), (10, 3.50), (20, 3.58), (30, 3.62), (40, 3.66), (50, 3.71), (60, 3.80),
                (70, 3.90),
                (80, 4.00), (90, 4.09), (95, 4.14), (100, 4.20),
            ]
        case .lto:
            [
                (0, 1.80), (5, 2.05), (10, 2.13), (20, 2.18), (30, 2.21), (40, 2.24), (50, 2.27), (60, 2.31),
                (70, 2.36),
                (80, 2.43), (90, 2.53), (95, 2.60), (100, 2.80),
            ]
        }
    }

    /// Voltage at which a BMS of this chemistry calls a cell full, V.
    package var fullCell: Double {
        switch self {
        case .lfp: 3.60
        case .nmc: 4.18
        case .lto: 2.75
        }
    }

    /// Voltage at which a BMS of this chemistry calls a cell empty, V.
    package var emptyCell: Double {
        switch self {
        case .lfp: 2.90
        case .nmc: 3.10
        case .lto: 1.90
        }
    }

    /// Usual over-voltage cut-off, V.
    package var overVoltageCell: Double {
        switch self {
        case .lfp: 3.75
        case .nmc: 4.25
        case .lto: 2.85
        }
    }

    /// Usual under-voltage cut-off, V.
    package var underVoltageCell: Double {
        switch self {
        case .lfp: 2.50
        case .nmc: 2.80
        case .lto: 1.70
        }
    }

    /// Voltage above which balancing is worth while, V.
    package var balanceAbove: Double {
        switch self {
        case .lfp: 3.40
        case .nmc: 4.00
        case .lto: 2.45
        }
    }

    /// Ohmic resistance times capacity at 25 °C, Ω·Ah: bigger cells have less resistance.
    package var ohmicProduct: Double {
        switch self {
        case .lfp: 0.14
        case .nmc: 0.12
        case .lto: 0.05
        }
    }

    /// Temperature below which a BMS of this chemistry refuses to charge, °C.
    package var lowTemperatureCharge: Double {
        switch self {
        case .lfp, .nmc: 1
        case .lto: -20
        }
    }

    /// Temperature below which charging settles lithium as metal, °C.
    package var platesBelow: Double {
        switch self {
        case .lfp, .nmc: 0
        case .lto: -30
        }
    }

    /// Temperature at which a cell begins to heat itself beyond rescue, °C: typical of published calorimetry.
    package var runawayOnset: Double {
        switch self {
        case .lfp: 190
        case .nmc: 140
        case .lto: 170
        }
    }

    /// By how much the reaction alone would heat a cell, K; its own charge comes on top.
    package var runawayRise: Double {
        switch self {
        case .lfp: 150
        case .nmc: 500
        case .lto: 100
        }
    }
}

/// One cell: charge, a rest voltage that follows from it, an ohmic resistance and one polarisation (RC) element.
///
/// The equations are those of a first-order equivalent circuit. The RC element is integrated implicitly, which is stable
/// for every step and needs no exponential.
package struct Cell: Sendable, Hashable {
    /// True capacity, Ah.
    package var capacity: Double
    /// Charge inside, Ah; below 0 or above the capacity when driven there.
    package var charge: Double
    /// Ohmic resistance at 25 °C, Ω.
    package var ohmic: Double
    /// Resistance of the polarisation element at 25 °C, Ω.
    package var polarisation: Double
    /// Voltage over the polarisation element, V.
    package var overpotential = 0.0
    /// Temperature, °C.
    package var temperature: Double
    /// Self-discharge, A.
    package var leakage: Double
    /// Whether the balancing resistor is connected.
    package var isBalancing = false
    /// Voltage at the cell's terminals, V.
    package internal(set) var voltage: Double
    /// What is broken in the cell itself.
    package var damage = CellDamage()

    /// Time constant of the polarisation element, s.
    static let polarisationTime = 40.0

    /// State of charge as a fraction.
    package var fraction: Double { charge / capacity }

    /// Lets a current flow for some seconds.
    ///
    /// - Parameters:
    ///   - seconds: length of the step, above 0; at most a few seconds, for accuracy.
    ///   - current: A through the string, positive while charging.
    ///   - curve: rest voltage over state of charge.
    ///   - balancingResistance: Ω of the balancing resistor.
    /// - Returns: where charge and energy went in this step.
    mutating func step(
        _ seconds: Double, current: Double, curve: RestVoltageCurve, balancingResistance: Double
    ) -> CellLedger {
        let balancing = isBalancing ? voltage / balancingResistance : 0
        let short = damage.shortResistance.isFinite ? voltage / damage.shortResistance : 0
        let inner = current - balancing - short - leakage
        // The rest voltage in the middle of the step: the energy sums then close to second order.
        let moved = inner * seconds / 3600
        let rest = curve.volts(at: (charge + moved / 2) / capacity)
        charge += moved
        let ohms = ohmicNow
        let polarisationOhms = polarisation * cold
        let ratio = seconds / Self.polarisationTime
        overpotential = (overpotential + inner * polarisationOhms * ratio) / (1 + ratio)
        voltage = rest + inner * ohms + overpotential

        var ledger = CellLedger()
        ledger.ohmic = (inner * inner * ohms + overpotential * overpotential / polarisationOhms) * seconds
        ledger.balancing = voltage * balancing * seconds
        ledger.short = voltage * short * seconds
        ledger.leakage = voltage * leakage * seconds
        ledger.delivered = voltage * current * seconds
        ledger.lostCharge = (balancing + short + leakage) * seconds / 3600
        return ledger
    }

    /// Ohmic resistance at the present temperature, Ω.
    var ohmicNow: Double { ohmic * damage.resistanceFactor * cold }

    /// How much more the cell resists than at 25 °C.
    private var cold: Double { min(max(1 + 0.015 * (25 - temperature), 0.7), 3) }

    /// Energy held by the polarisation element, J.
    var polarisationEnergy: Double {
        let capacitance = Self.polarisationTime / polarisation
        return capacitance * overpotential * overpotential / 2
    }
}

/// What is broken in a cell itself (not in its measurement).
package struct CellDamage: Sendable, Hashable {
    /// Resistance of an internal short circuit, Ω; infinite without one.
    package var shortResistance = Double.infinity
    /// Factor on the ohmic resistance.
    package var resistanceFactor = 1.0
    /// The cell or its connection is open: no current can flow through the string.
    package var isOpen = false

    /// Creates a sound cell's record.
    package init() {}
}

/// Where charge and energy went, of one cell in one step or of a whole pack since its start.
package struct CellLedger: Sendable, Hashable {
    /// Energy that came in at the terminals, J; negative while discharging.
    package var delivered = 0.0
    /// Lost in the cell's resistances, J.
    package var ohmic = 0.0
    /// Lost in the balancing resistors, J.
    package var balancing = 0.0
    /// Lost in internal short circuits, J.
    package var short = 0.0
    /// Lost by self-discharge, J.
    package var leakage = 0.0
    /// Charge that went past the store, Ah, summed over cells.
    package var lostCharge = 0.0

    /// Everything that became heat, J.
    package var losses: Double { ohmic + balancing + short + leakage }

    static func += (sum: inout CellLedger, part: CellLedger) {
        sum.delivered += part.delivered
        sum.ohmic += part.ohmic
        sum.balancing += part.balancing
        sum.short += part.short
        sum.leakage += part.leakage
        sum.lostCharge += part.lostCharge
    }
}

/// One cell: charge, a rest voltage that follows from it, an ohmic resistance and one polarisation (RC) element.
///
/// The equations are those of a first-order equivalent circuit. Polarisation and whatever is connected across the cell are
/// solved implicitly, which is stable for every step and every short circuit and needs no exponential.
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
    /// Voltage over the joint between this cell and the next, V: where the joint is bad, the BMS measures it with the cell.
    package internal(set) var jointVoltage = 0.0
    /// What is broken in the cell itself.
    package var damage = CellDamage()
    /// The reaction that destroys an overheated cell.
    package internal(set) var runaway: ThermalRunaway
    /// How much a joule warms the cell, K/J: it stores about 20 J/K for every Ah that it was made for.
    let warming: Double

    /// Time constant of the polarisation element, s.
    static let polarisationTime = 40.0

    /// State of charge as a fraction.
    package var fraction: Double { charge / capacity }

    /// Voltage between the cell's sense wires, V.
    package var sensedVoltage: Double { damage.isOpen ? 0 : voltage + jointVoltage }

    /// Lets a current flow for a step.
    ///
    /// - Parameters:
    ///   - current: A through the string, positive while charging.
    ///   - joint: resistance of the joint to the next cell beyond a sound one's, Ω.
    ///   - surroundings: what all cells have in common.
    /// - Returns: where charge and energy went in this step.
    mutating func step(
        current: Double, joint: Double, in surroundings: CellSurroundings
    ) -> CellLedger {
        var across = surroundings.moisture
        if isBalancing { across += surroundings.balancer }
        if damage.shortResistance < .infinity { across += 1 / damage.shortResistance }
        let lost = leakage + damage.leakage
        let drive = current - lost
        let (ohms, polarisationOhms) = (ohmicNow, polarisation * cold)
        // The rest voltage in the middle of the step: the energy sums then close to second order.
        let estimate = (drive - across * voltage) * surroundings.hours
        let rest = surroundings.curve.volts(at: (charge + estimate / 2) / capacity)
        let inside = ohms + polarisationOhms * (1 - surroundings.relaxed)
        voltage = rest + overpotential * surroundings.relaxed + drive * inside
        if across > 0 { voltage /= 1 + across * inside }
        let inner = drive - across * voltage
        overpotential =
            overpotential * surroundings.relaxed + inner * polarisationOhms * (1 - surroundings.relaxed)
        jointVoltage = current * joint

        var ledger = CellLedger()
        ledger.ohmic =
            (inner * inner * ohms + overpotential * overpotential / polarisationOhms + current * jointVoltage)
            * surroundings.seconds
        ledger.ohmic += store(inner * surroundings.hours, rest: rest, surroundings)
        let energy = voltage * surroundings.seconds
        if across > 0 {
            if isBalancing { ledger.balancing = energy * voltage * surroundings.balancer }
            ledger.short = energy * voltage * across - ledger.balancing
        }
        ledger.leakage = energy * lost
        ledger.delivered = (voltage + jointVoltage) * current * surroundings.seconds
        ledger.lostCharge = (voltage * across + lost) * surroundings.hours
        return ledger
    }

    /// Takes up heat, gives some to the air and exchanges some with the neighbours.
    ///
    /// - Parameters:
    ///   - joules: heat from currents.
    ///   - before: temperature of the cell before, °C; the cell's own at the end of the string.
    ///   - after: the same of the cell behind.
    ///   - surroundings: what all cells have in common.
    mutating func warm(
        by joules: Double, before: Double, after: Double, in surroundings: CellSurroundings
    ) {
        temperature +=
            (joules + damage.heating * surroundings.seconds) * warming
            + (before + after - 2 * temperature) * surroundings.conduction
            - (temperature - surroundings.ambient) * surroundings.loss
        guard temperature >= runaway.onset, runaway.fuel > 0 else { return }
        temperature += runaway.burn(surroundings.seconds, at: temperature)
        // The separator has melted: the cell's own charge burns too.
        if runaway.hasMelted { damage.shortResistance = min(damage.shortResistance, 2 * ohmic) }
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

    /// Moves a charge, Ah, into the cell or out of it.
    ///
    /// - Returns: energy that became heat instead of being stored, J.
    private mutating func store(_ moved: Double, rest: Double, _ surroundings: CellSurroundings) -> Double {
        if moved > 0 {
            // Far beyond full, the current splits the electrolyte instead of charging.
            guard charge < 1.05 * capacity else { return rest * moved * 3600 }
            if temperature < surroundings.platesBelow {
                // Lithium that settles as metal on a cold electrode is lost, 2 % of what flows for every 10 K.
                let plated = moved * min(0.002 * (surroundings.platesBelow - temperature), 0.1)
                capacity = max(capacity - plated, 0.01)
                charge -= plated
            }
        } else if charge < -0.2 * capacity {
            // A reversed cell carries the current of the others and holds no more of anything.
            return 0
        }
        charge += moved
        return 0
    }
}

/// What the cells of a pack have in common while a step is made.
struct CellSurroundings: Sendable {
    /// Length of the step, s.
    let seconds: Double
    /// The same in hours.
    let hours: Double
    /// Rest voltage over state of charge.
    let curve: RestVoltageCurve
    /// Conductance of a balancing resistor, S.
    let balancer: Double
    /// Conductance of moisture across each cell, S; 0 in a dry pack.
    let moisture: Double
    /// Temperature below which charging plates lithium, °C.
    let platesBelow: Double
    /// Temperature of the air, °C.
    let ambient: Double
    /// Part of a polarisation that is left after the step.
    let relaxed: Double
    /// Part of a temperature difference that goes over to a neighbour in the step.
    let conduction: Double
    /// Part of a temperature difference that goes over to the air in the step.
    let loss: Double

    /// Creates the surroundings of a step of some seconds: above 0, at most a few, for accuracy.
    ///
    /// A cell gives its heat to a neighbour with a time constant of a quarter of an hour, to the air with one of an hour
    /// and a half; `cooling` is the part of the latter that is left.
    init(
        seconds: Double, curve: RestVoltageCurve, balancer: Double, moisture: Double, platesBelow: Double,
        ambient: Double, cooling: Double
    ) {
        self.seconds = seconds
        hours = seconds / 3600
        self.curve = curve
        self.balancer = balancer
        self.moisture = moisture
        self.platesBelow = platesBelow
        self.ambient = ambient
        relaxed = 1 / (1 + seconds / Cell.polarisationTime)
        conduction = seconds / 900
        loss = cooling * seconds / 5400
    }
}

/// What is broken in a cell itself or in its connection (not in its measurement).
package struct CellDamage: Sendable, Hashable {
    /// Resistance of an internal short circuit, Ω; infinite without one.
    package var shortResistance = Double.infinity
    /// Self-discharge beyond the usual, A.
    package var leakage = 0.0
    /// Factor on the ohmic resistance.
    package var resistanceFactor = 1.0
    /// Resistance of the joint to the next cell beyond a sound one's, Ω.
    package var jointResistance = 0.0
    /// Part of the samples in which the joint is bad: 1 for a corroded one, less for a loose one.
    package var jointProbability = 1.0
    /// Heat from outside, W.
    package var heating = 0.0
    /// The balancing switch does not obey: true stuck closed, false stuck open, nil sound.
    package var balancerStuck: Bool?
    /// The cell or its connection is open: no current can flow through the string.
    package var isOpen = false

    /// Creates a sound cell's record.
    package init() {}
}

/// The reaction that destroys a cell from within once it is too hot. It heats the cell, and so feeds itself.
package struct ThermalRunaway: Sendable, Hashable {
    /// Temperature at which it begins, °C.
    package var onset: Double
    /// What is left to burn, in K by which it would heat the cell.
    package private(set) var fuel: Double
    private let whole: Double

    /// Creates the reaction of a sound cell.
    init(_ chemistry: CellChemistry) {
        onset = chemistry.runawayOnset
        whole = chemistry.runawayRise
        fuel = whole
    }

    /// Whether the reaction has gone far enough to melt the separator.
    package var hasMelted: Bool { whole - fuel > 20 }

    /// Burns for some seconds: 0.05 K/s at the onset, with the fourth power of the distance from it above, never beyond
    /// 20 K/s.
    ///
    /// - Returns: K by which the cell heats.
    mutating func burn(_ seconds: Double, at celsius: Double) -> Double {
        let above = 1 + max(0, celsius - onset) / 20
        let burnt = min(fuel, min(0.05 * above * above * above * above, 20) * seconds)
        fuel -= burnt
        return burnt
    }
}

/// Where charge and energy went, of one cell in one step or of a whole pack since its start.
package struct CellLedger: Sendable, Hashable {
    /// Energy that came in at the terminals, J; negative while discharging.
    package var delivered = 0.0
    /// Lost in the cell's resistances and joints, and in the electrolyte of an over-charged cell, J.
    package var ohmic = 0.0
    /// Lost in the balancing resistors, J.
    package var balancing = 0.0
    /// Lost in internal short circuits and moisture, J.
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

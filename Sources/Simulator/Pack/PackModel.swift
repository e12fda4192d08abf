/// A whole battery as physics: cells in series, their heat, the sensors and the switches of its BMS. A pure value.
///
/// Time passes only through `step(by:current:)`, in samples of 100 ms (the period at which a BMS measures); what does not
/// fill a sample is kept for the next call, so the result does not depend on how a span is cut. Current is positive while
/// charging. Every BMS family is a front to the same model.
package struct PackModel: Sendable {
    /// Length of one sample.
    package static let samplePeriod = Duration.milliseconds(100)
    static let sampleSeconds = 0.1

    /// What the pack was made from.
    package let parameters: PackParameters
    /// The cells, cell 1 first.
    package internal(set) var cells: [Cell]
    /// What measures.
    package var sensors: PackSensors
    /// What opens and closes the switches.
    package var protection: PackProtection
    /// The last sample.
    package internal(set) var measurement: PackMeasurement
    /// Temperature around the pack, °C.
    package var ambient: Double
    /// Temperature of the BMS's board, °C.
    package internal(set) var boardTemperature: Double
    /// What is broken around the cells.
    package var damage = PackDamage()
    /// Current that really flows, A.
    package internal(set) var current = 0.0
    /// The BMS's coulomb counter, percent. It may be wrong.
    package var countedCharge: Double
    /// Whether the coulomb counter counts (a fault can stop it).
    package var isCounting = true
    /// A switch that does not obey: true stuck closed, false stuck open, nil sound.
    package var chargeSwitchStuck: Bool?
    /// The same for the discharge switch.
    package var dischargeSwitchStuck: Bool?
    /// Where charge and energy went since the start, summed over the cells.
    package internal(set) var ledger = CellLedger()
    /// Charge that came in through the terminals since the start, Ah.
    package internal(set) var charged = 0.0
    /// Charge that left through the terminals since the start, Ah.
    package internal(set) var discharged = 0.0

    let curve: RestVoltageCurve
    var random: SeededRandom
    private var remainder = Duration.zero

    /// Creates a pack at rest.
    package init(_ parameters: PackParameters, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        self.parameters = parameters
        curve = RestVoltageCurve(parameters.chemistry)
        cells = Self.cells(of: parameters, curve: curve, random: &random)
        let volts = cells.map(\.voltage)
        let external = (0..<2).map { $0 < parameters.temperatureSensors ? parameters.temperature : nil }
        sensors = PackSensors(
            cells: volts.map { Sensor(reading: $0) }, voltage: Sensor(reading: volts.reduce(0, +)),
            current: Sensor(reading: 0), external: external.map { Sensor(reading: $0) },
            board: Sensor(reading: parameters.temperature))
        for (index, celsius) in external.enumerated() where celsius == nil { sensors.external[index].fault = .missing }
        protection = PackProtection(limits: ProtectionLimits(parameters))
        measurement = PackMeasurement(
            cells: volts, voltage: volts.reduce(0, +), current: 0, external: external, board: parameters.temperature)
        measurement.findExtremes()
        ambient = parameters.temperature
        boardTemperature = parameters.temperature
        countedCharge = parameters.reportedStateOfCharge ?? parameters.stateOfCharge
        self.random = random
    }

    /// Lets time pass while the outside wants a current to flow; the switches decide how much of it does.
    ///
    /// - Parameters:
    ///   - time: any span, zero or more.
    ///   - demand: A, positive from a charger, negative from a load.
    package mutating func step(by time: Duration, current demand: Double) {
        guard time > .zero, demand.isFinite else { return }
        remainder += time
        while remainder >= Self.samplePeriod {
            remainder -= Self.samplePeriod
            sample(demand: demand)
        }
    }

    // MARK: - Truth

    /// True state of charge of the whole pack, percent: that of its emptiest cell on the way down.
    package var stateOfCharge: Double {
        cells.reduce(Double.infinity) { min($0, $1.fraction) } * 100
    }

    /// Voltage at the pack's terminals, V; 0 when the string is open.
    package var voltage: Double {
        isOpen ? 0 : cells.reduce(0) { $0 + $1.sensedVoltage }
    }

    /// Whether a broken cell interrupts the string.
    package var isOpen: Bool { cells.contains { $0.damage.isOpen } }

    /// Whether current can flow into the pack.
    package var chargeSwitchClosed: Bool { chargeSwitchStuck ?? protection.chargeClosed }

    /// Whether current can flow out of the pack.
    package var dischargeSwitchClosed: Bool { dischargeSwitchStuck ?? protection.dischargeClosed }

    /// Energy in the cells, J, counted from empty, with that of the polarisation.
    package var storedEnergy: Double {
        cells.reduce(0) { $0 + curve.joules(at: $1.fraction, capacity: $1.capacity) + $1.polarisationEnergy }
    }

    /// Charge in the cells, Ah, summed over the cells.
    package var storedCharge: Double { cells.reduce(0) { $0 + $1.charge } }

    /// A pack as a voltage behind a resistance: what a charger or an inverter works against at this moment.
    package struct Source: Sendable, Hashable {
        /// Rest voltage plus polarisation of all cells, V.
        package var voltage: Double
        /// Ohmic resistance of all cells, Ω.
        package var resistance: Double

        /// The current at which a terminal voltage charges the pack, A; negative where it would discharge it.
        package func current(atTerminalVoltage volts: Double) -> Double { (volts - voltage) / resistance }
    }

    /// The pack as a source.
    package var source: Source {
        var source = Source(voltage: 0, resistance: 0)
        for cell in cells {
            source.voltage += curve.volts(at: cell.fraction) + cell.overpotential
            source.resistance += cell.ohmicNow + cell.damage.jointResistance * cell.damage.jointProbability
        }
        return source
    }

    // MARK: - Damage

    /// Breaks or mends a cell, numbered from 1; a number that does not exist is ignored.
    package mutating func damageCell(_ number: Int, _ change: (inout CellDamage) -> Void) {
        guard cells.indices.contains(number - 1) else { return }
        change(&cells[number - 1].damage)
    }

    /// Takes a part of a cell's capacity away: the factor applies to what it has now.
    package mutating func weakenCell(_ number: Int, capacityFactor: Double) {
        guard cells.indices.contains(number - 1), capacityFactor > 0 else { return }
        cells[number - 1].capacity *= capacityFactor
        cells[number - 1].charge *= capacityFactor
    }

    /// Takes a part of every cell's capacity away.
    package mutating func fade(capacityFactor: Double) {
        for number in 1...cells.count { weakenCell(number, capacityFactor: capacityFactor) }
    }

    /// Puts the cells out of balance: from the first to the last, their states of charge differ by so many percent.
    package mutating func unbalance(percent: Double) {
        for (index, cell) in cells.enumerated() {
            let part = Double(index) / Double(max(1, cells.count - 1)) - 0.5
            setCell(index + 1, stateOfCharge: cell.fraction * 100 + percent * part)
        }
    }

    /// Lets a cell heat itself from now on as if it had reached its onset, or, where that is over, only from its onset.
    package mutating func runAway(_ number: Int, _ isActive: Bool) {
        guard cells.indices.contains(number - 1) else { return }
        let onset = parameters.chemistry.runawayOnset
        cells[number - 1].runaway.onset = isActive ? min(cells[number - 1].temperature, onset) : onset
    }

    /// Sets a cell's state of charge, percent; below 0 for one that was discharged too deeply.
    package mutating func setCell(_ number: Int, stateOfCharge percent: Double) {
        guard cells.indices.contains(number - 1) else { return }
        cells[number - 1].charge = cells[number - 1].capacity * percent / 100
    }

    /// Sets the temperature of cells, sensors' surroundings and board at once, °C.
    package mutating func setTemperature(_ celsius: Double) {
        ambient = celsius
        boardTemperature = celsius
        for index in cells.indices { cells[index].temperature = celsius }
    }

    // MARK: - Private

    private static func cells(
        of parameters: PackParameters, curve: RestVoltageCurve, random: inout SeededRandom
    ) -> [Cell] {
        (0..<min(max(parameters.cells, 1), 24)).map { _ in
            let capacity = parameters.capacity * (1 + random.deviation() * parameters.capacitySpread / 100)
            let fraction = (parameters.stateOfCharge + random.deviation() * parameters.chargeSpread) / 100
            let resistance = 1 + random.deviation() * parameters.resistanceSpread / 100
            let held = min(max(fraction, 0), 1)
            return Cell(
                capacity: capacity, charge: held * capacity,
                ohmic: parameters.chemistry.ohmicProduct / parameters.capacity * resistance,
                polarisation: parameters.chemistry.ohmicProduct * 0.6 / parameters.capacity * resistance,
                temperature: parameters.temperature,
                leakage: parameters.capacity * parameters.selfDischarge / 100 / (30 * 24),
                voltage: curve.volts(at: held), runaway: ThermalRunaway(parameters.chemistry),
                warming: 1 / (20 * max(capacity, 0.1)))
        }
    }
}

extension PackModel {
    /// Resistance of a balancing resistor, Ω: about 150 mA at 3.6 V.
    static let balancingResistance = 24.0

    /// Lets one sample pass: current, heat, measurement, and what the BMS makes of it.
    mutating func sample(demand: Double) {
        let wanted = demand + damage.foreignCurrent
        current = flow(wanted)
        moveCharge()
        moveBoardHeat()
        measure()
        count()
        let before = protection.phase
        protection.sample(
            measurement, demand: wanted, stateOfCharge: countedCharge, seconds: Self.sampleSeconds)
        if protection.phase == .done, before != .done, isCounting { countedCharge = 100 }
        balance()
    }

    // MARK: - Private

    /// The current through the switches when the outside wants one.
    private func flow(_ wanted: Double) -> Double {
        guard !isOpen else { return 0 }
        var flow = wanted
        if damage.shortResistance.isFinite {
            // A short circuit behind the switches takes its part of the demand and what the pack pushes through it.
            let source = source
            flow = (wanted * damage.shortResistance - source.voltage) / (damage.shortResistance + source.resistance)
        }
        let isClosed = flow > 0 ? chargeSwitchClosed : dischargeSwitchClosed
        return isClosed ? flow : 0
    }

    private mutating func moveCharge() {
        let surroundings = CellSurroundings(
            seconds: Self.sampleSeconds, curve: curve, balancer: 1 / Self.balancingResistance,
            moisture: Double(cells.count) / damage.moistureResistance, platesBelow: parameters.chemistry.platesBelow,
            ambient: ambient, cooling: damage.cooling)
        var before = cells[0].temperature
        for index in cells.indices {
            var joint = cells[index].damage.jointResistance
            if joint > 0, !random.happens(cells[index].damage.jointProbability) { joint = 0 }
            let part = cells[index].step(current: current, joint: joint, in: surroundings)
            ledger += part
            let own = cells[index].temperature
            let after = index + 1 < cells.count ? cells[index + 1].temperature : own
            cells[index].warm(
                by: part.ohmic + part.short + part.leakage, before: before, after: after, in: surroundings)
            before = own
        }
        let moved = current * surroundings.hours
        if moved > 0 { charged += moved } else { discharged -= moved }
    }

    /// The board: warmed by its switches (0.2 mΩ) and the balancing resistors, cooled by the air.
    private mutating func moveBoardHeat() {
        let balancing =
            cells.reduce(0.0) { $1.isBalancing ? $0 + $1.voltage * $1.voltage : $0 } / Self.balancingResistance
        let watts = current * current * 0.0002 + balancing + damage.boardHeating
        let rise = watts * 1.5
        boardTemperature += (rise - (boardTemperature - ambient) * damage.cooling) * Self.sampleSeconds / 240
    }

    private mutating func measure() {
        let seconds = Self.sampleSeconds
        let noise = parameters.voltageNoise
        var sum = 0.0
        for index in cells.indices {
            let truth = cells[index].sensedVoltage
            sum += truth
            let noisy = noise > 0 ? truth + random.deviation() * noise : truth
            measurement.cells[index] = max(
                0, sensors.cells[index].sample(noisy, seconds: seconds, random: &random) ?? 0)
        }
        for index in sensors.floatingTaps.indices {
            sensors.floatingTaps[index].read(&measurement.cells, seconds: seconds)
        }
        measurement.findExtremes()
        measurement.voltage = max(0, sensors.voltage.sample(sum, seconds: seconds, random: &random) ?? 0)
        let flow = parameters.currentNoise > 0 ? current + random.deviation() * parameters.currentNoise : current
        measurement.current = sensors.current.sample(flow, seconds: seconds, random: &random) ?? 0
        for index in sensors.external.indices {
            // Two probes: one in the first half of the string, one in the second.
            let at = min(cells.count - 1, cells.count * (1 + 2 * index) / 4)
            measurement.external[index] = sensors.external[index].sample(
                cells[at].temperature, seconds: seconds, random: &random)
        }
        measurement.board =
            sensors.board.sample(boardTemperature, seconds: seconds, random: &random) ?? boardTemperature
    }

    private mutating func count() {
        guard isCounting, protection.limits.capacity > 0 else { return }
        let moved = measurement.current * Self.sampleSeconds / 3600
        countedCharge = min(max(countedCharge + moved / protection.limits.capacity * 100, 0), 100)
    }

    /// Balancing: every cell that is high and well above the lowest one, unless the pack discharges or the board is hot.
    private mutating func balance() {
        let limits = protection.limits
        let allowed =
            !protection.hasFault && measurement.current > -limits.idleCurrent
            && measurement.board < limits.boardOverHeat - 10
        for index in cells.indices {
            let volts = measurement.cells[index]
            cells[index].isBalancing =
                cells[index].damage.balancerStuck
                ?? (allowed && volts > limits.balanceAbove && volts > measurement.lowest + 0.005)
        }
    }
}

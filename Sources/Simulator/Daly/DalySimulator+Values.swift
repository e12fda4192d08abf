import BMSProtocols

extension DalySimulator {
    /// What the board measures now.
    var currentLive: DalyLive {
        let measurement = pack.measurement
        let wire = options.sign == .chargePositive ? measurement.current : -measurement.current
        return DalyLive(
            packState: DalyPackState(
                voltageDecivolts: UInt16(saturating: measurement.voltage * 10),
                currentRaw: UInt16(saturating: Double(DalyPackState.currentOffset) + wire * 10),
                chargePermille: UInt16(saturating: pack.countedCharge * 10)),
            switches: DalySwitches(
                state: state, isChargeClosed: pack.chargeSwitchClosed, isDischargeClosed: pack.dischargeSwitchClosed,
                lifeCounter: lifeCounter,
                remainingMilliampereHours: UInt32(
                    saturating: pack.protection.limits.capacity * pack.countedCharge * 10)),
            status: DalyStatus(
                cells: UInt8(saturating: Double(pack.cells.count)), sensors: UInt8(sensorCount),
                hasCharger: pack.protection.hasCharger, hasLoad: measurement.current < -Self.stateCurrent,
                inputsAndOutputs: 2,
                cycles: UInt16(saturating: pack.discharged / max(pack.protection.limits.capacity, 1))),
            cells: measurement.cells.map { UInt16(saturating: $0 * 1000) },
            temperatures: measurement.external.prefix(sensorCount).map { celsius in
                celsius.map { DalyTemperature.raw(Int($0.rounded())) } ?? 0
            },
            balancing: pack.cells.indices.filter { pack.cells[$0].isBalancing }, failures: failures)
    }

    private var sensorCount: Int { min(max(pack.parameters.temperatureSensors, 0), 2) }

    private var state: DalyState {
        if pack.measurement.current > Self.stateCurrent { return .charging }
        return pack.measurement.current < -Self.stateCurrent ? .discharging : .stationary
    }

    /// 0x98: the cut-offs that act as levels 2, and warnings on the way there as levels 1.
    private var failures: DalyFailures {
        let limits = pack.protection.limits
        let measurement = pack.measurement
        var bits: [Int] = []
        if measurement.highest >= limits.overVoltageCell - Self.warningBelow { bits.append(0) }
        if measurement.lowest <= limits.underVoltageCell + Self.warningAbove { bits.append(2) }
        if measurement.spread >= Self.spreadWarning { bits.append(24) }
        for cutOff in CutOff.allCases where pack.protection.isActive(cutOff) {
            switch cutOff {
            case .overVoltage: bits.append(1)
            case .underVoltage, .fullyDischarged: bits.append(3)
            case .overTemperature: bits += [9, 13]
            case .lowTemperature: bits += [11, 15]
            case .lowTemperatureCharge: bits.append(11)
            case .chargeOverCurrent: bits.append(17)
            case .dischargeOverCurrent: bits.append(19)
            case .chargeSwitchError: bits.append(36)
            case .dischargeSwitchError: bits.append(37)
            }
        }
        if measurement.external.prefix(sensorCount).contains(where: { $0 == nil }) { bits.append(42) }
        if pack.protection.holdsChargeOpen || pack.protection.holdsDischargeOpen {
            bits.append(DalyFailures.switchedOffByCommand)
        }
        return DalyFailures(bits: bits)
    }

    /// Distances of the levels 1 from the levels 2, V.
    static let warningBelow = 0.1
    static let warningAbove = 0.3
    /// Spread of the cells that is worth a warning, V.
    static let spreadWarning = 0.3
}

extension DalyAnswer {
    /// Whether two answers of nearly the same moment confirm each other: what cannot change in a moment is the same, what
    /// can lies close together. Bytes without a meaning do not count.
    ///
    /// Tolerances: 20 mV a cell, 0.5 V pack, 5 A and a tenth of the current, 0.5 % charge, 1 K, 5 steps of the counter.
    package func agrees(with other: DalyAnswer) -> Bool {
        guard command == other.command, payloads.count == other.payloads.count else { return false }
        switch command {
        case .packState: return DalyPackState(payload).agrees(with: DalyPackState(other.payload))
        case .switches: return DalySwitches(payload).agrees(with: DalySwitches(other.payload))
        case .status: return DalyStatus(payload) == DalyStatus(other.payload)
        case .cellVoltages:
            return zip(DalySlots.cellMillivolts(payloads), DalySlots.cellMillivolts(other.payloads))
                .allSatisfy { near($0, $1, 20) }
        case .temperatures:
            return zip(DalySlots.celsius(payloads), DalySlots.celsius(other.payloads)).allSatisfy { abs($0 - $1) <= 1 }
        case .ratedCapacity: return DalyRatedCapacity(payload) == DalyRatedCapacity(other.payload)
        default: return payloads == other.payloads
        }
    }
}

extension DalyPackState {
    fileprivate func agrees(with other: DalyPackState) -> Bool {
        let current = max(abs(currentDeciamperes), abs(other.currentDeciamperes))
        return near(voltageDecivolts, other.voltageDecivolts, 5) && near(chargePermille, other.chargePermille, 5)
            && abs(currentDeciamperes - other.currentDeciamperes) <= 50 + current / 10
    }
}

extension DalySwitches {
    fileprivate func agrees(with other: DalySwitches) -> Bool {
        stateCode == other.stateCode && isChargeClosed == other.isChargeClosed
            && isDischargeClosed == other.isDischargeClosed
            && abs(Int64(remainingMilliampereHours) - Int64(other.remainingMilliampereHours)) <= 5000
            && Int8(bitPattern: lifeCounter &- other.lifeCounter).magnitude <= 5
    }
}

private func near(_ one: UInt16, _ other: UInt16, _ tolerance: Int) -> Bool {
    abs(Int(one) - Int(other)) <= tolerance
}

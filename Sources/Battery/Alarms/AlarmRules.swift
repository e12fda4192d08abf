/// Our own alarm thresholds on measurements, with hysteresis (charge-control.md d.4). Display only: limits never rely
/// on them (safety.md 1).
struct AlarmRules: Sendable {
    /// One two-sided threshold: raised at one value, cleared at another.
    private struct Threshold: Sendable {
        private(set) var isActive = false

        /// `rising` says that a high value is the bad one.
        mutating func update(_ value: Double?, raise: Double, clear: Double, rising: Bool) {
            guard let value else { return }
            let sign = rising ? 1.0 : -1.0
            if sign * value >= sign * raise { isActive = true }
            if sign * value <= sign * clear { isActive = false }
        }
    }

    private var highCellWarning = Threshold()
    private var highCellAlarm = Threshold()
    private var lowCellWarning = Threshold()
    private var lowCellAlarm = Threshold()
    private var spread = Threshold()
    private var chargeWarning = Threshold()
    private var chargeAlarm = Threshold()
    private var warm = Threshold()
    private var cold = Threshold()
    private var chargeCurrent = Threshold()
    private var dischargeCurrent = Threshold()

    /// Cell spread counts only under this C-rate: above it the resistances speak.
    private static let restRate = 0.1

    /// Takes a pack's newest snapshot; returns what is wrong by our own measure.
    mutating func update(_ snapshot: PackSnapshot, _ pack: PackSpecification, _ limits: PackLimiter.Result) -> AlarmSet
    {
        var alarms = AlarmSet()
        updateCells(snapshot, pack)
        updateRest(snapshot, pack)
        if highCellWarning.isActive { alarms.raise(.highVoltage, .warning) }
        if highCellAlarm.isActive { alarms.raise(.highVoltage, .alarm) }
        if lowCellWarning.isActive { alarms.raise(.lowVoltage, .warning) }
        if lowCellAlarm.isActive { alarms.raise(.lowVoltage, .alarm) }
        if spread.isActive { alarms.raise(.cellImbalance, .warning) }
        if chargeWarning.isActive { alarms.raise(.lowStateOfCharge, .warning) }
        if chargeAlarm.isActive { alarms.raise(.lowStateOfCharge, .alarm) }
        if chargeCurrent.isActive { alarms.raise(.highChargeCurrent, .warning) }
        if dischargeCurrent.isActive { alarms.raise(.highDischargeCurrent, .warning) }
        if warm.isActive { alarms.raise(.highTemperatureCharge, .warning) }
        if cold.isActive { alarms.raise(.lowTemperatureCharge, .warning) }
        if let end = limits.chargeTemperatureCut {
            alarms.raise(end == .warm ? .highTemperatureCharge : .lowTemperatureCharge, .alarm)
        }
        if let end = limits.dischargeTemperatureCut {
            alarms.raise(end == .warm ? .highTemperature : .lowTemperature, .alarm)
        }
        if !snapshot.missing.isDisjoint(with: [.cellVoltages, .temperature, .settings, .alarms]) {
            alarms.raise(.bmsInternal, .warning)
        }
        return alarms
    }

    // MARK: - Private

    /// Distances from the configured maximum and minimum that give LFP's 3.55/3.50, 3.60/3.52, 3.00/3.10, 2.80/3.00 V.
    private mutating func updateCells(_ snapshot: PackSnapshot, _ pack: PackSpecification) {
        let high = snapshot.highestCell?.volts
        let low = snapshot.lowestCell?.volts
        highCellWarning.update(high, raise: pack.maximumCell - 0.10, clear: pack.maximumCell - 0.15, rising: true)
        highCellAlarm.update(high, raise: pack.maximumCell - 0.05, clear: pack.maximumCell - 0.13, rising: true)
        lowCellWarning.update(low, raise: pack.minimumCell + 0.20, clear: pack.minimumCell + 0.30, rising: false)
        lowCellAlarm.update(low, raise: pack.minimumCell, clear: pack.minimumCell + 0.20, rising: false)
        guard let high, let low, let current = snapshot.reading.current, abs(current) < Self.restRate * pack.capacity
        else { return }
        spread.update(high - low, raise: 0.080, clear: 0.050, rising: true)
    }

    private mutating func updateRest(_ snapshot: PackSnapshot, _ pack: PackSpecification) {
        let charge = snapshot.reading.stateOfCharge
        let current = snapshot.reading.current
        chargeWarning.update(charge, raise: 20, clear: 25, rising: false)
        chargeAlarm.update(charge, raise: 10, clear: 15, rising: false)
        let window = pack.chargeWindow
        let shift = snapshot.temperature.boardOnly ? 5.0 : 0
        warm.update(
            snapshot.temperature.warmest?.celsius, raise: window.upperBound - 3, clear: window.upperBound - 5,
            rising: true)
        cold.update(
            snapshot.temperature.coldest?.celsius, raise: window.lowerBound + shift + 2,
            clear: window.lowerBound + shift + 4, rising: false)
        // A tenth over the configured maximum is more than a meter's error.
        chargeCurrent.update(
            current, raise: 1.1 * pack.maximumCharge, clear: pack.maximumCharge, rising: true)
        dischargeCurrent.update(
            current.map { -$0 }, raise: 1.1 * pack.maximumDischarge, clear: pack.maximumDischarge, rising: true)
    }
}

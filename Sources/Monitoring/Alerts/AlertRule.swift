import Battery

/// One threshold on one measurement of a pack.
struct AlertRule: Sendable {
    /// What is measured.
    enum Quantity: Sendable, Hashable {
        case highestCell, lowestCell, spread, stateOfCharge, warmest, coldest, chargeCurrent, dischargeCurrent

        /// As people write it.
        var unit: String {
            switch self {
            case .highestCell, .lowestCell, .spread: "V"
            case .stateOfCharge: "%"
            case .warmest, .coldest: "°C"
            case .chargeCurrent, .dischargeCurrent: "A"
            }
        }

        /// Whether a high value is the bad one.
        var isRising: Bool {
            switch self {
            case .highestCell, .spread, .warmest, .chargeCurrent, .dischargeCurrent: true
            case .lowestCell, .stateOfCharge, .coldest: false
            }
        }

        /// Decimals that mean something.
        var places: Int {
            switch self {
            case .highestCell, .lowestCell, .spread: 3
            case .stateOfCharge: 0
            case .warmest, .coldest, .chargeCurrent, .dischargeCurrent: 1
            }
        }
    }

    /// Tells a rule from the others of a pack.
    struct Name: Sendable, Hashable {
        var kind: AlarmKind
        var severity: EventSeverity
    }

    var name: Name
    var quantity: Quantity
    var raise: Double
    var hysteresis: Double

    /// Every rule for a pack.
    static func all(_ thresholds: AlertThresholds, _ pack: PackSpecification) -> [AlertRule] {
        cells(thresholds, pack) + rest(thresholds, pack)
    }

    // MARK: - Private

    private init(
        _ kind: AlarmKind, _ severity: EventSeverity, _ quantity: Quantity, _ level: AlertThresholds.Level,
        standard: Double
    ) {
        name = Name(kind: kind, severity: severity)
        self.quantity = quantity
        raise = level.raise ?? standard
        hysteresis = level.hysteresis
    }

    private static func cells(_ limits: AlertThresholds, _ pack: PackSpecification) -> [AlertRule] {
        let levels = CellAlertLevels(limits, pack)
        return [
            AlertRule(.highVoltage, .warning, .highestCell, limits.highCellWarning, standard: levels.highWarning),
            AlertRule(.highVoltage, .alarm, .highestCell, limits.highCellAlarm, standard: levels.highAlarm),
            AlertRule(.lowVoltage, .warning, .lowestCell, limits.lowCellWarning, standard: levels.lowWarning),
            AlertRule(.lowVoltage, .alarm, .lowestCell, limits.lowCellAlarm, standard: levels.lowAlarm),
            AlertRule(.cellImbalance, .warning, .spread, limits.spreadWarning, standard: levels.spreadWarning),
        ]
    }

    private static func rest(_ limits: AlertThresholds, _ pack: PackSpecification) -> [AlertRule] {
        let (charge, discharge) = (pack.chargeWindow, pack.dischargeWindow)
        let margin = limits.temperatureMargin.raise ?? 0
        // The windows' ends are where the limits are cut, and come back as far as these do (S27).
        let warn = AlertThresholds.Level(nil, hysteresis: limits.temperatureMargin.hysteresis)
        let cutCharge = AlertThresholds.Level(nil, hysteresis: 2)
        let cutDischarge = AlertThresholds.Level(nil, hysteresis: 5)
        let over = 1 + (limits.overCurrent.raise ?? 0) / 100
        let back = limits.overCurrent.hysteresis / 100
        func current(_ maximum: Double) -> AlertThresholds.Level {
            AlertThresholds.Level(over * maximum, hysteresis: back * maximum)
        }
        return [
            AlertRule(.lowStateOfCharge, .warning, .stateOfCharge, limits.chargeWarning, standard: 20),
            AlertRule(.lowStateOfCharge, .alarm, .stateOfCharge, limits.chargeAlarm, standard: 10),
            AlertRule(.highTemperatureCharge, .warning, .warmest, warn, standard: charge.upperBound - margin),
            AlertRule(.highTemperatureCharge, .alarm, .warmest, cutCharge, standard: charge.upperBound),
            AlertRule(.lowTemperatureCharge, .warning, .coldest, warn, standard: charge.lowerBound + margin),
            AlertRule(.lowTemperatureCharge, .alarm, .coldest, cutCharge, standard: charge.lowerBound),
            AlertRule(.highTemperature, .alarm, .warmest, cutDischarge, standard: discharge.upperBound),
            AlertRule(.lowTemperature, .alarm, .coldest, cutDischarge, standard: discharge.lowerBound),
            AlertRule(.highChargeCurrent, .warning, .chargeCurrent, current(pack.maximumCharge), standard: 0),
            AlertRule(.highDischargeCurrent, .warning, .dischargeCurrent, current(pack.maximumDischarge), standard: 0),
        ]
    }
}

/// Whether a rule's alert is up: hysteresis in the value, debounce in time.
struct AlertState: Sendable, Hashable {
    private static let grain = 1e-9

    private(set) var isActive = false
    /// Since when the value has asked for the other state.
    private var askedSince: Instant?

    /// Takes a measurement.
    ///
    /// - Parameters:
    ///   - value: nil is unknown, and changes nothing: what is unknown is neither better nor worse.
    ///   - rule: the threshold.
    ///   - shift: by how much it lies higher at present.
    ///   - debounce: how long the value must ask for a change.
    ///   - isAfterGap: what came before is too old for "since then".
    ///   - time: when it was measured.
    mutating func update(
        _ value: Double?, _ rule: AlertRule, shift: Double, debounce: Duration, isAfterGap: Bool, at time: Instant
    ) {
        if isAfterGap { askedSince = nil }
        guard let value else {
            askedSince = nil
            return
        }
        let sign = rule.quantity.isRising ? 1.0 : -1.0
        let raise = rule.raise + shift
        // How far beyond the threshold; a value that stands on it counts, whatever binary fractions make of the two.
        let beyond = sign * (value - raise)
        let isAsked = isActive ? beyond <= Self.grain - rule.hysteresis : beyond >= -Self.grain
        guard isAsked else {
            askedSince = nil
            return
        }
        let since = askedSince ?? time
        askedSince = since
        guard time - since >= debounce else { return }
        isActive.toggle()
        askedSince = nil
    }
}

/// The rule behind one contribution to a limit. The raw value is the name that API, log and page use.
package enum LimitRule: String, Sendable, Hashable, CaseIterable {
    // What the user and the chemistry allow.
    case configuredMaximum = "configured_maximum"
    case chemistryMaximum = "chemistry_maximum"
    case chargeTarget = "charge_target"
    // What the BMS allows.
    case bmsLimit = "bms_limit"
    case bmsAlarm = "bms_alarm"
    case bmsSettingsMissing = "bms_settings_missing"
    case bmsSwitchOpen = "bms_switch_open"
    case bmsAlarmsMissing = "bms_alarms_missing"
    // What the cells allow.
    case cellVoltageCurve = "cell_voltage_curve"
    case cellVoltageHigh = "cell_voltage_high"
    case cellVoltageLow = "cell_voltage_low"
    case deepDischarge = "deep_discharge"
    case dischargeVoltage = "discharge_voltage"
    case temperatureCurve = "temperature_curve"
    case temperatureWindow = "temperature_window"
    case switchTemperatureCurve = "switch_temperature_curve"
    case cellVoltageMissing = "cell_voltage_missing"
    case temperatureMissing = "temperature_missing"
    case highestCellController = "highest_cell_controller"
    // What time and trust allow.
    case startLimit = "start_limit"
    case ramp
    case holdStale = "hold_stale"
    case noCharge = "no_charge"
    case stop
    case faultLatched = "fault_latched"
    case packAbsent = "pack_absent"
    case sharing
    /// The state of charge is at the user's ceiling.
    case ceiling
    /// Cells are held for their balancers.
    case balanceHold = "balance_hold"
    /// Too few packs are live for a start.
    case quorum
    case duplicateBMS = "duplicate_bms"
    case limitNotObeyed = "limit_not_obeyed"
}

extension LimitRule {
    /// Whether it protects a pack's cells whatever the pack carries: such a rule of a pack that stays apart counts too.
    var isProtection: Bool {
        switch self {
        case .bmsAlarm, .bmsAlarmsMissing, .bmsSettingsMissing, .cellVoltageHigh, .cellVoltageLow, .deepDischarge,
            .dischargeVoltage, .temperatureWindow, .cellVoltageMissing, .temperatureMissing:
            true
        default: false
        }
    }
}

/// One reason why a limit is not higher.
package struct Contribution: Sendable, Hashable {
    package var rule: LimitRule
    /// What this rule alone would allow: V for CVL, A for CCL and DCL.
    package var value: Double
    /// The measurement behind it.
    package var detail: Detail
    /// Since when this rule has been the one that decides, or has contributed this value's cause.
    package var since: Instant

    /// The evidence, as numbers; text is made only where somebody reads it.
    package enum Detail: Sendable, Hashable {
        case none
        /// Cell number from 1 and its voltage in V.
        case cell(pack: Int, number: Int, volts: Double)
        /// Sensor name and °C.
        case sensor(pack: Int, name: SensorName, celsius: Double)
        /// Age of the data, s.
        case age(seconds: Double)
        /// A current, A.
        case amperes(Double)
        /// A voltage, V.
        case volts(Double)
        /// An alarm of the BMS.
        case alarm(pack: Int, AlarmKind)
        /// A pack.
        case pack(Int)
        /// What a pack was seen to carry of the whole current, percent.
        case share(pack: Int, percent: Double)
        /// State of charge, percent.
        case stateOfCharge(Double)
        /// Packs that are live, of all.
        case packs(live: Int, configured: Int)
    }

    package init(_ rule: LimitRule, _ value: Double, _ detail: Detail = .none, since: Instant) {
        self.rule = rule
        self.value = value
        self.detail = detail
        self.since = since
    }
}

/// A limit and the list it is the minimum of (charge-control.md d.4, invariant 6).
package struct Limit: Sendable, Hashable {
    /// The published value: V or A, never negative.
    package var value: Double
    /// Every contribution, the deciding one first.
    package var contributions: [Contribution]

    package init(value: Double, contributions: [Contribution]) {
        self.value = value
        self.contributions = contributions
    }
}

/// Where the charge controller is (charge-control.md d.4). The raw value is the name in API and log.
package enum ChargeMode: String, Sendable, Hashable, CaseIterable {
    case initial = "init"
    case bulk
    case absorption
    case floatTransition = "float_transition"
    case float
    /// Charged from wherever it can be, because it is nearly empty: as bulk, and the inverter is asked for it.
    case forcedCharge = "forced_charge"
    /// Held just below the absorption voltage, so that the cells' balancers can work.
    case balanceHold = "balance_hold"
    /// Held at the daily ceiling of the state of charge.
    case ceiling
    case degraded
    case fault
}

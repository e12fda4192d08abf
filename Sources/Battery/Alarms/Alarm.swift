/// What can be wrong with a battery, the same words for every BMS family.
///
/// The first twelve are the items of Victron's frame 0x35A (protocols/victron-can.md 4).
package enum AlarmKind: String, Sendable, Hashable, CaseIterable, Comparable {
    case highVoltage = "high_voltage"
    case lowVoltage = "low_voltage"
    case highTemperature = "high_temperature"
    case lowTemperature = "low_temperature"
    case highTemperatureCharge = "high_temperature_charge"
    case lowTemperatureCharge = "low_temperature_charge"
    case highDischargeCurrent = "high_discharge_current"
    case highChargeCurrent = "high_charge_current"
    case contactor
    case shortCircuit = "short_circuit"
    case bmsInternal = "bms_internal"
    case cellImbalance = "cell_imbalance"
    /// State of charge low; no item of its own in 0x35A.
    case lowStateOfCharge = "low_state_of_charge"
    /// The inverter does not follow the limits it is sent.
    case limitNotObeyed = "limit_not_obeyed"

    package static func < (one: AlarmKind, other: AlarmKind) -> Bool { one.rawValue < other.rawValue }
}

/// How bad it is. A warning informs; an alarm says that a protection acts or should.
package enum AlarmSeverity: Int, Sendable, Hashable, Comparable {
    case warning = 1
    case alarm = 2

    package static func < (one: AlarmSeverity, other: AlarmSeverity) -> Bool { one.rawValue < other.rawValue }
}

/// The alarms that are active, each at its worst severity, and what a BMS says they forbid.
package struct AlarmSet: Sendable, Hashable {
    /// Active alarms.
    package private(set) var active: [AlarmKind: AlarmSeverity] = [:]
    /// The BMS itself forbids charging.
    package var forbidsCharge = false
    /// The BMS itself forbids discharging.
    package var forbidsDischarge = false

    package init() {}

    /// Severity of a kind, nil while it is not active.
    package subscript(kind: AlarmKind) -> AlarmSeverity? { active[kind] }

    package var isEmpty: Bool { active.isEmpty && !forbidsCharge && !forbidsDischarge }

    /// Adds an alarm; the worse severity stays.
    package mutating func raise(_ kind: AlarmKind, _ severity: AlarmSeverity) {
        active[kind] = max(active[kind] ?? severity, severity)
    }

    /// Adds every alarm of another set: one pack in alarm is enough.
    package mutating func formUnion(_ other: AlarmSet) {
        for (kind, severity) in other.active { raise(kind, severity) }
        forbidsCharge = forbidsCharge || other.forbidsCharge
        forbidsDischarge = forbidsDischarge || other.forbidsDischarge
    }
}

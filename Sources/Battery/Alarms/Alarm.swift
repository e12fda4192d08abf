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
///
/// A bit a kind: a control step makes, joins and compares several.
package struct AlarmSet: Sendable, Hashable {
    /// The BMS itself forbids charging.
    package var forbidsCharge = false
    /// The BMS itself forbids discharging.
    package var forbidsDischarge = false
    /// Bits of the kinds that are active.
    private var raised: UInt16 = 0
    /// Those of them that are alarms, not warnings.
    private var alarms: UInt16 = 0

    package init() {}

    /// Every kind in the order of its name.
    private static let byName = AlarmKind.allCases.sorted()

    /// Severity of a kind, nil while it is not active.
    package subscript(kind: AlarmKind) -> AlarmSeverity? {
        guard raised & kind.bit != 0 else { return nil }
        return alarms & kind.bit != 0 ? .alarm : .warning
    }

    package var isEmpty: Bool { raised == 0 && !forbidsCharge && !forbidsDischarge }

    /// The worst severity of any kind, nil while none is active.
    package var worst: AlarmSeverity? { raised == 0 ? nil : alarms == 0 ? .warning : .alarm }

    /// Active alarms in the order of their names.
    package var active: [(kind: AlarmKind, severity: AlarmSeverity)] {
        raised == 0 ? [] : Self.byName.compactMap { kind in self[kind].map { (kind, $0) } }
    }

    /// Adds an alarm; the worse severity stays.
    package mutating func raise(_ kind: AlarmKind, _ severity: AlarmSeverity) {
        raised |= kind.bit
        if severity == .alarm { alarms |= kind.bit }
    }

    /// Adds every alarm of another set: one pack in alarm is enough.
    package mutating func formUnion(_ other: AlarmSet) {
        raised |= other.raised
        alarms |= other.alarms
        forbidsCharge = forbidsCharge || other.forbidsCharge
        forbidsDischarge = forbidsDischarge || other.forbidsDischarge
    }
}

extension AlarmKind {
    /// The kind's bit in a set.
    fileprivate var bit: UInt16 {
        let position =
            switch self {
            case .highVoltage: 0
            case .lowVoltage: 1
            case .highTemperature: 2
            case .lowTemperature: 3
            case .highTemperatureCharge: 4
            case .lowTemperatureCharge: 5
            case .highDischargeCurrent: 6
            case .highChargeCurrent: 7
            case .contactor: 8
            case .shortCircuit: 9
            case .bmsInternal: 10
            case .cellImbalance: 11
            case .lowStateOfCharge: 12
            case .limitNotObeyed: 13
            }
        return 1 << UInt16(position)
    }
}

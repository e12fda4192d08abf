package import Battery

/// Alarm bits of the status record. Source: jk.md 2.2.
package struct JKPBAlarms: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let wireResistance = JKPBAlarms(rawValue: 1 << 0)
    package static let switchOverTemperature = JKPBAlarms(rawValue: 1 << 1)
    package static let cellCount = JKPBAlarms(rawValue: 1 << 2)
    package static let currentSensor = JKPBAlarms(rawValue: 1 << 3)
    package static let cellOverVoltage = JKPBAlarms(rawValue: 1 << 4)
    package static let packOverVoltage = JKPBAlarms(rawValue: 1 << 5)
    package static let chargeOverCurrent = JKPBAlarms(rawValue: 1 << 6)
    package static let chargeShortCircuit = JKPBAlarms(rawValue: 1 << 7)
    package static let chargeOverTemperature = JKPBAlarms(rawValue: 1 << 8)
    package static let chargeUnderTemperature = JKPBAlarms(rawValue: 1 << 9)
    package static let internalCommunication = JKPBAlarms(rawValue: 1 << 10)
    package static let cellUnderVoltage = JKPBAlarms(rawValue: 1 << 11)
    package static let packUnderVoltage = JKPBAlarms(rawValue: 1 << 12)
    package static let dischargeOverCurrent = JKPBAlarms(rawValue: 1 << 13)
    package static let dischargeShortCircuit = JKPBAlarms(rawValue: 1 << 14)
    package static let dischargeOverTemperature = JKPBAlarms(rawValue: 1 << 15)
    package static let chargeSwitch = JKPBAlarms(rawValue: 1 << 16)
    package static let dischargeSwitch = JKPBAlarms(rawValue: 1 << 17)
    package static let positionLost = JKPBAlarms(rawValue: 1 << 18)
    /// The board asks for another password than the one it was delivered with: harmless, often set.
    package static let changePassword = JKPBAlarms(rawValue: 1 << 19)
    package static let dischargeSwitchOn = JKPBAlarms(rawValue: 1 << 20)
    package static let batteryOverTemperature = JKPBAlarms(rawValue: 1 << 21)
    package static let temperatureSensor = JKPBAlarms(rawValue: 1 << 22)
    package static let parallelModule = JKPBAlarms(rawValue: 1 << 23)
    /// Bits that no paper names.
    package static let unknown = JKPBAlarms(rawValue: 0xFF00_0000)

    /// The alarms in common words. Each protection stops what it protects against; what is wrong inside the board forbids
    /// charging, and whether it stops discharging its switch tells.
    package var alarmSet: AlarmSet {
        var alarms = AlarmSet()
        func raise(_ kind: AlarmKind, _ which: JKPBAlarms, charge: Bool = false, discharge: Bool = false) {
            guard !isDisjoint(with: which) else { return }
            alarms.raise(kind, .alarm)
            alarms.forbidsCharge = alarms.forbidsCharge || charge
            alarms.forbidsDischarge = alarms.forbidsDischarge || discharge
        }
        if !isDisjoint(with: [.wireResistance, .parallelModule, .unknown]) { alarms.raise(.bmsInternal, .warning) }
        raise(.bmsInternal, [.cellCount, .currentSensor, .internalCommunication, .temperatureSensor], charge: true)
        raise(.highTemperature, [.switchOverTemperature, .batteryOverTemperature], charge: true, discharge: true)
        raise(.highTemperature, .dischargeOverTemperature, discharge: true)
        raise(.highTemperatureCharge, .chargeOverTemperature, charge: true)
        raise(.lowTemperatureCharge, .chargeUnderTemperature, charge: true)
        raise(.highVoltage, [.cellOverVoltage, .packOverVoltage], charge: true)
        raise(.lowVoltage, [.cellUnderVoltage, .packUnderVoltage], discharge: true)
        raise(.highChargeCurrent, .chargeOverCurrent, charge: true)
        raise(.highDischargeCurrent, .dischargeOverCurrent, discharge: true)
        raise(.shortCircuit, [.chargeShortCircuit, .dischargeShortCircuit], charge: true, discharge: true)
        raise(.contactor, .chargeSwitch, charge: true)
        raise(.contactor, [.dischargeSwitch, .dischargeSwitchOn], discharge: true)
        return alarms
    }
}

package import Battery

/// What an event id of the TinyBMS means. Source: Rev D, the complete list; tinybms.md 12.
package struct TinyBMSEvent: Sendable, Hashable {
    /// The BMS's own ranges of ids.
    package enum Severity: String, Sendable, Hashable {
        /// 0x01...0x30.
        case fault
        /// 0x31...0x60.
        case warning
        /// 0x61...0x90.
        case information
    }

    package var identifier: UInt8
    /// For people and `decode`, English.
    package var name: String
    /// What it is in the words of all families; nil for ids that report no condition.
    package var alarm: AlarmKind?
    /// The id that ends the condition; nil where only a restart does (or the BMS's status shows that it ended).
    package var recovery: UInt8?
    /// The BMS stops charging on it.
    package var forbidsCharge: Bool
    /// The BMS stops discharging on it.
    package var forbidsDischarge: Bool

    /// The range that an id lies in; nil for 0 and above 0x90.
    package static func severity(of identifier: UInt8) -> Severity? {
        switch identifier {
        case 0x01...0x30: .fault
        case 0x31...0x60: .warning
        case 0x61...0x90: .information
        default: nil
        }
    }

    /// The BMS began to run: everything before it was in another life.
    package static let systemStarted: UInt8 = 0x61

    /// Every documented id.
    package static let all: [UInt8: TinyBMSEvent] = [UInt8: TinyBMSEvent](
        uniqueKeysWithValues: (conditions + notices).map { ($0.identifier, $0) })

    /// What an id in the range of faults means that no paper lists: a BMS in trouble, and no charging.
    package static func undocumentedFault(_ identifier: UInt8) -> TinyBMSEvent {
        condition(identifier, "undocumented fault", .bmsInternal, nil, charge: true)
    }

    // MARK: - Private

    /// Ids that report a condition, which lasts until its recovery id.
    ///
    /// What each forbids is what the BMS's switches do (tinybms.md 16). Under-voltage does not forbid charging: a charger
    /// is its only way out. Trouble with a switch or with the current sensor forbids charging too, because the BMS can then
    /// no longer be relied on to stop it.
    private static let conditions: [TinyBMSEvent] = [
        condition(0x02, "under-voltage cutoff", .lowVoltage, 0x7B, discharge: true),
        condition(0x03, "over-voltage cutoff", .highVoltage, 0x79, charge: true),
        condition(0x04, "over-temperature cutoff", .highTemperature, 0x73, charge: true, discharge: true),
        condition(0x05, "discharge over-current cutoff", .highDischargeCurrent, 0x77, discharge: true),
        condition(0x06, "charge over-current cutoff", .highChargeCurrent, 0x76, charge: true),
        condition(0x07, "regeneration over-current cutoff", .highChargeCurrent, 0x78, charge: true),
        condition(0x0A, "low temperature cutoff", .lowTemperature, 0x75, charge: true, discharge: true),
        condition(0x0B, "charger switch error", .contactor, nil, charge: true),
        condition(0x0C, "load switch error", .contactor, nil, charge: true, discharge: true),
        condition(0x0D, "single port switch error", .contactor, nil, charge: true, discharge: true),
        condition(
            0x0E, "external current sensor disconnected (restart needed)", .bmsInternal, nil, charge: true,
            discharge: true),
        condition(
            0x0F, "external current sensor connected (restart needed)", .bmsInternal, nil, charge: true, discharge: true
        ),
        condition(0x31, "fully discharged cutoff", .lowVoltage, 0x7A, discharge: true),
        condition(0x37, "low temperature charging cutoff", .lowTemperatureCharge, 0x74, charge: true),
    ]

    /// Ids that report a moment.
    private static let notices: [TinyBMSEvent] = [
        notice(0x38, "charging done, charger voltage too high"), notice(0x39, "charging done, charger voltage too low"),
        notice(systemStarted, "system started"), notice(0x62, "charging started"), notice(0x63, "charging done"),
        notice(0x64, "charger connected"), notice(0x65, "charger disconnected"), notice(0x66, "dual port mode active"),
        notice(0x67, "single port mode active"), notice(0x73, "recovered: over-temperature"),
        notice(0x74, "recovered: low temperature warning"), notice(0x75, "recovered: low temperature fault"),
        notice(0x76, "recovered: charge over-current"), notice(0x77, "recovered: discharge over-current"),
        notice(0x78, "recovered: regeneration over-current"), notice(0x79, "recovered: over-voltage"),
        notice(0x7A, "recovered: fully discharged"), notice(0x7B, "recovered: under-voltage"),
        notice(0x7C, "external current sensor connected"), notice(0x7D, "external current sensor disconnected"),
    ]

    private static func condition(
        _ identifier: UInt8, _ name: String, _ alarm: AlarmKind, _ recovery: UInt8?, charge: Bool = false,
        discharge: Bool = false
    ) -> TinyBMSEvent {
        TinyBMSEvent(
            identifier: identifier, name: name, alarm: alarm, recovery: recovery, forbidsCharge: charge,
            forbidsDischarge: discharge)
    }

    private static func notice(_ identifier: UInt8, _ name: String) -> TinyBMSEvent {
        TinyBMSEvent(
            identifier: identifier, name: name, alarm: nil, recovery: nil, forbidsCharge: false, forbidsDischarge: false
        )
    }
}

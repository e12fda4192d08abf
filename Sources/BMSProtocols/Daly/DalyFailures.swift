package import Battery

/// 0x98: failure bits. Number = data byte × 8 + bit; byte 7 is a code (daly.md 5).
package struct DalyFailures: Sendable, Hashable {
    /// Number of bits.
    package static let count = 56
    /// A switch was opened by command: a state, no alarm.
    package static let switchedOffByCommand = 52

    private var payloadBits: DalyPayload

    package init(_ payload: DalyPayload) { payloadBits = payload }

    /// Creates a set of bits; numbers past the last are dropped.
    package init(bits: [Int] = [], faultCode: UInt8 = 0) {
        payloadBits = DalyPayload()
        for bit in bits where (0..<Self.count).contains(bit) { payloadBits[bit / 8] |= 1 << UInt8(bit % 8) }
        payloadBits[7] = faultCode
    }

    /// As on the wire.
    package var payload: DalyPayload { payloadBits }

    /// 0 for none.
    package var faultCode: UInt8 { payloadBits[7] }

    /// Numbers of the bits that are set, rising.
    package var bits: [Int] { isEmpty ? [] : (0..<Self.count).filter(contains) }

    /// No bit is set, whatever the code.
    package var isEmpty: Bool { payloadBits.bits >> 8 == 0 }

    package func contains(_ bit: Int) -> Bool { payloadBits[bit / 8] >> UInt8(bit % 8) & 1 != 0 && bit < Self.count }

    /// What the bits mean for everyone else.
    ///
    /// A level 2 is a protection that acts, so it forbids the direction in which the board opens its switch. Trouble with
    /// what measures or switches forbids charging, because the board can then no longer be relied on to stop it. Too low a
    /// voltage does not: a charger is its only way out.
    package var alarms: AlarmSet {
        var set = AlarmSet()
        for bit in bits {
            guard let failure = Self.all[bit] else {
                set.raise(.bmsInternal, .warning)
                continue
            }
            guard let alarm = failure.alarm else { continue }
            set.raise(alarm, failure.severity)
            set.forbidsCharge = set.forbidsCharge || failure.forbidsCharge
            set.forbidsDischarge = set.forbidsDischarge || failure.forbidsDischarge
        }
        return set
    }

    /// Name of a bit; nil for a reserved one.
    package static func name(of bit: Int) -> String? { all.indices.contains(bit) ? all[bit]?.name : nil }

    // MARK: - Private

    private struct Failure: Sendable {
        var name: String
        var alarm: AlarmKind?
        var severity = AlarmSeverity.alarm
        var forbidsCharge = false
        var forbidsDischarge = false
    }

    private enum Direction { case charge, discharge, both, none }

    /// Two bits: the warning, and the protection that forbids a direction.
    private static func levels(_ name: String, _ alarm: AlarmKind, _ direction: Direction) -> [Failure?] {
        [
            Failure(name: name + "_l1", alarm: alarm, severity: .warning),
            Failure(
                name: name + "_l2", alarm: alarm, forbidsCharge: direction == .charge || direction == .both,
                forbidsDischarge: direction == .discharge || direction == .both),
        ]
    }

    private static func fault(_ name: String, _ alarm: AlarmKind = .bmsInternal, _ direction: Direction) -> Failure? {
        Failure(
            name: name, alarm: alarm, forbidsCharge: direction == .charge || direction == .both,
            forbidsDischarge: direction == .discharge || direction == .both)
    }

    private static let all: [Failure?] = voltagesAndTemperatures + currentsAndDifferences + switches + electronics

    private static let voltagesAndTemperatures: [Failure?] =
        levels("cell_overvoltage", .highVoltage, .charge) + levels("cell_undervoltage", .lowVoltage, .discharge)
        + levels("pack_overvoltage", .highVoltage, .charge) + levels("pack_undervoltage", .lowVoltage, .discharge)
        + levels("charge_overtemperature", .highTemperatureCharge, .charge)
        + levels("charge_undertemperature", .lowTemperatureCharge, .charge)
        + levels("discharge_overtemperature", .highTemperature, .both)
        + levels("discharge_undertemperature", .lowTemperature, .discharge)

    private static let currentsAndDifferences: [Failure?] =
        levels("charge_overcurrent", .highChargeCurrent, .charge)
        + levels("discharge_overcurrent", .highDischargeCurrent, .discharge)
        + levels("soc_high", .highVoltage, .charge) + levels("soc_low", .lowStateOfCharge, .none)
        + levels("cell_voltage_difference", .cellImbalance, .charge)
        + levels("temperature_difference", .highTemperature, .charge) + [nil, nil, nil, nil]

    private static let switches: [Failure?] = [
        fault("charge_mos_overtemperature", .highTemperature, .charge),
        fault("discharge_mos_overtemperature", .highTemperature, .both),
        fault("charge_mos_sensor_fault", .bmsInternal, .charge),
        fault("discharge_mos_sensor_fault", .bmsInternal, .charge),
        fault("charge_mos_adhesion", .contactor, .charge), fault("discharge_mos_adhesion", .contactor, .charge),
        fault("charge_mos_open", .contactor, .charge), fault("discharge_mos_open", .contactor, .both),
    ]

    private static let electronics: [Failure?] = [
        fault("afe_fault", .bmsInternal, .charge), fault("cell_voltage_collection_fault", .bmsInternal, .charge),
        fault("temperature_sensor_fault", .bmsInternal, .charge), fault("eeprom_fault", .bmsInternal, .charge),
        Failure(name: "rtc_fault", alarm: .bmsInternal, severity: .warning),
        fault("precharge_fault", .contactor, .discharge),
        Failure(name: "vehicle_communication_fault", alarm: .bmsInternal, severity: .warning),
        fault("internal_communication_fault", .bmsInternal, .charge),
        fault("current_module_fault", .bmsInternal, .charge),
        fault("pack_voltage_detection_fault", .bmsInternal, .charge),
        fault("short_circuit_protection", .shortCircuit, .both),
        fault("low_voltage_charge_forbidden", .lowVoltage, .charge), Failure(name: "mos_switched_off_by_command"), nil,
        nil, nil,
    ]
}

/// The register map. Source: tinybms.md 7, 8, 10 and 11 (Enepaq communication protocols Rev D, checked against Rev B and
/// register dumps of a real unit).
extension TinyBMSRegister {
    /// Registers that can be written.
    package static let writable: ClosedRange<UInt16> = 300...399

    /// Every documented value, in the order of its register.
    package static let all: [TinyBMSRegister] = cells + live + statistics + settings + version

    /// Rows by name.
    package static let named = [String: TinyBMSRegister](all.map { ($0.name, $0) }) { first, _ in first }

    /// The 16 cell slots. Which cell sits where is not certain: see `TinyBMSLiveBlock`.
    package static let cells: [TinyBMSRegister] = (0..<16).map { slot in
        .init(
            UInt16(slot), "cell_slot_\(slot)_V", "Cell voltage in register \(slot)", per: 10_000, unit: "V", missing: 0)
    }

    /// Registers 32 to 55.
    package static let live: [TinyBMSRegister] = [
        .init(32, "lifetime_s", "Lifetime counter", .long, unit: "s"),
        .init(34, "time_left_s", "Estimated time left", .long, unit: "s"),
        .init(36, "pack_voltage_V", "Pack voltage", .float, unit: "V"),
        .init(38, "pack_current_A", "Pack current, positive while charging", .float, unit: "A"),
        .init(40, "min_cell_mV", "Lowest cell", unit: "mV"),
        .init(41, "max_cell_mV", "Highest cell", unit: "mV"),
        .init(42, "external1_C", "External temperature 1", .signedWord, per: 10, unit: "°C", missing: -32768),
        .init(43, "external2_C", "External temperature 2", .signedWord, per: 10, unit: "°C", missing: -32768),
        .init(44, "distance_left_km", "Distance left", unit: "km"),
        .init(45, "soh_percent", "State of health", per: 500, unit: "%", missing: 0, .revisionD),
        .init(46, "soc_percent", "State of charge", .long, per: 1_000_000, unit: "%"),
        .init(48, "internal_C", "Board temperature", .signedWord, per: 10, unit: "°C", missing: -32768),
        .init(50, "online_status", "Online status", choices: statuses),
        .init(51, "balancing_decision", "Cells that need balancing, bit 0 = first cell"),
        .init(52, "balancing_real", "Cells being balanced, bit 0 = first cell"),
        .init(53, "detected_cells", "Detected cells"),
        .init(54, "speed_kmh", "Speed", .float, unit: "km/h"),
    ]

    /// Registers 100 to 117.
    package static let statistics: [TinyBMSRegister] = [
        .init(100, "total_distance_km", "Total distance", .long, per: 100, unit: "km"),
        .init(102, "max_discharge_A", "Largest discharge current seen", per: 10, unit: "A"),
        .init(103, "max_charge_A", "Largest charge current seen", per: 10, unit: "A"),
        .init(104, "max_cell_difference_mV", "Largest cell difference seen", per: 10, unit: "mV"),
        .init(105, "under_voltage_count", "Under-voltage protections"),
        .init(106, "over_voltage_count", "Over-voltage protections"),
        .init(107, "discharge_overcurrent_count", "Discharge over-current protections"),
        .init(108, "charge_overcurrent_count", "Charge over-current protections"),
        .init(109, "overheat_count", "Over-heat protections"),
        .init(111, "charging_count", "Chargings"),
        .init(112, "full_charge_count", "Full charges"),
        .init(113, "min_temperature_C", "Lowest pack temperature seen", signedByte(0), unit: "°C"),
        .init(113, "max_temperature_C", "Highest pack temperature seen", signedByte(8), unit: "°C"),
        .init(114, "last_reset", "Cause of the last reset", lowByte, choices: resetCauses),
        .init(114, "last_wakeup", "Cause of the last wake-up", highByte, choices: wakeUpCauses),
        .init(116, "statistics_cleared_s", "Statistics last cleared at", .long, unit: "s"),
    ]

    /// Registers 300 to 343.
    package static let settings: [TinyBMSRegister] = [
        .init(300, "fully_charged_mV", "Fully charged voltage (cell)", unit: "mV", range: 1200...4500),
        .init(301, "fully_discharged_mV", "Fully discharged voltage (cell)", unit: "mV", range: 1000...3500),
        .init(303, "early_balancing_mV", "Early balancing threshold (cell)", unit: "mV", range: 1000...4500),
        .init(304, "charge_finished_mA", "Charge finished current", unit: "mA", range: 100...5000, .limitsMove),
        .init(305, "peak_discharge_A", "Peak discharge current cutoff", unit: "A", missing: 0, .revisionD),
        .init(306, "capacity_Ah", "Battery capacity", per: 100, unit: "Ah", range: 10...65500),
        .init(307, "series_cells", "Cells in series", range: 4...16),
        .init(308, "allowed_disbalance_mV", "Allowed disbalance", unit: "mV", range: 15...100),
        .init(310, "charger_startup_delay_s", "Charger start-up delay", unit: "s", range: 5...60, .revisionD),
        .init(311, "charger_disable_delay_s", "Charger disable delay", unit: "s", range: 0...60, .revisionD),
        .init(312, "pulses_per_distance_unit", "Pulses per distance unit", .long, range: 1...100_000),
        .init(314, "distance_unit", "Distance unit", choices: [1: "m", 2: "km", 3: "ft", 4: "mile", 5: "yard"]),
        .init(315, "over_voltage_mV", "Over-voltage cutoff (cell)", unit: "mV", range: 1200...4500),
        .init(316, "under_voltage_mV", "Under-voltage cutoff (cell)", unit: "mV", range: 800...3500),
        .init(317, "discharge_overcurrent_A", "Discharge over-current cutoff", unit: "A", range: 1...750, .limitsMove),
        .init(318, "charge_overcurrent_A", "Charge over-current cutoff", unit: "A", range: 1...750, .limitsMove),
        .init(319, "overheat_C", "Over-heat cutoff", .signedWord, unit: "°C", range: 20...90),
        .init(320, "low_temp_charge_C", "Low temperature charge cutoff", .signedWord, unit: "°C", range: -40...10),
        .init(321, "charge_restart_percent", "Charge restart level", unit: "%", range: 60...95, .revisionD),
        .init(322, "max_cycle_count", "Maximum cycle count", range: 10...65000, .revisionD),
        .init(
            323, "soh_preset_percent", "State of health preset", per: 500, unit: "%", range: 0...50000, missing: 0xFFFF,
            [.revisionD, .readsBackAsTaken]),
        .init(
            328, "soc_preset_percent", "State of charge preset", per: 500, unit: "%", range: 0...50000, missing: 0xFFFF,
            .readsBackAsTaken),
        .init(329, "invert_current_sensor", "Invert external current sensor", flag(0)),
        .init(329, "disable_switch_diagnostics", "Disable load and charger switch diagnostics", flag(1)),
        .init(329, "enable_charge_restart_level", "Enable charge restart level", flag(2), .revisionD),
        .init(
            330, "charger_type", "Charger type", lowByte,
            choices: [0: "variable (reserved)", 1: "CC/CV", 2: "CAN (reserved)"]),
        .init(
            330, "discharge_overcurrent_timeout_s", "Discharge over-current timeout", highByte, unit: "s",
            range: 0...30,
            .revisionD),
        .init(331, "load_switch", "Load switch", lowByte, choices: loadSwitches),
        // The table says 1...30; release notes 2.3.239 give 0 as "off, recover by hand".
        .init(332, "recovery_time_s", "Automatic recovery time", lowByte, unit: "s", range: 0...30),
        .init(333, "charger_switch", "Charger switch", lowByte, choices: chargerSwitches),
        .init(334, "ignition_input", "Ignition input", lowByte, choices: inputs(off: true)),
        .init(335, "charger_detection", "Charger detection", lowByte, choices: inputs(off: false)),
        .init(336, "speed_sensor", "Speed sensor input", lowByte, choices: [0: "off", 1: "DIDO1", 2: "DIDO2"]),
        .init(337, "precharge_output", "Precharge output", lowByte, choices: prechargeOutputs),
        .init(338, "precharge_time", "Precharge time", lowByte, choices: prechargeTimes),
        .init(
            339, "temperature_sensors", "Temperature sensors", lowByte,
            choices: [0: "dual 10K NTC", 1: "multipoint active"]),
        .init(340, "operation_mode", "Mode", lowByte, choices: [0: "dual port", 1: "single port"], .restarts),
        .init(341, "single_port_switch", "Single port switch", lowByte, choices: loadSwitches),
        .init(342, "broadcast_period", "Broadcast period", lowByte, choices: broadcastPeriods),
        .init(
            343, "broadcast_format", "Broadcast format", lowByte, choices: [0: "CA V3", 1: "ASCII", 2: "SOC BAR"]),
    ]

    /// Registers 500 to 509.
    package static let version: [TinyBMSRegister] = [
        .init(500, "hardware_version", "Hardware version", lowByte),
        .init(500, "hardware_changes", "Hardware changes", highByte),
        .init(501, "firmware_public", "Public firmware", lowByte),
        .init(501, "power_type", "Power type", choice(8, 1), choices: [0: "low", 1: "high"]),
        .init(
            501, "current_sensor", "Current sensor", choice(9, 2),
            choices: [0: "internal resistor", 1: "internal HALL", 2: "external"]),
        .init(502, "firmware_internal", "Internal firmware"),
        .init(503, "bootloader", "Bootloader", lowByte),
        .init(503, "profile", "Register map (profile) version", highByte),
        .init(504, "serial_number", "Serial number", .serial),
    ]

    /// Cell voltage settings from the lowest to the highest: each must stay above the one before it (tinybms.md 10).
    package static let voltageLadder: [UInt16] = [316, 301, 300, 315]
    /// Least distance between neighbours of the ladder, mV.
    package static let voltageStep = 10

    // MARK: - Private

    private static let lowByte = Form.bits(shift: 0, width: 8, signed: false)
    private static let highByte = Form.bits(shift: 8, width: 8, signed: false)
    private static func signedByte(_ shift: Int) -> Form { .bits(shift: shift, width: 8, signed: true) }
    private static func flag(_ bit: Int) -> Form { .bits(shift: bit, width: 1, signed: false) }
    private static func choice(_ shift: Int, _ width: Int) -> Form { .bits(shift: shift, width: width, signed: false) }

    private static let statuses = [Int: String](
        uniqueKeysWithValues: TinyBMSStatus.allCases.map { (Int($0.rawValue), $0.name) })
    private static let resetCauses = [
        0: "unknown", 1: "low power", 2: "window watchdog", 3: "independent watchdog", 4: "software",
        5: "power-on or power-down", 6: "pin", 7: "option bytes",
    ]
    private static let wakeUpCauses = [0: "charger", 1: "ignition", 2: "discharge detected", 3: "UART communication"]
    private static let outputs = [
        "AIDO1", "AIDO2", "DIDO1", "DIDO2", "AIHO1 low", "AIHO1 high", "AIHO2 low", "AIHO2 high",
    ]
    private static let loadSwitches = numbered(["FET"] + outputs, from: 0)
    private static let chargerSwitches = numbered(["charge FET"] + outputs, from: 1)
    // Value 1 is unused; 0x10 is what the paper prints for the last one, where 0x0A was probably meant.
    private static let prechargeOutputs = numbered(["discharge FET"] + outputs.dropLast(), from: 2).merging(
        [0: "off", 0x10: "AIHO2 high"]) { first, _ in first }
    private static let prechargeTimes = numbered(
        ["0.1 s", "0.2 s", "0.5 s", "1 s", "2 s", "3 s", "4 s", "5 s"], from: 0)
    private static let broadcastPeriods = numbered(
        ["off", "0.1 s", "0.2 s", "0.5 s", "1 s", "2 s", "5 s", "10 s"], from: 0)

    private static func inputs(off: Bool) -> [Int: String] {
        let inputs = ["AIDO1", "AIDO2", "DIDO1", "DIDO2", "AIHO1", "AIHO2"]
        return numbered([off ? "off" : "internal"] + inputs, from: off ? 0 : 1)
    }

    private static func numbered(_ names: [String], from first: Int) -> [Int: String] {
        [Int: String](uniqueKeysWithValues: names.enumerated().map { ($0.offset + first, $0.element) })
    }
}

/// One item of frame 0x35A as two bits, the numeric value of the pair (protocols/victron-can.md 4, S25).
package enum VictronPair: UInt8, Sendable, Hashable {
    /// 00: not supported, or no change.
    case unsupported = 0
    /// First bit set: the alarm or warning is active.
    case active = 1
    /// Second bit set: supported and not active.
    case ok = 2
    /// 11: ignored, as good as unsupported.
    case ignored = 3

    /// The word of the API, the decoder and its vectors.
    package var word: String {
        switch self {
        case .active: "active"
        case .ok: "ok"
        case .unsupported, .ignored: "unsupported"
        }
    }
}

/// The items of frame 0x35A. The raw value is the number of the pair, from bit 0 of byte 0 on.
package enum VictronAlarmItem: Int, Sendable, Hashable, CaseIterable {
    case general
    case highVoltage
    case lowVoltage
    case highTemperature
    case lowTemperature
    case highTemperatureCharge
    case lowTemperatureCharge
    case highDischargeCurrent
    case highChargeCurrent
    case contactor
    case shortCircuit
    case bmsInternal
    case cellImbalance

    /// The name in the API, the decoder and its vectors.
    package var name: String {
        switch self {
        case .general: "general"
        case .highVoltage: "high_voltage"
        case .lowVoltage: "low_voltage"
        case .highTemperature: "high_temperature"
        case .lowTemperature: "low_temperature"
        case .highTemperatureCharge: "high_temperature_charge"
        case .lowTemperatureCharge: "low_temperature_charge"
        case .highDischargeCurrent: "high_discharge_current"
        case .highChargeCurrent: "high_charge_current"
        case .contactor: "contactor"
        case .shortCircuit: "short_circuit"
        case .bmsInternal: "bms_internal"
        case .cellImbalance: "cell_imbalance"
        }
    }

    /// Whether Victron shows the item; the others are logged at most.
    package var isShownByGX: Bool { self != .general && self != .contactor && self != .shortCircuit }
}

/// Frame 0x35A: alarms in bytes 0 to 3, warnings in bytes 4 to 7, system status in byte 7.
///
/// Display only: charge and discharge follow 0x351 alone.
package struct VictronAlarms: Sendable, Hashable {
    /// The pairs, eight bytes; a frame that was shorter is filled up with "not supported".
    package private(set) var bytes: [UInt8]

    /// Creates a frame in which nothing is supported.
    package init() { bytes = Array(repeating: 0, count: 8) }

    /// Reads a frame of any length.
    package init(decoding data: [UInt8]) {
        bytes = Array(data.prefix(8)) + repeatElement(0, count: max(0, 8 - data.count))
    }

    /// The alarm pair of an item.
    package subscript(alarm item: VictronAlarmItem) -> VictronPair {
        get { pair(at: item.rawValue) }
        set { set(newValue, at: item.rawValue) }
    }

    /// The warning pair of an item.
    package subscript(warning item: VictronAlarmItem) -> VictronPair {
        get { pair(at: Self.pairsPerHalf + item.rawValue) }
        set { set(newValue, at: Self.pairsPerHalf + item.rawValue) }
    }

    /// System status: `.ok` (0b10) is online, `.active` (0b01) is offline.
    package var systemStatus: VictronPair {
        get { pair(at: Self.systemStatusPair) }
        set { set(newValue, at: Self.systemStatusPair) }
    }

    /// Pairs of the alarm half; the warning half starts after them.
    static let pairsPerHalf = 16
    /// Byte 7, bits 2 and 3.
    static let systemStatusPair = 29

    /// Byte and lowest bit of a pair, for the documentation.
    static func position(of pair: Int) -> (byte: Int, bit: Int) { (pair / 4, pair % 4 * 2) }

    /// Writes a pair by its number.
    mutating func set(_ value: VictronPair, at pair: Int) {
        let (byte, bit) = Self.position(of: pair)
        guard bytes.indices.contains(byte) else { return }
        bytes[byte] = bytes[byte] & ~(3 << UInt8(bit)) | value.rawValue << UInt8(bit)
    }

    // MARK: - Private

    private func pair(at pair: Int) -> VictronPair {
        let (byte, bit) = Self.position(of: pair)
        guard bytes.indices.contains(byte) else { return .unsupported }
        return VictronPair(rawValue: bytes[byte] >> UInt8(bit) & 3) ?? .unsupported
    }
}

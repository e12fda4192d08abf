/// Frame 0x359 of Pylontech batteries (protocols/victron-can.md 10). Decoded only: sending it in Victron mode makes the
/// GX think of a Pylontech.
package struct PylontechAlarms: Sendable, Hashable {
    /// Protection bits, byte 0 low, byte 1 high.
    package var protections: UInt16?
    /// Warning bits in the same places.
    package var warnings: UInt16?
    /// Number of modules.
    package var modules: Int?
    /// "PN".
    package var mark: String

    /// Reads a frame of any length.
    init(decoding data: [UInt8]) {
        protections = data.count >= 2 ? UInt16(data[0]) | UInt16(data[1]) << 8 : nil
        warnings = data.count >= 4 ? UInt16(data[2]) | UInt16(data[3]) << 8 : nil
        modules = data.count >= 5 ? Int(data[4]) : nil
        mark = VictronText.text(in: Array(data.dropFirst(5).prefix(2)))
    }
}

/// Frame 0x35C of Pylontech batteries, byte 0. Decoded only.
package struct PylontechFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The battery asks for a full charge.
    package static let fullChargeRequest = PylontechFlags(rawValue: 1 << 3)
    /// Force charge II.
    package static let forceChargeTwo = PylontechFlags(rawValue: 1 << 4)
    /// Force charge I.
    package static let forceChargeOne = PylontechFlags(rawValue: 1 << 5)
    /// Discharging is allowed.
    package static let dischargeEnable = PylontechFlags(rawValue: 1 << 6)
    /// Charging is allowed.
    package static let chargeEnable = PylontechFlags(rawValue: 1 << 7)
}

/// The pairs of a 0x35A (victron-can.md 4).
struct AlarmPairs {
    private let data: [UInt8]

    /// - Returns: nil where the frame is too short.
    init?(_ data: [UInt8]) {
        guard data.count >= 8 else { return nil }
        self.data = data
    }

    /// Two bits, numeric: 1 active, 2 OK, 0 and 3 not supported.
    private func pair(byte: Int, bit: Int) -> UInt8 { data[byte] >> UInt8(bit) & 3 }

    var internalAlarm: UInt8 { pair(byte: 2, bit: 6) }
    var internalWarning: UInt8 { pair(byte: 6, bit: 6) }
    var highVoltageAlarm: UInt8 { pair(byte: 0, bit: 2) }
    var lowVoltageAlarm: UInt8 { pair(byte: 0, bit: 4) }
    /// 2 online, 1 offline.
    var systemStatus: UInt8 { pair(byte: 7, bit: 2) }

    static let active: UInt8 = 1
    static let offline: UInt8 = 1
}

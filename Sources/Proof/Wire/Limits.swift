/// What a 0x351 says (victron-can.md 3).
struct Limits {
    /// V.
    let chargeVoltage: Double
    /// A.
    let charge: Double
    let discharge: Double

    /// - Returns: nil where the frame is too short for them.
    init?(_ data: [UInt8]) {
        guard data.count >= 6 else { return nil }
        func word(_ offset: Int) -> UInt16 { UInt16(data[offset]) | UInt16(data[offset + 1]) << 8 }
        chargeVoltage = Double(word(0)) / 10
        charge = Double(Int16(bitPattern: word(2))) / 10
        discharge = Double(Int16(bitPattern: word(4))) / 10
    }

    /// Whether any of them is lower than in the frame before.
    func isLower(than other: Limits) -> Bool {
        charge < other.charge || discharge < other.discharge || chargeVoltage < other.chargeVoltage
    }
}

extension CANFrameSeen {
    /// The id for people: "0x351".
    var name: String { "0x" + String(id, radix: 16, uppercase: true) }
}

/// Ids of the frames (victron-can.md 2).
enum FrameID {
    static let limits: UInt32 = 0x351
    static let charge: UInt32 = 0x355
    static let measurements: UInt32 = 0x356
    static let alarms: UInt32 = 0x35A
    static let modules: UInt32 = 0x372
    /// The GX's own, which a gateway never sends.
    static let keepalive: UInt32 = 0x305
    static let inverter: UInt32 = 0x307

    /// What a GX needs each second (S40).
    static let required = [limits, charge, measurements, alarms]
}

/// A frame that came from the gateway, read here by hand and not by the code under test (protocols/victron-can.md 4).
struct Frame: Sendable, Hashable {
    /// When its last character was read.
    var at: Moment
    var identifier: UInt32
    var isExtended: Bool
    var data: [UInt8]

    /// The identifiers that a battery may send; 0x305, 0x306 and 0x307 belong to the GX (S43).
    static let battery: Set<UInt32> = [
        0x351, 0x355, 0x356, 0x35A, 0x35E, 0x35F, 0x360, 0x370, 0x371, 0x372, 0x373, 0x374, 0x375, 0x376, 0x377, 0x378,
        0x379, 0x380, 0x381, 0x382,
    ]
    /// The four without which there is no battery.
    static let required: [UInt32] = [0x351, 0x355, 0x356, 0x35A]

    private func unsigned(_ offset: Int) -> Double? {
        guard data.count >= offset + 2 else { return nil }
        return Double(UInt16(data[offset]) | UInt16(data[offset + 1]) << 8)
    }

    private func signed(_ offset: Int) -> Double? {
        guard data.count >= offset + 2 else { return nil }
        return Double(Int16(bitPattern: UInt16(data[offset]) | UInt16(data[offset + 1]) << 8))
    }

    /// 0x351.
    struct Limits: Sendable, Hashable {
        /// When it came.
        var at: Moment
        /// V.
        var cvl: Double
        /// A.
        var ccl: Double
        /// A.
        var dcl: Double
    }

    /// The limits, in a 0x351.
    var limits: Limits? {
        guard identifier == 0x351, let cvl = unsigned(0), let ccl = signed(2), let dcl = signed(4) else { return nil }
        return Limits(at: at, cvl: cvl / 10, ccl: ccl / 10, dcl: dcl / 10)
    }

    /// State of charge, percent, in a 0x355: the fine one where it is there.
    var stateOfCharge: Double? {
        guard identifier == 0x355 else { return nil }
        return unsigned(4).map { $0 / 100 } ?? unsigned(0)
    }

    /// V, A and °C, in a 0x356.
    var measurements: (volts: Double, amperes: Double, celsius: Double)? {
        guard identifier == 0x356, let volts = signed(0), let amperes = signed(2), let celsius = signed(4) else {
            return nil
        }
        return (volts / 100, amperes / 10, celsius / 10)
    }

    /// Lowest and highest cell, V, in a 0x373.
    var cells: (lowest: Double, highest: Double)? {
        guard identifier == 0x373, let lowest = unsigned(0), let highest = unsigned(2) else { return nil }
        return (lowest / 1000, highest / 1000)
    }

    /// Modules online and offline, in a 0x372.
    var modules: (online: Double, offline: Double)? {
        guard identifier == 0x372, let online = unsigned(0), let offline = unsigned(6) else { return nil }
        return (online, offline)
    }

    /// What 0x35A says of the gateway's own trust in its data: the pairs of "BMS internal" (alarm: byte 2, bits 6 and 7;
    /// warning: byte 6, bits 6 and 7) and the system status (byte 7, bits 2 and 3). 1 is active or offline, 2 is OK.
    var trust: (alarm: UInt8, warning: UInt8, status: UInt8)? {
        guard identifier == 0x35A, data.count == 8 else { return nil }
        return (data[2] >> 6 & 3, data[6] >> 6 & 3, data[7] >> 2 & 3)
    }
}

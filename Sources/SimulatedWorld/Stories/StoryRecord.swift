package import Proof

/// What a GX and a reader of the log see of a story: limits and alarms from the frames on the wire, decoded here once
/// more, and sentences with their times.
package struct StoryRecord: Onlooker, Sendable {
    /// Frame 0x351, V and A.
    package struct Limits: Sendable, Hashable {
        package var chargeVoltage: Double
        package var chargeCurrent: Double
        package var dischargeCurrent: Double
    }

    /// Frame 0x35A: a bit for every pair that is active, the first pair at bit 0.
    package struct Alarms: Sendable, Hashable {
        package var alarms: UInt16 = 0
        package var warnings: UInt16 = 0
    }

    /// A value with the moment from which it stands, s.
    package struct Since<Value: Sendable>: Sendable {
        package var at: Double
        package var value: Value
    }

    /// What a line of the log said.
    package struct Sentence: Sendable, Hashable {
        package var event: String
        package var text: String
        /// Whether it is a warning or worse.
        package var isGrave: Bool
    }

    package private(set) var limits: [Since<Limits>] = []
    package private(set) var alarms: [Since<Alarms>] = []
    package var sentences: [Since<Sentence>] = []

    /// A GX that hears nothing for so long forgets the battery, s.
    private static let patience = 3.0
    /// The pairs of 0x35A in their order.
    private static let pairs = [
        "general", "high voltage", "low voltage", "high temperature", "low temperature", "high temperature charge",
        "low temperature charge", "high discharge current", "high charge current", "contactor", "short circuit",
        "BMS internal", "cell imbalance",
    ]

    package init() {}

    package mutating func saw(_ happening: Happening, at microseconds: Int64) {
        guard case .frameSent(let frame) = happening, frame.data.count == 8 else { return }
        let at = Double(microseconds) / 1e6
        let data = frame.data
        func word(_ index: Int) -> Double { Double(UInt16(data[index]) | UInt16(data[index + 1]) << 8) / 10 }
        switch frame.id {
        case 0x351:
            limits.append(
                Since(at: at, value: Limits(chargeVoltage: word(0), chargeCurrent: word(2), dischargeCurrent: word(4))))
        case 0x35A:
            alarms.append(
                Since(at: at, value: Alarms(alarms: Self.active(data[0..<4]), warnings: Self.active(data[4..<8]))))
        default: break
        }
    }

    /// The limits that a GX believes at a moment; nil where it has forgotten the battery.
    package func limits(at seconds: Double) -> Limits? { Self.standing(limits, at: seconds) }

    /// The alarms that a GX shows at a moment; nil where it has forgotten the battery.
    package func alarms(at seconds: Double) -> Alarms? { Self.standing(alarms, at: seconds) }

    /// Names of the pairs of a set of bits.
    package static func names(_ bits: UInt16) -> [String] {
        pairs.indices.filter { bits >> UInt16($0) & 1 == 1 }.map { pairs[$0] }
    }

    // MARK: - Private

    private static func standing<Value>(_ values: [Since<Value>], at seconds: Double) -> Value? {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        guard low > 0, seconds - values[low - 1].at < patience else { return nil }
        return values[low - 1].value
    }

    /// A pair is active where its two bits are 01.
    private static func active(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var bits: UInt16 = 0
        for (index, byte) in bytes.enumerated() {
            for pair in 0..<4 where byte >> UInt8(2 * pair) & 3 == 1 { bits |= 1 << UInt16(4 * index + pair) }
        }
        // The last three pairs of the warnings are the system's status.
        return bits & 0x1FFF
    }
}

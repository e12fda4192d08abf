/// Where a number stands in a frame and how it is scaled (protocols/victron-can.md 3).
///
/// Both directions and the generated documentation use the same value, so that they cannot disagree.
package struct VictronField: Sendable, Hashable {
    /// Width and sign on the wire.
    package enum Width: String, Sendable, Hashable {
        case unsigned8 = "u8"
        case unsigned16 = "u16"
        case signed16 = "s16"
        case unsigned32 = "u32"
        /// The one field of the protocol that is big-endian: the firmware word of 0x35F.
        case bigEndian16 = "u16 big-endian"
    }

    /// Which way a value between two counts goes.
    package enum Rounding: String, Sendable, Hashable {
        case nearest
        /// Towards the lower count: the safe side for CVL, CCL and DCL (S26).
        case down
    }

    /// The frame it stands in.
    package let frame: VictronFrameID
    /// First byte.
    package let offset: Int
    /// Width, sign and byte order.
    package let width: Width
    /// Counts for one unit: 10 where the wire counts in tenths.
    package let countsPerUnit: Double
    /// Added to the value before scaling: 273 where the wire counts Kelvin and the value is °C.
    package let bias: Double
    /// How a value between two counts is rounded.
    package let rounding: Rounding
    /// Physical values outside are brought to the nearer end, never wrapped (S26).
    package let clamp: ClosedRange<Double>
    /// Unit of the physical value.
    package let unit: String

    /// Creates a field; without a clamp the whole range of the wire is used.
    init(
        _ frame: VictronFrameID, at offset: Int, _ width: Width, countsPerUnit: Double = 1, bias: Double = 0,
        unit: String, rounding: Rounding = .nearest, clamp: ClosedRange<Double>? = nil
    ) {
        self.frame = frame
        self.offset = offset
        self.width = width
        self.countsPerUnit = countsPerUnit
        self.bias = bias
        self.unit = unit
        self.rounding = rounding
        let range = width.range
        self.clamp = clamp ?? (range.lowerBound / countsPerUnit - bias)...(range.upperBound / countsPerUnit - bias)
    }

    /// The count that stands for a physical value: clamped, rounded, saturated; nil for NaN, which is no value.
    package func count(of value: Double) -> Int64? {
        guard !value.isNaN else { return nil }
        let scaled = (min(max(value, clamp.lowerBound), clamp.upperBound) + bias) * countsPerUnit
        // 57.9 x 10 is a hair below 579 in binary: a millionth of a count is arithmetic, not voltage.
        let rounded = rounding == .down ? (scaled + 1e-6).rounded(.down) : scaled.rounded()
        return Int64(min(max(rounded, width.range.lowerBound), width.range.upperBound))
    }

    /// Writes a physical value into a frame's bytes; returns whether there was one to write.
    @discardableResult
    package func put(_ value: Double?, into data: inout [UInt8]) -> Bool {
        guard let value, let count = count(of: value) else { return false }
        put(count: count, into: &data)
        return true
    }

    /// Writes a raw count; bytes that the frame does not have are left out.
    package func put(count: Int64, into data: inout [UInt8]) {
        let bits = UInt64(bitPattern: count)
        for position in 0..<width.bytes where offset + position < data.count {
            let shift = width == .bigEndian16 ? 8 * (width.bytes - 1 - position) : 8 * position
            data[offset + position] = UInt8(truncatingIfNeeded: bits >> UInt64(shift))
        }
    }

    /// The raw count in a frame; nil when the frame is too short.
    package func count(in data: [UInt8]) -> Int64? {
        guard offset + width.bytes <= data.count else { return nil }
        var bits: UInt64 = 0
        for position in 0..<width.bytes {
            let shift = width == .bigEndian16 ? 8 * (width.bytes - 1 - position) : 8 * position
            bits |= UInt64(data[offset + position]) << UInt64(shift)
        }
        return width == .signed16 ? Int64(Int16(truncatingIfNeeded: bits)) : Int64(bits)
    }

    /// The physical value in a frame; nil when the frame is too short.
    package func value(in data: [UInt8]) -> Double? {
        count(in: data).map { Double($0) / countsPerUnit - bias }
    }
}

extension VictronField.Width {
    /// Bytes on the wire.
    package var bytes: Int {
        switch self {
        case .unsigned8: 1
        case .unsigned16, .signed16, .bigEndian16: 2
        case .unsigned32: 4
        }
    }

    /// Counts that fit.
    package var range: ClosedRange<Double> {
        switch self {
        case .unsigned8: 0...255
        case .unsigned16, .bigEndian16: 0...65535
        case .signed16: -32768...32767
        case .unsigned32: 0...4_294_967_295
        }
    }
}

/// Name of a temperature sensor: at most 8 ASCII characters, so that it fits a CAN frame.
///
/// Eight plain bytes, not a `String`: each reason of a limit may hold one, and reasons are copied by the dozen.
package struct SensorName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The characters, the first in the lowest byte; 0 behind the last.
    private var characters: UInt64 = 0

    /// Takes a name; what is not ASCII becomes `?`, what follows the eighth character is dropped.
    package init(_ name: String) {
        for (position, scalar) in name.unicodeScalars.prefix(8).enumerated() {
            let byte = scalar.isASCII && scalar.value > 0 ? UInt8(scalar.value) : UInt8(ascii: "?")
            characters |= UInt64(byte) << UInt64(8 * position)
        }
    }

    package init(stringLiteral name: String) { self.init(name) }

    package var description: String {
        var rest = characters
        var bytes: [UInt8] = []
        while rest != 0 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import CLinux

/// One `struct can_frame` of the kernel, read and written as bytes.
///
/// Source: Linux `include/uapi/linux/can.h`: identifier and flags (32 bits in the order of the machine), length, three
/// bytes of padding, eight of data. Every machine we build for is little-endian.
enum SocketCANMessage: Sendable, Hashable {
    /// A data frame.
    case frame(CANFrame)
    /// A remote request: it carries a length but no data.
    case remote(identifier: UInt32, isExtended: Bool, length: Int)
    /// The driver tells of the controller.
    case error(CANErrorReport)
    /// No classic CAN frame.
    case malformed

    /// Bytes of a `struct can_frame`.
    static let size = 16

    /// Reads what the socket delivered.
    init(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, bytes[4] <= 8 else {
            self = .malformed
            return
        }
        let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[$1]) << (8 * UInt32($1)) }
        let length = Int(bytes[4])
        let isExtended = word & CAN_EFF_FLAG != 0
        let identifier = word & (isExtended ? CAN_EFF_MASK : CAN_SFF_MASK)
        let data = Array(bytes[8..<8 + length])
        if word & CAN_ERR_FLAG != 0 {
            self = .error(CANErrorReport(errorClass: word & CAN_ERR_MASK, data: data))
        } else if word & CAN_RTR_FLAG != 0 {
            self = .remote(identifier: identifier, isExtended: isExtended, length: length)
        } else {
            self = CANFrame(identifier, data, isExtended: isExtended).map { .frame($0) } ?? .malformed
        }
    }

    /// The bytes that transmit a data frame.
    static func bytes(of frame: CANFrame) -> [UInt8] {
        let word = frame.identifier | (frame.isExtended ? CAN_EFF_FLAG : 0)
        var bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
        bytes += [UInt8(frame.data.count), 0, 0, 0]
        bytes += frame.data
        bytes += [UInt8](repeating: 0, count: 8 - frame.data.count)
        return bytes
    }
}

/// One thing that happened on a wire, with its time: a line of a capture file.
package struct CaptureRecord: Sendable, Hashable {
    /// Since the epoch of the capture (1970 for one of a real gateway). Unit µs, not negative.
    package var microseconds: Int64
    /// Which wire: `can0`, `uart.1`. No spaces.
    package var channel: String
    /// What happened.
    package var content: Content
    /// Whether the frame is one of ours. A capture file does not say it, as `candump` does not: a record that was read
    /// has false here.
    package var isOwn: Bool

    /// What happened on a wire.
    package enum Content: Sendable, Hashable {
        /// A data frame, of whatever sender.
        case frame(CANFrame)
        /// A remote request for so many bytes.
        case remote(identifier: UInt32, isExtended: Bool, length: Int)
        /// An error frame of the kernel: its class bits and its data.
        case error(errorClass: UInt32, data: [UInt8])
        /// Bytes from the device.
        case received([UInt8])
        /// Bytes to the device.
        case sent([UInt8])
    }

    /// Creates a record.
    package init(microseconds: Int64, channel: String, content: Content, isOwn: Bool = false) {
        (self.microseconds, self.channel, self.content, self.isOwn) = (microseconds, channel, content, isOwn)
    }
}

/// Why a line of a capture cannot be read.
package enum CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No `(SECONDS.MICROS)` at its beginning.
    case badTime
    /// No channel after the time.
    case noChannel
    /// What follows the channel is neither a CAN frame nor bytes: what is wrong with it.
    case badContent(String)

    package var description: String {
        switch self {
        case .badTime: "a line begins with its time, (SECONDS.MICROS)"
        case .noChannel: "after the time comes the channel, can0 or uart.1"
        case .badContent(let reason): reason
        }
    }
}

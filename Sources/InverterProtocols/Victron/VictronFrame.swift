/// One classic CAN frame with an 11-bit identifier, independent of any bus.
///
/// The publisher turns it into the frame type of its bus; nothing is lost on the way.
package struct VictronFrame: Sendable, Hashable {
    /// 0...0x7FF.
    package let identifier: UInt16
    /// At most eight bytes.
    package let data: [UInt8]

    /// Creates a frame; nil when the identifier needs more than 11 bits or the data more than eight bytes.
    package init?(identifier: UInt16, data: [UInt8]) {
        guard identifier <= 0x7FF, data.count <= 8 else { return nil }
        self.identifier = identifier
        self.data = data
    }

    /// Creates a frame of the protocol; bytes beyond the eighth are dropped.
    init(_ id: VictronFrameID, _ data: [UInt8]) {
        identifier = id.rawValue
        self.data = data.count <= 8 ? data : Array(data.prefix(8))
    }

    /// What the identifier means, nil for one that the protocol does not know.
    package var id: VictronFrameID? { VictronFrameID(rawValue: identifier) }
}

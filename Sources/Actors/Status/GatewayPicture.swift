package import Battery
package import Links

/// The whole live picture at one moment: what status, `watch` and the demo's line are drawn from.
package struct GatewayPicture: Sendable {
    /// The newest decision; nil before the first step.
    package var decision: Decision?
    /// The packs' newest reports.
    package var reports: [PackReport]
    package var inverter: InverterPicture

    package init(decision: Decision?, reports: [PackReport], inverter: InverterPicture) {
        self.decision = decision
        self.reports = reports
        self.inverter = inverter
    }
}

/// The inverter's side of the picture.
package struct InverterPicture: Sendable, Hashable {
    /// How the bus stands.
    package enum Link: String, Sendable, Hashable {
        /// Trying to open it.
        case opening
        case open
        /// Left because the GX has been silent (S43, `stop`).
        case left
    }

    /// Address of the bus.
    package var address: String
    package var link: Link = .opening
    package var state: CANState = .unknown
    package var counters = CANCounters()
    /// Age of the last 0x305, s; nil before the first.
    package var keepaliveAge: Double?
    /// A second sender of limits is on the bus (S44).
    package var hasDuplicateSender = false
    /// Frames are handed over but none has left for 3 s (S42).
    package var isTransmitLost = false
    /// Why the bus is not open, in one sentence.
    package var problem: String?

    package init(address: String) { self.address = address }
}

/// What the supervisor's other children want to know of one pack's link.
package struct PackLinkPicture: Sendable, Hashable {
    package var pack: Int
    package var address: String
    package var family: String
    /// Whether the port is open.
    package var isOpen = false
    /// Why there is no data, in one sentence; nil while there is.
    package var problem: String?
    /// Shown everywhere where it is true.
    package var isSimulated = false

    package init(pack: Int, address: String, family: String) {
        self.pack = pack
        self.address = address
        self.family = family
    }
}

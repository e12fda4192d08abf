/// A classic CAN frame: 11-bit or 29-bit identifier and up to eight bytes.
package struct CANFrame: Sendable, Hashable {
    /// 0...0x7FF, or 0...0x1FFF_FFFF when extended.
    package var identifier: UInt32
    package var isExtended: Bool
    /// At most eight bytes.
    package private(set) var data: [UInt8]

    /// Creates a standard (11-bit) frame; nil when the identifier or the length is out of range.
    package init?(_ identifier: UInt32, _ data: [UInt8], isExtended: Bool = false) {
        guard data.count <= 8, identifier <= (isExtended ? 0x1FFF_FFFF : 0x7FF) else { return nil }
        self.identifier = identifier
        self.isExtended = isExtended
        self.data = data
    }
}

/// A CAN bus. Confined to its loop: every method is called on it. Nothing blocks.
package protocol CANBus: AnyObject, Sendable {
    /// What the bus is, for logs: its address.
    var name: String { get }

    /// Called on the loop with everything that happens on the bus.
    func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void)

    /// Hands one frame to the controller.
    ///
    /// At most one frame per identifier may be unconfirmed (S41): a second one is refused.
    /// - Throws: `LinkError.congested` (ENOBUFS, queue full, or the identifier's last frame is unconfirmed), `.down`,
    ///   `.unplugged`, `.system`.
    func send(_ frame: CANFrame) throws(LinkError)

    /// The state as last seen.
    var state: CANState { get }

    /// Whether a frame that was handed over has neither left nor been given up (S41).
    var hasUnconfirmed: Bool { get }

    /// Counters since the bus was opened.
    var counters: CANCounters { get }

    /// Closes the bus; the receiver is not called any more.
    func close()
}

/// What happens on a CAN bus.
package enum CANBusEvent: Sendable, Hashable {
    /// A frame of another sender.
    case received(CANFrame, at: Instant)
    /// Our own frame has left: kernel loopback, adapter acknowledgement or drained tty (S41).
    case confirmed(CANFrame, at: Instant)
    /// The controller's state changed (S42: a state, never fatal).
    case state(CANState)
    /// The controller came back from bus-off: a full fresh set should go out at once.
    case restarted
    /// The bus is dead (interface deleted, adapter unplugged). The last event.
    case ended(LinkError)
}

/// State of a CAN controller.
package enum CANState: String, Sendable, Hashable {
    case errorActive = "error_active"
    case errorWarning = "error_warning"
    case errorPassive = "error_passive"
    case busOff = "bus_off"
    case down
    case unknown
}

/// What was counted on a CAN bus since it was opened.
package struct CANCounters: Sendable, Hashable {
    package var sent = 0
    package var confirmed = 0
    package var received = 0
    package var errors = 0
    package var busOff = 0
    package var congested = 0
    package init() {}
}

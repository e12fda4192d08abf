/// One thing that goes wrong around the packs: on the CAN bus, in the computer, with its clock. What executes a scenario
/// without such a world leaves it out.
package struct WorldMisbehaviour: Sendable, Hashable {
    /// What goes wrong; the raw values are the words of a scenario.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The CAN controller's queue is full (ENOBUFS).
        case busCongested = "can_congested"
        /// Nobody acknowledges: the CAN cable is out.
        case busCableOut = "can_cable_out"
        /// The controller has left the bus after too many errors.
        case busOff = "can_bus_off"
        /// The interface is down.
        case busDown = "can_down"
        /// The adapter is unplugged.
        case busUnplugged = "can_unplugged"
        /// Every frame leaves late.
        case busLate = "can_late"
        /// The GX is away; others acknowledge.
        case gxGone = "gx_gone"
        /// Another device sends limits of its own.
        case secondSender = "second_sender"
        /// Every access to the disk takes long.
        case diskSlow = "disk_slow"
        /// Nothing more fits on the disk.
        case diskFull = "disk_full"
        /// Every access to the disk fails.
        case diskFailing = "disk_failing"
        /// A part of the program ends with an error, once.
        case crash
        /// A part of the program never finishes its work again.
        case hang
        /// The process is killed, once, and started again half a second later.
        case kill
        /// The wall clock is set, once.
        case clockStep = "clock_step"
    }

    /// What goes wrong.
    package var kind: Kind
    /// The kind's quantity, in the unit of its `quantity`.
    package var value: Double
    /// The part of the data path that crashes or hangs: `inverter`, or the poller of a pack as `bms.1`.
    package var child: String

    /// Creates a misbehaviour; what the kind does not need is ignored.
    package init(_ kind: Kind, value: Double = 0, child: String = "") {
        (self.kind, self.value, self.child) = (kind, value, child)
    }
}

extension WorldMisbehaviour.Kind {
    /// The number that the kind needs, nil where it needs none.
    package var quantity: Misbehaviour.Kind.Quantity? {
        switch self {
        case .busLate, .diskSlow: .init(name: "seconds", range: 0...60)
        case .clockStep: .init(name: "seconds", range: -1e9...1e9)
        case .secondSender: .init(name: "amperes", range: 0...1000)
        default: nil
        }
    }

    /// Whether the kind concerns a part of the program.
    package var needsChild: Bool { self == .crash || self == .hang }

    /// Whether it takes time, rather than being done once.
    package var lasts: Bool {
        switch self {
        case .crash, .hang, .kill, .clockStep: false
        default: true
        }
    }
}

extension WorldMisbehaviour: CustomStringConvertible {
    /// Short text for marks and logs: `clock_step 3600.0 seconds`.
    package var description: String {
        var text = kind.rawValue
        if kind.needsChild { text += " " + child }
        if let quantity = kind.quantity { text += " \(value) \(quantity.name)" }
        return text
    }
}

/// A misbehaviour of the world with its time.
package struct ScheduledWorldFault: Sendable, Hashable {
    /// Simulated seconds after the start at which it begins.
    package var at: Double
    /// Simulated seconds that it lasts; nil for the rest of the simulation, and for what is done once.
    package var duration: Double?
    /// What goes wrong.
    package var misbehaviour: WorldMisbehaviour

    /// Creates a scheduled fault.
    package init(at: Double, for duration: Double? = nil, _ misbehaviour: WorldMisbehaviour) {
        self.at = at
        self.duration = duration
        self.misbehaviour = misbehaviour
    }
}

/// Something that an onlooker of a gateway's world can see or is told by the world: bytes on wires, what was broken, what
/// the user confirmed. Nothing that the gateway says about itself, but what it publishes.
///
/// The checker judges a gateway by these alone. This module imports nothing of the gateway, so that no mistake of the
/// gateway's can be made twice. What it relies on:
/// - moments never go back, and what the world did at a moment is told before what the gateway did because of it;
/// - the bus works and nothing is at fault until told otherwise;
/// - bytes are told when their last one arrived; silence is no happening.
package enum Happening: Sendable, Hashable {
    /// What the user has confirmed from now on. The first one comes before everything else. The gateway has a second to
    /// follow.
    case confirmed(Site)
    /// What the user has entered: the gateway may follow from now on, and must when it is confirmed. A change without an
    /// answer may have been taken all the same.
    case entered(Site)
    /// The gateway's process began. It knows no answer and owes nothing to what was on the wires before.
    case processBegan
    /// The gateway's process ended: killed, crashed, ended by its watchdog, or stopped. Nothing of it is left.
    case processEnded

    /// Bytes that arrived at the pack's BMS, as the wire had damaged them; a request in one or several pieces.
    case bytesToBMS(pack: Int, [UInt8])
    /// The pack's BMS answers what it was asked just now; what it says is told of a pack whose bytes the checker cannot read
    /// (`SitePack.readingTime`). Whether and when it arrives is another matter.
    case said(pack: Int, Saying)
    /// Bytes that arrived at the gateway from the pack, as the wire had damaged them.
    case bytesFromBMS(pack: Int, [UInt8])

    /// The controller took a frame from the gateway: it will leave, now or later, unless it is withdrawn. Frames of one id
    /// leave in the order in which they were taken; a process that ends leaves behind what was taken from it.
    case frameTaken(CANFrameSeen)
    /// What the controller still held was thrown away: it will not leave.
    case framesDiscarded
    /// A frame of the gateway was on the wire, for all to hear.
    case frameSent(CANFrameSeen)
    /// A frame of somebody else was on the wire.
    case frameHeard(CANFrameSeen)
    /// The bus works (true), or cannot carry a frame: no adapter, interface down, bus-off, queue full.
    case bus(isUsable: Bool)

    /// What the gateway published about a pack (S10): the word of its stage, age of the values in s, and whether any
    /// value is there.
    case published(pack: Int, stage: String, age: Double?, hasValues: Bool)
    /// The wall clock was set forward (positive) or back, in s.
    case wallClockSet(by: Int64)
    /// A fault of the plan began or ended; its name is for people. `isInside` says that it hits a part of the gateway's
    /// process, which may then be late or begin anew; `isCalm` that no fault acts any more.
    case fault(String, begins: Bool, isInside: Bool, isCalm: Bool)
}

/// A CAN frame as an onlooker sees it.
package struct CANFrameSeen: Sendable, Hashable {
    /// 11 bits.
    package var id: UInt32
    /// 0 to 8 bytes.
    package var data: [UInt8]

    package init(id: UInt32, data: [UInt8]) { (self.id, self.data) = (id, data) }
}

/// What the user has confirmed about the installation, as numbers of the data sheets and of the settings.
package struct Site: Sendable, Hashable {
    /// Whether anything may be transmitted at all (S64).
    package var isCommissioned: Bool
    /// The packs behind the gateway.
    package var packs: [SitePack]
    /// Ages at which the stages end, s (safety.md 1).
    package var hold = 2.0
    package var noCharge = 5.0
    package var stop = 15.0
    package var silent = 30.0
    /// Period of the frames, s (S40).
    package var period = 1.0
    /// Whether transmission ends when no keepalive comes, and after how long, s (S43); nil where it goes on.
    package var stopsWithoutKeepalive: Double?

    package init(isCommissioned: Bool, packs: [SitePack]) {
        (self.isCommissioned, self.packs) = (isCommissioned, packs)
    }
}

/// What the user has confirmed about one pack.
package struct SitePack: Sendable, Hashable {
    /// Number, from 1.
    package var pack: Int
    /// Cells in series.
    package var cells: Int
    /// A, not negative.
    package var maximumCharge: Double
    package var maximumDischarge: Double
    /// V of one cell.
    package var maximumCell: Double
    package var minimumCell: Double
    /// A cell below is never charged, V.
    package var deepDischarge: Double
    /// Voltage of a resting cell, to which CVL falls at NO-CHARGE, V; nil where the chemistry has no plateau.
    package var restVoltage: Double?
    /// °C.
    package var chargeWindow: ClosedRange<Double>
    package var dischargeWindow: ClosedRange<Double>
    /// Time between polls, s.
    package var pollInterval: Double
    /// nil for a TinyBMS, whose bytes the checker reads itself. Of any other the world tells what it says, and this is how
    /// long a careful reader may take until it believes it, s: for the rest of a poll of several questions, the whole of the
    /// next one, and a second reading.
    package var readingTime: Double?
    /// Whether a running counter may also be of no account: some tell one, and nobody knows what it is worth before it was
    /// seen to move.
    package var mayIgnoreCounter = false
    /// Whether a current may be unknown when it begins to flow: some have to learn which way it counts.
    package var mayLackCurrent = false

    package init(
        pack: Int, cells: Int, maximumCharge: Double, maximumDischarge: Double, maximumCell: Double,
        minimumCell: Double, deepDischarge: Double, restVoltage: Double?, chargeWindow: ClosedRange<Double>,
        dischargeWindow: ClosedRange<Double>, pollInterval: Double
    ) {
        self.pack = pack
        self.cells = cells
        self.maximumCharge = maximumCharge
        self.maximumDischarge = maximumDischarge
        self.maximumCell = maximumCell
        self.minimumCell = minimumCell
        self.deepDischarge = deepDischarge
        self.restVoltage = restVoltage
        self.chargeWindow = chargeWindow
        self.dischargeWindow = dischargeWindow
        self.pollInterval = pollInterval
    }
}

/// Whoever looks at a world while it runs.
package protocol Onlooker {
    /// Something happened, at a moment in µs since the world began; never earlier than what was seen before.
    mutating func saw(_ happening: Happening, at microseconds: Int64)
}

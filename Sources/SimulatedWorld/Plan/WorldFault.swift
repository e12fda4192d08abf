package import Configuration
package import Simulator

/// One thing that goes wrong in a world, or that its people do to it.
package enum WorldFault: Sendable, Hashable {
    /// A pack, its BMS or its cable.
    case pack(Int, Misbehaviour)
    /// The CAN controller, or the cable behind it.
    case bus(BusTrouble)
    /// Every frame is so late, s.
    case lateFrames(Double)
    /// The GX is away; others on the bus acknowledge.
    case gxGone
    /// Another device sends 0x351 with this charge current, A, once in so many s.
    case foreignLimits(current: Double, every: Double)
    /// Every access to the disk takes so long, s.
    case slowDisk(Double)
    case fullDisk
    case failingDisk
    /// A child of the data path throws.
    case crash(child: String)
    /// A child of the data path never finishes its work again.
    case hang(child: String)
    /// The process is killed; the next one begins half a second later.
    case kill
    /// The wall clock is set forward or back, s.
    case wallClock(Int64)
    /// The user changes the installation's settings.
    case settings(Installation)
    /// The user tries to store what is not valid.
    case invalidSettings(String, SettingValue)

    /// What can be wrong with the CAN controller; of several the worst one shows.
    package enum BusTrouble: String, Sendable, Hashable, CaseIterable, Comparable {
        /// The queue is full.
        case congested
        /// Nobody acknowledges: the frame stays in the controller, which is error passive, until the cable is back.
        case cableOut = "cable out"
        case busOff = "bus off"
        /// The interface is down.
        case down
        /// The adapter is unplugged.
        case unplugged

        package static func < (one: BusTrouble, other: BusTrouble) -> Bool {
            (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
        }
    }

    /// Whether it takes time, rather than being done once.
    package var lasts: Bool {
        switch self {
        case .crash, .hang, .kill, .wallClock, .settings, .invalidSettings: false
        default: true
        }
    }

    /// Whether something is broken by it; what people do is no fault.
    package var isFault: Bool {
        switch self {
        case .wallClock, .settings, .invalidSettings: false
        default: true
        }
    }
}

extension WorldFault: CustomStringConvertible {
    /// A few words.
    package var description: String {
        switch self {
        case .pack(let number, let misbehaviour): "pack \(number): \(misbehaviour)"
        case .bus(let trouble): "bus: \(trouble.rawValue)"
        case .lateFrames(let seconds): "bus: every frame \(seconds) s late"
        case .gxGone: "GX gone"
        case .foreignLimits(let current, let every): "foreign 0x351 with \(current) A every \(every) s"
        case .slowDisk(let seconds): "disk: \(seconds) s for each access"
        case .fullDisk: "disk: full"
        case .failingDisk: "disk: failing"
        case .crash(let child): "crash of \(child)"
        case .hang(let child): "hang of \(child)"
        case .kill: "kill"
        case .wallClock(let seconds): "wall clock set by \(seconds) s"
        case .settings(let installation):
            "settings: " + (installation.isCommissioned ? "" : "not commissioned, ")
                + installation.packs.map { "charge \($0.maximumCharge) A, discharge \($0.maximumDischarge) A" }
                .joined(separator: "; ")
        case .invalidSettings(let key, let value): "invalid setting: \(key)=\(value.text)"
        }
    }
}

/// A fault with its time.
package struct PlannedFault: Sendable, Hashable, CustomStringConvertible {
    /// s since the world began.
    package var at: Double
    /// s; 0 for what is done once.
    package var duration: Double
    package var fault: WorldFault

    package init(at: Double, for duration: Double = 0, _ fault: WorldFault) {
        self.at = at
        self.duration = duration
        self.fault = fault
    }

    package var description: String {
        let end = duration > 0 ? " ... \(at + duration) s" : " s"
        return "\(at)\(end)  \(fault)"
    }
}

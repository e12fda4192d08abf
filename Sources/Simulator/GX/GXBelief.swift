/// What a GX device believes about the battery on its CAN port at one moment. Nil is "shows nothing".
package struct GXBelief: Sendable, Hashable {
    /// Whether there is a battery for the GX.
    package enum State: String, Sendable, Hashable {
        /// None seen since the GX started.
        case waiting
        case connected
        /// The battery service went away: 0x351 was missing for 3 s.
        case lost
    }

    /// Whether there is a battery.
    package var state = State.waiting
    /// What the GX calls the battery (protocols/victron-can.md 7).
    package var name: String?
    /// Text of 0x35E.
    package var manufacturer: String?
    /// Text of 0x382.
    package var family: String?
    /// Complete once 0x381 came.
    package var serial: String?
    /// Firmware word of 0x35F as the GX prints it.
    package var firmware: String?
    /// The supported make that this battery is taken for; nil for a name of one's own.
    package var takenFor: String?

    /// V.
    package var voltage: Double?
    /// A, positive while charging.
    package var current: Double?
    /// °C.
    package var temperature: Double?
    /// Percent.
    package var stateOfCharge: Double?
    /// Percent.
    package var stateOfHealth: Double?

    /// V. Nil without a battery: the GX has no charge voltage then, it does not have 0 V.
    package var chargeVoltageLimit: Double?
    /// A. 0 once the battery was lost.
    package var chargeCurrentLimit: Double?
    /// A. 0 once the battery was lost.
    package var dischargeCurrentLimit: Double?
    /// V.
    package var dischargeVoltageLimit: Double?
    /// What the GX last wrote to the inverter; it writes every 3 s.
    package var applied: AppliedLimits?

    /// The system status of 0x35A; nil where the battery does not tell.
    package var isOnline: Bool?
    /// Names of active alarms: the battery's that a GX shows, and the GX's own.
    package var alarms: [String] = []
    /// Names of active warnings that a GX shows.
    package var warnings: [String] = []
    /// Active alarms and warnings that a GX does not show.
    package var notShown: [String] = []

    /// Module counts of 0x372.
    package var modules: Modules?
    /// Extremes of 0x373 to 0x377.
    package var cells: Cells?
    /// Ah.
    package var installedCapacity: Double?
    /// Ah.
    package var onlineCapacity: Double?
    /// Wh.
    package var chargedEnergy: Double?
    /// Wh.
    package var dischargedEnergy: Double?
    /// Whether the battery asks to be charged at once (0x360).
    package var immediateCharge: Bool?
    /// What an observer on the bus would complain about.
    package var observations: Set<GXObservation> = []

    /// A GX that hears nothing.
    package init() {}

    /// Whether the battery service exists.
    package var isConnected: Bool { state == .connected }

    /// The set-points the inverter has (DVCC).
    package struct AppliedLimits: Sendable, Hashable {
        /// V.
        package var chargeVoltage: Double?
        /// A.
        package var chargeCurrent: Double
        /// A.
        package var dischargeCurrent: Double
        /// V, the inverter's battery low voltage.
        package var dischargeVoltage: Double?

        package init(
            chargeVoltage: Double? = nil, chargeCurrent: Double, dischargeCurrent: Double,
            dischargeVoltage: Double? = nil
        ) {
            self.chargeVoltage = chargeVoltage
            self.chargeCurrent = chargeCurrent
            self.dischargeCurrent = dischargeCurrent
            self.dischargeVoltage = dischargeVoltage
        }
    }

    /// Frame 0x372.
    package struct Modules: Sendable, Hashable {
        package var online: Int?
        package var offline: Int?
        package var blockingCharge: Int?
        package var blockingDischarge: Int?
    }

    /// Frames 0x373 to 0x377.
    package struct Cells: Sendable, Hashable {
        /// V.
        package var minimum: Double?
        /// V.
        package var maximum: Double?
        /// °C.
        package var coldest: Double?
        /// °C.
        package var warmest: Double?
        package var minimumName: String?
        package var maximumName: String?
        package var coldestName: String?
        package var warmestName: String?
    }
}

/// A change of what the GX believes.
package struct GXChange: Sendable, Hashable {
    /// Since the GX started.
    package var time: Duration
    /// What the GX believes from then on.
    package var belief: GXBelief

    package init(time: Duration, belief: GXBelief) {
        self.time = time
        self.belief = belief
    }
}

/// What an observer of the bus would complain about. The raw value is the word in JSON.
package enum GXObservation: String, Sendable, Hashable, CaseIterable {
    /// Two senders of 0x351 take turns.
    case duplicateSender = "duplicate_sender"
    /// More than 300 frames in a second: a GX has lost its battery over that.
    case frameFlood = "frame_flood"
    /// Frames with 29-bit identifiers, which a GX ignores.
    case extendedFrames = "extended_frames"
    /// Somebody else sends what only a GX sends (0x305, 0x307).
    case gxFramesFromBattery = "gx_frames_from_battery"
    /// Frames of another make, for which the GX takes the battery then.
    case foreignFrames = "foreign_frames"
    /// CCL or DCL below zero: a known bug of senders.
    case negativeLimit = "negative_limit"
    /// CVL = 0 makes the inverter discharge the battery hard.
    case zeroChargeVoltage = "zero_cvl"
    /// The name is a supported make's, which changes what the GX does with the limits.
    case brandName = "brand_name"
}

/// What the status document says beside the live picture: what the user configured and confirmed.
package struct StatusContext: Sendable, Hashable {
    /// Whether the user has confirmed every pack (S64).
    package var isCommissioned: Bool
    /// Why no frame leaves; nil while they may.
    package var dryBecause: DryReason?
    /// What is known of each pack by its number.
    package var packs: [Int: Pack]
    /// Address of the inverter's bus that the gateway opens, or has open; nil where it opens none.
    package var bus: String?

    /// One pack as configured.
    package struct Pack: Sendable, Hashable {
        package var name: String?
        /// Rated capacity, Ah.
        package var capacity: Double?
        package var limits: CellLimits?
        /// Address of the link that the gateway opens, or has open; nil where it polls nothing.
        package var link: String?

        package init(
            name: String? = nil, capacity: Double? = nil, limits: CellLimits? = nil, link: String? = nil
        ) {
            self.link = link
            self.name = name
            self.capacity = capacity
            self.limits = limits
        }
    }

    /// Cell voltages in effect, V.
    package struct CellLimits: Sendable, Hashable {
        package var maximum: Double
        package var minimum: Double
        package var absorption: Double
        package var float: Double

        package init(maximum: Double, minimum: Double, absorption: Double, float: Double) {
            self.maximum = maximum
            self.minimum = minimum
            self.absorption = absorption
            self.float = float
        }
    }

    package init(
        isCommissioned: Bool = false, dryBecause: DryReason? = nil, packs: [Int: Pack] = [:], bus: String? = nil
    ) {
        self.bus = bus
        self.isCommissioned = isCommissioned
        self.dryBecause = dryBecause
        self.packs = packs
    }
}

/// Why nothing is transmitted although the gateway runs.
package enum DryReason: String, Sendable, Hashable {
    case notCommissioned = "not_commissioned"
    case noLink = "no_link"
    case simulated

    /// One sentence with the mend.
    package var sentence: String {
        switch self {
        case .notCommissioned: "system.commissioned is false; set it to true once every pack is confirmed"
        case .noLink: "can.link is not set"
        case .simulated: "the pack is simulated and can.allow_simulated is false"
        }
    }
}

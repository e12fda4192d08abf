/// What the charge controller is told by the user, for all packs together.
package struct ControlConfiguration: Sendable, Hashable {
    package var packs: [PackSpecification]
    package var freshness: FreshnessThresholds
    /// Longest absorption (charge-control.md d.4).
    package var absorptionMaximum: Duration
    /// Current below which a pack at its target voltage is full, as a fraction of the capacity per hour.
    package var tailRate: Double
    /// State of charge at which a floating battery is charged again, percent.
    package var rebulkStateOfCharge: Double
    /// Running time after which a floating battery is charged fully again; nil for never.
    package var fullEvery: Duration?
    /// Whether there is a grid that carries the loads when the battery disappears.
    package var hasGrid: Bool
    /// State of charge above which nothing is charged but for the periodic full charge, percent; nil for none.
    package var ceiling: Double?
    /// How far below the ceiling charging begins again, percent (charge-control.md d.2).
    package var ceilingHysteresis = 5.0
    /// State of charge at which a charge is forced, percent; nil for never, on low cells neither.
    package var forceBelow: Double?
    /// How far above it the state of charge must rise for the end, percent (charge-control.md d.2: 10 to 30).
    package var forceRise = 20.0
    /// Longest time that cells are held for their balancers after a full charge; nil for not at all.
    package var balanceHold: Duration?
    /// What one pack's balancers take, A; three times as much may flow in meanwhile (charge-control.md d.4).
    package var balanceCurrent = 0.2
    /// Packs that must be live before anything is allowed; nil is all of them, or after `quorumWait` those that are.
    package var quorum: Int?
    /// How long a start waits for all packs, from the first one that is live.
    package var quorumWait: Duration = .seconds(30)
    /// Farthest a pack's voltage may be from the bank's for it to join, V a cell. Own choice: over the wires and cells of a
    /// 48 V pack it drives some tens of amperes.
    package var joinDistance = 0.05

    package init(
        packs: [PackSpecification], freshness: FreshnessThresholds = .standard,
        absorptionMaximum: Duration = .seconds(7200), tailRate: Double = 0.03, rebulkStateOfCharge: Double = 85,
        fullEvery: Duration? = .seconds(14 * 86400), hasGrid: Bool = false
    ) {
        self.packs = packs
        self.freshness = freshness
        self.absorptionMaximum = absorptionMaximum
        self.tailRate = tailRate
        self.rebulkStateOfCharge = rebulkStateOfCharge
        self.fullEvery = fullEvery
        self.hasGrid = hasGrid
    }

    /// Whether another configuration is of packs with the same cells, in kind and number: a voltage means the same to both.
    func hasSameCells(as other: ControlConfiguration) -> Bool {
        packs.count == other.packs.count
            && zip(packs, other.packs).allSatisfy { $0.chemistry == $1.chemistry && $0.cellCount == $1.cellCount }
    }

    /// Sum of the packs' configured maxima, A.
    package var maximumCharge: Double { packs.reduce(0) { $0 + $1.maximumCharge } }
    /// Sum of the packs' configured maxima, A.
    package var maximumDischarge: Double { packs.reduce(0) { $0 + $1.maximumDischarge } }
    /// Lowest of the packs' hard maxima, V.
    package var maximumVoltage: Double {
        packs.lazy.map { Double($0.cellCount) * $0.maximumCell }.min() ?? 0
    }
}

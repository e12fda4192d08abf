/// Which way a board's current counts: boards disagree, and 0x93 tells (daly.md 4).
package struct DalyCurrentSign: Sendable, Hashable {
    /// A board's convention.
    package enum Convention: String, Sendable, Hashable, CaseIterable {
        /// Above 30000 is discharging: classic boards.
        case dischargePositive = "discharge_positive"
        /// Above 30000 is charging: newer ones, with active balancing.
        case chargePositive = "charge_positive"
    }

    /// What the user says about it.
    package enum Setting: String, Sendable, Hashable, CaseIterable {
        case automatic
        case dischargePositive = "discharge_positive"
        case chargePositive = "charge_positive"
    }

    /// Current from which a direction is believed, 0.1 A.
    package static let significant = 10
    /// Readings in a row that teach a convention: one alone may have been taken while the current turned round.
    package static let lesson = 2
    /// Readings in a row that change a convention which was learned.
    package static let contradiction = 5

    /// Set or learned; nil while unknown.
    package private(set) var convention: Convention?
    /// A learned convention was given up for the other: somebody should look at this board.
    package private(set) var hasFlipped = false

    private let isFixed: Bool
    /// The convention that the newest readings show, and how many in a row do.
    private var shown: Convention?
    private var count = 0

    package init(_ setting: Setting = .automatic) {
        switch setting {
        case .automatic: convention = nil
        case .dischargePositive: convention = .dischargePositive
        case .chargePositive: convention = .chargePositive
        }
        isFixed = setting != .automatic
    }

    /// Learns from a current and the state of the same moment.
    ///
    /// - Parameters:
    ///   - deciamperes: As on the wire.
    ///   - state: What the board says that it is doing.
    package mutating func learn(_ deciamperes: Int, _ state: DalyState?) {
        guard !isFixed, let state, state != .stationary, deciamperes.magnitude >= Self.significant else { return }
        let seen: Convention = (deciamperes > 0) == (state == .charging) ? .chargePositive : .dischargePositive
        count = seen == shown ? count + 1 : 1
        shown = seen
        guard seen != convention, count >= (convention == nil ? Self.lesson : Self.contradiction) else { return }
        hasFlipped = hasFlipped || convention != nil
        convention = seen
    }

    /// The current in A, positive while charging.
    ///
    /// While the convention is unknown the classic one is taken, but not for a current of 1 A or more that it calls
    /// discharging: it may charge, and a charge that is taken for a discharge would be let go on.
    package func amperes(_ deciamperes: Int) -> Double? {
        switch convention {
        case .chargePositive: return Double(deciamperes) / 10
        case .dischargePositive: return -Double(deciamperes) / 10
        case nil: return deciamperes < Self.significant ? -Double(deciamperes) / 10 : nil
        }
    }
}

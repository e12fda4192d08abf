/// How old the newest valid data is, and so what may leave for the inverter (safety.md 1, the table).
package enum FreshnessStage: String, Sendable, Hashable, Comparable {
    /// No valid snapshot since the process started: nothing is sent.
    case noData = "no_data"
    case live
    /// Over the hold age: limits may only fall.
    case stale
    /// Charging is forbidden.
    case noCharge = "no_charge"
    /// Charging and discharging are forbidden.
    case stop
    /// Nothing is sent.
    case silent

    private var rank: Int {
        switch self {
        case .noData: 5
        case .live: 0
        case .stale: 1
        case .noCharge: 2
        case .stop: 3
        case .silent: 4
        }
    }

    /// Orders by how much is forbidden.
    package static func < (one: FreshnessStage, other: FreshnessStage) -> Bool { one.rank < other.rank }

    /// Whether battery frames may leave at all.
    package var transmits: Bool { self != .noData && self != .silent }
}

/// How much an event matters. The raw value orders and is stored; the name is the API's.
package enum EventSeverity: Int, Sendable, Hashable, Comparable, CaseIterable {
    case info = 0
    case warning = 1
    case alarm = 2

    /// `info`, `warning`, `alarm`.
    package var name: String {
        switch self {
        case .info: "info"
        case .warning: "warning"
        case .alarm: "alarm"
        }
    }

    /// The severity of a name; nil for a word that is none.
    package init?(name: some StringProtocol) {
        guard let severity = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = severity
    }

    package static func < (one: EventSeverity, other: EventSeverity) -> Bool { one.rawValue < other.rawValue }
}

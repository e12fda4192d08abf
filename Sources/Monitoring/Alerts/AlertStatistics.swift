import Battery

/// How often and how long each kind of alert was there.
package struct AlertStatistics: Sendable, Hashable {
    /// What is told of one kind, all packs together.
    package struct Figures: Sendable, Hashable {
        /// Times that it began.
        package var count = 0
        /// Time that it lasted, s, without what lasts now.
        package var total = 0.0
        /// The longest time, s.
        package var longest = 0.0
        /// When it began last, Unix milliseconds.
        package var last: Int64 = 0

        package init() {}
    }

    /// A kind of alert.
    package struct Kind: Sendable, Hashable, Comparable {
        package var code: String
        package var variant: String

        package init(code: String, variant: String) {
            self.code = code
            self.variant = variant
        }

        package static func < (one: Kind, other: Kind) -> Bool {
            (one.code, one.variant) < (other.code, other.variant)
        }
    }

    package private(set) var figures: [Kind: Figures] = [:]

    package init() {}

    /// Sets what was stored of a kind.
    package mutating func set(_ kind: Kind, _ stored: Figures) { figures[kind] = stored }

    mutating func happened(_ identity: Occurrence.Identity, severity: EventSeverity, at time: Int64) {
        guard severity >= .warning else { return }
        let kind = Kind(identity)
        figures[kind, default: Figures()].count += 1
        figures[kind, default: Figures()].last = time
    }

    mutating func ended(_ identity: Occurrence.Identity, after duration: Duration, severity: EventSeverity) {
        guard severity >= .warning else { return }
        let kind = Kind(identity)
        let seconds = max(duration.seconds, 0)
        figures[kind, default: Figures()].total += seconds
        figures[kind, default: Figures()].longest = max(figures[kind]?.longest ?? 0, seconds)
    }

    /// Adds the figures of earlier lives.
    mutating func add(_ earlier: AlertStatistics) {
        for (kind, old) in earlier.figures {
            guard var sum = figures[kind] else {
                figures[kind] = old
                continue
            }
            sum.count += old.count
            sum.total += old.total
            sum.longest = max(sum.longest, old.longest)
            figures[kind] = sum
        }
    }
}

extension AlertStatistics.Kind {
    init(_ identity: Occurrence.Identity) { self.init(code: identity.code, variant: identity.variant) }
}

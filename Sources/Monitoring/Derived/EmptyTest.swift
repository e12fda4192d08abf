import Battery

/// Whether a pack is empty: its lowest cell, without what the load takes from it, stays at the minimum.
///
/// The minimum is the configured one, or the BMS's own "empty" where that is higher, by 0.2 V at most. While the cell's
/// resistance is unknown, only a current under 0.2 C judges. It must last 10 s, and never while charging.
struct EmptyTest: Sendable {
    private static let patience: Duration = .seconds(10)
    private static let highest = 0.2
    private static let rate = 0.2

    private var since: Instant?
    private var last: Instant?

    /// Takes a live sample.
    mutating func holds(
        _ volts: [Double?], current: Double?, resistances: CellResistances, _ specification: PackSpecification,
        settings: BMSSettings?, at time: Instant, gap: Duration
    ) -> Bool {
        if let last, time - last > gap { since = nil }
        last = time
        let minimum = min(
            max(specification.minimumCell, settings?.emptyCell ?? 0), specification.minimumCell + Self.highest)
        guard let current, current <= 0, isLow(volts, current, resistances, specification.capacity, minimum) else {
            since = nil
            return false
        }
        let since = since ?? time
        self.since = since
        return time - since >= Self.patience
    }

    private func isLow(
        _ volts: [Double?], _ current: Double, _ resistances: CellResistances, _ capacity: Double, _ minimum: Double
    ) -> Bool {
        for (index, volts) in volts.enumerated() {
            guard let volts, volts <= minimum else { continue }
            guard let ohms = resistances.ohms(index) else {
                if abs(current) <= Self.rate * capacity { return true }
                continue
            }
            if volts - ohms * current <= minimum { return true }
        }
        return false
    }
}

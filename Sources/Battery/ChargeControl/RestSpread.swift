/// The spread of a pack's cells at rest, when no resistance and no overvoltage speaks (charge-control.md d.4).
package struct RestSpread: Sendable {
    /// At rest is under this current, as a fraction of the capacity per hour, …
    package static let rate = 0.02
    /// … for this long.
    package static let patience: Duration = .seconds(600)

    /// The newest at rest, V, and when it was measured; nil before the first rest.
    package private(set) var newest: (volts: Double, time: Instant)?
    private var restingSince: Instant?
    private var last: Instant?

    package init() {}

    /// Takes a live snapshot's values; nil is unknown.
    package mutating func add(
        spread: Double?, current: Double?, capacity: Double, at time: Instant, gap: Duration
    ) {
        if let last, time - last > gap { restingSince = nil }
        last = time
        guard let current, abs(current) < Self.rate * capacity else {
            restingSince = nil
            return
        }
        let since = restingSince ?? time
        restingSince = since
        guard let spread, time - since >= Self.patience else { return }
        newest = (spread, time)
    }
}

/// Turns moments of a loop into times of a capture: one fixed distance, so that steps of the wall clock leave no mark.
package struct CaptureTime: Sendable, Hashable {
    private let origin: Instant
    private let microseconds: Int64

    /// Ties a moment to a time.
    ///
    /// - Parameters:
    ///   - origin: A moment, best that of the beginning.
    ///   - microseconds: The time that it gets: since 1970 for a real gateway, anything for a simulation. Unit µs.
    package init(origin: Instant, microseconds: Int64) {
        (self.origin, self.microseconds) = (origin, microseconds)
    }

    /// The time of a moment; unit µs, at least 0.
    package func microseconds(at instant: Instant) -> Int64 {
        let (seconds, attoseconds) = origin.duration(to: instant).components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? 0 : max(0, microseconds &+ product &+ attoseconds / 1_000_000_000_000)
    }
}

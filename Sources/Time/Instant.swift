/// A moment on the boot-time clock (`CLOCK_BOOTTIME`: counts suspend, never steps with the wall clock).
///
/// Every age and every timer in the control path uses it (safety.md 1). Simulations make their own, from one origin.
/// Not `Instant`, whose size only the runtime knows: whatever holds one is copied by calls into the
/// runtime, field by field, where this is sixteen plain bytes.
package struct Instant: InstantProtocol {
    /// Time since the computer was started, what it slept included.
    package let sinceBoot: Duration

    @inlinable
    package init(sinceBoot: Duration) { self.sinceBoot = sinceBoot }

    @inlinable
    package func advanced(by duration: Duration) -> Instant { Instant(sinceBoot: sinceBoot + duration) }

    @inlinable
    package func duration(to other: Instant) -> Duration { other.sinceBoot - sinceBoot }

    // Written out, as only what is inlinable is seen across modules.
    @inlinable
    package static func == (one: Instant, other: Instant) -> Bool { one.sinceBoot == other.sinceBoot }

    @inlinable
    package static func < (one: Instant, other: Instant) -> Bool { one.sinceBoot < other.sinceBoot }

    @inlinable
    package static func + (instant: Instant, duration: Duration) -> Instant { instant.advanced(by: duration) }

    @inlinable
    package static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceBoot: instant.sinceBoot - duration)
    }

    @inlinable
    package static func += (instant: inout Instant, duration: Duration) { instant = instant + duration }

    @inlinable
    package static func - (one: Instant, other: Instant) -> Duration { other.duration(to: one) }
}

extension Duration {
    /// The length in seconds, for arithmetic with physical quantities.
    package var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }
}

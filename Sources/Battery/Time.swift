/// A moment on the boot-time clock (`CLOCK_BOOTTIME`: counts suspend, never steps with the wall clock).
///
/// Every age and every timer in the control path uses it (safety.md 1). Simulations make their own, from one origin.
package typealias Instant = ContinuousClock.Instant

extension Duration {
    /// The length in seconds, for arithmetic with physical quantities.
    package var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) * 1e-18
    }
}

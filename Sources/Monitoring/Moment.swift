package import Battery

/// Now, on both clocks: durations are reckoned on the one, people read the other (S57).
package struct Moment: Sendable, Hashable {
    /// Boot-time clock.
    package var instant: Instant
    /// Wall clock: Unix milliseconds, shown only.
    package var milliseconds: Int64

    package init(_ instant: Instant, milliseconds: Int64) {
        self.instant = instant
        self.milliseconds = milliseconds
    }
}

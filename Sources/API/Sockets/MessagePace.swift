package import Links

/// How often messages go: twenty a second over time, but up to four in a row at once, so that a number is not kept waiting
/// because something else changed a moment before it. Pure.
package struct MessagePace: Sendable {
    static let interval: Duration = .milliseconds(50)
    static let inARow = 4

    /// When the next message would be due if all went at an even pace.
    private var even: Instant?

    package init() {}

    /// Counts a message.
    ///
    /// - Returns: how long it has to wait; zero or less for not at all.
    package mutating func wait(at now: Instant) -> Duration {
        let due = max(even ?? now, now)
        even = due + Self.interval
        return now.duration(to: due) - Self.interval * (Self.inARow - 1)
    }
}

/// The two clocks of a log line (S90), as parameters so that tests choose them.
package struct LogClock: Sendable {
    /// Time since process start on the boot-time clock.
    package var uptime: @Sendable () -> Duration
    /// The wall clock.
    package var wall: @Sendable () -> UTCTime

    /// Creates a clock from its two readings.
    package init(uptime: @escaping @Sendable () -> Duration, wall: @escaping @Sendable () -> UTCTime) {
        self.uptime = uptime
        self.wall = wall
    }

    /// The clocks of this computer; time counts from the first use, which is the making of the process's logger.
    package static let system: LogClock = {
        let start = ContinuousClock.now
        return LogClock(uptime: { start.duration(to: .now) }, wall: { .now })
    }()
}

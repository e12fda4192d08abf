package import Battery

/// What the monitor knows at a moment, for status, pages and metrics.
package struct MonitoringPicture: Sendable {
    /// A latched fault.
    package struct Fault: Sendable, Hashable {
        package var fault: LatchedFault
        /// nil where it was latched before this process.
        package var since: Instant?

        package init(_ fault: LatchedFault, since: Instant?) {
            self.fault = fault
            self.since = since
        }
    }

    /// Whether the counters of earlier lives are in: before that no total is told, as it would seem to have fallen.
    package var hasEarlier: Bool
    package var derived: Derived
    package var peaks: Peaks
    /// What lasts and is worth a warning, worst first.
    package var alerts: [LoggedEvent]
    /// Since when each of the controller's alarms has been active.
    package var alarmsSince: [AlarmKind: Instant]
    package var faults: [Fault]
    /// Starts of the process so far; nil while the store cannot be read.
    package var bootCount: Int?
    /// Events that were lost: the store refused them, or the monitor was too slow.
    package var lostEvents: Int

    package init(
        hasEarlier: Bool, derived: Derived, peaks: Peaks, alerts: [LoggedEvent], alarmsSince: [AlarmKind: Instant],
        faults: [Fault], bootCount: Int?, lostEvents: Int
    ) {
        self.hasEarlier = hasEarlier
        self.derived = derived
        self.peaks = peaks
        self.alerts = alerts
        self.alarmsSince = alarmsSince
        self.faults = faults
        self.bootCount = bootCount
        self.lostEvents = lostEvents
    }
}

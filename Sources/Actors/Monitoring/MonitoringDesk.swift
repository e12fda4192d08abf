package import Monitoring
import Synchronization

/// Where everybody else asks the monitor, whichever instance of it lives: pages, MQTT, metrics.
package final class MonitoringDesk: Sendable {
    /// What is known now.
    package let picture = Latest<MonitoringPicture>()
    /// Events as they begin, count on, end, and are acknowledged.
    package let changes = Broadcast<LoggedEvent>()
    private let monitor = Mutex<Monitor?>(nil)

    package init() {}

    /// Events that are asked for, newest first.
    ///
    /// - Throws: `MonitoringError`.
    package func events(_ query: EventQuery) async throws(MonitoringError) -> EventPage {
        try await present().events(query)
    }

    /// A person has seen an event; for a latched fault and a second sender that is what lets go of it.
    ///
    /// - Returns: the event; nil where there is none of this number.
    /// - Throws: `MonitoringError`.
    package func acknowledge(_ id: Int) async throws(MonitoringError) -> LoggedEvent? {
        try await present().acknowledge(id)
    }

    /// How often and how long each kind of alert was there.
    ///
    /// - Throws: `MonitoringError`.
    package func statistics() async throws(MonitoringError) -> AlertStatistics { try await present().statistics }

    // MARK: - For the monitor

    func attend(_ monitor: Monitor) { self.monitor.withLock { $0 = monitor } }

    func leave(_ monitor: Monitor) {
        self.monitor.withLock { if $0 === monitor { $0 = nil } }
    }

    private func present() throws(MonitoringError) -> Monitor {
        guard let monitor = monitor.withLock({ $0 }) else { throw .unavailable }
        return monitor
    }
}

/// Why the monitor does not answer.
package enum MonitoringError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is being restarted.
    case unavailable
    /// Its file cannot be read; what happened, in one sentence.
    case storage(String)

    package var description: String {
        switch self {
        case .unavailable: "the monitor is starting; try again in a moment"
        case .storage(let sentence): "the event list cannot be read: \(sentence); check the medium of the state folder"
        }
    }
}

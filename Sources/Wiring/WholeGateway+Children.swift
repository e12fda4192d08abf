package import Actors
import Links

/// What the supervisor's report of its children lacks: it knows neither their parts nor who sends to them.
extension WholeGateway {
    /// Adds what waits for each child, and the signs of life of the parts of which one is made.
    package func completed(_ reports: [ChildReport]) -> [ChildReport] {
        let now = surroundings.control.now
        // The pollers report one by one; together they are as old as the oldest.
        let oldest = heartbeats.required.filter { $0.key.hasPrefix(DataPath.pollerPrefix) }.values.min()
        let mailboxes = mailboxes
        return reports.map { report in
            var report = report
            if report.id == DataPath.acquisition { report.heartbeatAge = oldest.map { $0.duration(to: now) } }
            report.mailbox = mailboxes[report.id]
            return report
        }
    }

    /// By the name of who listens.
    private var mailboxes: [String: ChildReport.Mailbox] {
        var mailboxes: [String: ChildReport.Mailbox] = [:]
        func add<Event>(_ broadcast: Broadcast<Event>) {
            for ring in broadcast.report {
                mailboxes[ring.name, default: .init()].add(ring.waiting, of: ring.capacity, dropped: ring.dropped)
            }
        }
        add(events)
        add(captures)
        add(monitoring.changes)
        return mailboxes
    }
}

/// Which events somebody asks for.
package struct EventQuery: Sendable, Hashable {
    /// Empty asks for all.
    package var severities: Set<EventSeverity> = []
    /// Words of the log; empty asks for all.
    package var codes: Set<String> = []
    /// Newest at or after this, Unix milliseconds.
    package var since: Int64?
    /// Newest before this, Unix milliseconds.
    package var until: Int64?
    package var isAcknowledged: Bool?
    package var isActive: Bool?
    /// The number of an event: those that come after it in the list, which are older.
    package var before: Int?
    /// The most that are wanted, 1 … 1000.
    package var limit = 100

    package init() {}

    /// Whether an event is asked for, its place in the list aside.
    package func accepts(_ event: LoggedEvent) -> Bool {
        (severities.isEmpty || severities.contains(event.severity))
            && (codes.isEmpty || codes.contains(event.identity.code))
            && since.map { event.last >= $0 } ?? true && until.map { event.last < $0 } ?? true
            && isAcknowledged.map { (event.acknowledged != nil) == $0 } ?? true
            && isActive.map { event.isActive == $0 } ?? true
    }
}

/// A part of the event list, newest first.
package struct EventPage: Sendable, Hashable {
    package var events: [LoggedEvent]
    /// The event after which the next page begins; nil on the last.
    package var next: Int?

    package init(events: [LoggedEvent], next: Int?) {
        self.events = events
        self.next = next
    }

    /// Joins what the store found with what is known newer, by the number of the event.
    ///
    /// - Parameters:
    ///   - query: what is asked for.
    ///   - stored: what the store found, newest first.
    ///   - known: what is not in the store yet, or not as it is now.
    ///   - cursor: `last` of the event that `query.before` names; nil where none is named.
    package init(_ query: EventQuery, stored: [LoggedEvent], known: [LoggedEvent], cursor: Int64?) {
        let numbers = Set(known.map(\.id))
        let own = known.filter { event in
            guard query.accepts(event) else { return false }
            guard let before = query.before, let cursor else { return true }
            return (event.last, event.id) < (cursor, before)
        }
        let all = (stored.filter { !numbers.contains($0.id) } + own).sorted { ($0.last, $0.id) > ($1.last, $1.id) }
        let limit = min(max(query.limit, 1), 1000)
        events = Array(all.prefix(limit))
        next = all.count > limit ? events.last?.id : nil
    }
}

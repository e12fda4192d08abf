import Battery

/// The newest events, repeats folded into one line each (S90), and what of them is not stored yet.
///
/// Bounded: of what does not last, the newest 256 events are known here, the rest by the store only.
package struct EventLog: Sendable {
    /// A repeat within this time of the newest one belongs to the same event.
    package static let foldWindow: Duration = .seconds(3600)
    /// Events that are known here beside those that last.
    package static let capacity = 256

    /// A change that others are told.
    package struct Change: Sendable, Hashable {
        package var event: LoggedEvent
        /// It must not wait for the next regular commit: an alarm that is new, or a person's deed.
        package var isUrgent: Bool
    }

    private struct Entry {
        var event: LoggedEvent
        /// When it was newest, on the clock that folding goes by.
        var seen: Instant
    }

    /// Statistics over what was worth a warning.
    package private(set) var statistics = AlertStatistics()

    private var entries: [Int: Entry] = [:] { didSet { revision &+= 1 } }
    /// Of each identity the newest event.
    private var newest: [Occurrence.Identity: Int] = [:]
    private var lasting: Set<Int> = [] { didSet { revision &+= 1 } }
    private var unstored: Set<Int> = []
    private var nextID = 1
    /// Events that no store took before they had to give way.
    package private(set) var lost = 0

    /// Another number whenever what is known here may have changed: who looks often need not sort each time.
    package private(set) var revision = 0

    /// Knows of nothing yet.
    package init() {}

    /// Everything that lasts, worst first, then the newest.
    package var active: [LoggedEvent] {
        lasting.compactMap { entries[$0]?.event }.sorted { one, other in
            let (worse, less) = (one.activity?.severity ?? one.severity, other.activity?.severity ?? other.severity)
            return (worse, one.last, one.id) > (less, other.last, other.id)
        }
    }

    /// Everything that is known here, in no order.
    package var known: [LoggedEvent] { entries.values.map(\.event) }

    /// The event with a number, where it is known here.
    package func event(_ id: Int) -> LoggedEvent? { entries[id]?.event }

    // MARK: - Noting

    /// Notes an occurrence.
    ///
    /// - Returns: what changed in the list; nothing for the end of what never began.
    package mutating func note(_ occurrence: Occurrence, at now: Moment) -> [Change] {
        switch occurrence.phase {
        case .moment: [happened(occurrence, at: now, lasts: false)]
        case .begins: begin(occurrence, at: now)
        case .ends: end(occurrence, at: now)
        }
    }

    /// A person has seen an event.
    ///
    /// - Returns: nil where it is not known here, or was acknowledged before.
    package mutating func acknowledge(_ id: Int, at now: Moment) -> Change? {
        guard var event = entries[id]?.event, event.acknowledged == nil else { return nil }
        event.acknowledged = now.milliseconds
        return keep(event, urgent: true)
    }

    /// Takes an event back that only the store knew, so that it can be changed.
    package mutating func recall(_ event: LoggedEvent, at now: Moment) {
        guard entries[event.id] == nil else { return }
        entries[event.id] = Entry(event: event, seen: now.instant)
    }

    // MARK: - The store

    /// Takes over what an earlier life stored. What lasted then has ended with it; if not, it begins again.
    ///
    /// - Parameters:
    ///   - events: the newest ones, and all that lasted.
    ///   - wereLasting: numbers of those that lasted.
    ///   - next: the first number that is free.
    ///   - earlier: statistics of all earlier lives.
    ///   - now: when it is taken over.
    package mutating func adopt(
        _ events: [LoggedEvent], lasting wereLasting: Set<Int>, nextID next: Int, statistics earlier: AlertStatistics,
        at now: Moment
    ) {
        // What was noted before the store could be read comes after all that is in it.
        let own = entries.values.sorted { $0.event.id < $1.event.id }
        (entries, newest, lasting, unstored) = ([:], [:], [], [])
        nextID = max(next, 1)
        statistics.add(earlier)
        for event in events.sorted(by: { $0.id < $1.id }) {
            entries[event.id] = Entry(event: event, seen: now.instant)
            newest[event.identity] = event.id
            if wereLasting.contains(event.id) { unstored.insert(event.id) }
        }
        for var entry in own {
            entry.event.id = takeID()
            entries[entry.event.id] = entry
            newest[entry.event.identity] = entry.event.id
            if entry.event.isActive { lasting.insert(entry.event.id) }
            unstored.insert(entry.event.id)
        }
        forget()
    }

    /// What the store does not hold yet, oldest first.
    package var toStore: [LoggedEvent] { unstored.sorted().compactMap { entries[$0]?.event } }

    /// Notes that the store holds these events as they were handed out.
    package mutating func stored(_ events: [LoggedEvent]) {
        for event in events where entries[event.id]?.event == event { unstored.remove(event.id) }
    }

    /// The store has been begun anew: nothing of what is known here is in it.
    package mutating func storeWasLost() { unstored = Set(entries.keys) }

    // MARK: - Private

    private mutating func begin(_ occurrence: Occurrence, at now: Moment) -> [Change] {
        guard let id = newest[occurrence.identity], var event = entries[id]?.event, var activity = event.activity
        else { return [happened(occurrence, at: now, lasts: true)] + superseded(by: occurrence, at: now) }
        // It lasts already: this is no repeat, but the newest that is known of it.
        activity.severity = occurrence.severity
        activity.reading = occurrence.reading
        event.activity = activity
        let isWorse = occurrence.severity > event.severity
        // What got worse wants to be seen again.
        if isWorse { event.acknowledged = nil }
        describe(&event, occurrence)
        return [keep(event, urgent: isWorse && occurrence.severity == .alarm)]
    }

    /// Data that is gone is no longer merely late.
    private mutating func superseded(by occurrence: Occurrence, at now: Moment) -> [Change] {
        guard occurrence.identity == .init("stage", "lost") else { return [] }
        return finish(.init("stage", "stale"), at: now, urgent: false)
    }

    private mutating func end(_ occurrence: Occurrence, at now: Moment) -> [Change] {
        var identities = [occurrence.identity]
        if occurrence.identity == .init("stage") { identities = [.init("stage", "stale"), .init("stage", "lost")] }
        var changes: [Change] = []
        for identity in identities { changes += finish(identity, at: now, urgent: occurrence.isLatched) }
        guard changes.isEmpty, let code = occurrence.codeAlone else { return changes }
        var alone = occurrence
        alone.identity.code = code
        return [happened(alone, at: now, lasts: false)]
    }

    private mutating func finish(_ identity: Occurrence.Identity, at now: Moment, urgent: Bool) -> [Change] {
        guard let id = newest[identity], var event = entries[id]?.event, let activity = event.activity else {
            return []
        }
        statistics.ended(identity, after: now.instant - activity.since.instant, severity: event.severity)
        event.activity = nil
        event.last = now.milliseconds
        // Nothing but a person ends what is latched.
        if event.isLatched { event.acknowledged = event.acknowledged ?? now.milliseconds }
        entries[id]?.seen = now.instant
        return [keep(event, urgent: urgent)]
    }

    /// A new event, or one more of the same.
    private mutating func happened(_ occurrence: Occurrence, at now: Moment, lasts: Bool) -> Change {
        statistics.happened(occurrence.identity, severity: occurrence.severity, at: now.milliseconds)
        let activity = LoggedEvent.Activity(since: now, severity: occurrence.severity, reading: occurrence.reading)
        if let id = newest[occurrence.identity], let entry = entries[id], entry.event.acknowledged == nil,
            now.instant - entry.seen < Self.foldWindow
        {
            var event = entry.event
            let isWorse = occurrence.severity > event.severity
            event.count += 1
            event.last = now.milliseconds
            event.activity = lasts ? activity : nil
            describe(&event, occurrence)
            entries[id]?.seen = now.instant
            // A repeat may come every second; only what is new may cost a commit of its own (S67).
            return keep(event, urgent: isWorse && occurrence.severity == .alarm)
        }
        var event = LoggedEvent(
            id: takeID(), identity: occurrence.identity, severity: occurrence.severity, first: now.milliseconds,
            last: now.milliseconds, count: 1, text: occurrence.text, cause: occurrence.cause,
            fields: occurrence.fields, isLatched: occurrence.isLatched, acknowledged: nil)
        event.activity = lasts ? activity : nil
        entries[event.id] = Entry(event: event, seen: now.instant)
        newest[event.identity] = event.id
        let change = keep(event, urgent: occurrence.severity == .alarm)
        forget()
        return change
    }

    private func describe(_ event: inout LoggedEvent, _ occurrence: Occurrence) {
        event.severity = max(event.severity, occurrence.severity)
        (event.text, event.cause, event.fields) = (occurrence.text, occurrence.cause, occurrence.fields)
    }

    private mutating func keep(_ event: LoggedEvent, urgent: Bool) -> Change {
        entries[event.id]?.event = event
        if event.isActive { lasting.insert(event.id) } else { lasting.remove(event.id) }
        unstored.insert(event.id)
        return Change(event: event, isUrgent: urgent)
    }

    private mutating func takeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    /// Lets go of the oldest that do not last; those without a store are lost, and counted.
    private mutating func forget() {
        guard entries.count - lasting.count > Self.capacity else { return }
        let spare = entries.values.filter { !$0.event.isActive }
        // A few at once, so that the sorting is not paid for each.
        let oldest = spare.sorted { ($0.seen, $0.event.id) < ($1.seen, $1.event.id) }
            .prefix(spare.count - Self.capacity + Self.capacity / 8)
        for entry in oldest {
            let event = entry.event
            entries[event.id] = nil
            if newest[event.identity] == event.id { newest[event.identity] = nil }
            if unstored.remove(event.id) != nil { lost += 1 }
        }
    }
}

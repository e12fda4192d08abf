import JSONText
import Log
import Monitoring
import Storage

extension Monitor {
    /// How the store takes what it is given.
    struct StorageState {
        /// Whether a commit is on its way: there is one at a time.
        var isCommitting = false
        /// Whether there is more to write once it is done.
        var isWanted = false
        var isOpen = false
        /// What was committed last, so that nothing is written where nothing changed.
        var figures: [String: StoredFigure] = [:]
        var statistics: [StoredStatistic] = []
        /// Whether somebody was told that the medium refuses.
        var isRefusing = false
        /// Events that had been lost when the medium began to refuse.
        var lostBefore = 0
    }

    /// Writes what is not stored yet. A medium that refuses is a state: told once, tried again (S66).
    func commit() async {
        storage.isWanted = true
        guard !storage.isCommitting else { return }
        storage.isCommitting = true
        defer { storage.isCommitting = false }
        while storage.isWanted {
            storage.isWanted = false
            do {
                try await openWhereClosed()
                try await write()
                noteSuccess()
            } catch {
                noteFailure(error)
            }
        }
    }

    /// Events that are asked for, newest first: from the store, and what it does not hold yet.
    func events(_ query: EventQuery) async throws(MonitoringError) -> EventPage {
        do {
            let cursor = try await cursor(query.before)
            let isOpen = await parts.keeper.isOpen
            // Without a store, what is known is all there is.
            let own = (isOpen ? log.toStore : log.known).map(\.id)
            let stored = try await parts.keeper.events(StoredEventQuery(query, after: cursor, spare: own.count))
            // As they are after the wait, in which some may have changed, and some been stored.
            let newer = Set(own).union(isOpen ? log.toStore.map(\.id) : []).compactMap { log.event($0) }
            return EventPage(query, stored: stored.map { known($0) }, known: newer, cursor: cursor?.last)
        } catch {
            return EventPage(query, stored: [], known: log.known, cursor: query.before.flatMap { log.event($0)?.last })
        }
    }

    /// A person has seen an event.
    func acknowledge(_ id: Int) async throws(MonitoringError) -> LoggedEvent? {
        if log.event(id) == nil {
            do {
                guard let stored = try await parts.keeper.event(id) else { return nil }
                log.recall(LoggedEvent(stored), at: now)
            } catch {
                throw .storage("\(error)")
            }
        }
        guard let event = log.event(id) else { return nil }
        // It is also the control path's: this is what lets go of a fault, and settles who else sends limits (S44).
        if event.isActive, event.isLatched || event.identity.code == "duplicate_bms" { parts.acknowledge() }
        if let change = log.acknowledge(id, at: now) { tell([change]) }
        publish()
        return log.event(id)
    }

    /// How often and how long each kind of alert was there.
    var statistics: AlertStatistics { log.statistics }

    // MARK: - Private

    private func openWhereClosed() async throws(StorageError) {
        guard !storage.isOpen else { return }
        let (contents, damage) = try await parts.keeper.open()
        storage.isOpen = true
        (storage.figures, storage.statistics) = ([:], [])
        if let damage { parts.report(.telemetryDamaged(damage)) }
        guard boots == nil else {
            // It was open in this life before: what is known here is newer than whatever is in it.
            if contents.nextEvent == 1 { log.storeWasLost() }
            return
        }
        let lasting = Set(contents.events.filter(\.isActive).map(\.id))
        log.adopt(
            contents.events.map { LoggedEvent($0) }, lasting: lasting, nextID: contents.nextEvent,
            statistics: contents.statistics.statistics, at: now)
        adopt(contents.figures)
        publish()
    }

    private func adopt(_ figures: [String: StoredFigure]) {
        let previous = parts.desk.picture.value
        var earlier = figures.earlier
        // A monitor before this one may have told more than it had stored: totals never fall.
        if let previous, previous.hasEarlier {
            earlier.energy = earlier.energy.atLeast(previous.derived.energy)
            for pack in previous.derived.packs {
                earlier.packs[pack.pack] = (earlier.packs[pack.pack] ?? .init()).atLeast(pack.energy)
                let charge = (pack.figures.charged, pack.figures.discharged)
                earlier.measures[pack.pack, default: .init()].account.count(atLeast: charge)
            }
        }
        watch.adopt(earlier)
        boots = previous?.bootCount ?? figures.boots + 1
    }

    private func write() async throws(StorageError) {
        let time = parts.wall().milliseconds
        var batch = TelemetryBatch()
        let events = log.toStore
        batch.events = events.map { StoredEvent($0) }
        let figures = [String: StoredFigure](watch.toKeep, boots: boots ?? 1, at: time)
        batch.figures = figures.filter { storage.figures[$0.key]?.value != $0.value.value }
        let statistics = [StoredStatistic](log.statistics)
        batch.statistics = statistics.filter { !storage.statistics.contains($0) }
        guard batch != TelemetryBatch() else { return }
        do throws(StorageError) {
            try await parts.keeper.commit(batch)
        } catch {
            // The next opening begins a new file, which then lacks everything.
            if error.kind == .damaged { storage.isOpen = false }
            throw error
        }
        log.stored(events)
        (storage.figures, storage.statistics) = (figures, statistics)
    }

    private func noteSuccess() {
        guard storage.isRefusing else { return }
        storage.isRefusing = false
        parts.report(.telemetryResumed(lost: log.lost - storage.lostBefore))
    }

    private func noteFailure(_ error: any Error) {
        guard !storage.isRefusing, !Task.isCancelled else { return }
        storage.isRefusing = true
        storage.lostBefore = log.lost
        parts.report(.telemetryFailed(error))
    }

    private func cursor(_ before: Int?) async throws(StorageError) -> (last: Int64, id: Int)? {
        guard let before else { return nil }
        if let event = log.event(before) { return (event.last, before) }
        return try await parts.keeper.event(before).map { ($0.last, before) }
    }

    /// An event out of the store as it is known here, where it is: whether it lasts, the store does not know.
    private func known(_ stored: StoredEvent) -> LoggedEvent { log.event(stored.id) ?? LoggedEvent(stored) }
}

extension GatewayEvent {
    fileprivate static func telemetryDamaged(_ sentence: String) -> GatewayEvent {
        .init(.warning, "telemetry_damaged", sentence)
    }

    fileprivate static func telemetryFailed(_ error: any Error) -> GatewayEvent {
        let isFull = (error as? StorageError)?.kind == .full
        let mend = isFull ? "free some space" : "check the medium of the state folder"
        return .init(.warning, "telemetry_failed", "events and counters are not stored: \(error); \(mend)")
    }

    fileprivate static func telemetryResumed(lost: Int) -> GatewayEvent {
        .init(
            .notice, "telemetry_resumed", "events and counters are stored again, \(lost) events were lost",
            [.init("lost", .integer(lost))])
    }
}

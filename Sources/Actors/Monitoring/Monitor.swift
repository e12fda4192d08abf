package import Battery
package import Links
package import Log
package import Monitoring
import Storage

/// Follows the battery and keeps what it sees: alerts and events, energy, peaks, trends.
///
/// It only listens: the control path hands it pictures and events in rings that drop the oldest, and never waits. It lives
/// on the services' loop and asks a keeper, who lives on a storage thread, to write. A restarted monitor begins with what
/// the store and the desk know.
package actor Monitor: Child {
    /// What the user configured.
    package struct Settings: Sendable, Hashable {
        package var watch: BatteryWatch.Settings
        /// Time between two regular commits.
        package var commitInterval: Duration

        package init(watch: BatteryWatch.Settings, commitInterval: Duration = .seconds(60)) {
            self.watch = watch
            self.commitInterval = commitInterval
        }
    }

    /// What the composition root hands in.
    package struct Dependencies: Sendable {
        package var loop: any Loop
        package var keeper: TelemetryKeeper
        package var desk: MonitoringDesk
        package var wall: @Sendable () -> UTCTime
        /// As configured now; looked at with every picture.
        package var settings: Latest<Settings>
        package var pictures: Latest<GatewayPicture>
        package var events: Broadcast<GatewayEvent>
        package var latchedFault: @Sendable () -> LatchedFault?
        /// The user has seen what is latched.
        package var acknowledge: @Sendable () -> Void
        package var report: EventReport

        package init(
            loop: any Loop, keeper: TelemetryKeeper, desk: MonitoringDesk, wall: @escaping @Sendable () -> UTCTime,
            settings: Latest<Settings>, pictures: Latest<GatewayPicture>, events: Broadcast<GatewayEvent>,
            latchedFault: @escaping @Sendable () -> LatchedFault?, acknowledge: @escaping @Sendable () -> Void,
            report: @escaping EventReport
        ) {
            self.loop = loop
            self.keeper = keeper
            self.desk = desk
            self.wall = wall
            self.settings = settings
            self.pictures = pictures
            self.events = events
            self.latchedFault = latchedFault
            self.acknowledge = acknowledge
            self.report = report
        }
    }

    /// Pictures that may wait: some seconds' worth.
    package static let pictureQueue = 64
    /// Events that may wait.
    package static let eventQueue = 1024
    /// Urgent commits come no closer to each other (S67).
    static let urgentSpacing: Duration = .seconds(2)

    let parts: Dependencies
    let clock: LoopClock
    var watch: BatteryWatch
    var log = EventLog()
    /// What lasts of the log and is worth a warning, and the log's revision when that was looked up.
    private var alerts: (revision: Int, list: [LoggedEvent]) = (0, [])
    /// nil until what an earlier life left is in.
    var boots: Int?
    /// Events that this monitor was too slow for.
    private var missed = 0
    var storage = StorageState()
    /// Asks for a commit before the next regular one is due.
    private let (urgencies, urgency) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe parts.loop.executor.asUnownedSerialExecutor()
    }

    /// Creates a monitor that has seen nothing.
    package init(_ parts: Dependencies) {
        self.parts = parts
        clock = LoopClock(parts.loop)
        watch = BatteryWatch(
            parts.settings.value?.watch ?? .init(packs: []),
            at: Moment(parts.loop.now, milliseconds: parts.wall().milliseconds))
    }

    package func run() async throws {
        // Before the first wait, so that nothing from now on is missed.
        let pictures = parts.pictures.subscribe(capacity: Self.pictureQueue, name: "monitoring")
        let events = parts.events.subscribe(capacity: Self.eventQueue, name: "monitoring")
        parts.desk.attend(self)
        defer { parts.desk.leave(self) }
        await withDiscardingTaskGroup { group in
            group.addTask { while let picture = await pictures.next() { await self.take(picture) } }
            group.addTask { while let event = await events.next() { await self.take(event, dropped: events.dropped) } }
            group.addTask { await self.commitRegularly() }
            group.addTask { await self.commitUrgently() }
        }
        // The end of the task cut the waits short; what has gathered is written all the same.
        await commit()
        await parts.keeper.close()
    }

    var now: Moment { Moment(parts.loop.now, milliseconds: parts.wall().milliseconds) }

    // MARK: - Listening

    private func take(_ picture: GatewayPicture) {
        let now = now
        var occurrences: [Occurrence] = []
        if let settings = parts.settings.value { occurrences += watch.adopt(settings.watch, at: now) }
        occurrences += watch.look(picture.decision, picture.reports, latched: parts.latchedFault(), at: now)
        note(occurrences, at: now)
        publish()
    }

    private func take(_ event: GatewayEvent, dropped: Int) {
        missed = dropped
        guard let occurrence = Occurrence.of(event) else { return }
        note([occurrence], at: now)
        publish()
    }

    private func note(_ occurrences: [Occurrence], at now: Moment) {
        for occurrence in occurrences { tell(log.note(occurrence, at: now)) }
    }

    func tell(_ changes: [EventLog.Change]) {
        for change in changes {
            parts.desk.changes.send(change.event)
            if change.isUrgent { urgency.yield() }
        }
    }

    func publish() {
        let derived = watch.derived(at: parts.loop.now)
        if alerts.revision != log.revision {
            alerts = (log.revision, log.active.filter { ($0.activity?.severity ?? $0.severity) >= .warning })
        }
        parts.desk.picture.store(
            MonitoringPicture(
                hasEarlier: boots != nil, derived: derived, peaks: watch.peaks,
                alerts: alerts.list,
                alarmsSince: watch.alarmsSince,
                faults: watch.fault.map { [.init($0.fault, since: $0.since)] } ?? [], bootCount: boots,
                lostEvents: log.lost + missed))
    }

    // MARK: - Writing

    private func commitRegularly() async {
        while !Task.isCancelled {
            await commit()
            try? await clock.sleep(for: parts.settings.value?.commitInterval ?? .seconds(60))
        }
    }

    private func commitUrgently() async {
        for await _ in urgencies {
            await commit()
            try? await clock.sleep(for: Self.urgentSpacing)
        }
    }
}

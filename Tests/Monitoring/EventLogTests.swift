import Battery
import Testing

@testable import Monitoring

@Suite("The event log") struct EventLogTests {
    private var log = EventLog()
    private var seconds = 0.0

    private func moment(_ seconds: Double) -> Moment {
        Moment(Bench.origin + .seconds(seconds), milliseconds: Int64(seconds * 1000))
    }

    private func gateway(
        _ code: String, _ severity: EventSeverity = .warning, _ fields: [EventField] = []
    ) -> Occurrence? { EventGrammar.occurrence(code, severity, "\(code).", fields) }

    /// Notes an event of the gateway at a time.
    @discardableResult
    private mutating func note(
        _ code: String, _ severity: EventSeverity = .warning, _ fields: [EventField] = [], at seconds: Double
    ) -> [EventLog.Change] {
        gateway(code, severity, fields).map { log.note($0, at: moment(seconds)) } ?? []
    }

    @Test mutating func `repeats become one line with its first, its last and its count`() throws {
        let fields = [EventField("limit", .text("ccl")), EventField("rule", .text("cell_voltage_curve"))]
        for repetition in 0..<5 { note("limit_fell", .info, fields, at: Double(repetition) * 60) }
        note("limit_fell", .info, [fields[0], EventField("rule", .text("temperature_curve"))], at: 250)
        #expect(log.known.count == 2)
        let event = try #require(log.known.first { $0.cause == "cell_voltage_curve" })
        #expect((event.first, event.last, event.count) == (0, 240_000, 5))
        #expect(event.activity == nil)
    }

    @Test mutating func `S90: a part that fails is told, and one that rests until it is started again`() throws {
        let web = [EventField("child", .text("web")), EventField("cause", .text("no port"))]
        note("supervisor.started", .info, web, at: 0)
        #expect(log.known.isEmpty, "that it starts is the log's matter")
        note("supervisor.failed", .warning, web, at: 1)
        note("supervisor.failed", .warning, web, at: 2)
        note("supervisor.failed", .warning, [EventField("child", .text("capture"))], at: 2)
        note("supervisor.exhausted", .alarm, web, at: 3)
        #expect(log.known.count == 3)
        #expect(log.known.first { $0.identity == .init("supervisor.failed", "web") }?.count == 2)
        #expect(log.known.first { $0.identity == .init("supervisor.failed", "web") }?.cause == "no port")
        #expect(log.active.map(\.identity) == [.init("supervisor.exhausted", "web")])
        note("supervisor.started", .info, web, at: 63)
        #expect(log.active.isEmpty)
    }

    @Test mutating func `S90: log-ins are folded, tokens are not`() {
        for second in 0..<20 { note("access.log_in_failed", at: Double(second)) }
        for id in ["a", "b"] { note("access.token_made", .info, [EventField("id", .text(id))], at: 30) }
        #expect(log.known.count == 3)
        #expect(log.known.first { $0.identity.code == "access.log_in_failed" }?.count == 20)
    }

    @Test mutating func `a repeat after an hour, or after somebody has seen it, is a line of its own`() throws {
        note("full", .info, at: 0)
        note("full", .info, at: 3599)
        #expect(log.known.count == 1)
        note("full", .info, at: 3599 + 3600)
        #expect(log.known.count == 2)
        let newest = try #require(log.known.max { $0.id < $1.id })
        #expect(log.acknowledge(newest.id, at: moment(7200)) != nil)
        #expect(log.acknowledge(newest.id, at: moment(7201)) == nil)
        note("full", .info, at: 7300)
        #expect(log.known.count == 3)
    }

    @Test mutating func `what lasts has one line from its beginning to its end, and comes back to it`() throws {
        let pack = [EventField("pack", .number(2))]
        note("bms_link", .warning, pack, at: 0)
        note("bms_link", .warning, pack, at: 10)
        #expect(log.active.map(\.count) == [1])
        note("bms_link", .info, pack, at: 100)
        #expect(log.active.isEmpty)
        note("bms_link", .warning, pack, at: 200)
        let event = try #require(log.active.first)
        #expect((event.first, event.last, event.count) == (0, 200_000, 2))
        #expect(event.activity?.since.milliseconds == 200_000)
        #expect(event.identity.pack == 2)
    }

    @Test mutating func `an end of what never began is told by its own word`() {
        note("can_open", .info, at: 0)
        #expect(log.known.map(\.identity.code) == ["can_open"])
        note("alarm_cleared", .info, [EventField("alarm", .text("bms_internal"))], at: 0)
        #expect(log.known.count == 1)
    }

    @Test(arguments: [
        ("can_tx_lost", "can_tx_lost_cleared"), ("duplicate_bms", "duplicate_bms_cleared"), ("can_closed", "can_open"),
        ("reading_refused", "readings_valid"), ("cell_lost", "cell_back"), ("sensor_lost", "sensor_back"),
        ("telemetry_failed", "telemetry_resumed"), ("capture_failed", "capture_resumed"),
    ]) mutating func `what begins is ended by its counterpart`(begins: String, ends: String) {
        note(begins, .alarm, at: 0)
        #expect(log.active.map(\.identity.code) == [begins])
        note(ends, .info, at: 5)
        #expect(log.active.isEmpty)
        #expect(log.known.count == 1)
    }

    @Test mutating func `data that is gone is another matter than data that is late`() throws {
        func to(_ stage: String) -> [EventField] { [EventField("to", .text(stage))] }
        note("stage", .info, to("live"), at: 0)
        note("stage", .warning, to("stale"), at: 10)
        #expect(log.active.map(\.identity.variant) == ["stale"])
        note("stage", .warning, to("no_charge"), at: 13)
        note("stage", .warning, to("stop"), at: 23)
        note("stage", .warning, to("silent"), at: 38)
        let lost = try #require(log.active.first)
        #expect(log.active.count == 1)
        #expect((lost.identity.variant, lost.severity, lost.count) == ("lost", .alarm, 1))
        #expect(lost.fields.text("to") == "silent")
        note("stage", .info, to("live"), at: 100)
        #expect(log.active.isEmpty)
    }

    @Test mutating func `the controller's alarms of the cells are the packs' own; its faults are the monitor's`() {
        note("alarm_raised", .alarm, [EventField("alarm", .text("high_voltage"))], at: 0)
        note("mode", .alarm, [EventField("from", .text("bulk")), EventField("to", .text("fault"))], at: 0)
        #expect(log.known.isEmpty)
        note("alarm_raised", .warning, [EventField("alarm", .text("limit_not_obeyed"))], at: 0)
        #expect(log.active.map(\.identity.variant) == ["limit_not_obeyed"])
    }

    @Test mutating func `what gets worse wants to be seen again; what is new and bad is stored at once`() throws {
        func alert(_ severity: EventSeverity) -> Occurrence {
            Occurrence(.init("alarm_raised", "high_voltage", pack: 1), severity, .begins, "high")
        }
        #expect(log.note(alert(.warning), at: moment(0)).map(\.isUrgent) == [false])
        let id = try #require(log.active.first?.id)
        #expect(log.acknowledge(id, at: moment(1))?.isUrgent == true)
        #expect(log.note(alert(.alarm), at: moment(2)).map(\.isUrgent) == [true])
        #expect(log.event(id)?.acknowledged == nil)
        // Better again: what it is now differs from the worst that it was.
        log.note(alert(.warning), at: moment(3)).forEach { #expect(!$0.isUrgent) }
        #expect(log.event(id)?.severity == .alarm)
        #expect(log.event(id)?.activity?.severity == .warning)
        // An alarm that comes and goes every second costs no commit each (S67).
        for second in 4..<100 {
            let end = Occurrence(.init("alarm_raised", "high_voltage", pack: 1), .info, .ends, "over")
            #expect(log.note(end, at: moment(Double(second))).allSatisfy { !$0.isUrgent })
            #expect(log.note(alert(.alarm), at: moment(Double(second) + 0.5)).allSatisfy { !$0.isUrgent })
        }
    }

    @Test mutating func `statistics count times and durations of what was worth a warning`() {
        let kind = AlertStatistics.Kind(code: "bms_link", variant: "")
        for (begin, end) in [(0.0, 10.0), (100, 160), (7200, 7205)] {
            note("bms_link", .warning, at: begin)
            note("bms_link", .info, at: end)
        }
        note("full", .info, at: 8000)
        let figures = log.statistics.figures[kind]
        #expect(figures?.count == 3)
        #expect(figures?.total == 75)
        #expect(figures?.longest == 60)
        #expect(figures?.last == 7_200_000)
        #expect(log.statistics.figures.count == 1)
    }

    @Test mutating func `an earlier life's events go on, and what lasted then is over until it is seen again`() throws {
        note("can_closed", at: 0)
        note("full", .info, at: 1)
        let stored = log.toStore
        let lasting = Set(stored.filter(\.isActive).map(\.id))
        let loaded = stored.map { event in
            var event = event
            event.activity = nil
            return event
        }
        var next = EventLog()
        // Noted before the store could be read.
        #expect(EventGrammar.occurrence("full", .info, "full", []).map { next.note($0, at: moment(90)) } != nil)
        next.adopt(loaded, lasting: lasting, nextID: 3, statistics: AlertStatistics(), at: moment(100))
        #expect(next.active.isEmpty)
        #expect(next.known.map(\.id).sorted() == [1, 2, 3])
        // The end of what lasted is news to the store.
        #expect(next.toStore.map(\.id) == [1, 3])
        let closed = try #require(gateway("can_closed"))
        _ = next.note(closed, at: moment(110))
        #expect(next.active.map { [$0.id, $0.count] } == [[1, 2]])
    }

    @Test mutating func `it is bounded, keeps what lasts, and counts what no store took`() {
        note("can_tx_lost", .alarm, at: 0)
        for generation in 0..<1000 {
            note("configuration_changed", .info, [EventField("generation", .number(Double(generation)))], at: 1)
        }
        #expect(log.known.count <= EventLog.capacity + 1)
        #expect(log.active.count == 1)
        #expect(log.known.count + log.lost == 1001)
    }

    @Test mutating func `what was stored is not stored again unless it changed`() {
        note("full", .info, at: 0)
        let handed = log.toStore
        note("full", .info, at: 1)
        log.stored(handed)
        #expect(log.toStore.map(\.count) == [2])
        log.stored(log.toStore)
        #expect(log.toStore.isEmpty)
        log.storeWasLost()
        #expect(log.toStore.count == 1)
    }

    @Test func `a page joins what is stored with what is newer`() {
        func event(_ id: Int, last: Int64, severity: EventSeverity = .info) -> LoggedEvent {
            LoggedEvent(
                id: id, identity: .init("full"), severity: severity, first: 0, last: last, count: 1, text: "",
                cause: nil, fields: [], isLatched: false, acknowledged: nil)
        }
        var query = EventQuery()
        query.limit = 2
        let stored = [event(3, last: 30), event(2, last: 20), event(1, last: 10)]
        let known = [event(1, last: 40), event(4, last: 25)]
        let first = EventPage(query, stored: stored, known: known, cursor: nil)
        #expect(first.events.map(\.id) == [1, 3])
        #expect(first.next == 3)
        query.before = 3
        let second = EventPage(query, stored: [event(2, last: 20), event(1, last: 10)], known: known, cursor: 30)
        #expect(second.events.map(\.id) == [4, 2])
        #expect(second.next == nil)
        query.severities = [.alarm]
        #expect(EventPage(query, stored: [], known: known, cursor: 30).events.isEmpty)
    }
}

import Access
package import Actors
import HTTP
import JSONText
import Monitoring

/// Alarms and events: what happened, what lasts, and that somebody has seen it.
package struct EventRoutes: Sendable {
    private let desk: MonitoringDesk
    private let feed: EventFeed
    private let sockets: SocketLife

    package init(desk: MonitoringDesk, feed: EventFeed, sockets: SocketLife) {
        self.desk = desk
        self.feed = feed
        self.sockets = sockets
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/events", Demand(.scope(.read)), Self.group, "Events, newest first", query: Self.query,
                [.json(Self.page)], refusals: Self.refusals
            ) { [desk] call in .json(try await Self.list(desk, Self.query(call))) },
            acknowledge,
            Route(
                .get, "/api/alerts/active", Demand(.scope(.read)), Self.group, "What lasts and is worth a warning",
                [.json(.object([.must("alerts", .array(LoggedEvent.alertShape))]))]
            ) { [desk] _ in .json(Self.active(desk)) },
            Route(
                .get, "/api/alerts/history", Demand(.scope(.read)), Self.group, "Warnings and alarms, newest first",
                query: Self.query, [.json(Self.page)], refusals: Self.refusals
            ) { [desk] call in
                var query = Self.query(call)
                if query.severities.isEmpty { query.severities = [.warning, .alarm] }
                return .json(try await Self.list(desk, query))
            },
            statistics,
            .socket("/ws/events", Demand(.scope(.read)), "Events as they begin, count on, end and are acknowledged") {
                [feed, sockets] call, socket in
                await feed.join(socket, .events)
                await sockets.keep(socket, of: call.caller)
                await feed.leave(socket)
            },
            .socket("/ws/alerts", Demand(.scope(.read)), "What lasts, on connect and on change") {
                [feed, sockets] call, socket in
                await feed.join(socket, .alerts)
                await sockets.keep(socket, of: call.caller)
                await feed.leave(socket)
            },
        ]
    }

    /// The list of `/api/alerts/active`.
    static func active(_ desk: MonitoringDesk) -> JSONValue {
        ["alerts": .array((desk.picture.value?.alerts ?? []).map(\.alert))]
    }

    // MARK: - Private

    private static let group = "Events"
    private static let refusals = [503: "The monitor is starting, or its file cannot be read."]
    private static let page = Shape.object([.must("events", .array(LoggedEvent.shape)), .must("next", .count)])

    private static let query: [Route.Parameter] = [
        .init("severity", .array(.word(LoggedEvent.severities), 1...3), "Only these severities."),
        .init("code", .array(.identifier(1...64), 1...32), "Only these words of the log."),
        .init("since", .time, "Newest at or after this."), .init("until", .time, "Newest before this."),
        .init("acknowledged", .bool, "Only those that somebody has seen, or only the others."),
        .init("active", .bool, "Only those that last, or only the others."),
        .init("limit", .integer(1...1000), "At most so many; 100 where it is missing."),
        .init("before", .integer(0...Int(Int32.max)), "The next of the page before."),
    ]

    private static func query(_ call: Call) -> EventQuery {
        var query = EventQuery()
        query.severities = Set(call.words("severity").compactMap { EventSeverity(name: $0) })
        query.codes = Set(call.words("code"))
        (query.since, query.until) = (call.moment("since"), call.moment("until"))
        query.isAcknowledged = call.parameters["acknowledged"]?.bool
        query.isActive = call.parameters["active"]?.bool
        query.before = call.integer("before")
        query.limit = call.integer("limit") ?? 100
        return query
    }

    private static func list(_ desk: MonitoringDesk, _ query: EventQuery) async throws -> JSONValue {
        let page = try await asking { () async throws(MonitoringError) in try await desk.events(query) }
        return ["events": .array(page.events.map(\.json)), "next": .init(page.next)]
    }

    private var acknowledge: Route {
        Route(
            .post, "/api/events/{id}/acknowledge", Demand(.scope(.control)), Self.group,
            "Say that somebody has seen an event; that is what lets go of a latched fault",
            parameters: [.init("id", .integer(0...Int(Int32.max)), "Number of the event.")], body: .json(.object([])),
            [.json(LoggedEvent.shape)], refusals: Self.refusals.merging([404: "There is no such event."]) { $1 }
        ) { [desk] call in
            let id = call.integer("id") ?? 0
            let event = try await Self.asking { () async throws(MonitoringError) in try await desk.acknowledge(id) }
            guard let event else { throw Problem.notFound("event \(id)") }
            return .json(event.json)
        }
    }

    private var statistics: Route {
        Route(
            .get, "/api/alerts/statistics", Demand(.scope(.read)), Self.group,
            "How often and how long alerts were there",
            [
                .json(
                    .object([
                        .must(
                            "statistics",
                            .array(
                                .object([
                                    .must("code", .text()), .must("variant", .text()), .must("count", .integer()),
                                    .must("total_s", .number()), .must("longest_s", .number()), .must("last", .time),
                                ])))
                    ]))
            ], refusals: Self.refusals
        ) { [desk] _ in
            let statistics = try await Self.asking { () async throws(MonitoringError) in try await desk.statistics() }
            return .json([
                "statistics": .array(
                    statistics.figures.sorted { $0.key < $1.key }.map { kind, figures in
                        [
                            "code": .string(kind.code), "variant": .string(kind.variant),
                            "count": .integer(figures.count), "total_s": .number(figures.total),
                            "longest_s": .number(figures.longest), "last": .moment(figures.last),
                        ]
                    })
            ])
        }
    }

    private static func asking<Result>(
        _ body: () async throws(MonitoringError) -> Result
    ) async throws -> Result {
        do throws(MonitoringError) { return try await body() } catch { throw Problem.unavailable(error.description) }
    }
}

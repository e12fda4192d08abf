import Access
import Actors
import HTTP
import JSONText
import Links
import Log
import Monitoring
import Synchronization

/// The gateway as a program: its parts, its log, its restart, and what a helper wants to see.
package struct SystemRoutes: Sendable {
    let parts: WebParts
    private let load: LoadMeter

    package init(_ parts: WebParts) {
        self.parts = parts
        load = LoadMeter(now: parts.now)
    }

    package var routes: [Route] { [system, restart, logs] + diagnostics }

    static let group = "System"

    // MARK: - Private

    private static let child = Shape.named(
        "Child",
        .object([
            .must("id", .text()), .must("group", .text()), .must("state", .text()), .must("restarts", .integer()),
            .must("last_error", .remark), .must("uptime_s", .measurement), .must("heartbeat_age_s", .measurement),
            .must(
                "mailbox",
                .nullable(
                    .object([
                        .must("waiting", .integer()), .must("capacity", .integer()), .must("dropped", .integer()),
                    ]))),
        ]))

    private var system: Route {
        Route(
            .get, "/api/system", Demand(.scope(.read)), Self.group, "Version, computer, supervised parts",
            [
                .json(
                    .object([
                        .must("version", .text()), .must("host", .text()), .must("time", .time),
                        .must("uptime_s", .number()), .must("started", .time), .must("boot_count", .count),
                        .must(
                            "memory",
                            .object([
                                .must("resident_bytes", .count), .must("limit_bytes", .count),
                                .must("available_bytes", .count),
                            ])),
                        .must("cpu", .object([.must("percent", .measurement), .must("cores", .integer())])),
                        .must("disk", .object([.must("free_bytes", .count), .must("total_bytes", .count)])),
                        .must("clock_synchronised", .known), .must("children", .array(Self.child)),
                        .must("queues", .array(.map(.anything))),
                    ]))
            ]
        ) { _ in .json(await document()) }
    }

    func document() async -> JSONValue {
        let uptime = LogClock.system.uptime() / .seconds(1)
        let time = parts.wall()
        let disk = await FileWork(executor: parts.files).disk(of: parts.state)
        return [
            "version": .string(parts.version), "host": .string(LocalNames.host), "time": .string(time.description),
            "uptime_s": .number(uptime),
            "started": .string(UTCTime(milliseconds: time.milliseconds - Int64(uptime * 1000)).description),
            "boot_count": .init(parts.monitoring.picture.value?.bootCount),
            "memory": [
                "resident_bytes": .init(ProcessFacts.residentBytes), "limit_bytes": .init(ProcessFacts.memoryLimit),
                "available_bytes": .init(ProcessFacts.availableBytes),
            ],
            "cpu": ["percent": .init(load.percent), "cores": .integer(ProcessFacts.processors)],
            "disk": ["free_bytes": .init(disk?.free), "total_bytes": .init(disk?.total)],
            "clock_synchronised": .init(ProcessFacts.isClockSynchronised),
            "children": .array(await parts.children().map(\.json)),
            "queues": .array(Self.queues(parts.events) + Self.queues(parts.captures)),
        ]
    }

    private static func queues<Event>(_ broadcast: Broadcast<Event>) -> [JSONValue] {
        broadcast.report.map { report in
            [
                "name": .string(report.name), "waiting": .integer(report.waiting),
                "capacity": .integer(report.capacity), "dropped": .integer(report.dropped),
            ]
        }
    }

    /// What people call the parts of the data path.
    private static let aliases = ["bms": "acquisition", "can": "inverter"]

    private var restart: Route {
        Route(
            .post, "/api/system/restart", Demand(.scope(.admin)), Self.group,
            "Restart one part, or with 'gateway' the whole program",
            body: .json(.object([.must("target", .text(1...64))])), example: ["target": "capture"],
            [.json(.object([.must("target", .text())]), status: 202, "It will restart.")],
            refusals: [404: "There is no such part."]
        ) { [parts] call in
            let target = call.body["target"].string ?? ""
            parts.logger.notice(
                "system.restart", "a restart was asked for",
                [.init("target", .string(target)), .init("author", .string(call.caller.author))])
            if target == "gateway" {
                parts.restartProcess()
            } else if !parts.restart(Self.aliases[target] ?? target) {
                throw Problem(
                    404, "not-found", "Not found", detail: "There is no part '\(target)'; /api/system lists them.",
                    field: "target")
            }
            return .json(["target": .string(target)], status: 202)
        }
    }

    private var logs: Route {
        Route(
            .get, "/api/logs", Demand(.scope(.read)), Self.group, "Recent lines of the log, oldest first",
            query: [
                .init(
                    "level", .word(LogLevel.allCases.map(\.rawValue)), "Least severe level; info where it is missing."),
                .init("since", .either([.counter, .time]), "The next of the answer before, or a moment."),
                .init("limit", .integer(1...1000), "At most so many, the newest."),
            ],
            [
                .json(
                    .object([
                        .must(
                            "lines",
                            .array(
                                .object([
                                    .must("seq", .integer()), .must("time", .time), .must("level", .text()),
                                    .must("event", .text()), .must("message", .text()), .may("fields", .map(.anything)),
                                ]))), .must("next", .integer()),
                    ]))
            ]
        ) { [parts] call in
            let level = call.text("level").flatMap(LogLevel.init(rawValue:)) ?? .info
            let lines = parts.logger.recent(
                minimum: .debug, since: call.moment("since").map { UTCTime(milliseconds: $0) })
            let wanted = lines.filter { $0.level >= level && $0.number > call.integer("since") ?? 0 }
                .suffix(call.integer("limit") ?? 500)
            return .json([
                "lines": .array(wanted.map(\.numbered)),
                "next": .integer(max(lines.last?.number ?? 0, call.integer("since") ?? 0)),
            ])
        }
    }
}

extension LogLine {
    /// The line with its number.
    fileprivate var numbered: JSONValue {
        guard case .object(let members) = json else { return json }
        return .object([.init("seq", .integer(number))] + members)
    }
}

/// Work on files, where nobody else waits for it (S33).
actor FileWork {
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    init(executor: any SerialExecutor) { self.executor = executor }

    /// Free and total bytes of a folder's file system.
    func disk(of folder: String) -> (free: Int, total: Int)? { ProcessFacts.disk(of: folder) }
}

/// Share of one processor that the process used since somebody last asked.
private final class LoadMeter: Sendable {
    private struct Reading {
        var at: Instant
        var seconds: Double
        var percent: Double?
    }

    private let now: @Sendable () -> Instant
    private let last: Mutex<Reading>

    init(now: @escaping @Sendable () -> Instant) {
        self.now = now
        last = Mutex(Reading(at: now(), seconds: ProcessFacts.processorSeconds ?? 0))
    }

    var percent: Double? {
        guard let seconds = ProcessFacts.processorSeconds else { return nil }
        let now = now()
        return last.withLock { last in
            let span = last.at.duration(to: now) / .seconds(1)
            // Two who ask at the same time see the same figure.
            guard span >= 0.5 else { return last.percent }
            last = Reading(at: now, seconds: seconds, percent: (seconds - last.seconds) / span * 100)
            return last.percent
        }
    }
}

package import JSONText
import Synchronization

/// The one log of the process: events with time, level and fields, to standard error and to a memory of recent lines.
///
/// Any thread may log; it never blocks (S91) and never throws. Each event has at most ten lines a second, and the next
/// line says how many were left out. A secret goes in as `JSONValue(Secret)`, which is its mask.
package final class Logger: Sendable {
    /// Longest text, and longest string in a field, in bytes; the rest is cut off. What a peer sends may be any length.
    package static let longestText = 2048

    /// Where lines go.
    private enum Sink: Sendable {
        case writer(LogWriter)
        case body(@Sendable (LogLine) -> Void)

        func take(_ line: LogLine) {
            switch self {
            case .writer(let writer): writer.append(line)
            case .body(let body): body(line)
            }
        }
    }

    private struct State {
        var limit = LogRateLimit()
        var recent: Ring<LogLine>
        var count = 0
        var minimum: LogLevel
    }

    private let clock: LogClock
    private let sink: Sink
    private let state: Mutex<State>

    /// Starts a log with its writer thread.
    ///
    /// - Parameters:
    ///   - format: how lines look.
    ///   - minimum: lines below this level are dropped.
    ///   - descriptor: where lines go, standard error by default; it is not closed here.
    ///   - withPriority: whether lines begin with `<N>` for journald.
    ///   - capacity: lines that wait for a slow descriptor.
    ///   - recentCapacity: lines kept for `GET /api/logs`.
    ///   - clock: uptime and wall clock.
    /// - Throws: `DedicatedThread.StartFailure`.
    package init(
        format: LogFormat, minimum: LogLevel = .info, descriptor: Int32 = 2,
        withPriority: Bool = Journal.readsStandardError, capacity: Int = 1024, recentCapacity: Int = 1024,
        clock: LogClock = .system
    ) throws(DedicatedThread.StartFailure) {
        self.clock = clock
        sink = .writer(
            try LogWriter(descriptor: descriptor, format: format, withPriority: withPriority, capacity: capacity))
        state = Mutex(State(recent: Ring(capacity: recentCapacity), minimum: minimum))
    }

    /// A log without a thread, for a process that lives inside another one.
    ///
    /// - Parameters:
    ///   - minimum: lines below this level are dropped.
    ///   - clock: uptime and wall clock.
    ///   - sink: called with each line, on the thread that logs; it must not log.
    package init(minimum: LogLevel, clock: LogClock, sink: @escaping @Sendable (LogLine) -> Void) {
        self.clock = clock
        self.sink = .body(sink)
        state = Mutex(State(recent: Ring(capacity: 1), minimum: minimum))
    }

    deinit { if case .writer(let writer) = sink { writer.finish() } }

    /// Lines below this level are dropped.
    package var minimum: LogLevel {
        get { state.withLock { $0.minimum } }
        set { state.withLock { $0.minimum = newValue } }
    }

    /// Logs one event.
    ///
    /// - Parameters:
    ///   - level: how much it matters.
    ///   - event: a dotted name from the code, never from data: lines are limited per event.
    ///   - text: a sentence for people, without the fields' values.
    ///   - fields: what belongs to it; names carry units.
    package func log(_ level: LogLevel, _ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        guard level >= minimum else { return }
        let uptime = clock.uptime()
        let time = clock.wall()
        state.withLock { state in
            guard let suppressed = state.limit.admit(event, at: uptime) else { return }
            state.count += 1
            let line = LogLine(
                number: state.count, level: level, event: event, text: Self.cut(text), fields: fields.map(Self.cut),
                uptime: uptime, time: time, suppressed: suppressed)
            state.recent.append(line)
            // Inside the lock, so that lines are written in the order of their numbers; it never blocks.
            sink.take(line)
        }
    }

    /// Logs what only a developer wants to see.
    package func debug(_ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        log(.debug, event, text, fields)
    }

    /// Logs an ordinary event.
    package func info(_ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        log(.info, event, text, fields)
    }

    /// Logs an ordinary event that a reader should not miss.
    package func notice(_ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        log(.notice, event, text, fields)
    }

    /// Logs a fault that the gateway copes with.
    package func warning(_ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        log(.warning, event, text, fields)
    }

    /// Logs a fault that takes something away from the user.
    package func error(_ event: String, _ text: String, _ fields: [JSONValue.Member] = []) {
        log(.error, event, text, fields)
    }

    /// Recent lines.
    ///
    /// - Parameters:
    ///   - minimum: only lines of this level and above.
    ///   - since: only lines of this moment and later.
    /// - Returns: the lines, oldest first.
    package func recent(minimum: LogLevel = .debug, since: UTCTime? = nil) -> [LogLine] {
        state.withLock { $0.recent.elements }
            .filter { line in line.level >= minimum && since.map { line.time >= $0 } ?? true }
    }

    /// Waits until every line logged so far has left. Blocks the calling thread: for the end of the process only.
    ///
    /// - Returns: false when the time was up first.
    @discardableResult
    package func flush(timeout: Duration) -> Bool {
        guard case .writer(let writer) = sink else { return true }
        return writer.flush(timeout: timeout)
    }

    // MARK: - Private

    private static func cut(_ member: JSONValue.Member) -> JSONValue.Member {
        guard case .string(let text) = member.value else { return member }
        return .init(member.name, .string(cut(text)))
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > longestText else { return text }
        // A character that the cut divides is repaired to U+FFFD.
        return String(decoding: text.utf8.prefix(longestText), as: UTF8.self) + "…"
    }
}

import Dispatch
import Glibc
import JSONText
package import Links
package import Log
import Synchronization

/// Ends the process when a watched part hangs, and tells systemd that none does (S50, S54).
///
/// It has a thread of its own, so that a blocked loop, a blocked pool or a deadlock cannot hold it up. It is also the only
/// one that speaks to systemd, which may block.
package final class Watchdog: Sendable {
    /// Time between two looks (S54).
    package static let period: Duration = .seconds(2)
    /// How long the log may take to leave before the process ends.
    static let lastWords: Duration = .seconds(1)

    private struct State {
        var monitor = HeartbeatMonitor()
        var late: [String] = []
        var messages: [ServiceState] = []
        var isStarted = false
        var isFinished = false
    }

    private let heartbeats: Heartbeats
    private let clock: any GatewayClock
    private let logger: Logger
    private let notify: @Sendable (ServiceState) -> Void
    private let abort: @Sendable () -> Void
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// Creates a watchdog that does not look yet.
    ///
    /// - Parameters:
    ///   - heartbeats: whose requirements it judges by.
    ///   - clock: the clock of the heartbeats.
    ///   - logger: is told of what is late.
    ///   - notify: tells systemd; called on the watchdog's thread.
    ///   - abort: ends the process at once; systemd starts it again.
    package init(
        heartbeats: Heartbeats, clock: any GatewayClock, logger: Logger,
        notify: @escaping @Sendable (ServiceState) -> Void, abort: @escaping @Sendable () -> Void
    ) {
        self.heartbeats = heartbeats
        self.clock = clock
        self.logger = logger
        self.notify = notify
        self.abort = abort
    }

    /// Ends this process as a crash, which systemd answers with a new one.
    package static func endProcess() { Glibc.abort() }

    /// Starts the thread, which looks every 2 s until `stop`.
    ///
    /// - Throws: `DedicatedThread.StartFailure`.
    package func start() throws(DedicatedThread.StartFailure) {
        _ = try DedicatedThread(named: "watchdog") { [self] in
            watch()
            ended.signal()
        }
        state.withLock { $0.isStarted = true }
    }

    /// Ends the thread after what is still to be told, and waits for it as long as for the last words of the log.
    package func stop() {
        guard
            state.withLock({ state in
                state.isFinished = true
                return state.isStarted
            })
        else { return }
        wake.signal()
        _ = ended.wait(timeout: .now() + .milliseconds(Int(Self.lastWords / .milliseconds(1))))
    }

    /// Has systemd told something, by the watchdog's thread. Never blocks.
    package func tell(_ message: ServiceState) {
        state.withLock { state in
            // Only the newest status is worth telling.
            if case .status = message { state.messages.removeAll { if case .status = $0 { true } else { false } } }
            state.messages.append(message)
        }
        wake.signal()
    }

    /// Looks once, as the thread does every 2 s; a simulated world has no thread and calls it itself.
    package func look() {
        let beats = heartbeats.required
        let now = clock.now
        let (judgement, before) = state.withLock { state in
            let judgement = state.monitor.judge(beats, at: now)
            defer {
                switch judgement {
                case .alive: state.late = []
                case .late(let late), .hung(let late): state.late = late
                }
            }
            return (judgement, state.late)
        }
        switch judgement {
        case .alive:
            if !before.isEmpty { logger.notice("watchdog.in_time", "All watched parts work again.") }
            notify(.watchdog)
        case .late(let late):
            guard late != before else { break }
            logger.warning(
                "watchdog.late", "Parts have not finished a unit of work for over 5 s; systemd is told nothing.",
                [.init("parts", .array(late.map(JSONValue.string)))])
        case .hung(let hung):
            logger.error(
                "watchdog.abort", "Parts hang; the process ends, to be started afresh.",
                [.init("parts", .array(hung.map(JSONValue.string)))])
            logger.flush(timeout: Self.lastWords)
            abort()
        }
    }

    /// Tells systemd what is to be told.
    func deliver() {
        let messages = state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
        for message in messages { notify(message) }
    }

    // MARK: - The thread

    private func watch() {
        var next = DispatchTime.now()
        while true {
            let isDue = wake.wait(timeout: next) == .timedOut
            deliver()
            if state.withLock({ $0.isFinished }) { return }
            guard isDue else { continue }
            look()
            next = .now() + .milliseconds(Int(Self.period / .milliseconds(1)))
        }
    }
}

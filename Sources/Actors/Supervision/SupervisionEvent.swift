import JSONText
import Log

/// What happened to the supervised children, for the log, the history and whoever subscribes (S90).
package enum SupervisionEvent: Sendable, Hashable {
    /// A new instance runs; the first one is 1.
    case started(child: String, instance: Int)
    /// An instance ended; the cause is nil when it was asked to.
    case ended(child: String, cause: String?)
    /// A failed child will be started again after a wait, in the data path together with those after it.
    case restarting(child: String, after: Duration)
    /// A service used its restarts up and waits.
    case exhausted(child: String, wait: Duration)
    /// The data path used its restarts up: the process ends.
    case gaveUp(child: String, cause: String)
    /// A stop deadline passed, and the child was cancelled.
    case cancelled(child: String)
    /// The heartbeats of these are late.
    case late([String])
    /// All heartbeats are in time again.
    case inTime
    /// The stop of all children has begun.
    case stopping
    /// All children have stopped.
    case stopped

    /// Writes the event to a log.
    func write(to logger: Logger) {
        guard let news else { return }
        logger.log(news.level, news.name, news.sentence, news.fields)
    }

    /// The event as log and event list have it; nil for what the watchdog tells, as it still can when the supervisor is
    /// among the late.
    package var news: GatewayEvent? {
        switch self {
        case .started(let child, let instance):
            .init(
                .info, "supervisor.started", "A part has started.",
                [.child(child), .init("instance", .integer(instance))])
        case .ended(let child, nil):
            .init(.info, "supervisor.ended", "A part has stopped as asked.", [.child(child)])
        case .ended(let child, let cause?):
            .init(
                .warning, "supervisor.failed", "A part has ended.", [.child(child), .init("cause", .string(cause))])
        case .restarting(let child, let wait):
            .init(
                .notice, "supervisor.restarting", "It will be started again.",
                [.child(child), .init("wait_s", .number(wait / .seconds(1)))])
        case .exhausted(let child, let wait):
            .init(
                .error, "supervisor.exhausted", "A part failed too often and rests; the others go on.",
                [.child(child), .init("wait_s", .number(wait / .seconds(1)))])
        case .gaveUp(let child, let cause):
            .init(
                .error, "supervisor.gave_up", "The data path failed too often; the process ends, to be started afresh.",
                [.child(child), .init("cause", .string(cause))])
        case .cancelled(let child):
            .init(.warning, "supervisor.cancelled", "A part did not stop in time and was cancelled.", [.child(child)])
        case .late, .inTime: nil
        case .stopping: .init(.notice, "supervisor.stopping", "All parts are being stopped.")
        case .stopped: .init(.notice, "supervisor.stopped", "All parts have stopped.")
        }
    }
}

extension JSONValue.Member {
    fileprivate static func child(_ id: String) -> Self { Self("child", .string(id)) }
}

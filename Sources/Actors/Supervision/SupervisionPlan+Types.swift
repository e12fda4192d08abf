import Battery

extension SupervisionPlan {
    /// A moment that the plan asked to be told of.
    enum Timer: Sendable, Hashable {
        /// A service's wait is over, unless it was started since.
        case restart(child: Int, instance: Int)
        /// The data path's wait is over, unless another one began since.
        case dataPath(round: Int)
        /// An instance should have stopped by now.
        case stopDeadline(child: Int, instance: Int)
        /// Everything should have stopped by now.
        case stopLimit
    }

    /// What has to be done, in this order.
    enum Action: Sendable, Hashable {
        case start(child: Int, instance: Int)
        case requestStop(child: Int)
        case cancel(child: Int)
        case schedule(Timer, at: Instant)
        case tell(SupervisionEvent)
        /// The supervisor ends; with an error, whatever still runs is cancelled.
        case finish(SupervisorError?)
    }

    /// Why an instance was told to stop.
    enum StopReason: Sendable, Hashable {
        /// A user or a changed setting asked for a new instance.
        case restart
        /// A child of the data path before it failed.
        case dataPath
        /// Everything stops.
        case shutdown
    }

    /// Where a child stands.
    enum Phase: Sendable, Hashable {
        /// Not running, and its turn is decided by others: before the start, within a restart of the data path, at the end.
        case down
        case running(since: Instant)
        case stopping(since: Instant, reason: StopReason)
        /// A service between two instances.
        case waiting(until: Instant)
        /// A service that used its restarts up.
        case exhausted(until: Instant)
        /// Ended, and its restart type wants no new instance.
        case finished
    }

    /// A child and its history.
    struct Slot: Sendable {
        let id: String
        let group: ChildSpecification.Group
        let restart: ChildSpecification.Restart
        let stopDeadline: Duration
        var budget: RestartBudget
        var backoff: Backoff
        var phase = Phase.down
        /// Instances started so far.
        var instance = 0
        /// Instances started because of a failure.
        var restarts = 0
        /// Why the newest instance that failed did.
        var lastError: String?

        /// Whether an instance exists.
        var isAlive: Bool {
            switch phase {
            case .running, .stopping: true
            case .down, .waiting, .exhausted, .finished: false
            }
        }
    }
}

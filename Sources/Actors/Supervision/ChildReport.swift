package import JSONText

/// How one supervised child is, for `/api/system` and `cellbridge watch`.
package struct ChildReport: Sendable, Hashable {
    /// Where a child stands.
    package enum State: String, Sendable, Hashable {
        case running, stopping
        /// Not running; it will be started with its branch, or everything has stopped.
        case down
        /// Between two instances after a failure.
        case waiting
        /// Away for 60 s after too many failures.
        case exhausted
        /// Ended for good.
        case finished
    }

    /// As in its specification.
    package let id: String
    /// As in its specification.
    package let group: ChildSpecification.Group
    /// Where it stands.
    package let state: State
    /// Instances started because of a failure, its own or that of one before it in the data path.
    package let restarts: Int
    /// What its newest failed instance threw.
    package let lastError: String?
    /// Age of the running instance.
    package let uptime: Duration?
    /// Time since its last finished unit of work; nil where it reports none.
    package var heartbeatAge: Duration?
    /// What waits for it; nil where it has no queue.
    package var mailbox: Mailbox?

    /// The rings of one child together.
    package struct Mailbox: Sendable, Hashable {
        package var waiting = 0
        package var capacity = 0
        package var dropped = 0

        package init() {}

        /// One ring more.
        package mutating func add(_ waiting: Int, of capacity: Int, dropped: Int) {
            self.waiting += waiting
            self.capacity += capacity
            self.dropped += dropped
        }
    }

    /// As `/api/system` shows it.
    package var json: JSONValue {
        [
            "id": .string(id), "group": .string(group.rawValue), "state": .string(state.rawValue),
            "restarts": .integer(restarts), "last_error": JSONValue(lastError),
            "uptime_s": JSONValue(uptime.map { $0 / .seconds(1) }),
            "heartbeat_age_s": JSONValue(heartbeatAge.map { $0 / .seconds(1) }),
            "mailbox": mailbox.map {
                ["waiting": .integer($0.waiting), "capacity": .integer($0.capacity), "dropped": .integer($0.dropped)]
            } ?? .null,
        ]
    }
}

extension ChildReport.State {
    /// What a plan's phase is called outside.
    init(_ phase: SupervisionPlan.Phase) {
        self =
            switch phase {
            case .down: .down
            case .running: .running
            case .stopping: .stopping
            case .waiting: .waiting
            case .exhausted: .exhausted
            case .finished: .finished
            }
    }
}

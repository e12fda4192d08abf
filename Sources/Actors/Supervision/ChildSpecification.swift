/// A subsystem that the supervisor starts, watches and restarts.
package protocol Child: Actor {
    /// Does the child's work; returning and throwing are both its end (safety.md 5).
    ///
    /// Everything it starts is a child task of this call and ends with it. When its stop signal is given it finishes and
    /// returns; when its task is cancelled it returns at once.
    func run() async throws
}

/// What the supervisor knows of a child.
package struct ChildSpecification: Sendable {
    /// When the end of a child is followed by a new instance.
    package enum Restart: String, Sendable, Hashable {
        /// Always.
        case permanent
        /// After an error, not after an ordinary return.
        case transient
        /// Never.
        case temporary
    }

    /// The strategy that a child falls under (S51).
    package enum Group: String, Sendable, Hashable {
        /// Rest for one: a failure restarts the child and those of the data path that were started after it. All of them
        /// share one budget, and using it up ends the process.
        case dataPath = "data_path"
        /// One for one: a failure restarts this child alone; a used-up budget makes it wait 60 s.
        case service
    }

    /// Unique name, as shown, logged and accepted by `POST /api/system/restart`: `bms.1`, `inverter`, `web`.
    package let id: String
    /// What its failure means to the others.
    package let group: Group
    /// When it is restarted.
    package let restart: Restart
    /// Restarts allowed; of services only, as the data path shares the supervisor's.
    package let budget: RestartBudget
    /// Waits between restarts; of services only.
    package let backoff: Backoff
    /// How long a child may take from its stop signal to its end before it is cancelled. 0 cancels at once.
    package let stopDeadline: Duration
    /// Whether a missing heartbeat of this child ends the process (S54).
    package let isWatched: Bool
    /// Where the ordinary `async` code of the child runs; nil is the cooperative pool.
    package let executorPreference: (any TaskExecutor)?
    /// Makes a new instance; it only stores its dependencies. Called for every start.
    package let make: @Sendable (StopSignal) throws -> any Child

    /// Describes a child. Those of the data path are watched unless told otherwise.
    package init(
        id: String, group: Group, restart: Restart = .permanent, budget: RestartBudget = .init(),
        backoff: Backoff = .init(), stopDeadline: Duration = .milliseconds(500), isWatched: Bool? = nil,
        executorPreference: (any TaskExecutor)? = nil, make: @escaping @Sendable (StopSignal) throws -> any Child
    ) {
        self.id = id
        self.group = group
        self.restart = restart
        self.budget = budget
        self.backoff = backoff
        self.stopDeadline = stopDeadline
        self.isWatched = isWatched ?? (group == .dataPath)
        self.executorPreference = executorPreference
        self.make = make
    }
}

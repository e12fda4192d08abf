import Battery

/// Everything that the supervisor decides: which child is started, stopped, cancelled or given up, and when.
///
/// Pure: happenings and clock readings in, actions out. `RootSupervisor` carries the actions out.
struct SupervisionPlan: Sendable {
    /// A restart of the data path that is under way.
    private struct DataPathRestart {
        /// First child that starts again.
        var from: Int
        /// Whether its wait after a failure is not over.
        var isWaiting: Bool
        /// Whether a failure is the cause, rather than a request.
        var isFailure: Bool
    }

    /// How long a service that used its restarts up stays away (S51).
    static let exhaustedWait: Duration = .seconds(60)
    /// How long the stop of everything may take before all that is left is cancelled; under S53's 5 s.
    static let stopLimit: Duration = .seconds(4)

    /// The children in start order: the data path, then the services.
    private(set) var slots: [Slot]
    /// Whether everything stops.
    private(set) var isStopping = false
    /// Whether the stop limit has passed.
    private(set) var isOverdue = false

    private var budget: RestartBudget
    private var backoff: Backoff
    private var generator: any RandomNumberGenerator & Sendable
    private var dataPathRestart: DataPathRestart?
    private var round = 0
    private var actions: [Action] = []

    /// Creates the plan of children in start order, the data path first; `budget` and `backoff` are the data path's.
    init(
        _ specifications: [ChildSpecification], budget: RestartBudget, backoff: Backoff,
        generator: any RandomNumberGenerator & Sendable
    ) {
        slots = specifications.map {
            Slot(
                id: $0.id, group: $0.group, restart: $0.restart, stopDeadline: $0.stopDeadline, budget: $0.budget,
                backoff: $0.backoff)
        }
        self.budget = budget
        self.backoff = backoff
        self.generator = generator
    }

    // MARK: - Happenings

    /// Everything starts.
    mutating func begin(at now: Instant) -> [Action] {
        for child in slots.indices { start(child, at: now, afterFailure: false) }
        return takeActions()
    }

    /// An instance ended.
    mutating func ended(child: Int, instance: Int, _ end: ChildEnd, at now: Instant) -> [Action] {
        guard slots.indices.contains(child), slots[child].instance == instance, slots[child].isAlive else { return [] }
        if case .stopping(_, let reason) = slots[child].phase {
            tell(.ended(child: slots[child].id, cause: nil))
            slots[child].phase = .down
            switch reason {
            case .restart: start(child, at: now, afterFailure: false)
            case .dataPath: continueDataPathRestart(at: now)
            case .shutdown: continueShutdown(at: now)
            }
        } else {
            failed(child, end, at: now)
        }
        return takeActions()
    }

    /// A moment came that was asked for.
    mutating func fired(_ timer: Timer, at now: Instant) -> [Action] {
        switch timer {
        case .restart(let child, let instance):
            guard slots[child].instance == instance else { break }
            switch slots[child].phase {
            case .waiting: start(child, at: now, afterFailure: true)
            case .exhausted:
                slots[child].budget.reset()
                slots[child].backoff.reset()
                start(child, at: now, afterFailure: true)
            case .down, .running, .stopping, .finished: break
            }
        case .dataPath(let round):
            guard round == self.round, dataPathRestart != nil else { break }
            dataPathRestart?.isWaiting = false
            continueDataPathRestart(at: now)
        case .stopDeadline(let child, let instance):
            guard slots[child].instance == instance, case .stopping = slots[child].phase else { break }
            cancel(child)
        case .stopLimit:
            isOverdue = true
            for child in slots.indices.reversed() where slots[child].isAlive {
                slots[child].phase = .stopping(since: now, reason: .shutdown)
                actions.append(.requestStop(child: child))
                cancel(child)
            }
        }
        return takeActions()
    }

    /// A new instance of one child is wanted; it costs no budget. A service is replaced alone, a child of the data path
    /// together with those after it, which hold what its predecessor gave them (S51).
    mutating func restartRequested(_ id: String, at now: Instant) -> [Action] {
        guard !isStopping, let child = slots.firstIndex(where: { $0.id == id }) else { return [] }
        switch slots[child].phase {
        case _ where slots[child].group == .dataPath:
            // One that begins at or before this child brings it a new instance, too.
            if let restart = dataPathRestart, restart.from <= child { break }
            let pending = dataPathRestart
            dataPathRestart = DataPathRestart(
                from: child, isWaiting: pending?.isWaiting ?? false, isFailure: pending?.isFailure ?? false)
            continueDataPathRestart(at: now)
        case .running: stop(child, .restart, at: now)
        case .waiting, .exhausted, .finished:
            slots[child].budget.reset()
            slots[child].backoff.reset()
            start(child, at: now, afterFailure: false)
        // It is on its way already.
        case .stopping, .down: break
        }
        return takeActions()
    }

    /// Everything shall stop.
    mutating func stopRequested(at now: Instant) -> [Action] {
        guard !isStopping else { return [] }
        isStopping = true
        dataPathRestart = nil
        for child in slots.indices where !slots[child].isAlive { slots[child].phase = .down }
        tell(.stopping)
        actions.append(.schedule(.stopLimit, at: now + Self.stopLimit))
        continueShutdown(at: now)
        return takeActions()
    }
}

// MARK: - Deciding

extension SupervisionPlan {
    /// An instance ended that nobody had asked to stop.
    private mutating func failed(_ child: Int, _ end: ChildEnd, at now: Instant) {
        tell(.ended(child: slots[child].id, cause: end.cause))
        slots[child].phase = .down
        if case .failed(let error) = end { slots[child].lastError = error }
        guard !isStopping else { return continueShutdown(at: now) }
        guard slots[child].restart.applies(after: end) else { return slots[child].phase = .finished }
        switch slots[child].group {
        case .service: serviceFailed(child, at: now)
        case .dataPath: dataPathFailed(child, end, at: now)
        }
    }

    private mutating func serviceFailed(_ child: Int, at now: Instant) {
        let until: Instant
        if slots[child].budget.recordRestart(at: now) {
            let wait = slots[child].backoff.next(at: now, using: &generator)
            until = now + wait
            slots[child].phase = .waiting(until: until)
            tell(.restarting(child: slots[child].id, after: wait))
        } else {
            until = now + Self.exhaustedWait
            slots[child].phase = .exhausted(until: until)
            tell(.exhausted(child: slots[child].id, wait: Self.exhaustedWait))
        }
        actions.append(.schedule(.restart(child: child, instance: slots[child].instance), at: until))
    }

    private mutating func dataPathFailed(_ child: Int, _ end: ChildEnd, at now: Instant) {
        // A child that was about to be stopped for the failure of one before it costs nothing more.
        if let restart = dataPathRestart, child > restart.from { return continueDataPathRestart(at: now) }
        guard budget.recordRestart(at: now) else {
            tell(.gaveUp(child: slots[child].id, cause: end.cause))
            actions.append(.finish(.dataPathGaveUp(child: slots[child].id, cause: end.cause)))
            return
        }
        let wait = backoff.next(at: now, using: &generator)
        tell(.restarting(child: slots[child].id, after: wait))
        round += 1
        dataPathRestart = DataPathRestart(from: child, isWaiting: true, isFailure: true)
        actions.append(.schedule(.dataPath(round: round), at: now + wait))
        continueDataPathRestart(at: now)
    }

    /// Stops the next child after the failed one, last started first; starts them all when none is left and the wait is
    /// over.
    private mutating func continueDataPathRestart(at now: Instant) {
        guard let restart = dataPathRestart else { return }
        let affected = slots.indices.filter { $0 >= restart.from && slots[$0].group == .dataPath }
        if let last = affected.last(where: { slots[$0].isAlive }) {
            stop(last, .dataPath, at: now)
        } else if !restart.isWaiting {
            dataPathRestart = nil
            for child in affected where slots[child].restart != .temporary || slots[child].phase != .finished {
                start(child, at: now, afterFailure: restart.isFailure)
            }
        }
    }

    /// Stops the last child that still runs.
    private mutating func continueShutdown(at now: Instant) {
        if let last = slots.lastIndex(where: \.isAlive) {
            stop(last, .shutdown, at: now)
        } else {
            tell(.stopped)
            actions.append(.finish(nil))
        }
    }

    // MARK: - Acting

    private mutating func start(_ child: Int, at now: Instant, afterFailure: Bool) {
        slots[child].instance += 1
        if afterFailure { slots[child].restarts += 1 }
        slots[child].phase = .running(since: now)
        actions.append(.start(child: child, instance: slots[child].instance))
        tell(.started(child: slots[child].id, instance: slots[child].instance))
    }

    /// Asks a child to stop; one that is stopping already gets the new reason.
    private mutating func stop(_ child: Int, _ reason: StopReason, at now: Instant) {
        if case .stopping(let since, _) = slots[child].phase {
            slots[child].phase = .stopping(since: since, reason: reason)
            return
        }
        slots[child].phase = .stopping(since: now, reason: reason)
        actions.append(.requestStop(child: child))
        if slots[child].stopDeadline > .zero {
            let timer = Timer.stopDeadline(child: child, instance: slots[child].instance)
            actions.append(.schedule(timer, at: now + slots[child].stopDeadline))
        } else {
            actions.append(.cancel(child: child))
        }
    }

    private mutating func cancel(_ child: Int) {
        actions.append(.cancel(child: child))
        tell(.cancelled(child: slots[child].id))
    }

    private mutating func tell(_ event: SupervisionEvent) { actions.append(.tell(event)) }

    private mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }
}

extension ChildSpecification.Restart {
    /// Whether a new instance follows an end that nobody asked for.
    func applies(after end: ChildEnd) -> Bool {
        switch self {
        case .permanent: true
        case .transient: end != .returned
        case .temporary: false
        }
    }
}

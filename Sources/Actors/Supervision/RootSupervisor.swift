import Battery
package import Links
package import Log

/// Starts the gateway's children in order, watches them and restarts them (design.md 4, safety.md 5).
///
/// `SupervisionPlan` decides; this actor carries it out in one task group, whose results are the ends of children, timers,
/// a stop request and requests to restart a child. Its `run` is started with the executor preference of the control loop,
/// so that neither the restart of the data path nor its own heartbeat ever waits for the cooperative pool.
package actor RootSupervisor {
    /// The supervisor's name among the heartbeats.
    package static let heartbeatID = "supervisor"
    /// Time between two inspections of the children; each is one of the supervisor's units of work.
    static let inspectionPeriod: Duration = .seconds(1)

    /// Everything that happens to the children.
    package nonisolated let events = Broadcast<SupervisionEvent>()

    private enum Happening: Sendable {
        case ended(child: Int, instance: Int, ChildEnd)
        case fired(SupervisionPlan.Timer)
        case stopRequested
        case restartRequested(String)
        case inspectionDue
        /// A timer or a wait that was cancelled.
        case nothing
    }

    /// The means to stop one instance.
    private struct Handle {
        let stop: StopSignal
        /// Cancels the instance's task.
        let cancellation: StopSignal
    }

    private typealias Group = ThrowingTaskGroup<Happening, any Error>

    private let specifications: [ChildSpecification]
    private let clock: any GatewayClock
    private let heartbeats: Heartbeats
    private let logger: Logger
    private let onEvent: @Sendable (SupervisionEvent) -> Void
    private let stop = StopSignal()
    private let restartRequests = Broadcast<String>()
    private let restartQueue: Broadcast<String>.Subscription
    private var plan: SupervisionPlan
    private var handles: [Int: Handle] = [:]
    private var late: [String] = []

    /// Creates a supervisor of children in start order; those of the data path start first whatever their place (S55).
    ///
    /// - Parameters:
    ///   - specifications: ids are unique.
    ///   - budget: restarts that the data path has as a whole (S51).
    ///   - backoff: waits between them.
    ///   - clock: the control loop's clock.
    ///   - heartbeats: where the watched children report.
    ///   - generator: spreads the waits.
    ///   - logger: is told of every event.
    ///   - onEvent: is told, too; it must not wait.
    package init(
        _ specifications: [ChildSpecification], budget: RestartBudget = .init(), backoff: Backoff = .init(),
        clock: any GatewayClock, heartbeats: Heartbeats,
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(), logger: Logger,
        onEvent: @escaping @Sendable (SupervisionEvent) -> Void = { _ in }
    ) {
        let ordered = specifications.filter { $0.group == .dataPath } + specifications.filter { $0.group == .service }
        self.specifications = ordered
        self.clock = clock
        self.heartbeats = heartbeats
        self.logger = logger
        self.onEvent = onEvent
        restartQueue = restartRequests.subscribe(capacity: 64, name: "supervisor")
        plan = SupervisionPlan(ordered, budget: budget, backoff: backoff, generator: generator)
    }

    /// Runs the children until `requestStop` or the cancellation of the calling task has stopped them all.
    ///
    /// - Throws: `SupervisorError.dataPathGaveUp`.
    package func run() async throws {
        heartbeats.require(Self.heartbeatID)
        for specification in specifications where specification.isWatched { heartbeats.require(specification.id) }
        let heartbeat = heartbeats.heartbeat(of: Self.heartbeatID)
        defer { heartbeats.release(Self.heartbeatID) }
        try await withThrowingTaskGroup(of: Happening.self) { group in
            listen(in: &group)
            var ending = perform(plan.begin(at: clock.now), in: &group)
            while ending == nil, let happening = try await group.next() {
                ending = perform(actions(after: happening, in: &group), in: &group)
                // When a child outlasts even its cancellation, only the end of the process helps: the watchdog sees to it.
                if !plan.isOverdue { heartbeat.beat() }
            }
            group.cancelAll()
            if case .gaveUp(let error) = ending { throw error }
        }
    }

    /// Stops all children in reverse start order; `run` then returns. From any thread.
    package nonisolated func requestStop() { stop.request() }

    /// Replaces one child by a new instance without spending its budget.
    ///
    /// - Returns: false when there is no such child.
    package nonisolated func restart(_ id: String) -> Bool {
        guard specifications.contains(where: { $0.id == id }) else { return false }
        restartRequests.send(id)
        return true
    }

    /// The children as they are now, in start order.
    package func report() -> [ChildReport] {
        let now = clock.now
        return plan.slots.map { slot in
            var uptime: Duration?
            if case .running(let since) = slot.phase { uptime = since.duration(to: now) }
            return ChildReport(
                id: slot.id, group: slot.group, state: .init(slot.phase), restarts: slot.restarts,
                lastError: slot.lastError, uptime: uptime,
                heartbeatAge: heartbeats.last(slot.id).map { $0.duration(to: now) })
        }
    }
}

// MARK: - Private

extension RootSupervisor {
    private enum Ending: Hashable {
        case stopped
        case gaveUp(SupervisorError)
    }

    /// Asks the plan what a happening means, and waits for the next one of its kind.
    private func actions(after happening: Happening, in group: inout Group) -> [SupervisionPlan.Action] {
        let now = clock.now
        switch happening {
        case .ended(let child, let instance, let end):
            return plan.ended(child: child, instance: instance, end, at: now)
        case .fired(let timer):
            return plan.fired(timer, at: now)
        case .stopRequested:
            for specification in specifications { heartbeats.release(specification.id) }
            return plan.stopRequested(at: now)
        case .restartRequested(let id):
            awaitRestartRequest(in: &group)
            return plan.restartRequested(id, at: now)
        case .inspectionDue:
            scheduleInspection(in: &group)
            return inspect(at: now)
        case .nothing:
            return []
        }
    }

    private func perform(_ actions: [SupervisionPlan.Action], in group: inout Group) -> Ending? {
        for action in actions {
            switch action {
            case .start(let child, let instance): start(child, instance, in: &group)
            case .requestStop(let child): handles[child]?.stop.request()
            case .cancel(let child): handles[child]?.cancellation.request()
            case .schedule(let timer, let instant): schedule(.fired(timer), at: instant, in: &group)
            case .tell(let event): tell(event)
            case .finish(let error): return error.map(Ending.gaveUp) ?? .stopped
            }
        }
        return nil
    }

    private func tell(_ event: SupervisionEvent) {
        event.write(to: logger)
        onEvent(event)
        events.send(event)
    }

    /// Looks which heartbeats are late; says so once for each change, long before the watchdog acts.
    private func inspect(at now: Instant) -> [SupervisionPlan.Action] {
        let late = HeartbeatMonitor.late(heartbeats.required, at: now)
        guard late != self.late else { return [] }
        self.late = late
        return [.tell(late.isEmpty ? .inTime : .late(late))]
    }

    // MARK: - Tasks of the group

    private func listen(in group: inout Group) {
        group.addTask { [stop] in
            await stop.wait()
            return .stopRequested
        }
        awaitRestartRequest(in: &group)
        scheduleInspection(in: &group)
    }

    private func awaitRestartRequest(in group: inout Group) {
        group.addTask { [restartQueue] in
            await restartQueue.next().map(Happening.restartRequested) ?? .nothing
        }
    }

    private func scheduleInspection(in group: inout Group) {
        schedule(.inspectionDue, at: clock.now + Self.inspectionPeriod, in: &group)
    }

    private func schedule(_ happening: Happening, at instant: Instant, in group: inout Group) {
        group.addTask { [clock] in
            do {
                try await clock.sleep(until: instant, tolerance: nil)
                return happening
            } catch {
                return .nothing
            }
        }
    }

    private func start(_ child: Int, _ instance: Int, in group: inout Group) {
        let handle = Handle(stop: StopSignal(), cancellation: StopSignal())
        handles[child] = handle
        let specification = specifications[child]
        // Named even where there is no preference: a service must not inherit the control loop from this task.
        group.addTask(executorPreference: specification.executorPreference ?? globalConcurrentExecutor) {
            .ended(child: child, instance: instance, await Self.life(of: specification, handle))
        }
    }

    /// Makes an instance and runs it to its end, which its cancellation may hasten.
    private static func life(of specification: ChildSpecification, _ handle: Handle) async -> ChildEnd {
        await withTaskGroup(of: ChildEnd?.self) { group in
            group.addTask {
                do {
                    try await specification.make(handle.stop).run()
                    return .returned
                } catch {
                    return .failed(String(describing: error))
                }
            }
            group.addTask {
                await handle.cancellation.wait()
                return nil
            }
            var end = ChildEnd.returned
            for await result in group {
                // Whichever came first ends the other.
                group.cancelAll()
                if let result { end = result }
            }
            return end
        }
    }
}

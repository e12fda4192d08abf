import Battery
import Links
import Log
import Monitoring
import Storage
import Synchronization

@testable import Actors

/// A monitor beside a control path on virtual time, with a real file.
final class Watch: Sendable {
    let world: World
    let desk: MonitoringDesk
    let settings = Latest<Monitor.Settings>()
    let fault = Mutex<LatchedFault?>(nil)
    let acknowledgements = Mutex(0)
    let reported = Mutex<[GatewayEvent]>([])
    private let task = Mutex<Task<Void, any Error>?>(nil)

    init(
        _ world: World, folder: String, desk: MonitoringDesk = MonitoringDesk(),
        executor: (any SerialExecutor)? = nil, commitInterval: Duration = .seconds(60)
    ) {
        self.world = world
        self.desk = desk
        settings.store(.init(watch: .init(packs: [world.specification]), commitInterval: commitInterval))
        // Times of the wall run with the loop's, from a fixed moment.
        let (loop, origin) = (world.loop, world.loop.now - world.time)
        let wall: @Sendable () -> UTCTime = {
            UTCTime(milliseconds: 1_740_787_200_000 + Int64((loop.now - origin) / .milliseconds(1)))
        }
        let monitor = Monitor(
            .init(
                loop: loop,
                keeper: TelemetryKeeper(
                    folder: folder, executor: executor ?? loop.executor, wallClock: { wall().milliseconds }),
                desk: desk, wall: wall, settings: settings, pictures: world.picture, events: world.told,
                latchedFault: { [weak self] in self?.fault.withLock { $0 } },
                acknowledge: { [weak self] in self?.acknowledgements.withLock { $0 += 1 } },
                report: { [weak self] event in
                    self?.reported.withLock { $0.append(event) }
                    self?.world.told.send(event)
                }))
        task.withLock { $0 = Task(executorPreference: loop.taskExecutor) { try await monitor.run() } }
        loop.runUntilIdle()
    }

    /// Ends it as the supervisor does.
    func stop() {
        task.withLock { $0 }?.cancel()
        world.loop.runUntilIdle()
    }

    deinit { stop() }

    var picture: MonitoringPicture? { desk.picture.value }

    /// Asks something of the desk, while the world stands still.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (MonitoringDesk) async throws -> Answer) -> Answer? {
        let answer = Mutex<Answer?>(nil)
        // Ends with its answer, which comes before the loop is idle.
        Task(executorPreference: world.loop.taskExecutor) { [desk] in
            let value = try await question(desk)
            answer.withLock { $0 = value }
        }
        world.loop.runUntilIdle()
        return answer.withLock { $0 }
    }

    func events(_ change: (inout EventQuery) -> Void = { _ in }) -> [LoggedEvent] {
        var query = EventQuery()
        change(&query)
        return ask { [query] in try await $0.events(query) }?.events ?? []
    }
}

/// A storage thread whose card never answers.
final class StuckExecutor: SerialExecutor {
    private struct Job: Sendable { var job: UnownedJob }

    private let jobs = Mutex<[Job]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = Job(job: UnownedJob(job))
        jobs.withLock { $0.append(job) }
    }

    /// The card answers: everything that waits is done.
    func release() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    var waiting: Int { jobs.withLock { $0.count } }
}

package import Actors
import Battery
import Configuration
import JSONText
package import Links
import Log
import Storage

/// The gateway itself: configuration, data path, supervisor and watchdog wired together, on whatever surroundings it is
/// given. The same code runs in the process and in a simulated world.
package final class WholeGateway: Sendable {
    package let surroundings: Surroundings
    package let manager: ConfigManager
    /// Whoever starts it, by thread or by timer, has it look every `Watchdog.period`.
    package let watchdog: Watchdog
    /// What changed, for everyone who shows it.
    package let events = Broadcast<GatewayEvent>()
    /// What crosses the wires.
    package let captures = Broadcast<CaptureRecord>()
    /// What the monitor knows, and where to ask it.
    package let monitoring = MonitoringDesk()
    /// Tells what changed, to log and `events`.
    package let report: EventReport

    let heartbeats: Heartbeats
    private let captureSettings = Latest<CaptureConfiguration>()
    private let monitorSettings = Latest<Monitor.Settings>()
    private let keeper: FaultKeeper
    private var logger: Logger { surroundings.logger }

    /// Opens nothing.
    package init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        let clock = LoopClock(surroundings.control)
        heartbeats = Heartbeats(clock: clock)
        watchdog = Watchdog(
            heartbeats: heartbeats, clock: clock, logger: surroundings.logger, notify: surroundings.notify,
            abort: surroundings.abort)
        manager = ConfigManager(
            folder: surroundings.folder, executor: surroundings.storage, medium: surroundings.medium,
            overrides: surroundings.overrides, rules: .gateway,
            wallClock: { [wall = surroundings.wall] in
                wall().milliseconds
            })
        keeper = FaultKeeper(manager, clock: LoopClock(surroundings.services), logger: surroundings.logger)
        report = { [logger = surroundings.logger, events] event in
            logger.log(event.level, event.name, event.sentence, event.fields)
            events.send(event)
        }
    }

    /// Opens the configuration and makes the data path that it asks for; nothing runs yet.
    ///
    /// - Throws: `ConfigError` where no configuration can be had; a damaged one gives way to an earlier one.
    package func open() async throws(ConfigError) -> DataPath {
        let start = try await manager.open()
        for notice in start.notices { logger.warning("configuration", notice) }
        if !start.isWritable {
            logger.warning("configuration", "\(surroundings.folder) is read-only: changes cannot be stored")
        }
        let configuration = start.state.configuration
        apply(log: configuration.log)
        captureSettings.store(configuration.capture)
        monitorSettings.store(configuration.monitoring)
        return DataPath(
            configuration, fault: await keeper.stored(), surroundings: surroundings, heartbeats: heartbeats,
            captureTime: CaptureTime(
                origin: surroundings.control.now, microseconds: surroundings.wall().milliseconds * 1000),
            capture: { [captures] in captures.send($0) }, keepFault: { [keeper] in keeper.keep($0) }, report: report)
    }

    /// The supervisor of a data path and of services beside it.
    package func supervisor(of path: DataPath, with services: [ChildSpecification]) -> RootSupervisor {
        // The data path first: the inverter waits for nobody (S55).
        RootSupervisor(
            path.children + services + [recorder, monitor(of: path)], clock: LoopClock(surroundings.control),
            heartbeats: heartbeats,
            generator: surroundings.random, logger: logger,
            // They are in the log already; the event list is to know them, too (S90).
            onEvent: { [events] in if let news = $0.news { events.send(news) } })
    }

    /// Runs until the supervisor is asked to stop or the calling task is cancelled, and closes the configuration.
    ///
    /// - Throws: `SupervisorError` where the data path could not be kept alive.
    package func run(_ path: DataPath, _ supervisor: RootSupervisor) async throws(SupervisorError) {
        let changes = await manager.changes()
        let keeping = Task(executorPreference: surroundings.services.taskExecutor) { [keeper] in await keeper.run() }
        let following = Task(executorPreference: surroundings.services.taskExecutor) {
            await self.follow(changes, path, supervisor)
        }
        // On the control loop, so that neither a restart nor its heartbeat waits for the cooperative pool.
        let life = Task(executorPreference: surroundings.control.taskExecutor) { try await supervisor.run() }
        let end = await withTaskCancellationHandler {
            await life.result
        } onCancel: {
            life.cancel()
        }
        keeping.cancel()
        await keeping.value
        await manager.close()  // ends the changes, too
        await following.value
        if case .failure(let error) = end, let error = error as? SupervisorError { throw error }
    }

    /// Watched parts that have not worked for over 5 s (S54).
    package var late: [String] { HeartbeatMonitor.late(heartbeats.required, at: surroundings.control.now) }

    // MARK: - Private

    private func apply(log: LogConfiguration) {
        guard surroundings.followsLogLevel, let level = LogLevel(rawValue: log.level) else { return }
        logger.minimum = level
    }

    /// Changes of the configuration take effect without a restart of the process: the children they touch start anew.
    private func follow(
        _ changes: AsyncStream<ConfigurationChange>, _ path: DataPath, _ supervisor: RootSupervisor
    ) async {
        for await change in changes {
            let keys = change.listing.map(\.key).sorted().joined(separator: ", ")
            report(
                GatewayEvent(
                    .notice, "configuration_changed",
                    "generation \(change.generation) by \(change.author) changed \(keys)",
                    [.init("generation", .integer(change.generation)), .init("author", .string(change.author))]))
            apply(log: change.new.log)
            path.adopt(change.new)
            monitorSettings.store(change.new.monitoring)
            if change.old.capture != change.new.capture {
                captureSettings.store(change.new.capture)
                _ = supervisor.restart(Self.capture)
            }
            if change.restarts.contains(.web) { _ = supervisor.restart(Self.web) }
            if change.restarts.contains(.acquisition) {
                // The publisher follows its pollers.
                _ = supervisor.restart(DataPath.acquisition)
            } else if change.restarts.contains(.inverter) {
                _ = supervisor.restart(DataPath.inverter)
            }
        }
    }

    // MARK: - The monitor

    /// Follows what the data path shows; never one of those that the watchdog waits for (S54).
    private func monitor(of path: DataPath) -> ChildSpecification {
        ChildSpecification(
            id: "monitoring", group: .service, stopDeadline: .zero,
            executorPreference: surroundings.services.taskExecutor
        ) { [surroundings, monitoring, monitorSettings, events, report] _ in
            let wall = surroundings.wall
            return Monitor(
                .init(
                    loop: surroundings.services,
                    keeper: TelemetryKeeper(
                        // Its own, so that a slow card delays no commit of the configuration.
                        folder: surroundings.folder, executor: try surroundings.makeStorage(),
                        files: surroundings.medium.files, wallClock: { wall().milliseconds }),
                    desk: monitoring, wall: wall, settings: monitorSettings, pictures: path.picture, events: events,
                    latchedFault: { path.latchedFault }, acknowledge: { path.acknowledge() }, report: report))
        }
    }

    // MARK: - The rolling capture

    private static let capture = "capture"
    /// Name of the web server among the services.
    package static let web = "web"

    /// The rolling capture as configured when it is started; it does nothing, and costs nothing, while it is off.
    private var recorder: ChildSpecification {
        ChildSpecification(
            id: Self.capture, group: .service, stopDeadline: .zero,
            executorPreference: surroundings.services.taskExecutor
        ) { [surroundings, captures, captureSettings, report] _ in
            guard let settings = captureSettings.value, settings.isEnabled else { return Idle() }
            return CaptureRecorder(
                .init(
                    // Its own, so that a slow card delays no commit of the configuration.
                    executor: try surroundings.makeStorage(), clock: LoopClock(surroundings.services),
                    folder: surroundings.folder + "/" + CaptureRecorder.folderName,
                    limit: settings.maximumMebibytes << 20,
                    wallClock: { [wall = surroundings.wall] in wall().milliseconds }, captures: captures,
                    report: report))
        }
    }
}

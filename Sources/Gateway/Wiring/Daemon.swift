import Actors
import Battery
import Configuration
import Glibc
import JSONText
import Links
import Log
import Storage

/// The daemon: the one place where its parts are wired together.
final class Daemon: Sendable {
    /// What the command line says.
    struct Options: Sendable {
        /// Folder of every file it writes.
        var state: String
        /// `--set` words, for this run only.
        var settings: [String]
        /// nil leaves it to the configuration.
        var logFormat: LogFormat?
        /// Lines below are dropped; nil leaves it to the configuration.
        var logLevel: LogLevel?
    }

    let options: Options
    let logger: Logger
    let control: EventLoop
    private let services: EventLoop
    private let heartbeats: Heartbeats
    private let watchdog: Watchdog
    private let manager: ConfigManager
    private let events = Broadcast<GatewayEvent>()
    private let captures = Broadcast<CaptureRecord>()
    private let captureSettings = Latest<CaptureConfiguration>()
    private let report: EventReport

    /// Makes the threads and opens nothing.
    ///
    /// - Throws: a command failure where the machine has no thread or no timer left, or an override is wrong.
    init(_ options: Options) throws(CommandFailure) {
        self.options = options
        do {
            let overrides = try ConfigurationOverrides(
                environment: Environment.all, assignments: options.settings)
            logger = try Logger(format: options.logFormat ?? .text, minimum: options.logLevel ?? .info)
            control = try EventLoop(name: "control")
            services = try EventLoop(name: "services")
            heartbeats = Heartbeats(clock: LoopClock(control))
            watchdog = Watchdog(heartbeats: heartbeats, clock: LoopClock(control), logger: logger)
            manager = ConfigManager(
                folder: options.state, thread: try StorageThread(), overrides: overrides, rules: .gateway,
                wallClock: { LogClock.system.wall().milliseconds })
        } catch let refusal as ConfigurationRefusal {
            throw CommandFailure(.configuration, "cellbridge: " + refusal.description)
        } catch {
            throw CommandFailure(.internalError, "cellbridge: cannot start: \(error)")
        }
        report = { [logger, events] event in
            logger.log(event.level, event.name, event.sentence, event.fields)
            events.send(event)
        }
    }

    /// The picture of the control path, for a demonstration that watches itself.
    func run(onPath: @escaping @Sendable (DataPath) -> Void = { _ in }) async throws -> ExitCode {
        try await refuseSecond()
        let start = try await openConfiguration()
        let configuration = start.state.configuration
        apply(log: configuration.log)
        captureSettings.store(configuration.capture)
        let path = DataPath(
            configuration, fault: await latchedFault(), loop: control, heartbeats: heartbeats,
            captureTime: CaptureTime(
                origin: .now, microseconds: LogClock.system.wall().milliseconds * 1000),
            capture: { [captures] in captures.send($0) }, keepFault: keepFault, report: report)
        onPath(path)
        // The data path first: the inverter waits for nobody (S55).
        let supervisor = RootSupervisor(
            path.children + [localControl(path), recorder], clock: LoopClock(control), heartbeats: heartbeats,
            logger: logger)
        let signals = try Signals { [logger] signal in
            logger.notice("stop", "stopping: signal \(signal)")
            supervisor.requestStop()
        }
        try watchdog.start()
        let changes = Task { await follow(await manager.changes(), path, supervisor) }
        logger.notice("start", "cellbridge \(Main.version) runs, state in \(options.state)")
        watchdog.tell(.ready)
        defer { _ = signals }
        let code = await finish(supervisor)
        changes.cancel()  // ends with the process's work, here
        await manager.close()
        watchdog.stop()
        logger.flush(timeout: .seconds(1))
        return code
    }

    /// Runs the supervisor to its end.
    func finish(_ supervisor: RootSupervisor) async -> ExitCode {
        // On the control loop, so that neither a restart nor its heartbeat waits for the cooperative pool.
        let life = Task(executorPreference: control.taskExecutor) { try await supervisor.run() }
        do {
            try await life.value
            watchdog.tell(.stopping)
            return .good
        } catch {
            logger.error("gave_up", "the data path could not be kept alive: \(error)")
            return .internalError
        }
    }

    // MARK: - Private

    private var socketPath: String { options.state + "/" + LocalControl.socketName }

    /// Two gateways on one state folder would fight over its files and ports.
    private func refuseSecond() async throws(CommandFailure) {
        guard let link = try? await StreamLink.connect(path: socketPath, loop: services) else { return }
        await services.run { link.close() }
        throw CommandFailure(
            .unavailable,
            "cellbridge: another gateway runs on the state folder \(options.state): stop it or choose another with --state"
        )
    }

    func openConfiguration() async throws(CommandFailure) -> ConfigurationStart {
        do {
            let start = try await manager.open()
            for notice in start.notices { logger.warning("configuration", notice) }
            if !start.isWritable {
                logger.warning("configuration", "\(options.state) is read-only: changes cannot be stored")
            }
            return start
        } catch {
            switch error {
            case .refused: throw CommandFailure(.configuration, "cellbridge: \(error)")
            default: throw CommandFailure(.inputOutput, "cellbridge: \(error)")
            }
        }
    }

    private func apply(log: LogConfiguration) {
        guard options.logLevel == nil, let level = LogLevel(rawValue: log.level) else { return }
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
            if change.old.capture != change.new.capture {
                captureSettings.store(change.new.capture)
                _ = supervisor.restart(Self.capture)
            }
            if change.restarts.contains(.acquisition) || change.old.control != change.new.control {
                // Started anew with what now holds: limits then rise from a tenth, as after any start (S5).
                _ = supervisor.restart(DataPath.acquisition)
                _ = supervisor.restart(DataPath.inverter)
            } else if change.old.can != change.new.can || change.old.isCommissioned != change.new.isCommissioned {
                _ = supervisor.restart(DataPath.inverter)
            }
        }
    }

    // MARK: - Latched faults

    private static let faultNamespace = "faults"

    /// The fault that was latched when the process ended: it only lowers limits, so it survives (S4).
    func latchedFault() async -> LatchedFault? {
        do {
            let stored = try await manager.plain(SettingName(Self.faultNamespace, "latched"), as: .string)
            guard case .string(let text)? = stored else { return nil }
            return LatchedFault(stored: text)
        } catch {
            // What cannot be read may be a latched fault: it counts as one until a person has looked.
            logger.error(
                "storage",
                "the latched fault cannot be read, so charging stays forbidden: \(error); "
                    + "look at the battery, then cellbridge admin acknowledge")
            return LatchedFault(stored: "")
        }
    }

    private var keepFault: @Sendable (LatchedFault?) -> Void {
        { [manager, logger] fault in
            // Fire and forget: the control path waits for no disk; ends by itself after one write.
            Task {
                do {
                    let name = try SettingName(Self.faultNamespace, "latched")
                    try await manager.keep([name: fault.map { .string($0.stored) }], .latch)
                } catch {
                    logger.error("storage", "a latched fault could not be stored: \(error)")
                }
            }
        }
    }

    // MARK: - The rolling capture

    private static let capture = "capture"

    /// The rolling capture as configured when it is started; it does nothing, and costs nothing, while it is off.
    private var recorder: ChildSpecification {
        ChildSpecification(
            id: Self.capture, group: .service, stopDeadline: .zero, executorPreference: services.taskExecutor
        ) { [services, captures, captureSettings, report, folder = options.state] _ in
            guard let settings = captureSettings.value, settings.isEnabled else { return Idle() }
            return CaptureRecorder(
                .init(
                    // Its own, so that a slow card delays no commit of the configuration.
                    thread: try StorageThread(), clock: LoopClock(services),
                    folder: folder + "/" + CaptureRecorder.folderName, limit: settings.maximumMebibytes << 20,
                    wallClock: { LogClock.system.wall().milliseconds }, captures: captures, report: report))
        }
    }

    // MARK: - Local programs

    private func localControl(_ path: DataPath) -> ChildSpecification {
        ChildSpecification(
            id: "local", group: .service, stopDeadline: .zero, executorPreference: services.taskExecutor
        ) { [self] _ in
            LocalControl(
                .init(
                    loop: services, path: socketPath,
                    status: { [control] in
                        StatusDocument.render(
                            path.picture.value, packs: path.links, now: control.now, time: LogClock.system.wall())
                    },
                    perform: { request in await self.perform(request, path) }, captures: captures,
                    events: events, eventQueue: { path.eventQueueLength }, report: report))
        }
    }

    private func perform(_ request: LocalRequest, _ path: DataPath) async -> JSONValue {
        switch request.command {
        case "refresh":
            do {
                try await manager.refresh()
                return ["ok": true]
            } catch {
                return LocalRequest.failure("\(error)")
            }
        case "acknowledge":
            path.acknowledge()
            return ["ok": true]
        default: return LocalRequest.failure("there is no command '\(request.command)'")
        }
    }
}

extension LatchedFault {
    /// As it is stored: kind, pack and value.
    var stored: String { "\(kind.rawValue) \(pack) \(value)" }

    /// Reads what `stored` wrote. What cannot be read counts as the worst: a fault only lowers limits.
    init(stored text: String) {
        let words = text.split(separator: " ")
        let kind = words.first.flatMap { Kind(rawValue: String($0)) } ?? .deepDischarge
        let pack = words.count > 1 ? Int(words[1]) ?? 1 : 1
        self.init(kind: kind, pack: pack, value: words.count > 2 ? Double(words[2]) ?? 0 : 0)
    }
}

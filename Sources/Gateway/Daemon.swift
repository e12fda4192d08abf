import Access
import Actors
import Battery
import Configuration
import JSONText
import Links
import Log
import Storage
import Wiring

/// The daemon: the gateway as a process, with its threads, its signals, its local socket and the service manager.
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
    let services: EventLoop
    let gateway: WholeGateway
    /// Whether somebody asked for a new process in the place of this one.
    let restartWanted = Latest<Bool>()
    /// Told the address of the web server once it listens.
    let onListening = Latest<@Sendable (String) -> Void>()
    /// Who may do what over the network; whoever serves it opens this first.
    let access: AccessControl

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
            gateway = WholeGateway(
                Surroundings(
                    folder: options.state, overrides: overrides, control: control, services: services,
                    storage: try StorageThread(), makeStorage: { try StorageThread() }, medium: ConfigMedium(),
                    wall: LogClock.system.wall, random: SystemRandomNumberGenerator(),
                    openers: .devices(on: control), logger: logger, followsLogLevel: options.logLevel == nil,
                    notify: { _ = SystemdNotifier.send($0) }, abort: Watchdog.endProcess))
            access = AccessControl(
                .init(
                    store: StoredAccess(gateway.manager), hasher: PasswordHasher(executor: try StorageThread()),
                    clock: {
                        AccessTime(uptime: LogClock.system.uptime(), wall: LogClock.system.wall().milliseconds)
                    }, logger: logger,
                    tell: { [events = gateway.events] news in
                        events.send(GatewayEvent(news.level, news.name, news.sentence, news.fields))
                    }))
        } catch let refusal as ConfigurationRefusal {
            throw CommandFailure(.configuration, "cellbridge: " + refusal.description)
        } catch {
            throw CommandFailure(.internalError, "cellbridge: cannot start: \(error)")
        }
    }

    /// The picture of the control path, for a demonstration that watches itself.
    func run(onPath: @escaping @Sendable (DataPath) -> Void = { _ in }) async throws -> ExitCode {
        try await refuseSecond()
        let path = try await open()
        onPath(path)
        let slot = Latest<RootSupervisor>()
        let supervisor = gateway.supervisor(of: path, with: [localControl(path), web(path, slot)])
        slot.store(supervisor)
        let signals = try Signals { [logger] signal in
            logger.notice("stop", "stopping: signal \(signal)")
            supervisor.requestStop()
        }
        try gateway.watchdog.start()
        logger.notice("start", "cellbridge \(Main.version) runs, state in \(options.state)")
        gateway.watchdog.tell(.ready)
        defer { _ = signals }
        let code = await finish(path, supervisor)
        gateway.watchdog.stop()
        logger.flush(timeout: .seconds(1))
        return code
    }

    /// Opens the configuration.
    ///
    /// - Throws: a command failure where none can be had.
    func open() async throws(CommandFailure) -> DataPath {
        do {
            return try await gateway.open()
        } catch {
            switch error {
            case .refused: throw CommandFailure(.configuration, "cellbridge: \(error)")
            default: throw CommandFailure(.inputOutput, "cellbridge: \(error)")
            }
        }
    }

    /// Runs the gateway to its end.
    func finish(_ path: DataPath, _ supervisor: RootSupervisor) async -> ExitCode {
        do {
            try await gateway.run(path, supervisor)
            gateway.watchdog.tell(.stopping)
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

    /// The status document as it is now.
    func status(_ path: DataPath) -> JSONValue {
        StatusDocument.render(
            path.picture.value, packs: path.links, context: path.context, monitoring: gateway.monitoring.picture.value,
            now: control.now, time: LogClock.system.wall())
    }

    // MARK: - Local programs

    private func localControl(_ path: DataPath) -> ChildSpecification {
        ChildSpecification(
            id: "local", group: .service, stopDeadline: .zero, executorPreference: services.taskExecutor
        ) { [self] _ in
            LocalControl(
                .init(
                    loop: services, path: socketPath,
                    status: { [self] in status(path) },
                    perform: { request in await self.perform(request, path) }, captures: gateway.captures,
                    events: gateway.events, eventQueue: { path.eventQueueLength }, report: gateway.report))
        }
    }

    private func perform(_ request: LocalRequest, _ path: DataPath) async -> JSONValue {
        switch request.command {
        case "refresh":
            do {
                try await gateway.manager.refresh()
                return ["ok": true]
            } catch {
                return LocalRequest.failure("\(error)")
            }
        case "acknowledge":
            path.acknowledge()
            return ["ok": true]
        case "access":
            do {
                try await access.reload()
                return ["ok": true]
            } catch {
                return LocalRequest.failure("\(error)")
            }
        default: return LocalRequest.failure("there is no command '\(request.command)'")
        }
    }
}

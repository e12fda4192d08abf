import Actors
import Battery
import Configuration
import JSONText
import Links
import Log
import Proof
import Simulator
import Storage
import Wiring

/// One life of the gateway's process in a world: the whole gateway, its disk, and everything that it has open.
///
/// `@unchecked Sendable`: everything mutable is touched on the loop of the world alone.
final class GatewayProcess: @unchecked Sendable {
    /// What the process is started with.
    struct Environment: Sendable {
        var folder: String
        var loop: any Loop
        var wall: @Sendable () -> UTCTime
        var random: SeededRandom
        var log: (@Sendable (LogLine) -> Void)?
        var openPack: @Sendable (Int, GatewayProcess) throws(LinkError) -> any ByteLink
        var openBus: @Sendable (GatewayProcess) throws(LinkError) -> any CANBus
        /// Told once, when the process is gone.
        var onEnd: @Sendable (GatewayProcess) -> Void
    }

    let disk = SimulatedDisk()
    let diskThreads: DiskThreads
    private(set) var path: DataPath?
    private(set) var isAlive = true
    private let environment: Environment
    private let recorder: Recorder
    private let vfs: FaultyVFS
    private var gateway: WholeGateway?
    private var life: Task<Void, Never>?
    private var links: [WatchedLink] = []
    private var buses: [WatchedBus] = []
    private var switches: [String: ChildSwitch] = [:]
    private var shownStages: [PackStage] = []
    private var loop: any Loop { environment.loop }

    /// Time between two looks at what the gateway publishes.
    private static let samplePeriod: Duration = .seconds(10)

    init(_ environment: Environment, recorder: Recorder, latency: Duration) {
        self.environment = environment
        self.recorder = recorder
        vfs = FaultyVFS(disk)
        diskThreads = DiskThreads(loop: environment.loop, latency: latency)
    }

    /// Begins, on the loop.
    func start() {
        let gateway = WholeGateway(surroundings)
        self.gateway = gateway
        recorder.note(.processBegan)
        // Cancelled when the process is killed, which ends with it.
        life = Task(executorPreference: loop.taskExecutor) { [self] in
            do {
                let path = try await gateway.open()
                if isAlive { opened(path) }
                try await gateway.run(path, gateway.supervisor(of: path, with: []))
            } catch {
                // The process has said why in its log; it ends like any other, and its manager starts it again.
            }
            end()
        }
        look()
        sampleRegularly()
    }

    /// Ends it at once: nothing of it can reach a wire or the disk any more. On the loop.
    func kill() { end() }

    /// Lets a child of the data path fail; nothing happens where it does not run.
    func fail(_ child: String, _ failure: ChildSwitch.Failure) { switches[child]?.fail(failure) }

    /// Commits a change of the configuration, as a user does who waits for the answer.
    func apply(_ patch: ConfigurationPatch, _ answer: @escaping @Sendable (Result<Int, ConfigError>) -> Void) {
        guard let gateway, path != nil, isAlive else { return }
        // Ends with its answer.
        Task(executorPreference: loop.taskExecutor) {
            do throws(ConfigError) {
                answer(.success(try await gateway.manager.apply(patch, author: "user")))
            } catch {
                answer(.failure(error))
            }
        }
    }

    /// What is stored, as the configuration's owner sees it.
    func readStored(_ answer: @escaping @Sendable (ConfigurationValues) -> Void) {
        guard let gateway, isAlive else { return }
        // Ends with its answer.
        Task(executorPreference: loop.taskExecutor) {
            if let state = try? await gateway.manager.current() { answer(state.stored) }
        }
    }

    // MARK: - What it has open

    func opened(_ link: WatchedLink) {
        guard isAlive else { return link.cut() }
        links.append(link)
    }

    func opened(_ bus: WatchedBus) {
        guard isAlive else { return bus.close() }
        buses = [bus]
    }

    // MARK: - Private

    private var surroundings: Surroundings {
        let loop = loop
        let clock = LogClock(
            uptime: { [origin = loop.now] in origin.duration(to: loop.now) }, wall: environment.wall)
        var random = environment.random
        let lineage = Int64(bitPattern: random.next())
        return Surroundings(
            folder: environment.folder, overrides: ConfigurationOverrides(), control: loop, services: loop,
            storage: diskThreads.make(), makeStorage: { [diskThreads] in diskThreads.make() },
            medium: ConfigMedium(files: FileSystem(on: disk, vfs), drawLineage: { lineage }),
            wall: environment.wall, random: random.fork(),
            openers: LinkOpeners(
                pack: { [weak self] pack in { _ throws(LinkError) in try Self.openPack(pack.number, for: self) } },
                bus: { [weak self] address throws(LinkError) in try Self.openBus(address, for: self) }),
            wrapChild: { [weak self] id, child in self?.wrap(child, id) ?? child },
            logger: Logger(
                minimum: environment.log == nil ? .error : .info, clock: clock, sink: environment.log ?? { _ in }),
            followsLogLevel: false, notify: { _ in }, abort: { [weak self] in self?.end() })
    }

    private static func openPack(_ number: Int, for process: GatewayProcess?) throws(LinkError) -> any ByteLink {
        guard let process, process.isAlive else { throw .missing("uart.\(number)") }
        return try process.environment.openPack(number, process)
    }

    private static func openBus(_ address: String, for process: GatewayProcess?) throws(LinkError) -> any CANBus {
        guard let process, process.isAlive else { throw .missing(address) }
        return try process.environment.openBus(process)
    }

    private func wrap(_ child: any Child, _ id: String) -> any Child {
        let failure = ChildSwitch()
        switches[id] = failure
        return FaultyChild(child, failure, loop: loop)
    }

    /// The end, however it came about.
    private func end() {
        guard isAlive else { return }
        isAlive = false
        for link in links { link.cut() }
        for bus in buses { bus.close() }
        (links, buses, switches) = ([], [], [:])
        path?.picture.endObservation()
        disk.change { $0.isDead = true }
        diskThreads.setLatency(.zero)
        life?.cancel()
        recorder.note(.processEnded)
        environment.onEnd(self)
    }

    /// The watchdog's thread.
    private func look() {
        loop.schedule(at: loop.now + Watchdog.period) { [weak self] in
            guard let self, isAlive else { return }
            gateway?.watchdog.look()
            look()
        }
    }

    // MARK: - What it publishes

    private func opened(_ path: DataPath) {
        self.path = path
        path.picture.observe { [weak self] picture in
            guard let self, let stages = picture.decision?.packStages, stages != shownStages else { return }
            shownStages = stages
            sample()
        }
    }

    private func sampleRegularly() {
        loop.schedule(at: loop.now + Self.samplePeriod) { [weak self] in
            guard let self, isAlive else { return }
            sample()
            sampleRegularly()
        }
    }

    private func sample() {
        guard let path, isAlive else { return }
        let document = StatusDocument.render(
            path.picture.value, packs: path.links, monitoring: gateway?.monitoring.picture.value, now: loop.now,
            time: environment.wall())
        guard case .array(let packs)? = document["packs"] else { return }
        for pack in packs {
            guard case .integer(let number)? = pack["id"], case .string(let stage)? = pack["stage"] else { continue }
            var age: Double?
            if case .number(let seconds)? = pack["age_s"] { age = seconds }
            recorder.note(.published(pack: number, stage: stage, age: age, hasValues: Self.hasValues(pack)))
        }
    }

    /// Whether any measurement stands in a pack's part of the document.
    private static func hasValues(_ pack: JSONValue) -> Bool {
        let measured = [
            "voltage_v", "current_a", "power_w", "soc_percent", "soh_percent", "cell_min_v", "cell_max_v", "cycles",
        ]
        if measured.contains(where: { pack[$0] ?? .null != .null }) { return true }
        guard case .array(let cells)? = pack["cells"] else { return false }
        return !cells.isEmpty
    }
}

extension JSONValue {
    /// A member of an object; nil where there is none.
    fileprivate subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

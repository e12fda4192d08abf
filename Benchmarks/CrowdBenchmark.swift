import BMSProtocols
import Links
import Simulator
import Synchronization

/// What the program costs with as many packs as it takes, all families among them, each asked once a second.
enum CrowdBenchmark {
    private static let packs = 16
    /// Seconds after which a start is over, and everything read that is read once.
    private static let settling = 15.0

    static func run(_ world: ProgramWorld, seconds: Double) async throws -> [Figure] {
        let loop = try EventLoop(name: "simulator")
        var crowd: [CrowdPack] = []
        for number in 0..<packs { crowd.append(try await CrowdPack.open(number, on: loop)) }
        defer { for pack in crowd { pack.stop() } }
        let polled = (1...packs).map { "pack.\($0).poll_interval_ms=1000" }
        let (script, usage) = try await world.run(
            QuietScript(), battery: try BareTerminal(), packs: crowd.map(\.pack), seconds: settling + seconds + 1,
            settings: polled
        ) { [crowd] child in
            try await BenchmarkThread.run("watch") {
                Bare.sleep(until: child.began + Int64(settling * 1e9))
                for pack in crowd { pack.requests.begin() }
                let usage = ProgramUsage.watch(child, after: settling, seconds: seconds)
                for pack in crowd { pack.requests.end() }
                return usage
            }
        }
        guard script.lines > 0 else { throw BenchmarkFailure("cpu-packs: the program sent nothing") }
        let asked = crowd.map(\.requests.all.count)
        guard asked.allSatisfy({ Double($0) >= seconds / 2 }) else {
            throw BenchmarkFailure("cpu-packs: packs were asked \(asked) times in \(Int(seconds)) s")
        }
        return [figure(usage, try await bareTime(crowd, seconds: seconds), asked.reduce(0, +), seconds)]
    }

    // MARK: - Private

    private static func figure(_ usage: ProgramUsage, _ bareTime: Double, _ requests: Int, _ seconds: Double) -> Figure
    {
        let perSecond = { (count: Int) in FigureTable.short(Double(count) / seconds) }
        return Figure(
            "cpu of \(packs) packs at 1 Hz", usage.time / seconds * 100, "%",
            limit: .init("bare exchange of the same bytes", bareTime / seconds * 100), bar: .atMost(3),
            note: "of one core over \(Int(seconds)) s; \(packs) packs of \(SpokenFamily.all.count) families, "
                + "\(perSecond(requests)) requests and \(perSecond(usage.wakeUps)) wake-ups a second")
    }

    /// Seconds of processor time that the same exchange takes without the program: the requests that each pack heard from
    /// a bare thread of its own, as far apart as they were, and the frames of the bus.
    private static func bareTime(_ crowd: [CrowdPack], seconds: Double) async throws -> Double {
        let adapter = try BareTerminal()
        async let bus = BenchmarkThread.run("bus") { BareExchange.frames(adapter, seconds: Int(seconds)) }
        async let played = Devices.play(
            QuietScript(), battery: try BareTerminal(), adapter: adapter, seconds: seconds + 1)
        let packs = try await withThrowingTaskGroup(of: Double.self) { group in
            for pack in crowd {
                group.addTask {
                    let requests = pack.requests.all
                    let path = pack.pack.path
                    return try await BenchmarkThread.run("bare") { BareExchange.requests(requests, path) }
                }
            }
            return try await group.reduce(0, +)
        }
        _ = try await played
        return try await bus + packs
    }
}

/// A simulated pack on a pseudo-terminal.
private struct CrowdPack: Sendable {
    let pack: ProgramWorld.Pack
    let requests = RequestLog()
    private let simulated: SimulatedPack

    /// The families in turn.
    static func open(_ number: Int, on loop: EventLoop) async throws -> CrowdPack {
        let families = SpokenFamily.all.map(\.name)
        guard let scenario = Scenario.named("healthy"),
            let setup = SimulatedPack.Setup(
                scenario: scenario, family: families[number % families.count], seed: UInt64(number + 1))
        else { throw BenchmarkFailure("cpu-packs: no simulated pack") }
        return CrowdPack(setup, try await Pseudoterminal.open(loop: loop), loop)
    }

    private init(_ setup: SimulatedPack.Setup, _ terminal: Pseudoterminal, _ loop: EventLoop) {
        pack = ProgramWorld.Pack(path: terminal.slavePath, family: setup.bms.family)
        var setup = setup
        setup.onRequest = { [requests] in requests.note($0) }
        simulated = SimulatedPack(setup, on: loop) { terminal }
        simulated.start()
    }

    func stop() { simulated.stop() }
}

/// The requests that a pack heard in a while.
private final class RequestLog: Sendable {
    private struct State {
        /// nil outside the while.
        var began: Int64?
        var requests: [BareExchange.Request] = []
    }

    private let state = Mutex(State())

    var all: [BareExchange.Request] { state.withLock { $0.requests } }
    func begin() { state.withLock { $0.began = Bare.now } }
    func end() { state.withLock { $0.began = nil } }

    func note(_ bytes: [UInt8]) {
        state.withLock { state in
            guard let began = state.began else { return }
            state.requests.append(BareExchange.Request(offset: Bare.now - began, bytes: bytes))
        }
    }
}

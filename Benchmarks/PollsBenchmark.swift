import BMSProtocols
import Battery
import Links
import Simulator

/// Polls a second over a wire of 115200 baud, beside what baud rate and the BMS's delay allow.
enum PollsBenchmark {
    private static let polls = 300

    static func run() async throws -> [Figure] {
        let world = try EventLoop(name: "simulator")
        let loop = try EventLoop(name: "control")
        let terminal = try await Pseudoterminal.open(loop: world)
        var setup = SimulatedPack.Setup(scenario: Scenario.named("healthy") ?? Scenario(name: "healthy"))
        setup.pacing = .baud(115_200)
        let pack = SimulatedPack(setup, on: world) { terminal }
        pack.start()
        defer { pack.stop() }
        let link = try await SerialLink.open(path: terminal.slavePath, baud: 115_200, loop: loop)
        let host = PollingHost(link, loop)
        // As the daemon runs it: on the loop, away from the pool.
        let cycles = try await Task(executorPreference: loop.taskExecutor) { try await host.poll(polls) }.value
        await loop.run { link.close() }
        return figures(Samples(cycles))
    }

    // MARK: - Private

    private static func figures(_ cycles: Samples) -> [Figure] {
        let byte = 10.0 / 115_200
        // The request costs nothing here: a pseudo-terminal has no wire, and the simulator paces only what it sends.
        let limit = 1 / (Double(TinyBMSLiveBlock.frameLength) * byte + TinyBMSSimulator.thinkingTime.seconds)
        let mean = cycles.sorted.reduce(0, +) / Double(cycles.count)
        return [
            Figure(
                "polls at 115200 baud", 1 / mean, "/s", limit: .init("117 bytes at that rate and 1 ms delay", limit),
                bar: .ratioAtLeast(0.95), count: cycles.count,
                note: "back to back, mean; middle \(FigureTable.short((cycles.median ?? .nan) * 1000)) ms a poll")
        ]
    }
}

/// Polls back to back, as an actor of the control path's loop.
private actor PollingHost {
    private let loop: EventLoop
    private let link: any ByteLink

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    init(_ link: any ByteLink, _ loop: EventLoop) {
        self.loop = loop
        self.link = link
    }

    /// Seconds from the end of one poll to the end of the next; those in which slower values are read are left out.
    func poll(_ count: Int) async throws -> [Double] {
        let driver = TinyBMSDriver(pack: 1, link: link, loop: loop)
        _ = try await driver.poll()
        var cycles: [Double] = []
        var last = Bare.now
        while cycles.count < count {
            let requests = driver.statistics.requests
            _ = try await driver.poll()
            let now = Bare.now
            if driver.statistics.requests == requests + 1 { cycles.append(Double(now - last) / 1e9) }
            last = now
        }
        return cycles
    }
}

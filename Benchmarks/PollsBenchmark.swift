import BMSProtocols
import Battery
import Links
import Simulator

/// Polls a second of each family over a wire of its speed, beside what the wire, the BMS and its protocol allow.
enum PollsBenchmark {
    static func run() async throws -> [Figure] {
        let world = try EventLoop(name: "simulator")
        let loop = try EventLoop(name: "control")
        // The fast lines one after the other; the slow ones leave the processor to each other.
        var figures: [Figure] = []
        for line in lines where line.family.baudRate > slow {
            figures.append(try await measure(line, world, loop, seconds: 4))
        }
        return try await withThrowingTaskGroup(of: Figure.self) { group in
            for line in lines where line.family.baudRate <= slow {
                group.addTask { try await measure(line, world, loop, seconds: 25) }
            }
            for try await figure in group { figures.append(figure) }
            return figures.sorted { $0.name < $1.name }
        }
    }

    // MARK: - Private

    /// A family on its wire.
    private struct Line: Sendable {
        var family: SpokenFamily
        /// Pause that its protocol demands before each request.
        var pause: Duration
        /// Part of the limit that is to be reached.
        var bar: Double
    }

    private static let lines = SpokenFamily.all.map { family in
        let (pause, bar): (Duration, Double) =
            switch family.name {
            case TinyBMSDriver.familyName: (.zero, 0.95)
            case DalyDriver.familyName: (DalyDriver.Options().leastPause, 0.8)
            case DalyModbusDriver.familyName: (DalyModbusDriver.Options().leastPause, 0.8)
            case JKPBDriver.familyName: (JKPBFormat.timing(.zero).leastPause, 0.8)
            default: (.zero, 0.8)
            }
        return Line(family: family, pause: pause, bar: bar)
    }

    /// Lines up to this speed are slow, bit/s.
    private static let slow = 9600

    private static func measure(
        _ line: Line, _ world: EventLoop, _ loop: EventLoop, seconds: Double
    ) async throws -> Figure {
        let family = line.family
        guard let scenario = Scenario.named("healthy"), let make = SimulatedFamily.named(family.name) else {
            throw BenchmarkFailure("polls: \(family.name) is not simulated")
        }
        let traffic = Traffic()
        var setup = SimulatedPack.Setup(scenario: scenario, bms: MeteredBMS(make(scenario.pack, 1), traffic))
        setup.pacing = .baud(family.baudRate)
        let terminal = try await Pseudoterminal.open(loop: world)
        let pack = SimulatedPack(setup, on: world) { terminal }
        pack.start()
        defer { pack.stop() }
        let link = RequestWire(
            try await SerialLink.open(path: terminal.slavePath, baud: family.baudRate, loop: loop),
            baudRate: family.baudRate, loop: loop)
        let host = PollingHost(family, link, loop, traffic)
        // As the daemon runs it: on the loop, away from the pool.
        let polls = try await Task(executorPreference: loop.taskExecutor) { try await host.poll(seconds: seconds) }
            .value
        await loop.run { link.close() }
        return figure(line, polls)
    }

    private static func figure(_ line: Line, _ polls: [PollingHost.Poll]) -> Figure {
        let count = Double(polls.count)
        let time = polls.reduce(0) { $0 + $1.time }
        let sent = polls.reduce(Traffic.Count()) { $0 + $1.traffic }
        let byte = 10 / Double(line.family.baudRate)
        let least =
            Double(sent.bytes) * byte + sent.thinking.seconds + Double(sent.requests) * line.pause.seconds
        let thinking = FigureTable.short(sent.thinking.seconds / Double(sent.requests) * 1000)
        let pause = line.pause == .zero ? "" : ", pause \(FigureTable.short(line.pause.seconds * 1000)) ms"
        return Figure(
            "polls \(line.family.name) \(line.family.baudRate) baud", count / time, "/s",
            limit: .init("its bytes, BMS \(thinking) ms" + pause, count / least), bar: .ratioAtLeast(line.bar),
            count: polls.count,
            note: "back to back, mean; \(FigureTable.short(Double(sent.requests) / count)) requests a poll, "
                + "\(FigureTable.short(Double(sent.bytes) / count)) bytes with their answers")
    }
}

/// Polls back to back, as an actor of the control path's loop.
private actor PollingHost {
    /// From the end of one poll to the end of the next.
    struct Poll: Sendable {
        /// s.
        var time: Double
        var traffic: Traffic.Count
    }

    private let loop: EventLoop
    private let link: any ByteLink
    private let family: SpokenFamily
    private let traffic: Traffic

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    init(_ family: SpokenFamily, _ link: any ByteLink, _ loop: EventLoop, _ traffic: Traffic) {
        (self.family, self.link, self.loop, self.traffic) = (family, link, loop, traffic)
    }

    /// Polls for a time.
    ///
    /// - Returns: the polls of as few requests as any: those in which slower values are read, too, are left out.
    func poll(seconds: Double) async throws -> [Poll] {
        let driver = family.makeDriver(1, link, loop, .init())
        _ = try await driver.poll()
        var polls: [Poll] = []
        let end = Bare.now + Int64(seconds * 1e9)
        var (last, before) = (Bare.now, traffic.count)
        while last < end {
            _ = try await driver.poll()
            let (now, after) = (Bare.now, traffic.count)
            polls.append(Poll(time: Double(now - last) / 1e9, traffic: after - before))
            (last, before) = (now, after)
        }
        let fewest = polls.map(\.traffic.requests).min()
        return polls.filter { $0.traffic.requests == fewest }
    }
}

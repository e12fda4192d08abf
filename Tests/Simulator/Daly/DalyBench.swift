import BMSProtocols
import Battery
import Links
import Synchronization

@testable import Simulator

/// A Daly board on a quiet pack whose wire time a test moves by hand.
struct DalyBench {
    var board: DalySimulator
    var now = Duration.zero
    var demand = 0.0

    init(
        seed: UInt64 = 1, options: DalySimulator.Options = .init(), change: (inout PackParameters) -> Void = { _ in }
    ) {
        var parameters = PackParameters()
        parameters.voltageNoise = 0
        parameters.currentNoise = 0
        change(&parameters)
        board = DalySimulator(parameters, seed: seed, options: options)
        wait(.milliseconds(200))
    }

    mutating func wait(_ duration: Duration) {
        let end = now + duration
        while now < end {
            let step = min(.milliseconds(100), end - now)
            now += step
            _ = board.advance(to: now, by: step, demand: demand)
        }
    }

    /// What the board sends upon bytes.
    mutating func send(_ bytes: [UInt8]) -> [UInt8] { board.receive(bytes, at: now).flatMap(\.bytes) }

    /// The answer as the gateway's own parser finds it; time for the pause between requests passes.
    mutating func ask(_ request: DalyRequest) -> DalyAnswer? {
        var parser = DalyStreamParser()
        parser.expect(request)
        let answer = parser.receive(send(request.bytes))
        wait(.milliseconds(300))
        return answer
    }

    mutating func cells() -> [UInt16] {
        let count = board.pack.cells.count
        let answer = ask(.cellVoltages(cells: count))
        return answer.map { Array(DalySlots.cellMillivolts($0.payloads).prefix(count)) } ?? []
    }
}

/// Any driver of this gateway and a simulated pack, on one virtual loop.
actor DriverBench {
    nonisolated let loop: VirtualLoop
    nonisolated let pack: SimulatedPack
    private let make: @Sendable (any ByteLink, VirtualLoop) -> any BMSDriver
    private var driver: (any BMSDriver)?

    init(
        _ scenario: Scenario, bms: any SimulatedBMS, seed: UInt64 = 1,
        make: @escaping @Sendable (any ByteLink, VirtualLoop) -> any BMSDriver
    ) {
        let loop = VirtualLoop()
        self.loop = loop
        self.make = make
        pack = SimulatedPack(SimulatedPack.Setup(scenario: scenario, bms: bms, seed: seed), on: loop)
        pack.start()
        loop.runUntilIdle()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Does something with the driver, moving virtual time as far as it takes; nil where it never ends.
    nonisolated func run<Value: Sendable>(
        _ body: @escaping @Sendable (isolated DriverBench, any BMSDriver) async throws(BMSError) -> Value
    ) -> Result<Value, BMSError>? {
        let box = ResultBox<Result<Value, BMSError>>()
        let task = Task(executorPreference: loop.taskExecutor) { box.set(await self.attempt(body)) }
        defer { task.cancel() }
        for _ in 0..<200_000 {
            loop.runUntilIdle()
            if let result = box.value { return result }
            guard let next = loop.nextTimer else { return nil }
            loop.run(until: next)
        }
        return nil
    }

    /// Polls at a pace and hands out what came of each poll.
    nonisolated func poll(
        _ count: Int, every period: Duration = .milliseconds(500)
    ) -> [Result<PackReading, BMSError>] {
        (0..<count).compactMap { _ in
            let due = loop.now + period
            let result = run { (_, driver) async throws(BMSError) in try await driver.poll() }
            if due > loop.now { loop.run(until: due) }
            return result
        }
    }

    nonisolated func readings(_ count: Int) -> [PackReading] { poll(count).compactMap { try? $0.get() } }

    nonisolated var statistics: DriverStatistics? {
        try? run { (_, driver) async throws(BMSError) in driver.statistics }?.get()
    }

    private func attempt<Value: Sendable>(
        _ body: @Sendable (isolated DriverBench, any BMSDriver) async throws(BMSError) -> Value
    ) async -> Result<Value, BMSError> {
        do throws(BMSError) {
            return .success(try await body(self, try open()))
        } catch {
            if case .link = error { driver = nil }
            return .failure(error)
        }
    }

    private func open() throws(BMSError) -> any BMSDriver {
        if let driver { return driver }
        do throws(LinkError) {
            let fresh = make(try pack.openLink(), loop)
            driver = fresh
            return fresh
        } catch { throw .link(error) }
    }
}

private final class ResultBox<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    var value: Value? { result.withLock { $0 } }
    func set(_ value: Value) { result.withLock { $0 = value } }
}

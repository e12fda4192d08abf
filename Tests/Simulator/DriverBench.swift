import BMSProtocols
import Battery
import Links

@testable import Simulator

/// Any driver of this gateway and a simulated pack, on one virtual loop.
actor DriverBench {
    nonisolated let loop: VirtualLoop
    nonisolated let pack: SimulatedPack
    private let make: @Sendable (any ByteLink, VirtualLoop) -> any BMSDriver
    private let change: FilteredLink.Change?
    private var driver: (any BMSDriver)?

    /// - Parameters:
    ///   - scenario: What the pack goes through.
    ///   - bms: The BMS of the pack.
    ///   - seed: Of the wire.
    ///   - change: What becomes of what the driver is sent; nil for nothing.
    ///   - make: Makes the driver of an open link, again after each that died.
    init(
        _ scenario: Scenario, bms: any SimulatedBMS, seed: UInt64 = 1, through change: FilteredLink.Change? = nil,
        make: @escaping @Sendable (any ByteLink, VirtualLoop) -> any BMSDriver
    ) {
        let loop = VirtualLoop()
        self.loop = loop
        self.make = make
        self.change = change
        pack = SimulatedPack(SimulatedPack.Setup(scenario: scenario, bms: bms, seed: seed), on: loop)
        pack.start()
        loop.runUntilIdle()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Does something with the driver, moving virtual time as far as it takes; nil where it never ends.
    nonisolated func run<Value: Sendable>(
        _ body: @escaping @Sendable (isolated DriverBench, any BMSDriver) async throws(BMSError) -> Value
    ) -> Result<Value, BMSError>? {
        loop.result { await self.attempt(body) }
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

    /// What came of the polls that brought something.
    nonisolated func readings(_ count: Int) -> [PackReading] { poll(count).compactMap { try? $0.get() } }

    nonisolated var statistics: DriverStatistics? {
        try? run { (_, driver) async throws(BMSError) in driver.statistics }?.get()
    }

    /// Asks who is there.
    nonisolated func identify(within patience: Duration) -> Result<PackIdentity, BMSError>? {
        let end = loop.now + patience
        return run { (_, driver) async throws(BMSError) in try await driver.identify(within: end) }
    }

    /// Moves a switch; false for a driver that cannot.
    nonisolated func set(
        _ one: PackSwitch, closed: Bool, within patience: Duration = .seconds(5)
    ) -> Result<Bool, BMSError>? {
        let end = loop.now + patience
        return run { (_, driver) async throws(BMSError) in
            guard let driver = driver as? any SwitchControl else { return false }
            try await driver.setSwitch(one, closed: closed, within: end)
            return true
        }
    }

    // MARK: - Private

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
            let link = try pack.openLink()
            let fresh = make(change.map { FilteredLink(link, loop, $0) } ?? link, loop)
            driver = fresh
            return fresh
        } catch { throw .link(error) }
    }
}

extension Result {
    /// What came of it; nil for a failure.
    var value: Success? { try? get() }
}

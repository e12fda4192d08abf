import BMSProtocols
import Battery
import Links
import Synchronization

@testable import Simulator

/// A JK driver and a simulated board, on one virtual loop.
actor JKConversation<Driver: BMSDriver & SendableMetatype> {
    nonisolated let loop: VirtualLoop
    nonisolated let pack: SimulatedPack
    private let make: @Sendable (any ByteLink, VirtualLoop) -> Driver
    private var driver: Driver?
    private let change: JKFilteredLink.Change?

    init(
        _ scenario: Scenario, _ bms: any SimulatedBMS, seed: UInt64 = 1,
        through change: JKFilteredLink.Change? = nil,
        _ make: @escaping @Sendable (any ByteLink, VirtualLoop) -> Driver
    ) {
        loop = VirtualLoop()
        pack = SimulatedPack(SimulatedPack.Setup(scenario: scenario, bms: bms, seed: seed), on: loop)
        self.make = make
        self.change = change
        pack.start()
        loop.runUntilIdle()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Polls at the usual pace, moving virtual time, and hands out what came of each poll.
    nonisolated func poll(_ count: Int, every period: Duration = .milliseconds(500)) -> [Result<PackReading, BMSError>]
    {
        (0..<count).compactMap { _ in
            let due = loop.now.advanced(by: period)
            defer { loop.run(until: due) }
            return use { (driver) async throws(BMSError) in try await driver.poll() }
        }
    }

    /// Does something with the driver, moving virtual time as far as it needs.
    nonisolated func use<Value: Sendable>(
        _ body: @escaping @Sendable (Driver) async throws(BMSError) -> Value
    ) -> Result<Value, BMSError>? {
        let box = JKBox<Result<Value, BMSError>>()
        let task = Task(executorPreference: loop.taskExecutor) { await self.useOnLoop(body, box) }
        defer { task.cancel() }
        while true {
            loop.runUntilIdle()
            if let result = box.value.withLock({ $0 }) { return result }
            guard let next = loop.nextTimer else { return nil }
            loop.run(until: next)
        }
    }

    nonisolated var statistics: DriverStatistics? {
        try? use { (driver) async throws(BMSError) in driver.statistics }?.get()
    }

    private func useOnLoop<Value: Sendable>(
        _ body: @Sendable (Driver) async throws(BMSError) -> Value, _ box: JKBox<Result<Value, BMSError>>
    ) async {
        let result: Result<Value, BMSError>
        do throws(BMSError) { result = .success(try await body(try open())) } catch {
            if case .link = error { driver = nil }
            result = .failure(error)
        }
        box.value.withLock { $0 = result }
    }

    private func open() throws(BMSError) -> Driver {
        if let driver { return driver }
        do throws(LinkError) {
            let link = try pack.openLink()
            let fresh = make(change.map { JKFilteredLink(link, loop, $0) } ?? link, loop)
            driver = fresh
            return fresh
        } catch { throw .link(error) }
    }
}

final class JKBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}

/// A link that changes what arrives: late, twice, glued, in pieces. Used on its loop alone, as `ByteLink` asks.
final class JKFilteredLink: ByteLink, @unchecked Sendable {
    /// What becomes of bytes that arrive, counted from 1, so long after the link was opened: pieces with their delay.
    typealias Change =
        @Sendable (_ bytes: [UInt8], _ number: Int, _ time: Duration) -> [(
            delay: Duration, bytes: [UInt8]
        )]

    private let link: any ByteLink
    private let loop: VirtualLoop
    private let change: Change
    private let began: Instant
    private var number = 0

    init(_ link: any ByteLink, _ loop: VirtualLoop, _ change: @escaping Change) {
        (self.link, self.loop, self.change, began) = (link, loop, change, loop.now)
    }

    var name: String { link.name }
    var unsent: Int { link.unsent }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        link.listen { [self] event in
            guard case .received(let bytes, _) = event else { return receiver(event) }
            number += 1
            for (delay, piece) in change(bytes, number, loop.now - began) where !piece.isEmpty {
                loop.schedule(at: loop.now + delay) { [loop] in receiver(.received(piece, at: loop.now)) }
            }
        }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) { try link.write(bytes) }
    func discardInput() { link.discardInput() }
    func close() { link.close() }
}

import BMSProtocols
import Battery
import Links
import Synchronization
import Testing

@testable import Simulator

/// The gateway's own TinyBMS driver and a simulated pack, on one virtual loop.
actor Conversation {
    nonisolated let loop = VirtualLoop()
    nonisolated let pack: SimulatedPack
    private var driver: TinyBMSDriver?
    private let results = Mutex<[Result<PackReading, BMSError>]>([])
    private let finished = Mutex(false)

    init(_ scenario: Scenario, seed: UInt64 = 1) {
        pack = SimulatedPack(SimulatedPack.Setup(scenario: scenario, seed: seed), on: loop)
        pack.start()
        loop.runUntilIdle()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Polls at the usual pace, moving virtual time, and hands out what came of each poll.
    nonisolated func poll(_ count: Int, every period: Duration = .milliseconds(500)) -> [Result<PackReading, BMSError>]
    {
        results.withLock { $0 = [] }
        for _ in 0..<count {
            let due = loop.now.advanced(by: period)
            finished.withLock { $0 = false }
            let task = Task(executorPreference: loop.taskExecutor) { await self.pollOnce() }
            while !finished.withLock({ $0 }) {
                loop.runUntilIdle()
                guard !finished.withLock({ $0 }), let next = loop.nextTimer else { break }
                loop.run(until: next)
            }
            task.cancel()
            loop.run(until: due)
        }
        return results.withLock { $0 }
    }

    nonisolated var statistics: DriverStatistics? {
        let answer = Mutex<DriverStatistics?>(nil)
        let box = AnswerBox(answer)
        let task = Task(executorPreference: loop.taskExecutor) {
            let value = await self.driverStatistics()
            box.answer.withLock { $0 = value }
        }
        loop.runUntilIdle()
        task.cancel()
        return box.answer.withLock { $0 }
    }

    private func driverStatistics() -> DriverStatistics? { driver?.statistics }

    private func pollOnce() async {
        defer { finished.withLock { $0 = true } }
        do throws(BMSError) {
            let driver = try open()
            let reading = try await driver.poll()
            results.withLock { $0.append(.success(reading)) }
        } catch {
            if case .link = error { driver = nil }
            results.withLock { $0.append(.failure(error)) }
        }
    }

    private func open() throws(BMSError) -> TinyBMSDriver {
        if let driver { return driver }
        do throws(LinkError) {
            let fresh = TinyBMSDriver(pack: 1, link: try pack.openLink(), loop: loop)
            driver = fresh
            return fresh
        } catch { throw .link(error) }
    }

    private final class AnswerBox: Sendable {
        let answer: Mutex<DriverStatistics?>
        init(_ answer: consuming Mutex<DriverStatistics?>) { self.answer = answer }
    }
}

extension Result {
    fileprivate var value: Success? { try? get() }
}

@Suite(.timeLimit(.minutes(2))) struct DriverConversationTests {
    @Test func `the driver reads what the pack is`() throws {
        var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(-25))]))
        scenario.pack.cells = 12
        let conversation = Conversation(scenario)
        let readings = conversation.poll(20).compactMap(\.value)
        #expect(readings.count == 20)
        let last = try #require(readings.last)
        let truth = conversation.pack.terminals
        #expect(last.cells.count == 12)
        #expect(abs((last.voltage ?? 0) - truth.voltage) < 0.05)
        #expect(abs((last.current ?? 0) + 25) < 0.1)
        #expect(abs((last.stateOfCharge ?? 0) - 60) < 0.2)
        #expect(last.settings?.value.cellCount == 12)
        #expect(last.settings?.value.capacity == 280)
        #expect(last.activity == .discharging)
        #expect(last.identity?.serial?.count == 24)
        #expect(last.alarms?.value.isEmpty == true)
        #expect((last.runningCounter ?? 0) > (readings.first?.runningCounter ?? .max))
    }

    @Test func `a cutoff of the BMS becomes an alarm and its recovery ends it`() throws {
        let scenario = try #require(Scenario.named("cell-over-voltage"))
        let conversation = Conversation(scenario)
        _ = conversation.poll(60)
        let during = conversation.poll(30).compactMap(\.value)
        #expect(during.last?.alarms?.value[.highVoltage] == .alarm)
        #expect(during.last?.cells[4] == 3.8)
        _ = conversation.poll(120)
        let after = conversation.poll(10).compactMap(\.value)
        #expect(after.last?.alarms?.value.isEmpty == true)
    }

    /// A lost answer costs a poll, a damaged one only a repetition: the second wire loses one answer in eight.
    @Test(arguments: [("noise-10", 0.95), ("wild-wire", 0.8)])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String, share: Double) throws {
        let scenario = try #require(Scenario.named(name))
        let conversation = Conversation(scenario, seed: 11)
        let results = conversation.poll(1200)
        let readings = results.compactMap(\.value)
        #expect(Double(readings.count) > 1200 * share)
        let statistics = try #require(conversation.statistics)
        #expect(statistics.checksumErrors + statistics.skippedBytes > 50)
        for reading in readings {
            #expect(reading.cells.allSatisfy { ($0 ?? 0) > 3.2 && ($0 ?? 9) < 3.5 })
            #expect((reading.voltage ?? 0) > 52 && (reading.voltage ?? 99) < 55.5)
            #expect((reading.stateOfCharge ?? 0) > 59 && (reading.stateOfCharge ?? 999) < 65)
        }
    }

    @Test func `S28 a sleeping BMS is woken without an error`() throws {
        let conversation = Conversation(Scenario(name: "rest"))
        #expect(conversation.poll(4).allSatisfy { $0.value != nil })
        conversation.loop.run(for: .seconds(20))
        #expect(conversation.poll(1).allSatisfy { $0.value != nil })
        let statistics = try #require(conversation.statistics)
        #expect(statistics.wakeUps == 1)
        #expect(statistics.timeouts <= 1)
    }

    @Test func `silence, a dead buffer and a pulled cable look different to the driver`() throws {
        func results(_ name: String) throws -> [Result<PackReading, BMSError>] {
            let conversation = Conversation(try #require(Scenario.named(name)))
            _ = conversation.poll(62)
            return conversation.poll(20)
        }
        #expect(try results("bms-silent").allSatisfy { $0 == .failure(.silent) })
        let frozen = try results("frozen-buffer").compactMap(\.value)
        #expect(frozen.count == 20)
        #expect(Set(frozen.map(\.runningCounter)).count == 1)
        #expect(Set(frozen.map(\.voltage)).count == 1)
        let counter = try results("frozen-counter").compactMap(\.value)
        #expect(Set(counter.map(\.runningCounter)).count == 1)
        #expect(Set(counter.map(\.current)).count > 1)
        let unplugged = try results("unplug")
        #expect(
            unplugged.allSatisfy {
                if case .failure(.link) = $0 { true } else { false }
            })
    }

    @Test func `over a pseudo-terminal at the real pace the driver reads it too`() async throws {
        let loop = try EventLoop(name: "simulator")
        let terminal = try await Pseudoterminal.open(loop: loop)
        var setup = SimulatedPack.Setup(scenario: Scenario(name: "pty"))
        setup.pacing = .baud(115_200)
        let pack = SimulatedPack(setup, on: loop) { () throws(LinkError) in terminal }
        pack.start()
        let port = try await SerialLink.open(path: terminal.slavePath, baud: 115_200, loop: loop)
        let reading = try await PolledOnce(port, loop).reading()
        #expect(reading.cells.count == 16)
        #expect((reading.voltage ?? 0) > 50)
        pack.stop()
        await loop.run { port.close() }
    }

    /// One poll on a real loop.
    actor PolledOnce {
        nonisolated let loop: EventLoop
        private let driver: TinyBMSDriver

        init(_ link: any ByteLink, _ loop: EventLoop) {
            self.loop = loop
            driver = TinyBMSDriver(pack: 1, link: link, loop: loop, options: .init(answerTimeout: .seconds(2)))
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

        func reading() async throws(BMSError) -> PackReading { try await driver.poll() }
    }
}

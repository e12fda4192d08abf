import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

/// The gateway's own TinyBMS driver and a simulated pack.
private func converse(_ scenario: Scenario, seed: UInt64 = 1) -> DriverBench {
    DriverBench(scenario, bms: TinyBMSSimulator(scenario.pack, seed: seed), seed: seed) {
        TinyBMSDriver(pack: 1, link: $0, loop: $1)
    }
}

@Suite(.timeLimit(.minutes(2))) struct DriverConversationTests {
    @Test func `the driver reads what the pack is`() throws {
        var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(-25))]))
        scenario.pack.cells = 12
        let conversation = converse(scenario)
        let readings = conversation.readings(20)
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
        let conversation = converse(scenario)
        _ = conversation.poll(60)
        let during = conversation.readings(30)
        #expect(during.last?.alarms?.value[.highVoltage] == .alarm)
        #expect(during.last?.cells[4] == 3.8)
        _ = conversation.poll(120)
        let after = conversation.readings(10)
        #expect(after.last?.alarms?.value.isEmpty == true)
    }

    /// A lost answer costs a poll, a damaged one only a repetition: the second wire loses one answer in eight.
    @Test(arguments: [("noise-10", 0.95), ("wild-wire", 0.8)])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String, share: Double) throws {
        let scenario = try #require(Scenario.named(name))
        let conversation = converse(scenario, seed: 11)
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
        let conversation = converse(Scenario(name: "rest"))
        #expect(conversation.poll(4).allSatisfy { $0.value != nil })
        conversation.loop.run(for: .seconds(20))
        #expect(conversation.poll(1).allSatisfy { $0.value != nil })
        let statistics = try #require(conversation.statistics)
        #expect(statistics.wakeUps == 1)
        #expect(statistics.timeouts <= 1)
    }

    @Test func `silence, a dead buffer and a pulled cable look different to the driver`() throws {
        func results(_ name: String) throws -> [Result<PackReading, BMSError>] {
            converse(try #require(Scenario.named(name))).resultsInTrouble()
        }
        #expect(try results("bms-silent").allSatisfy { $0 == .failure(.silent) })
        let frozen = try results("frozen-buffer").compactMap(\.value)
        #expect(frozen.count == 20)
        #expect(Set(frozen.map(\.runningCounter)).count == 1)
        #expect(Set(frozen.map(\.voltage)).count == 1)
        let counter = try results("frozen-counter").compactMap(\.value)
        #expect(Set(counter.map(\.runningCounter)).count == 1)
        #expect(Set(counter.map(\.current)).count > 1)
        checkUnplugged(try results("unplug"))
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

import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

/// The gateway's own JBD driver and a simulated board.
private func converse(
    _ scenario: Scenario, options: JBDSimulator.Options = .init(), seed: UInt64 = 1
) -> DriverBench {
    let board = JBDSimulator(scenario.pack, seed: seed, options: options)
    return DriverBench(scenario, bms: board, seed: seed) { JBDDriver(pack: 1, link: $0, loop: $1) }
}

extension DriverBench {
    fileprivate nonisolated var board: JBDSimulator? { pack.bms as? JBDSimulator }
}

@Suite(.timeLimit(.minutes(2))) struct JBDConversationTests {
    @Test func `the driver reads what the board measures`() throws {
        var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(-25))]))
        scenario.pack.cells = 20
        let conversation = converse(scenario)
        let readings = conversation.readings(30)
        #expect(readings.count == 30)
        let last = try #require(readings.last)
        let pack = try #require(conversation.board).pack
        #expect(last.cells.count == 20)
        #expect(zip(last.cells, pack.cells).allSatisfy { abs(($0 ?? 0) - $1.voltage) < 0.003 })
        #expect(abs((last.voltage ?? 0) - pack.voltage) < 0.05)
        #expect(abs((last.current ?? 0) + 25) < 0.1)
        #expect(abs((last.stateOfCharge ?? 0) - pack.countedCharge) <= 0.5)
        #expect(abs((last.remainingCapacity ?? 0) - pack.countedCharge * 2.8) < 0.1)
        #expect(last.temperatures.map { abs(($0.celsius ?? 99) - 22) < 1 } == [true, true])
        #expect(last.chargeEnabled == true && last.dischargeEnabled == true)
        #expect(last.alarms?.value.isEmpty == true && last.settings == nil)
        #expect(last.identity?.hardware == "JBD-SP16S020-L16S-200A-B-U")
        #expect(conversation.statistics?.timeouts == 0 && conversation.statistics?.retries == 0)
    }

    @Test func `a poll takes less than half a second on the real line`() {
        let conversation = converse(Scenario(name: "rest"))
        for reading in conversation.readings(40) {
            #expect(reading.completed - reading.began < .milliseconds(400))
        }
    }

    @Test func `S28 a sleeping board is woken without an error`() throws {
        var options = JBDSimulator.Options()
        options.beginsAsleep = true
        let conversation = converse(Scenario(name: "rest"), options: options)
        #expect(conversation.poll(4).allSatisfy { $0.value != nil })
        conversation.loop.run(for: .seconds(60))
        #expect(conversation.board?.isAsleep == true)
        #expect(conversation.poll(1).allSatisfy { $0.value != nil })
        let statistics = try #require(conversation.statistics)
        #expect(statistics.wakeUps == 6 && statistics.timeouts == 0)
    }

    @Test func `limits of old firmware are those of the pack`() throws {
        var options = JBDSimulator.Options()
        options.opensEEPROM = true
        let settings = converse(Scenario(name: "rest"), options: options).poll(20).last?.value?.settings?.value
        #expect(settings?.overVoltageCell == 3.75 && settings?.underVoltageCell == 2.5)
        #expect(settings?.chargeCutoffCurrent == 200 && settings?.dischargeCutoffCurrent == 250)
        #expect(settings?.cellCount == 16 && settings?.capacity == 280 && settings?.overHeat == 60)
    }

    @Test func `a switch opens, the charge current stops, and it closes again`() {
        let scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(20))]))
        let conversation = converse(scenario)
        #expect(abs((conversation.poll(4).last?.value?.current ?? 0) - 20) < 0.5)
        #expect(conversation.set(.charge, closed: false) == .success(true))
        let held = conversation.poll(2).last?.value
        #expect(held?.chargeEnabled == false && held?.dischargeEnabled == true)
        #expect(abs(held?.current ?? 99) < 0.5)
        #expect(held?.alarms?.value[.contactor] == .warning)
        #expect(conversation.board?.isInFactoryMode == false)
        #expect(conversation.set(.charge, closed: true) == .success(true))
        #expect(abs((conversation.poll(2).last?.value?.current ?? 0) - 20) < 0.5)
    }

    @Test func `a cell cut-off opens the charge switch, is an alarm, and ends`() throws {
        let scenario = try #require(Scenario.named("cell-over-voltage"))
        let conversation = converse(scenario)
        _ = conversation.poll(60)
        let during = conversation.readings(30)
        #expect(during.last?.alarms?.value[.highVoltage] == .alarm)
        #expect(during.last?.chargeEnabled == false && during.last?.cells[4] == 3.8)
        _ = conversation.poll(120)
        #expect(conversation.poll(10).last?.value?.alarms?.value.isEmpty == true)
    }

    @Test(arguments: [
        Misbehaviour(.gluedAnswers, probability: 0.2), Misbehaviour(.duplicatedAnswers, probability: 0.5),
        Misbehaviour(.lateAnswers, value: 0.6, probability: 0.1), Misbehaviour(.wrongChecksum, probability: 0.2),
        Misbehaviour(.damagedAnswers, probability: 0.3), Misbehaviour(.truncatedAnswers, probability: 0.2),
        Misbehaviour(.damagedRequests, probability: 0.2), Misbehaviour(.noise, value: 30),
        Misbehaviour(.textNoise, probability: 0.5), Misbehaviour(.absurdValues, probability: 0.05),
    ])
    func `S31 S32 on a bad wire polls succeed and none brings a wrong value`(fault: Misbehaviour) {
        let scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(-25))]))
        let conversation = converse(scenario, seed: 5)
        _ = conversation.poll(4)
        conversation.pack.beginFault(fault)
        let readings = conversation.readings(600)
        #expect(readings.count > 200)
        for reading in readings {
            #expect(reading.cells.count == 16 && reading.cells.allSatisfy { ($0 ?? 0) > 3.2 && ($0 ?? 9) < 3.5 })
            #expect((reading.voltage ?? 0) > 52 && (reading.voltage ?? 99) < 55)
            #expect(abs((reading.current ?? 0) + 25) < 1 && abs((reading.stateOfCharge ?? 0) - 60) < 3)
            #expect(reading.temperatures.allSatisfy { abs(($0.celsius ?? 99) - 22) < 3 })
            #expect(reading.alarms?.value.isEmpty == true && reading.chargeEnabled == true)
        }
        conversation.pack.endFault(fault)
        _ = conversation.poll(4)
        #expect(conversation.poll(20).allSatisfy { $0.value != nil })
    }

    @Test func `an adapter's echo, leading bytes and one wrong checksum cost no poll`() {
        var options = JBDSimulator.Options()
        options.echoes = true
        options.leadingBytes = 3
        options.damagedAnswers = 1
        options.hasTail = true
        let conversation = converse(Scenario(name: "rest"), options: options)
        #expect(conversation.poll(20).allSatisfy { $0.value != nil })
        #expect(conversation.statistics?.checksumErrors == 1)
    }

    @Test func `silence, a dead buffer, nonsense and a pulled cable look different to the driver`() throws {
        func results(_ fault: Misbehaviour) -> [Result<PackReading, BMSError>] {
            let conversation = converse(Scenario(name: "rest"))
            _ = conversation.poll(4)
            conversation.pack.beginFault(fault)
            _ = conversation.poll(2)
            return conversation.poll(10)
        }
        #expect(results(Misbehaviour(.silence)).allSatisfy { $0 == .failure(.silent) })
        let frozen = results(Misbehaviour(.frozenReadings)).compactMap(\.value)
        #expect(frozen.count == 10 && Set(frozen.map(\.cells)).count == 1)
        let empty = results(Misbehaviour(.missingReadings)).compactMap(\.value)
        #expect(empty.count == 10)
        #expect(empty.allSatisfy { $0.voltage == nil && $0.cells.allSatisfy { $0 == nil } })
        #expect(results(Misbehaviour(.absurdReadings)).allSatisfy { $0 == .failure(.unconfirmed) })
        let unplugged = results(Misbehaviour(.unplugged))
        #expect(
            unplugged.allSatisfy {
                if case .failure(.link) = $0 { true } else { false }
            })
    }
}

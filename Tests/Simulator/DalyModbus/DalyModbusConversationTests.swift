import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

private func converse(
    _ scenario: Scenario = Scenario(name: "rest"), options: DalyModbusSimulator.Options = .init(),
    driver: DalyModbusDriver.Options = .init(), seed: UInt64 = 1
) -> DriverBench {
    let board = DalyModbusSimulator(scenario.pack, seed: seed, options: options)
    return DriverBench(scenario, bms: board, seed: seed) {
        DalyModbusDriver(pack: 1, link: $0, loop: $1, options: driver)
    }
}

private func board(_ variants: Set<DalyModbusVariant>) -> DalyModbusSimulator.Options {
    var options = DalyModbusSimulator.Options()
    options.variants = variants
    return options
}

private func load(_ amperes: Double, cells: Int = 16) -> Scenario {
    var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(amperes))]))
    scenario.pack.cells = cells
    return scenario
}

@Suite(.timeLimit(.minutes(2))) struct `Daly Modbus driver and simulator` {
    @Test(arguments: DalyModbusVariant.allCases)
    func `the driver reads what the pack is`(variant: DalyModbusVariant) throws {
        let conversation = converse(load(-25, cells: 14), options: board([variant]))
        let results = conversation.poll(20)
        // The other map is tried first where it is not this one.
        #expect(results.first == .failure(.silent) || variant == .d2)
        #expect(results.dropFirst().allSatisfy { (try? $0.get()) != nil })
        let last = try #require(try results.last?.get())
        let truth = try #require(conversation.pack.bms as? DalyModbusSimulator).pack.measurement
        #expect(last.cells.count == 14)
        for (got, want) in zip(last.cells, truth.cells) { #expect(abs((got ?? 0) - want) < 0.003) }
        #expect(abs((last.voltage ?? 0) - truth.voltage) < 0.1 && abs((last.current ?? 0) + 25) < 0.2)
        #expect(abs((last.stateOfCharge ?? 0) - 60) < 0.2)
        #expect(last.temperatures.prefix(2).map(\.celsius) == truth.external.map { $0?.rounded() })
        #expect(last.temperatures.first { $0.place == .switches }?.celsius == truth.board.rounded())
        #expect(last.chargeEnabled == true && last.dischargeEnabled == true && last.activity == .discharging)
        #expect(abs((last.remainingCapacity ?? 0) - 168) < 0.2 && last.cycles == 0)
        #expect(last.balancing == [Bool](repeating: false, count: 14))
        #expect(last.reportedMaximumCell == last.cells.compactMap(\.self).max())
        #expect((last.runningCounter == nil) == (variant == .d2))
        #expect(last.completed - last.began < .milliseconds(700))
    }

    @Test(arguments: [-40.0, 40.0]) func `S25 current is positive while charging`(amperes: Double) {
        // The first may be older than the first sample of the current.
        let readings = converse(load(amperes)).readings(4).dropFirst()
        #expect(readings.count == 3 && readings.allSatisfy { abs(($0.current ?? 0) - amperes) < 0.3 })
    }

    @Test func `a cutoff of the board shows in its switch`() throws {
        let conversation = converse(try #require(Scenario.named("cell-over-voltage")))
        let readings = conversation.readings(110)
        #expect(readings.contains { $0.chargeEnabled == false && $0.dischargeEnabled == true && $0.cells[4] == 3.8 })
        conversation.loop.run(for: .seconds(120))
        #expect(conversation.readings(2).last?.chargeEnabled == true)
    }

    @Test func `lost requests, an old board, echo and 13-byte frames beside change nothing`() {
        var variants: [DalyModbusSimulator.Options] = Array(repeating: .init(), count: 5)
        variants[0].registers = 62
        variants[1].board.echo = .always
        variants[2].answersFrames = true
        variants[3].board.leastPause = .milliseconds(110)
        for options in variants {
            #expect(converse(load(-25), options: options).readings(10).count == 10, "\(options)")
        }
        var lossy = DalyModbusSimulator.Options()
        lossy.lostRequests = 0.1
        let readings = converse(load(-25), options: lossy).readings(60)
        #expect(readings.count > 35 && readings.dropFirst().allSatisfy { abs(($0.current ?? 0) + 25) < 0.3 })
    }

    @Test func `a board without its measurements gives no values`() throws {
        let reading = try converse(load(-25)).checkMissingReadings(cells: 16)
        #expect(reading.current == nil && reading.stateOfCharge == nil)
    }

    @Test func `S28 a sleeping board that traffic wakes is woken without an error`() {
        var options = DalyModbusSimulator.Options()
        options.board.sleepTime = .seconds(300)
        options.board.echo = .asleep
        let conversation = converse(options: options)
        #expect(conversation.readings(2).count == 2)
        conversation.loop.run(for: .seconds(600))
        #expect(conversation.readings(2).count == 2)
    }

    @Test func `silence and a pulled cable look different`() throws {
        let silent = converse(try #require(Scenario.named("bms-silent")))
        _ = silent.poll(64)
        #expect(silent.poll(4).allSatisfy { $0 == .failure(.silent) })
        let unplugged = converse(try #require(Scenario.named("unplug")))
        _ = unplugged.poll(64)
        checkUnplugged(unplugged.poll(20))
    }

    @Test func `S32 an answer that comes after its time is not taken for that of the next poll`() throws {
        let conversation = converse()
        #expect(conversation.readings(3).count == 3)
        let late = Misbehaviour(.lateAnswers, value: 0.8)
        conversation.pack.beginFault(late)
        #expect(conversation.poll(1, every: .zero) == [.failure(.silent)])
        conversation.pack.endFault(late)
        conversation.pack.beginFault(Misbehaviour(.cellVoltage, cell: 1, value: 3))
        #expect(try #require(conversation.readings(1).last).cells[0] == 3)
    }

    @Test(arguments: ["noise-10", "wild-wire"])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String) throws {
        let conversation = converse(try #require(Scenario.named(name)), seed: 7)
        let readings = conversation.readings(200)
        #expect(readings.count > 100, "\(readings.count)")
        for reading in readings {
            #expect(reading.cells.allSatisfy { $0.map { $0 > 3.1 && $0 < 3.5 } ?? false })
            #expect((reading.voltage ?? 0) > 52 && (reading.voltage ?? 99) < 55.5)
        }
    }

    @Test func `identify takes two answers that fit together`() {
        for variant in DalyModbusVariant.allCases {
            let conversation = converse(options: board([variant]))
            let found = conversation.identify(within: .seconds(4))
            #expect(found == .success(PackIdentity(family: "daly-modbus", hardware: "Daly " + variant.rawValue)))
            #expect(conversation.readings(1).count == 1)
        }
        let conversation = converse(options: board([]))
        let end = conversation.loop.now + .seconds(3)
        let result = conversation.identify(within: end - conversation.loop.now)
        #expect(result == .failure(.silent) && conversation.loop.now <= end)
    }

    @Test(arguments: DalyModbusVariant.allCases, [true, false])
    func `a switch does what it is told, whether the write is answered or not`(
        variant: DalyModbusVariant, answersWrites: Bool
    ) throws {
        var options = board([variant])
        options.answersWrites = answersWrites
        var driver = DalyModbusDriver.Options()
        driver.variant = variant
        let conversation = converse(options: options, driver: driver)
        func set(_ one: PackSwitch, _ closed: Bool) -> Result<Bool, BMSError>? {
            conversation.set(one, closed: closed, within: .seconds(4))
        }
        #expect(set(.charge, false) == .success(true))
        var reading = try #require(conversation.readings(1).last)
        #expect(reading.chargeEnabled == false && reading.dischargeEnabled == true)
        #expect(set(.charge, true) == .success(true) && set(.discharge, false) == .success(true))
        reading = try #require(conversation.readings(1).last)
        #expect(reading.chargeEnabled == true && reading.dischargeEnabled == false)
        conversation.pack.change { $0.pack.chargeSwitchStuck = true }
        #expect(set(.charge, false) == .failure(.unexpected("the charge switch does not read back as open")))
    }
}

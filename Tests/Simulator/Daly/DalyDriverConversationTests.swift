import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

private func converse(
    _ scenario: Scenario = Scenario(name: "rest"), options: DalySimulator.Options = .init(),
    driver: DalyDriver.Options = .init(), seed: UInt64 = 1
) -> DriverBench {
    let board = DalySimulator(scenario.pack, seed: seed, options: options)
    return DriverBench(scenario, bms: board, seed: seed) { DalyDriver(pack: 1, link: $0, loop: $1, options: driver) }
}

private func load(_ amperes: Double, _ change: (inout PackParameters) -> Void = { _ in }) -> Scenario {
    var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(amperes))]))
    change(&scenario.pack)
    return scenario
}

@Suite(.timeLimit(.minutes(2))) struct `Daly driver and simulator` {
    @Test func `the driver reads what the pack is`() throws {
        let conversation = converse(load(-25) { $0.cells = 14 })
        let readings = conversation.readings(20)
        #expect(readings.count == 20)
        let last = try #require(readings.last)
        let board = try #require(conversation.pack.bms as? DalySimulator)
        let truth = board.pack.measurement
        #expect(last.cells.count == 14)
        for (got, want) in zip(last.cells, truth.cells) { #expect(abs((got ?? 0) - want) < 0.003) }
        #expect(abs((last.voltage ?? 0) - truth.voltage) < 0.1)
        #expect(abs((last.current ?? 0) + 25) < 0.2)
        #expect(abs((last.stateOfCharge ?? 0) - board.pack.countedCharge) < 0.2)
        #expect(last.temperatures.map(\.celsius) == truth.external.map { $0?.rounded() })
        #expect(last.chargeEnabled == true && last.dischargeEnabled == true)
        #expect(abs((last.remainingCapacity ?? 0) - 280 * board.pack.countedCharge / 100) < 0.1)
        #expect(last.activity == .discharging && last.cycles == 0)
        #expect(last.balancing == [Bool](repeating: false, count: 14))
        #expect(last.alarms?.value.isEmpty == true)
        #expect(last.runningCounter != nil && last.runningCounter != readings.dropLast().last?.runningCounter)
        #expect(last.completed - last.began < .milliseconds(1300))
    }

    @Test func `limits of the board come with the first reading, the rest within a dozen`() throws {
        let readings = converse(load(0)).readings(12)
        let first = try #require(readings.first?.settings?.value)
        #expect(first.chargeCutoffCurrent == 200 && first.dischargeCutoffCurrent == 250)
        #expect(first.overVoltageCell != nil && first.underVoltageCell != nil && first.cellCount == 16)
        let last = try #require(readings.last)
        #expect(last.settings?.value.capacity == 280 && last.settings?.value.lowTemperatureCharge == 1)
        #expect(last.identity?.serial?.hasPrefix("DL-R16L") == true)
        #expect(last.identity?.firmware == "20220810R" && last.identity?.hardware == "DL-16S100A-V1")
    }

    @Test(arguments: DalyCurrentSign.Convention.allCases, [-40.0, 40.0])
    func `S25 current is positive while charging on both kinds of board`(
        sign: DalyCurrentSign.Convention, amperes: Double
    ) {
        var options = DalySimulator.Options()
        options.sign = sign
        let readings = converse(load(amperes), options: options).readings(6)
        #expect(readings.count == 6)
        // Until two readings agreed, a current that may be a charge is unknown, never a discharge.
        for reading in readings { #expect(reading.current.map { abs($0 - amperes) < 0.5 || $0 > 0 } ?? true) }
        #expect(readings.dropFirst(2).allSatisfy { abs(($0.current ?? 0) - amperes) < 0.5 })
        // S40: without a current there is no 0x356, so what tells the direction is asked for twice in the first poll.
        #expect(readings.allSatisfy { $0.current != nil })
    }

    @Test func `a cutoff of the board becomes an alarm with an open switch, and its recovery ends it`() throws {
        let conversation = converse(try #require(Scenario.named("cell-over-voltage")))
        let readings = conversation.readings(60)
        let during = try #require(readings.last { $0.alarms?.value[.highVoltage] == .alarm })
        #expect(during.chargeEnabled == false && during.dischargeEnabled == true)
        #expect(during.alarms?.value.forbidsCharge == true && during.cells[4] == 3.8)
        let after = try #require(conversation.readings(80).last)
        #expect(after.chargeEnabled == true && after.alarms?.value.isEmpty == true)
    }

    @Test func `a board that answers the other host only is found, with all its frames`() {
        var options = DalySimulator.Options()
        options.hosts = [.alternative]
        options.leastPause = .milliseconds(100)
        let results = converse(load(-10), options: options).poll(8)
        #expect(results.first == .failure(.silent))
        #expect(results.dropFirst().allSatisfy { (try? $0.get().cells.count) == 16 })
    }

    @Test func `leftovers, odd numbers, late frames, rubbish, echo and a board that needs its pause change nothing`() {
        let plain = converse(load(-25)).readings(10)
        var variants: [DalySimulator.Options] = Array(repeating: .init(), count: 6)
        variants[0].keepsLeftovers = false
        variants[1].firstFrame = 0
        variants[2].sendsInvalidFrames = true
        variants[3].sendsLateFrames = true
        variants[4].echo = .always
        variants[5].leastPause = .milliseconds(110)
        for options in variants {
            let readings = converse(load(-25), options: options).readings(10)
            #expect(readings.count == 10, "\(options)")
            for (one, other) in zip(readings, plain) { #expect(isNear(one.cells, other.cells), "\(options)") }
        }
        var rubbish = DalySimulator.Options()
        rubbish.sendsRubbish = true
        let readings = converse(load(-25), options: rubbish).readings(10)
        #expect(readings.count == 10 && readings.allSatisfy { isNear($0.cells, plain[0].cells) })
    }

    /// The same but for the noise of the sensors and the few moments between.
    private func isNear(_ one: [Double?], _ other: [Double?]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { abs(($0 ?? 0) - ($1 ?? 0)) < 0.006 }
    }

    @Test func `S28 a sleeping board that traffic wakes is woken without an error`() throws {
        var options = DalySimulator.Options()
        options.sleepTime = .seconds(300)
        let conversation = converse(options: options)
        #expect(conversation.readings(4).count == 4)
        conversation.loop.run(for: .seconds(600))
        #expect((conversation.pack.bms as? DalySimulator)?.isAsleep == true)
        #expect(conversation.readings(2).count == 2)
        #expect((conversation.statistics?.wakeUps ?? 0) == 1)
    }

    @Test func `the echo of a sleeping board is no reading`() {
        var options = DalySimulator.Options()
        options.echo = .asleep
        let conversation = converse(options: options)
        #expect(conversation.readings(2).count == 2)
        conversation.pack.change { $0.condition.staysAsleep = true }
        #expect(conversation.poll(4).allSatisfy { (try? $0.get()) == nil })
        conversation.pack.change { $0.condition.staysAsleep = false }
        #expect(conversation.poll(3).suffix(2).allSatisfy { (try? $0.get()) != nil })
    }

    @Test func `a board without its measurements gives no values and forbids charging`() throws {
        let conversation = converse(load(-25))
        _ = conversation.poll(4)
        conversation.pack.change { $0.condition.lacksReadings = true }
        let reading = try #require(conversation.readings(2).last)
        #expect(reading.voltage == nil && reading.current == nil && reading.stateOfCharge == nil)
        #expect(reading.cells == [Double?](repeating: nil, count: 16))
        #expect(reading.temperatures.allSatisfy { $0.celsius == nil })
        #expect(reading.alarms?.value.forbidsCharge == true)
    }

    @Test func `S8 a frozen board shows in its life counter`() {
        let conversation = converse(load(-25))
        #expect(Set(conversation.readings(6).map(\.runningCounter)).count > 3)
        conversation.pack.change { $0.condition.freezesReadings = true }
        _ = conversation.poll(1)
        let frozen = conversation.readings(6)
        #expect(frozen.count == 6 && Set(frozen.map(\.runningCounter)).count == 1)
        #expect(frozen.first?.runningCounter != nil && Set(frozen.map(\.cells)).count == 1)
    }

    @Test func `silence and a pulled cable look different`() throws {
        let silent = converse(try #require(Scenario.named("bms-silent")))
        _ = silent.poll(30)
        #expect(silent.poll(4).allSatisfy { $0 == .failure(.silent) })
        let unplugged = converse(try #require(Scenario.named("unplug")))
        _ = unplugged.poll(30)
        checkUnplugged(unplugged.poll(20))
    }

    @Test func `a board that does not know the parameters is read all the same`() throws {
        var options = DalySimulator.Options()
        options.unanswered = [
            .cellVoltageLimits, .currentLimits, .batteryCode, .ratedCapacity, .softwareVersion, .hardwareVersion,
            .temperatureLimits, .differenceLimits,
        ]
        let conversation = converse(load(-25), options: options)
        let readings = conversation.readings(40)
        #expect(readings.count == 40)
        #expect(readings.last?.settings == nil && readings.last?.promised.contains(.settings) == false)
    }

    @Test func `identify takes two answers that fit together`() throws {
        for host in DalyRequest.Host.allCases {
            var options = DalySimulator.Options()
            options.hosts = [host]
            let conversation = converse(options: options)
            let found = conversation.identify(within: .seconds(4))
            #expect(found == .success(PackIdentity(family: "daly")))
            #expect(conversation.readings(1).count == 1)
        }
        var mute = DalySimulator.Options()
        mute.hosts = []
        mute.echo = .always
        let conversation = converse(options: mute)
        let end = conversation.loop.now + .seconds(4)
        let result = conversation.identify(within: end - conversation.loop.now)
        #expect((try? result?.get()) == nil && result != nil)
        #expect(conversation.loop.now <= end)
    }

    @Test func `a switch does what it is told, the other stays, and both are read back`() throws {
        let conversation = converse()
        _ = conversation.poll(1)
        func set(_ one: PackSwitch, _ closed: Bool) -> Result<Bool, BMSError>? {
            conversation.set(one, closed: closed, within: .seconds(3))
        }
        #expect(set(.charge, false) == .success(true))
        var reading = try #require(conversation.readings(1).last)
        #expect(reading.chargeEnabled == false && reading.dischargeEnabled == true)
        #expect(reading.alarms?.value.isEmpty == true)
        #expect(set(.discharge, false) == .success(true))
        #expect(set(.charge, true) == .success(true))
        reading = try #require(conversation.readings(1).last)
        #expect(reading.chargeEnabled == true && reading.dischargeEnabled == false)
        #expect(set(.discharge, true) == .success(true))
        // What a protection holds open does not close.
        conversation.pack.change { $0.pack.chargeSwitchStuck = false }
        #expect(set(.charge, true) == .failure(.unexpected("the charge switch does not read back as closed")))
    }

    @Test func `S32 an answer that comes after its time is not taken for that of the next poll`() throws {
        let conversation = converse()
        // Long enough that no slower value is due.
        #expect(conversation.readings(13).count == 13)
        let late = Misbehaviour(.lateAnswers, value: 0.8)
        conversation.pack.beginFault(late)
        #expect(conversation.poll(1, every: .zero) == [.failure(.silent)])
        conversation.pack.endFault(late)
        conversation.pack.beginFault(Misbehaviour(.cellVoltage, cell: 1, value: 3))
        let reading = try #require(conversation.readings(1).last)
        #expect(reading.cells[0] == 3)
    }

    @Test func `S32 answers that come two seconds late are answers to nothing`() throws {
        let conversation = converse(try #require(Scenario.named("late-answers")))
        let began = conversation.loop.now
        while conversation.loop.now - began < .seconds(34) { _ = conversation.poll(1) }
        while conversation.loop.now - began < .seconds(88) {
            let result = conversation.poll(1).first
            #expect((try? result?.get()) == nil, "\(conversation.loop.now - began)")
        }
    }

    @Test(arguments: ["noise-10", "wild-wire"])
    func `S31 on a bad wire no reading is wrong`(name: String) throws {
        let conversation = converse(try #require(Scenario.named(name)), seed: 7)
        let readings = conversation.readings(200)
        #expect(readings.count > 30, "\(readings.count)")
        #expect(readings.allSatisfy(isTrue))
    }

    /// What a sum of eight bits lets through, a second reading does not.
    @Test(arguments: 1...3) func `S31 with a third of all answers damaged no reading is wrong`(seed: UInt64) {
        let conversation = converse(load(-2), seed: seed)
        conversation.pack.beginFault(Misbehaviour(.damagedAnswers, probability: 0.3))
        let readings = conversation.readings(500)
        #expect(readings.count > 80, "\(readings.count)")
        let wrong = readings.filter { !isTrue($0) }
        #expect(wrong.isEmpty, "\(wrong.count), the first \(String(describing: wrong.first))")
    }

    private func isTrue(_ reading: PackReading) -> Bool {
        reading.cells.allSatisfy { $0.map { $0 > 3.1 && $0 < 3.5 } ?? false }
            && (51...55.5).contains(reading.voltage ?? 0) && (55...65).contains(reading.stateOfCharge ?? 0)
            && reading.temperatures.allSatisfy { (21...24).contains($0.celsius ?? 0) }
            && reading.chargeEnabled == true && reading.alarms?.value.isEmpty == true
    }
}

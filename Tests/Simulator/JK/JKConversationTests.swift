import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(2))) struct `JK NW driver and board` {
    private func conversation(
        _ scenario: Scenario, seed: UInt64 = 1, options: JKSimulator.Options = .init(),
        through change: FilteredLink.Change? = nil
    ) -> DriverBench {
        DriverBench(
            scenario, bms: JKSimulator(scenario.pack, seed: seed, options: options), seed: seed, through: change
        ) { JKDriver(pack: 1, link: $0, loop: $1) }
    }

    private func discharging(cells: Int = 12, at amperes: Double = -25) -> Scenario {
        var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(amperes))]))
        scenario.pack.cells = cells
        return scenario
    }

    @Test(arguments: [JKSimulator.Options.CurrentForm.signed, .offset], [-25.0, 40])
    func `the driver reads what the pack is`(form: JKSimulator.Options.CurrentForm, amperes: Double) throws {
        var options = JKSimulator.Options()
        options.currentForm = form
        let conversation = conversation(discharging(at: amperes), options: options)
        let readings = conversation.readings(20)
        #expect(readings.count == 20)
        let last = try #require(readings.last)
        let truth = conversation.pack.bms.pack
        #expect(last.cells.count == 12)
        for (read, real) in zip(last.cells, truth.measurement.cells) { #expect(abs((read ?? 0) - real) < 0.002) }
        #expect(abs((last.voltage ?? 0) - truth.voltage) < 0.05)
        #expect(abs((last.current ?? 0) - amperes) < 0.1)
        #expect(abs((last.stateOfCharge ?? 0) - 60) < 1)
        #expect(last.temperatures.map(\.celsius) == [22, 22, 22])
        #expect(last.chargeEnabled == true && last.dischargeEnabled == true)
        #expect(last.settings?.value.cellCount == 12 && last.settings?.value.capacity == 280)
        #expect(last.settings?.value.chargeCutoffCurrent == 200)
        #expect(last.settings?.value.overVoltageCell == CellChemistry.lfp.overVoltageCell)
        #expect(last.activity == (amperes > 0 ? .charging : .discharging))
        #expect(last.alarms?.value.isEmpty == true)
        #expect(last.identity?.firmware == "11.261" && last.identity?.family == "jk")
        #expect(last.identity?.serial == (form == .signed ? "BT3072020120000200521001" : nil))
        let statistics = try #require(conversation.statistics)
        #expect(statistics.timeouts == 0 && statistics.retries == 0 && statistics.checksumErrors == 0)
    }

    @Test func `below zero the temperatures are below zero, and a probe that is not there is unknown`() throws {
        var scenario = discharging(at: 0)
        scenario.pack.temperature = -12
        scenario.pack.temperatureSensors = 1
        let reading = try #require(try? conversation(scenario).poll(3).last?.get())
        #expect(reading.temperatures.map(\.celsius) == [-12, nil, -12])
    }

    @Test func `a protection becomes an alarm with an open switch, and its end ends both`() throws {
        try conversation(try #require(Scenario.named("cell-over-voltage"))).checkProtection()
    }

    @Test(arguments: [("noise-10", 0.9), ("wild-wire", 0.75)])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String, share: Double) throws {
        let conversation = conversation(try #require(Scenario.named(name)), seed: 11)
        for reading in try conversation.checkBadWire(share: share) {
            #expect(reading.temperatures.allSatisfy { ($0.celsius ?? 0) > 15 && ($0.celsius ?? 99) < 35 })
        }
    }

    /// A sum does not show damage that makes up for itself.
    @Test func `S31 one damaged answer that its sum does not show is not believed, even on a good line`() throws {
        let conversation = conversation(
            discharging(at: 0),
            through: FilteredLink.damaging(7) { damaged in
                // Cell 1 by 256 mV up, cell 2 by as much down.
                damaged[14] &+= 1
                damaged[17] &-= 1
            })
        conversation.checkHiddenDamage()
    }

    @Test func `S28 a board that sleeps is woken without an error`() throws {
        var options = JKSimulator.Options()
        options.sleepsAfter = .seconds(9)
        try conversation(discharging(), options: options).checkSleep()
    }

    @Test func `answers in single bytes, glued to garbage and behind an echo are read alike`() throws {
        var options = JKSimulator.Options()
        options.echoes = true
        let pieces = conversation(discharging(), options: options, through: FilteredLink.singly)
        #expect(pieces.poll(10).allSatisfy { $0.value != nil })
        let glued = conversation(discharging()) { bytes, number, _ in
            [(.zero, [UInt8](repeating: 0x4E, count: number % 7) + [0x4E, 0x57, 1] + bytes + [0xFF, 0])]
        }
        #expect(glued.poll(10).allSatisfy { $0.value != nil })
    }

    @Test func `S32 an answer that comes a poll late is not taken for the next one`() throws {
        // The answer of the poll at 1.5 s is held back until the next poll waits, then it comes first.
        let scenario = Scenario(
            name: "ramp", profile: LoadProfile([.init(at: 0, .current(-10)), .init(at: 1.7, .current(-50))]))
        let late = conversation(scenario) { bytes, _, time in
            let isLate = (Duration.milliseconds(1500)..<Duration.milliseconds(1600)).contains(time)
            return [(isLate ? .milliseconds(480) : .zero, bytes)]
        }
        let results = late.poll(12)
        let currents = results.compactMap { try? $0.get().current }
        #expect(currents.count >= 10)
        for (index, result) in results.enumerated() {
            guard let reading = try? result.get() else { continue }
            // What is read at a poll is what flowed then.
            if (1...3).contains(index) { #expect(abs((reading.current ?? 0) + 10) < 1) }
            if index >= 4 { #expect(abs((reading.current ?? 0) + 50) < 1) }
        }
        let doubled = conversation(scenario, through: FilteredLink.doubled)
        #expect(doubled.poll(12).allSatisfy { $0.value != nil })
    }

    @Test func `a checksum that is wrong once costs a repetition, and the reading is confirmed`() throws {
        let once = conversation(
            discharging(),
            through: FilteredLink.damaging(6) { damaged in
                damaged[50] ^= 0x04
            })
        try once.checkWrongChecksum()
    }

    @Test func `silence, a dead buffer and a pulled cable look different to the driver`() throws {
        func results(_ name: String) throws -> [Result<PackReading, BMSError>] {
            conversation(try #require(Scenario.named(name))).resultsInTrouble()
        }
        #expect(try results("bms-silent").allSatisfy { $0 == .failure(.silent) })
        let frozen = try results("frozen-buffer").compactMap { try? $0.get() }
        #expect(frozen.count == 20 && Set(frozen.map(\.cells)).count == 1)
        checkUnplugged(try results("unplug"))
    }

    @Test func `a port set to another protocol and an adapter that eats the start are no board`() throws {
        var silent = JKSimulator.Options()
        silent.isSilent = true
        #expect(conversation(discharging(), options: silent).poll(3).allSatisfy { $0 == .failure(.silent) })
        var slow = JKSimulator.Options()
        slow.lostBytes = 3
        for result in conversation(discharging(), options: slow).poll(3) {
            if case .failure(.garbled) = result { continue }
            Issue.record("\(result)")
        }
    }

    @Test func `values that the board does not have are unknown`() throws {
        let reading = try conversation(discharging()).checkMissingReadings(cells: 12)
        #expect(reading.temperatures.allSatisfy { $0.celsius == nil })
    }

    @Test func `invented values are never confirmed`() {
        let conversation = conversation(discharging())
        conversation.pack.change { $0.condition.inventsReadings = true }
        for result in conversation.poll(100) { #expect(throws: BMSError.self) { try result.get() } }
    }

    @Test func `identify names the board, and nothing else is one`() throws {
        let board = conversation(discharging())
        let identity = try #require(board.identify(within: .seconds(2))?.value)
        #expect(identity.family == "jk" && identity.hardware == "JK 11.XW")
        var silent = JKSimulator.Options()
        silent.isSilent = true
        silent.echoes = true
        let nobody = conversation(discharging(), options: silent)
        let result = nobody.identify(within: .seconds(2))
        #expect(throws: BMSError.self) { try result?.get() }
        // An echo alone is no board.
        let echo = conversation(discharging()) { _, _, _ in [(.zero, JKRequest.readAll.bytes)] }
        let echoed = echo.identify(within: .seconds(2))
        #expect(throws: BMSError.self) { try echoed?.get() }
    }

    @Test func `a board that thinks for 93 ms is polled and named in time`() throws {
        var options = JKSimulator.Options()
        options.thinkingTime = .milliseconds(93)
        let slow = conversation(discharging(), options: options)
        let began = slow.loop.now
        let identity = slow.identify(within: .seconds(2))
        #expect(throws: Never.self) { try identity?.get() }
        #expect(slow.loop.now - began < .milliseconds(350))
        #expect(slow.poll(10).allSatisfy { $0.value != nil })
        #expect(try #require(slow.statistics).timeouts == 0)
    }

    @Test(arguments: PackSwitch.allCases) func `a switch is opened and closed, the other stays`(one: PackSwitch) throws
    {
        let conversation = conversation(discharging(at: one == .charge ? 20 : -20))
        try conversation.checkSwitch(one, shownAfter: 2)
    }

    @Test func `a switch that does not follow is told`() {
        conversation(discharging(at: 0)).checkStuckSwitch()
    }
}

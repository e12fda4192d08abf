import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(2))) struct `JK NW driver and board` {
    private func conversation(
        _ scenario: Scenario, seed: UInt64 = 1, options: JKSimulator.Options = .init(),
        through change: JKFilteredLink.Change? = nil
    ) -> JKConversation<JKDriver> {
        JKConversation(
            scenario, JKSimulator(scenario.pack, seed: seed, options: options), seed: seed,
            through: change
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
        let readings = conversation.poll(20).compactMap { try? $0.get() }
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
        let conversation = conversation(try #require(Scenario.named("cell-over-voltage")))
        #expect(try conversation.poll(4).last?.get().alarms?.value.isEmpty == true)
        _ = conversation.poll(56)
        let during = try #require(try conversation.poll(30).last?.get())
        #expect(during.alarms?.value[.highVoltage] == .alarm && during.alarms?.value.forbidsCharge == true)
        #expect(during.cells[4] == 3.8 && during.chargeEnabled == false && during.dischargeEnabled == true)
        _ = conversation.poll(120)
        let after = try #require(try conversation.poll(10).last?.get())
        #expect(after.alarms?.value.isEmpty == true && after.chargeEnabled == true)
    }

    @Test(arguments: [("noise-10", 0.9), ("wild-wire", 0.75)])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String, share: Double) throws {
        let conversation = conversation(try #require(Scenario.named(name)), seed: 11)
        let results = conversation.poll(1200)
        let readings = results.compactMap { try? $0.get() }
        #expect(Double(readings.count) > 1200 * share, "\(readings.count)")
        let statistics = try #require(conversation.statistics)
        #expect(statistics.checksumErrors + statistics.skippedBytes > 50)
        for reading in readings {
            #expect(reading.cells.count == 16)
            #expect(reading.cells.allSatisfy { ($0 ?? 0) > 3.2 && ($0 ?? 9) < 3.5 })
            #expect((reading.voltage ?? 0) > 52 && (reading.voltage ?? 99) < 55.5)
            #expect((reading.stateOfCharge ?? 0) >= 59 && (reading.stateOfCharge ?? 999) < 65)
            #expect(reading.temperatures.allSatisfy { ($0.celsius ?? 0) > 15 && ($0.celsius ?? 99) < 35 })
        }
    }

    @Test func `S28 a board that sleeps is woken without an error`() throws {
        var options = JKSimulator.Options()
        options.sleepsAfter = .seconds(9)
        let conversation = conversation(discharging(), options: options)
        #expect(conversation.poll(4).allSatisfy { (try? $0.get()) != nil })
        conversation.loop.run(for: .seconds(20))
        #expect(conversation.poll(4).allSatisfy { (try? $0.get()) != nil })
        let statistics = try #require(conversation.statistics)
        #expect(statistics.wakeUps == 1 && statistics.timeouts == 0)
    }

    @Test func `answers in single bytes, glued to garbage and behind an echo are read alike`() throws {
        var options = JKSimulator.Options()
        options.echoes = true
        let pieces = conversation(discharging(), options: options) { bytes, _, _ in
            bytes.enumerated().map { (.microseconds(87 * $0.offset), [$0.element]) }
        }
        #expect(pieces.poll(10).allSatisfy { (try? $0.get()) != nil })
        let glued = conversation(discharging()) { bytes, number, _ in
            [(.zero, [UInt8](repeating: 0x4E, count: number % 7) + [0x4E, 0x57, 1] + bytes + [0xFF, 0])]
        }
        #expect(glued.poll(10).allSatisfy { (try? $0.get()) != nil })
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
        let doubled = conversation(scenario) { bytes, _, _ in [(.zero, bytes), (.milliseconds(3), bytes)] }
        #expect(doubled.poll(12).allSatisfy { (try? $0.get()) != nil })
    }

    @Test func `a checksum that is wrong once costs a repetition, and the reading is confirmed`() throws {
        let once = conversation(discharging()) { bytes, number, _ in
            guard number == 6, bytes.count > 50 else { return [(.zero, bytes)] }
            var damaged = bytes
            damaged[50] ^= 0x04
            return [(.zero, damaged)]
        }
        #expect(once.poll(12).allSatisfy { (try? $0.get()) != nil })
        let statistics = try #require(once.statistics)
        #expect(statistics.checksumErrors == 1 && statistics.retries == 1)
    }

    @Test func `silence, a dead buffer and a pulled cable look different to the driver`() throws {
        func results(_ name: String) throws -> [Result<PackReading, BMSError>] {
            let conversation = conversation(try #require(Scenario.named(name)))
            _ = conversation.poll(62)
            return conversation.poll(20)
        }
        #expect(try results("bms-silent").allSatisfy { $0 == .failure(.silent) })
        let frozen = try results("frozen-buffer").compactMap { try? $0.get() }
        #expect(frozen.count == 20 && Set(frozen.map(\.cells)).count == 1)
        let unplugged = try results("unplug")
        #expect(unplugged.allSatisfy { if case .failure(.link) = $0 { true } else { false } })
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
        let conversation = conversation(discharging())
        _ = conversation.poll(2)
        conversation.pack.change { $0.condition.lacksReadings = true }
        let reading = try #require(try conversation.poll(2).last?.get())
        #expect(reading.cells == [Double?](repeating: nil, count: 12) && reading.voltage == nil)
        #expect(reading.temperatures.allSatisfy { $0.celsius == nil })
    }

    @Test func `invented values never end the program`() {
        let conversation = conversation(discharging())
        conversation.pack.change { $0.condition.inventsReadings = true }
        #expect(conversation.poll(200).allSatisfy { (try? $0.get()) != nil })
    }

    @Test func `identify names the board, and nothing else is one`() throws {
        let board = conversation(discharging())
        let end = board.loop.now + .seconds(2)
        let identity = try #require(
            try board.use { (driver) async throws(BMSError) in try await driver.identify(within: end) }?.get())
        #expect(identity.family == "jk" && identity.hardware == "11.XW")
        var silent = JKSimulator.Options()
        silent.isSilent = true
        silent.echoes = true
        let nobody = conversation(discharging(), options: silent)
        let result = nobody.use { (driver) async throws(BMSError) in try await driver.identify(within: end) }
        #expect(throws: BMSError.self) { try result?.get() }
        // An echo alone is no board.
        let echo = conversation(discharging()) { _, _, _ in [(.zero, JKRequest.readAll.bytes)] }
        let echoed = echo.use { (driver) async throws(BMSError) in try await driver.identify(within: end) }
        #expect(throws: BMSError.self) { try echoed?.get() }
    }

    @Test(arguments: PackSwitch.allCases) func `a switch is opened and closed, the other stays`(one: PackSwitch) throws
    {
        let conversation = conversation(discharging(at: one == .charge ? 20 : -20))
        _ = conversation.poll(2)
        for closed in [false, true, true] {
            let end = conversation.loop.now + .seconds(5)
            let result = conversation.use { (driver) async throws(BMSError) in
                try await driver.setSwitch(one, closed: closed, within: end)
            }
            #expect(throws: Never.self) { try result?.get() }
            let reading = try #require(try conversation.poll(2).last?.get())
            #expect(reading.chargeEnabled == (one == .charge ? closed : true))
            #expect(reading.dischargeEnabled == (one == .discharge ? closed : true))
            #expect(((reading.current ?? 0).magnitude < 1) == !closed)
        }
    }

    @Test func `a switch that does not follow is told`() throws {
        let conversation = conversation(discharging(at: 0))
        conversation.pack.change { $0.pack.chargeSwitchStuck = true }
        let end = conversation.loop.now + .seconds(5)
        let result = conversation.use { (driver) async throws(BMSError) in
            try await driver.setSwitch(.charge, closed: false, within: end)
        }
        if case .failure(.unexpected) = result { return }
        Issue.record("\(String(describing: result))")
    }
}

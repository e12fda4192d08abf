import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(2))) struct `JK PB driver and board` {
    private func conversation(
        _ scenario: Scenario, seed: UInt64 = 1, options: JKPBSimulator.Options = .init(), asks address: UInt8 = 1,
        through change: FilteredLink.Change? = nil
    ) -> DriverBench {
        DriverBench(
            scenario, bms: JKPBSimulator(scenario.pack, seed: seed, options: options), seed: seed, through: change
        ) { JKPBDriver(pack: 1, link: $0, loop: $1, options: .init(address: address)) }
    }

    private func flowing(cells: Int = 12, at amperes: Double = -25) -> Scenario {
        var scenario = Scenario(name: "test", profile: LoadProfile([.init(at: 0, .current(amperes))]))
        scenario.pack.cells = cells
        return scenario
    }

    @Test(arguments: [false, true], [-25.0, 40])
    func `the driver reads what the pack is`(hasFiller: Bool, amperes: Double) throws {
        var options = JKPBSimulator.Options()
        options.hasFiller = hasFiller
        options.counter = hasFiller ? 0 : 5
        options.address = hasFiller ? 9 : 1
        let conversation = conversation(flowing(at: amperes), options: options, asks: options.address)
        let readings = conversation.readings(20)
        #expect(readings.count == 20)
        let last = try #require(readings.last)
        let truth = conversation.pack.bms.pack
        #expect(last.cells.count == 12)
        for (read, real) in zip(last.cells, truth.measurement.cells) { #expect(abs((read ?? 0) - real) < 0.002) }
        #expect(abs((last.voltage ?? 0) - truth.voltage) < 0.02)
        #expect(abs((last.current ?? 0) - amperes) < 0.1)
        #expect(abs((last.stateOfCharge ?? 0) - 60) < 1 && abs((last.remainingCapacity ?? 0) - 168) < 1)
        for (index, sensor) in last.temperatures.enumerated() {
            if (2...3).contains(index) {
                #expect(sensor.celsius == nil)
            } else {
                #expect(abs((sensor.celsius ?? 0) - 22) < 0.5)
            }
        }
        #expect(last.chargeEnabled == true && last.dischargeEnabled == true)
        #expect(last.settings?.value.cellCount == 12 && last.settings?.value.capacity == 280)
        #expect(last.settings?.value.chargeCutoffCurrent == 200)
        #expect(last.settings?.value.overVoltageCell == CellChemistry.lfp.overVoltageCell)
        #expect(last.activity == (amperes > 0 ? .charging : .discharging))
        #expect(last.alarms?.value.isEmpty == true)
        #expect(last.identity?.firmware == "15.10" && last.identity?.hardware == "JK_PB2A16S15P 15.XA")
        #expect((last.runningCounter ?? 0) > (readings.first?.runningCounter ?? .max))
        let statistics = try #require(conversation.statistics)
        #expect(statistics.timeouts == 0 && statistics.retries == 0 && statistics.checksumErrors == 0)
    }

    @Test func `a protection becomes an alarm with an open switch, and its end ends both`() throws {
        try conversation(try #require(Scenario.named("cell-over-voltage"))).checkProtection()
    }

    @Test(arguments: [("noise-10", 0.9), ("wild-wire", 0.7)])
    func `S31 on a bad wire most polls succeed and none brings a wrong value`(name: String, share: Double) throws {
        let conversation = conversation(try #require(Scenario.named(name)), seed: 11)
        for reading in try conversation.checkBadWire(share: share) {
            #expect(reading.settings?.value.overVoltageCell ?? 3.75 == 3.75)
        }
    }

    /// The sum of a record has eight bits: this damage passes it.
    @Test func `S31 one damaged record that its sum does not show is not believed, even on a good line`() throws {
        let conversation = conversation(
            flowing(at: 0),
            through: FilteredLink.damaging(10) { damaged in
                // Cell 1 by 256 mV up, cell 2 by as much down.
                damaged[7] &+= 1
                damaged[9] &-= 1
            })
        conversation.checkHiddenDamage()
    }

    @Test func `S28 a board that sleeps is woken without an error`() throws {
        var options = JKPBSimulator.Options()
        options.sleepsAfter = .seconds(9)
        try conversation(flowing(), options: options).checkSleep()
    }

    @Test func `answers in single bytes, glued to garbage, doubled and behind an echo are read alike`() throws {
        var options = JKPBSimulator.Options()
        options.echoes = true
        let pieces = conversation(flowing(), options: options, through: FilteredLink.singly)
        #expect(pieces.poll(10).allSatisfy { $0.value != nil })
        let glued = conversation(flowing()) { bytes, number, _ in
            [(.zero, [UInt8](repeating: 0x55, count: number % 7) + [0x55, 0xAA, 1] + bytes + [0xFF, 0])]
        }
        #expect(glued.poll(10).allSatisfy { $0.value != nil })
        let doubled = conversation(flowing(), through: FilteredLink.doubled)
        #expect(doubled.poll(12).allSatisfy { $0.value != nil })
    }

    @Test func `S32 an answer that comes a poll late is not taken for the next one`() throws {
        // Whatever would arrive in a while, beginning before the current changes, is held back: it comes at its end, in
        // order, when the next poll waits.
        let scenario = Scenario(
            name: "ramp", profile: LoadProfile([.init(at: 0, .current(-10)), .init(at: 2.7, .current(-50))]))
        let late = conversation(scenario) { bytes, _, time in
            let isHeld = (Duration.milliseconds(2050)..<Duration.milliseconds(2900)).contains(time)
            return [(isHeld ? .milliseconds(2900) - time : .zero, bytes)]
        }
        let results = late.poll(12)
        #expect(results.contains { (try? $0.get()) == nil })
        let currents = results.compactMap { try? $0.get().current }
        #expect(currents.count >= 8)
        #expect(currents.dropFirst().allSatisfy { abs($0 + 10) < 1 || abs($0 + 50) < 1 })
        // After the silence nothing comes from before it.
        let silence = results.firstIndex { (try? $0.get()) == nil } ?? 0
        let since = results[silence...].compactMap { try? $0.get().current }
        #expect(since.count > 5 && since.allSatisfy { abs($0 + 50) < 1 })
    }

    @Test func `S32 another board's answer is not taken`() {
        var other = JKPBSimulator.Options()
        other.address = 2
        #expect(conversation(flowing(), options: other).poll(3).allSatisfy { $0 == .failure(.silent) })
        // A bus on which a neighbour answers whatever is asked.
        let neighbour = JKPBRequest.record(.status, address: 2)
        let wrong = conversation(flowing()) { bytes, _, _ in
            bytes.count >= 308 ? [(.zero, Array(bytes.prefix(300)) + neighbour.acknowledgement)] : [(.zero, bytes)]
        }
        for result in wrong.poll(3) { #expect(throws: BMSError.self) { try result.get() } }
    }

    @Test func `a checksum that is wrong once costs a repetition`() throws {
        let once = conversation(
            flowing(),
            through: FilteredLink.damaging(8) { damaged in
                damaged[50] ^= 0x04
            })
        try once.checkWrongChecksum()
    }

    @Test func `silence, a dead buffer, a dead counter and a pulled cable look different to the driver`() throws {
        func results(_ name: String) throws -> [Result<PackReading, BMSError>] {
            conversation(try #require(Scenario.named(name))).resultsInTrouble()
        }
        #expect(try results("bms-silent").allSatisfy { $0 == .failure(.silent) })
        let frozen = try results("frozen-buffer").compactMap { try? $0.get() }
        #expect(frozen.count == 20 && Set(frozen.map(\.runningCounter)).count == 1)
        #expect(Set(frozen.map(\.cells)).count == 1)
        let counter = try results("frozen-counter").compactMap { try? $0.get() }
        #expect(Set(counter.map(\.runningCounter)).count == 1 && Set(counter.map(\.current)).count > 1)
        checkUnplugged(try results("unplug"))
    }

    @Test func `values that the board does not have are unknown`() throws {
        let reading = try conversation(flowing()).checkMissingReadings(cells: 12)
        #expect(reading.temperatures.allSatisfy { $0.celsius == nil })
    }

    @Test func `invented values are never confirmed`() {
        let conversation = conversation(flowing())
        conversation.pack.change { $0.condition.inventsReadings = true }
        for result in conversation.poll(50) { #expect(throws: BMSError.self) { try result.get() } }
    }

    @Test func `a board that was restarted is read anew`() throws {
        let conversation = conversation(flowing())
        _ = conversation.poll(4)
        let before = try #require(conversation.statistics).requests
        conversation.pack.change { $0.restart() }
        _ = conversation.poll(12)
        let reading = try #require(try conversation.poll(2).last?.get())
        #expect((reading.runningCounter ?? 999) < 20 && reading.settings != nil && reading.identity != nil)
        #expect(try #require(conversation.statistics).requests > before + 14)
    }

    @Test func `identify names the board, and nothing else is one`() throws {
        let board = conversation(flowing())
        let identity = try #require(board.identify(within: .seconds(3))?.value)
        #expect(identity.family == "jk-pb" && identity.serial == "ATR BMS")
        let echo = conversation(flowing()) { _, _, _ in [(.zero, JKPBRequest.record(.settings, address: 1).bytes)] }
        let echoed = echo.identify(within: .seconds(3))
        #expect(throws: BMSError.self) { try echoed?.get() }
    }

    @Test(arguments: PackSwitch.allCases, [false, true])
    func `a switch is opened and closed, the other stays`(one: PackSwitch, echoes: Bool) throws {
        var options = JKPBSimulator.Options()
        options.echoes = echoes
        let conversation = conversation(flowing(at: one == .charge ? 20 : -20), options: options)
        try conversation.checkSwitch(one, shownAfter: 3)
    }

    @Test func `a switch that does not follow is told`() {
        conversation(flowing(at: 0)).checkStuckSwitch()
    }
}

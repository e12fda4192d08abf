import Battery
import Testing

@Suite("What a reading is worth")
struct IntakeTests {
    @Test(
        "S21: a value outside its physical range is unknown, never clamped",
        arguments: [5.01, 0.49, -1, .nan, .infinity, 65.535])
    func range(volts: Double) throws {
        var rig = Rig()
        rig.reading.cells[6] = volts
        rig.reading.voltage = 52.8
        let snapshot = try rig.take().get()
        #expect(snapshot.reading.cells[6] == nil)
        #expect(snapshot.missing.contains(.cellVoltages))
        #expect(snapshot.highestCell?.volts == 3.30)
    }

    @Test func `S21: absurd current, temperature and charge are unknown`() throws {
        var rig = Rig()
        rig.reading.current = 1000.1
        rig.reading.stateOfCharge = 100.5
        rig.reading.stateOfHealth = -1
        rig.reading.temperatures[0].celsius = -40.1
        let snapshot = try rig.take().get()
        #expect(snapshot.reading.current == nil)
        #expect(snapshot.reading.stateOfCharge == nil)
        #expect(snapshot.reading.stateOfHealth == nil)
        #expect(snapshot.reading.temperatures[0].celsius == nil)
    }

    @Test func `S21: a surge far above the configured maximum stays visible`() throws {
        var rig = Rig()
        rig.reading.current = -900
        #expect(try rig.take().get().reading.current == -900)
    }

    @Test func `S21: another number of cells than configured is no snapshot`() {
        var rig = Rig()
        rig.reading.cells.removeLast()
        #expect(rig.take() == .failure(.cellCount(got: 15, configured: 16)))
        #expect(rig.intake.report.snapshot == nil)
    }

    @Test func `S22: cells that do not add up void the second snapshot in a row, and all after it`() {
        var rig = Rig.settled()
        rig.reading.voltage = 50
        #expect(throws: Never.self) { try rig.take().get() }
        #expect(throws: SnapshotFault.self) { try rig.take().get() }
        #expect(throws: SnapshotFault.self) { try rig.take().get() }
        rig.reading.voltage = nil
        #expect(throws: Never.self) { try rig.take().get() }
    }

    @Test func `S22: the allowance grows with the current`() {
        var rig = Rig.settled()
        // 52.8 V of cells; 1 % and 0.3 V allow 0.84 V, 200 A another 0.6 V.
        rig.reading.voltage = 51.6
        rig.reading.current = -200
        rig.take()
        #expect(throws: Never.self) { try rig.take().get() }
        rig.reading.current = 0
        rig.take()
        #expect(throws: SnapshotFault.self) { try rig.take().get() }
    }

    @Test func `S22: extremes of the BMS that contradict each other or the list void the snapshot`() {
        var rig = Rig.settled()
        rig.reading.reportedMinimumCell = 3.31
        rig.reading.reportedMaximumCell = 3.29
        rig.take()
        #expect(rig.take() == .failure(.extremes(lowest: 3.31, highest: 3.29)))
        rig.reading.reportedMinimumCell = 3.30
        rig.reading.reportedMaximumCell = 3.60
        #expect(rig.take() == .failure(.extremes(lowest: 3.30, highest: 3.60)))
    }

    @Test func `S23: a cell that jumps counts at its worse value until the next snapshot confirms it`() throws {
        var rig = Rig.settled()
        rig.reading.cells[3] = 2.9
        let jumped = try rig.take().get()
        #expect(!jumped.cellsConfirmed)
        #expect(jumped.cautiousLowestCell == 2.9)
        #expect(try #require(jumped.cautiousHighestCell) >= 3.30)
        let confirmed = try rig.take().get()
        #expect(confirmed.cellsConfirmed)
    }

    @Test func `S23: a spike that is gone at the next snapshot leaves no trace`() throws {
        var rig = Rig.settled()
        rig.reading.cells[3] = 3.7
        let spike = try rig.take().get()
        #expect(spike.cautiousHighestCell == 3.7)
        rig.cells(3.30)
        let after = try rig.take().get()
        #expect(after.cellsConfirmed)
        #expect(try #require(after.cautiousHighestCell) < 3.33)
    }

    @Test func `S23: a jump of the charge is shown only when confirmed`() throws {
        var rig = Rig.settled()
        rig.reading.stateOfCharge = 11
        #expect(try rig.take().get().reading.stateOfCharge == 50)
        #expect(try rig.take().get().reading.stateOfCharge == 11)
    }

    @Test func `S8: a counter that stands still for five seconds voids every snapshot since its last advance`() throws {
        var rig = Rig.settled()
        let advanced = rig.now
        rig.reading.runningCounter = rig.counter
        while rig.now - advanced < .seconds(5) { #expect(throws: Never.self) { try rig.take().get() } }
        #expect(rig.take() == .failure(.counterFrozen(at: rig.counter - 11)))
        #expect(rig.intake.report.ageOrigin == advanced)
        #expect(rig.control.step(rig.input, now: rig.now).stage == .noCharge)
    }

    @Test func `S8: while the counter stands still the data ages, though it is not void yet`() {
        var rig = Rig.settled()
        let advanced = rig.now
        rig.reading.runningCounter = rig.counter
        for _ in 0..<4 { #expect(rig.poll().stage == .live) }
        let decision = rig.poll()
        #expect(decision.stage == .stale)
        #expect(decision.alarms[.bmsInternal] == .warning)
        #expect(rig.intake.report.ageOrigin == advanced)
    }

    @Test func `S8: a rare answer with a frozen counter makes the data as old as the counter`() {
        var rig = Rig.settled()
        let advanced = rig.now
        rig.reading.runningCounter = rig.counter
        // Three answers while the counter may stand still, then none until it has stood still for too long.
        for _ in 0..<3 { rig.poll() }
        let decision = rig.poll(after: .seconds(4))
        #expect(rig.intake.report.ageOrigin == advanced)
        #expect(decision.stage == .noCharge)
        #expect(decision.chargeCurrent.value == 0)
    }

    @Test func `S8: limits return only after the counter moved again for three snapshots`() {
        var rig = Rig.settled()
        rig.reading.runningCounter = rig.counter
        rig.run(.seconds(8))
        rig.reading.runningCounter = nil
        rig.counter += 100
        #expect(rig.poll().stage == .noCharge)
        rig.run(.seconds(3))
        #expect(rig.control.step(rig.input, now: rig.now).stage == .live)
    }

    @Test func `S7: a constant value is not stale`() {
        var rig = Rig.settled()
        let decision = rig.run(.seconds(600))
        #expect(decision.stage == .live)
        #expect(decision.chargeCurrent.value == 100)
    }

    @Test func `S24: a cell that stands still while the others move is none, until it moves again`() throws {
        var rig = Rig.settled()
        for volts in [3.31, 3.32] {
            rig.cells(volts)
            rig.reading.cells[2] = 3.30
            #expect(rig.poll().chargeCurrent.value == 100)
        }
        rig.cells(3.34)
        rig.reading.cells[2] = 3.30
        let decision = rig.poll()
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.chargeCurrent.contributions.first?.rule == .cellVoltageMissing)
        #expect(decision.dischargeCurrent.value == 150)
        rig.reading.cells[2] = 3.3001
        #expect(try rig.take().get().missing.isEmpty)
    }

    @Test func `S7: one cell's wild readings make no other cell a frozen one`() throws {
        var rig = Rig.settled()
        rig.reading.cells[2] = 3.58
        rig.run(.seconds(2))
        #expect(try rig.take().get().missing.isEmpty)
    }

    @Test func `inputs that go and come are told once each, those that never were are not`() throws {
        var rig = Rig.settled()
        var watch = InputWatch()
        rig.reading.temperatures.append(.init(name: "EXT2", place: .cells, celsius: nil))
        for _ in 0..<3 { #expect(watch.changes(try rig.take().get()).isEmpty) }
        rig.reading.cells[4] = nil
        rig.reading.temperatures[0].celsius = nil
        #expect(watch.changes(try rig.take().get()) == [.cellLost(5), .sensorLost("EXT1", others: 0)])
        #expect(watch.changes(try rig.take().get()).isEmpty)
        rig.reading.cells[4] = 3.3
        rig.reading.temperatures[0].celsius = 25
        #expect(watch.changes(try rig.take().get()) == [.cellBack(5), .sensorBack("EXT1")])
    }

    @Test func `a sensor that was never connected is no input, one that is lost is a missing one`() {
        var boardOnly = Rig()
        boardOnly.reading.temperatures[0].celsius = nil
        #expect(boardOnly.run(.seconds(30)).chargeCurrent.value > 0)
        var lost = Rig.settled()
        lost.reading.temperatures[0].celsius = nil
        let decision = lost.poll()
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.chargeCurrent.contributions.first?.rule == .temperatureMissing)
        #expect(decision.dischargeCurrent.value == 150)
    }

    /// Seen red with a sensor known from its first temperature on.
    @Test func `S24: wild readings of a socket without a sensor do not forbid charging for good`() throws {
        var rig = Rig()
        rig.reading.temperatures[0].celsius = nil
        rig.run(.seconds(30))
        var watch = InputWatch()
        for celsius in [0.0, 20, nil, 30, nil] {
            rig.reading.temperatures[0].celsius = celsius
            #expect(watch.changes(try rig.take().get()).isEmpty)
            _ = rig.control.step(rig.input, now: rig.now)
        }
        #expect(rig.run(.seconds(30)).chargeCurrent.value > 0)
    }
}

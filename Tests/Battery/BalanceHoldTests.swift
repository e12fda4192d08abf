import Battery
import Testing

@Suite("Holding the cells for their balancers")
struct BalanceHoldTests {
    /// Full by its voltage and current, with one cell ahead of the others, V.
    private func full(apart: Double, _ configure: @escaping (inout ControlConfiguration) -> Void = { _ in }) -> Rig {
        var rig = Rig.settled(configure: {
            $0.balanceHold = .seconds(4 * 3600)
            configure(&$0)
        })
        rig.reading.stateOfCharge = 93
        rig.cells(3.445 - apart)
        rig.reading.cells[5] = 3.445
        rig.reading.current = 1
        rig.run(.seconds(80))
        return rig
    }

    private func isBalance(_ event: ControlEvent, byTime: Bool) -> Bool {
        if case .balance(_, byTime) = event { true } else { false }
    }

    @Test func `after a full charge cells that are apart are held below absorption, with three balance currents`() {
        var rig = full(apart: 0.06)
        let decision = rig.run(.seconds(1200))
        #expect(decision.mode == .balanceHold)
        #expect(abs(decision.chargeVoltage.value - 16 * 3.42) < 0.02)
        #expect(decision.chargeVoltage.contributions.contains { $0.rule == .balanceHold })
        #expect(abs(decision.chargeCurrent.value - 0.6) < 1e-9)
        #expect(decision.chargeCurrent.contributions.first?.rule == .balanceHold)
    }

    @Test func `cells that are together, or nobody who asks for it, go to float as ever`() {
        var together = full(apart: 0.009)
        #expect(together.poll().mode == .floatTransition)
        var unasked = full(apart: 0.06) { $0.balanceHold = nil }
        #expect(unasked.poll().mode == .floatTransition)
    }

    @Test func `it ends a quarter of an hour after the cells are together at rest`() {
        var rig = full(apart: 0.06)
        rig.run(.seconds(700))
        rig.cells(3.42)
        var events: [ControlEvent] = []
        #expect(rig.run(.seconds(890)) { events += $0.events }.mode == .balanceHold)
        #expect(rig.run(.seconds(20)) { events += $0.events }.mode == .floatTransition)
        #expect(events.contains { isBalance($0, byTime: false) })
    }

    @Test func `a spread under load says nothing: only the rest counts`() {
        var rig = full(apart: 0.06) { $0.balanceHold = .seconds(2400) }
        rig.cells(3.42)
        rig.reading.current = -20
        #expect(rig.run(.seconds(2200)).mode == .balanceHold, "together, but under 20 A")
        var events: [ControlEvent] = []
        #expect(rig.run(.seconds(220)) { events += $0.events }.mode == .floatTransition)
        #expect(events.contains { isBalance($0, byTime: true) })
    }

    @Test func `S24: a missing cell or current begins no hold, and ends in the time-out at the latest`() {
        var rig = Rig.settled(configure: { $0.balanceHold = .seconds(1800) })
        rig.reading.stateOfCharge = 93
        rig.cells(3.385)
        rig.reading.cells[5] = 3.445
        rig.reading.cells[9] = nil
        rig.reading.voltage = 16 * 3.385
        rig.reading.current = 1
        #expect(rig.run(.seconds(80)).mode != .balanceHold)
        var held = full(apart: 0.06) { $0.balanceHold = .seconds(1800) }
        held.reading.current = nil
        held.cells(3.42)
        #expect(held.run(.seconds(1700)).mode == .balanceHold)
        #expect(held.run(.seconds(110)).mode == .floatTransition)
    }

    @Test func `S27: a cell at its maximum forbids charging in the hold as anywhere`() {
        var rig = full(apart: 0.06)
        rig.reading.cells[5] = 3.65
        #expect(rig.poll().chargeCurrent.value == 0)
    }

    @Test func `a battery that is used meanwhile is charged again`() {
        var rig = full(apart: 0.06)
        rig.reading.current = -60
        rig.reading.stateOfCharge = 85
        rig.run(.seconds(2))
        #expect(rig.poll().mode == .bulk)
    }
}

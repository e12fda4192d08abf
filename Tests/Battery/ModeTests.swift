import Battery
import Testing

@Suite("Bulk, absorption, float")
struct ModeTests {
    @Test func `a battery below the re-bulk level starts in bulk, a charged one in float`() {
        var low = Rig()
        #expect(low.run(.seconds(2)).mode == .bulk)
        var high = Rig()
        high.reading.stateOfCharge = 97
        high.cells(3.36)
        #expect(high.run(.seconds(2)).mode == .float)
    }

    @Test func `a full charge goes through absorption and a slow way down to float, whatever the charge says`() {
        var rig = Rig.settled()
        rig.reading.stateOfCharge = 93
        rig.cells(3.435)
        rig.reading.current = 6
        #expect(rig.run(.seconds(12)).mode == .absorption)
        #expect(rig.run(.seconds(300)).mode == .absorption, "6 A into 280 Ah at 3.435 V is not full yet")
        rig.reading.current = 2
        var events: [ControlEvent] = []
        rig.run(.seconds(62)) { events += $0.events }
        #expect(events.contains { if case .full(_, byTime: false) = $0 { true } else { false } })
        var last = rig.control.step(rig.input, now: rig.now).chargeVoltage.value
        rig.run(.seconds(600)) { decision in
            #expect(decision.mode == .floatTransition)
            #expect(last - decision.chargeVoltage.value <= 0.06e-3 * 16 * 0.5 + 1e-9)
            last = decision.chargeVoltage.value
        }
        rig.cells(3.36)
        let end = rig.run(.seconds(1300))
        #expect(end.mode == .float)
        #expect(abs(end.chargeVoltage.value - 16 * 3.35) < 1e-9)
    }

    @Test func `absorption ends by time, and says so`() {
        var rig = Rig.settled(configure: { $0.absorptionMaximum = .seconds(600) })
        rig.cells(3.44)
        rig.reading.current = 50
        var events: [ControlEvent] = []
        rig.run(.seconds(620)) { events += $0.events }
        #expect(events.contains { if case .full(_, byTime: true) = $0 { true } else { false } })
    }

    @Test func `float ends at the re-bulk charge, or after ten minutes at the re-bulk voltage`() {
        var charge = Rig()
        charge.reading.stateOfCharge = 95
        charge.cells(3.36)
        charge.run(.seconds(5))
        charge.reading.stateOfCharge = 85
        charge.run(.seconds(2))
        #expect(charge.poll().mode == .bulk)
        var volts = Rig()
        volts.reading.stateOfCharge = nil
        volts.cells(3.36)
        volts.run(.seconds(5))
        volts.cells(3.29)
        #expect(volts.run(.seconds(590)).mode == .float)
        #expect(volts.run(.seconds(20)).mode == .bulk)
    }

    @Test func `the charge voltage leans back for one high cell and never below float`() {
        var rig = Rig.settled()
        rig.cells(3.40)
        rig.reading.cells[9] = 3.50
        let early = rig.run(.seconds(3)).chargeVoltage
        #expect(early.value < 16 * 3.45 - 0.04)
        #expect(early.contributions.first?.rule == .highestCellController)
        let late = rig.run(.seconds(600)).chargeVoltage.value
        #expect(abs(late - 16 * 3.35) < 1e-9)
    }

    @Test func `the charge voltage rises slowly after a lost BMS`() {
        var rig = Rig.settled()
        rig.wait(.seconds(8))
        var last = rig.control.step(rig.input, now: rig.now).chargeVoltage.value
        rig.run(.seconds(80)) { decision in
            #expect(decision.chargeVoltage.value - last <= 16 * 0.002 * 0.5 + 1e-9)
            last = decision.chargeVoltage.value
        }
        #expect(abs(last - 16 * 3.45) < 1e-9)
    }

    @Test func `each chemistry has its own voltages`() {
        for chemistry in Chemistry.allCases {
            var rig = Rig {
                $0 = PackSpecification(
                    chemistry: chemistry, cellCount: 14, capacity: 100, maximumCharge: 50, maximumDischarge: 50)
            }
            rig.cells(chemistry.floatCell - 0.2)
            rig.reading.settings = Aged(BMSSettings(), taken: rig.now)
            let decision = rig.run(.seconds(60))
            #expect(abs(decision.chargeVoltage.value - 14 * chemistry.absorptionCell) < 1e-9)
            #expect(decision.chargeCurrent.value == 50)
        }
    }
}

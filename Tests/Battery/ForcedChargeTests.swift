import Battery
import Testing

@Suite("The forced charge")
struct ForcedChargeTests {
    private func rig(_ configure: @escaping (inout ControlConfiguration) -> Void = { _ in }) -> Rig {
        var rig = Rig.settled(configure: {
            $0.forceBelow = 10
            configure(&$0)
        })
        rig.reading.current = -20
        return rig
    }

    /// The charge comes down in steps that need no confirmation.
    @discardableResult
    private func lower(_ rig: inout Rig, to percent: Double) -> Decision {
        rig.reading.stateOfCharge = percent
        return rig.run(.seconds(3))
    }

    @Test func `at the user's level the inverter is asked for a charge, until the charge has risen by the distance`() {
        var rig = rig()
        #expect(lower(&rig, to: 11).requestsCharge == false)
        let forced = lower(&rig, to: 10)
        #expect(forced.mode == .forcedCharge && forced.requestsCharge == true)
        #expect(abs(forced.chargeVoltage.value - 16 * 3.45) < 1e-9, "as bulk")
        #expect(forced.chargeCurrent.value == 100)
        #expect(lower(&rig, to: 29).mode == .forcedCharge)
        rig.run(.seconds(700))
        let recovered = lower(&rig, to: 30)
        #expect(recovered.mode == .bulk && recovered.requestsCharge == false)
    }

    @Test func `a nearly empty cell asks for a charge whatever the charge says, and is not content with a rebound`() {
        var rig = rig { $0.ceiling = 60 }
        rig.reading.stateOfCharge = 75
        rig.run(.seconds(5))
        #expect(rig.poll().mode == .ceiling)
        rig.reading.cells[3] = 2.89
        #expect(rig.run(.seconds(50)).mode == .ceiling)
        let forced = rig.run(.seconds(20))
        #expect(forced.mode == .forcedCharge && forced.requestsCharge == true)
        rig.cells(3.21)
        #expect(rig.run(.seconds(590)).requestsCharge == true)
        #expect(rig.run(.seconds(20)).mode == .bulk, "and the ceiling has no say any more")
    }

    @Test func `without a level nothing is ever asked for`() {
        var rig = Rig.settled()
        rig.reading.stateOfCharge = 1
        rig.reading.cells[3] = 2.85
        #expect(rig.run(.seconds(200)).requestsCharge == nil)
    }

    @Test func `S24: a state of charge that is missing forces nothing and ends what it forced`() {
        var rig = rig()
        rig.reading.stateOfCharge = nil
        #expect(rig.run(.seconds(200)).mode == .bulk)
        #expect(lower(&rig, to: 8).mode == .forcedCharge)
        rig.run(.seconds(700))
        rig.reading.stateOfCharge = nil
        let gone = rig.run(.seconds(2))
        #expect(gone.mode == .bulk && gone.requestsCharge == false)
    }

    @Test func `S24: old data, a fault and a forbidden charge ask for nothing`() {
        var rig = rig()
        #expect(lower(&rig, to: 8).requestsCharge == true)
        var late = rig
        #expect(late.wait(.seconds(3)).requestsCharge == false)
        #expect(late.wait(.seconds(8)).requestsCharge == false)
        var cold = rig
        cold.reading.temperatures[0].celsius = -5
        #expect(cold.poll().requestsCharge == false)
        var broken = rig
        broken.reading.cells[2] = nil
        #expect(broken.poll().requestsCharge == false)
        rig.reading.cells[2] = 1.9
        rig.run(.seconds(2))
        let fault = rig.poll()
        #expect(fault.mode == .fault && fault.requestsCharge == false && fault.chargeCurrent.value == 0)
    }

    @Test func `a stuck state of charge does not ask for ever`() {
        var rig = rig()
        #expect(lower(&rig, to: 5).mode == .forcedCharge)
        rig.cells(3.44)
        rig.reading.current = 2
        rig.run(.seconds(90))
        rig.cells(3.33)
        rig.run(.seconds(60)) { #expect($0.requestsCharge == false) }
        lower(&rig, to: 30)
        #expect(lower(&rig, to: 9).requestsCharge == true, "once it has risen it is believed again")
    }
}

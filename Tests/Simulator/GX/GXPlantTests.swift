import Battery
import InverterProtocols
import Simulator
import Testing

@Suite struct `The plant behind the GX` {
    private func belief(ccl: Double = 100, dcl: Double = 120) -> GXBelief {
        var belief = GXBelief()
        belief.state = .connected
        belief.applied = .init(chargeVoltage: 55.2, chargeCurrent: ccl, dischargeCurrent: dcl, dischargeVoltage: 46.4)
        return belief
    }

    /// A pack of constant resistance; returns the currents of as many seconds.
    private func run(
        _ plant: inout GXPlant, _ belief: GXBelief, watts: Double, openVoltage: Double, seconds: Int = 60
    ) -> [Double] {
        (0..<seconds).map { _ in
            plant.step(
                belief: belief, wantedPower: watts, packVoltage: openVoltage + 0.010 * plant.current,
                elapsed: .seconds(1))
        }
    }

    @Test func `charging stays within CCL and within what the sun gives`() {
        var plant = GXPlant()
        #expect(run(&plant, belief(), watts: 20_000, openVoltage: 52).max() == 100)
        let little = run(&plant, belief(), watts: 520, openVoltage: 52)
        #expect((little.last ?? 0) > 9.9 && (little.last ?? 0) < 10.1)
    }

    @Test func `a fallen CCL is obeyed in the same step`() {
        var plant = GXPlant()
        _ = run(&plant, belief(), watts: 20_000, openVoltage: 52)
        #expect(run(&plant, belief(ccl: 5), watts: 20_000, openVoltage: 52, seconds: 1) == [5])
        #expect(run(&plant, belief(ccl: 0), watts: 20_000, openVoltage: 52, seconds: 1) == [0])
    }

    @Test func `the current tapers so that the pack rests at CVL`() throws {
        var plant = GXPlant()
        let currents = run(&plant, belief(), watts: 20_000, openVoltage: 54.9, seconds: 200)
        let last = try #require(currents.last)
        // 54.9 V + 10 mOhm x 30 A = 55.2 V.
        #expect((last - 30).magnitude < 0.5)
        #expect(run(&plant, belief(), watts: 20_000, openVoltage: 55.3, seconds: 60).last == 0)
    }

    @Test func `above CVL a plant with feed-in discharges down to it, within DCL`() throws {
        var plant = GXPlant(feedsIn: true)
        let currents = run(&plant, belief(dcl: 20), watts: 1000, openVoltage: 55.6, seconds: 100)
        #expect(currents.last == -20)
    }

    @Test func `discharging stays within DCL and ends at DVL`() {
        var plant = GXPlant()
        #expect(run(&plant, belief(), watts: -20_000, openVoltage: 52, seconds: 1) == [-120])
        #expect(run(&plant, belief(dcl: 0), watts: -20_000, openVoltage: 52, seconds: 1) == [0])
        #expect(run(&plant, belief(), watts: -520, openVoltage: 53.2, seconds: 1).allSatisfy { $0 > -10 && $0 < -9.5 })
        #expect(plant.step(belief: belief(), wantedPower: -500, packVoltage: 46.4, elapsed: .seconds(1)) == 0)
        // The pack recovers without load: the inverter waits for more than that.
        #expect(plant.step(belief: belief(), wantedPower: -500, packVoltage: 46.9, elapsed: .seconds(1)) == 0)
        #expect(plant.step(belief: belief(), wantedPower: -500, packVoltage: 47.5, elapsed: .seconds(1)) < 0)
    }

    @Test func `without a battery service nothing flows`() {
        var plant = GXPlant()
        _ = run(&plant, belief(), watts: 20_000, openVoltage: 52)
        var lost = belief()
        lost.state = .lost
        #expect(run(&plant, lost, watts: 20_000, openVoltage: 52, seconds: 1) == [0])
        #expect(run(&plant, GXBelief(), watts: -20_000, openVoltage: 52, seconds: 1) == [0])
    }

    @Test func `nonsense gives zero`() {
        var plant = GXPlant()
        #expect(plant.step(belief: belief(), wantedPower: .nan, packVoltage: 52, elapsed: .seconds(1)) == 0)
        #expect(plant.step(belief: belief(), wantedPower: 100, packVoltage: 0, elapsed: .seconds(1)) == 0)
        #expect(plant.step(belief: belief(), wantedPower: 100, packVoltage: .infinity, elapsed: .seconds(-1)) == 0)
    }

    @Test func `the loop closes over the wire: CCL 0 from the gateway stops the current within the 3 s of DVCC`() {
        var bench = GXBench()
        var plant = GXPlant()
        func second(_ decision: Decision) -> Double {
            for scheduled in VictronMapping.frames(for: decision, identity: VictronIdentity()) {
                bench.hear(scheduled.frame)
            }
            bench.pass(.seconds(1))
            return plant.step(
                belief: bench.belief, wantedPower: 3000, packVoltage: 52.0 + 0.01 * plant.current, elapsed: .seconds(1))
        }
        for _ in 0..<10 { _ = second(GXDecisions.live()) }
        #expect(plant.current > 50)
        var waited = 0
        while second(GXDecisions.live(ccl: 0)) > 0 && waited < 10 { waited += 1 }
        #expect(waited <= 3)
        // Silence: 3 s later nothing flows either.
        for _ in 0..<5 { _ = second(GXDecisions.live()) }
        bench.pass(.seconds(4))
        #expect(plant.step(belief: bench.belief, wantedPower: 3000, packVoltage: 52, elapsed: .seconds(1)) == 0)
    }
}

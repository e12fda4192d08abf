import Battery
import Testing

@Suite("The daily ceiling")
struct CeilingTests {
    /// At 82 % under a ceiling of 80, charged with 50 A until now.
    private func held(_ configure: @escaping (inout ControlConfiguration) -> Void = { _ in }) -> Rig {
        var rig = Rig.settled(configure: {
            $0.ceiling = 80
            $0.rebulkStateOfCharge = 60
            configure(&$0)
        })
        rig.reading.current = 50
        rig.run(.seconds(5))
        rig.reading.stateOfCharge = 79
        #expect(rig.run(.seconds(3)).mode == .bulk)
        rig.reading.stateOfCharge = 82
        rig.run(.seconds(3))
        return rig
    }

    @Test func `at the ceiling a small current is left, and both limits say why`() throws {
        var rig = held()
        let decision = rig.poll()
        #expect(decision.mode == .ceiling)
        #expect(decision.chargeCurrent.value == 2)
        let reason = try #require(decision.chargeCurrent.contributions.first)
        #expect(reason.rule == .ceiling && reason.evidence == "charge at 82 %")
        #expect(decision.chargeVoltage.contributions.contains { $0.rule == .ceiling })
        #expect(decision.dischargeCurrent.value == 150)
    }

    @Test func `the charge voltage leans back while current flows in, and never below the rest voltage`() {
        var rig = held()
        rig.reading.current = 14
        let early = rig.run(.seconds(3000)).chargeVoltage
        #expect(early.value == 16 * 3.35, "LFP: float is the rest voltage")
        var roomy = Rig.settled({ $0.floatCell = 3.42 }, configure: { $0.ceiling = 80 })
        roomy.reading.stateOfCharge = 82
        roomy.reading.current = 1
        roomy.run(.seconds(1000))
        roomy.reading.current = 6
        let charged = roomy.run(.seconds(240)).chargeVoltage
        #expect(charged.value < 16 * 3.42 - 0.3 && charged.value >= 16 * 3.35)
        #expect(charged.contributions.first?.rule == .ceiling)
        roomy.reading.current = -14
        #expect(roomy.run(.seconds(300)).chargeVoltage.value > charged.value)
    }

    @Test func `charging begins again below the hysteresis, not before`() {
        var rig = held()
        rig.reading.stateOfCharge = 76
        #expect(rig.run(.seconds(60)).mode == .ceiling)
        rig.reading.stateOfCharge = 75
        rig.run(.seconds(2))
        #expect(rig.poll().mode == .bulk)
        #expect(rig.run(.seconds(30)).chargeCurrent.value == 100)
    }

    @Test func `S57: the periodic full charge goes through the ceiling, and afterwards it holds again`() {
        var rig = held { $0.fullEvery = .seconds(300) }
        #expect(rig.run(.seconds(200)).mode == .ceiling)
        #expect(rig.run(.seconds(120)).mode == .bulk, "days of running time have passed")
        rig.cells(3.44)
        rig.reading.stateOfCharge = 99
        rig.reading.current = 2
        rig.run(.seconds(90))
        rig.cells(3.36)
        let after = rig.run(.seconds(250))
        #expect(after.mode == .floatTransition)
    }

    @Test func `S57: a controller that takes over knows how long ago the full charge was`() {
        var rig = held { $0.fullEvery = .seconds(300) }
        rig.run(.seconds(250))
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        #expect(rig.run(.seconds(60)).mode == .bulk)
    }

    @Test func `S24: a state of charge that is promised and missing counts as at the ceiling, and holds it`() {
        var held = held()
        held.reading.stateOfCharge = nil
        #expect(held.run(.seconds(60)).mode == .ceiling)
        var bulk = Rig.settled(configure: { $0.ceiling = 80 })
        bulk.reading.stateOfCharge = nil
        #expect(bulk.poll().chargeCurrent.value == 2)
        var without = Rig(configure: { $0.ceiling = 80 })
        without.reading.promised.remove(.stateOfCharge)
        without.reading.stateOfCharge = nil
        #expect(without.run(.seconds(60)).chargeCurrent.value == 100, "a family that knows none has no ceiling")
    }

    @Test func `a stuck state of charge does not starve the cells`() {
        var rig = held()
        rig.cells(2.99)
        rig.run(.seconds(90))
        #expect(rig.poll().mode == .bulk)
        #expect(rig.run(.seconds(600)).mode == .bulk, "until the next full charge it has no say")
    }

    @Test("1, S24: with a ceiling, removing any input never raises a limit", arguments: InvariantTests.seeds.prefix(6))
    func missing(seed: UInt64) {
        var random = Seeded(seed)
        var rig = Rig.settled(configure: { $0.ceiling = 80 })
        for _ in 0..<250 {
            InvariantTests.wander(&rig.reading, &random)
            let before = rig.control.step(rig.input, now: rig.now)
            var (whole, broken) = (rig, rig)
            let full = whole.poll()
            InvariantTests.damage(&broken.reading, &random)
            if Bool.random(using: &random) { broken.reading.stateOfCharge = nil }
            let less = broken.poll()
            rig = whole
            guard whole.intake.report.validRun != nil else { continue }
            #expect(less.chargeCurrent.value <= max(full.chargeCurrent.value, before.chargeCurrent.value) + 1e-9)
            #expect(less.chargeVoltage.value <= max(full.chargeVoltage.value, before.chargeVoltage.value) + 1e-9)
        }
    }
}

import Battery
import Testing

/// The invariants of charge-control.md d.4 on thousands of random days.
@Suite("Invariants")
struct InvariantTests {
    static let seeds: [UInt64] = Array(1...16)

    /// A reading that wanders over everything a pack can show.
    static func wander(_ reading: inout PackReading, _ random: inout Seeded) {
        let base = Double.random(in: 2.6...3.75, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 {
            for index in reading.cells.indices {
                reading.cells[index] = base + Double.random(in: -0.03...0.03, using: &random)
            }
            reading.temperatures[0].celsius = Double.random(in: -25...65, using: &random)
            reading.temperatures[1].celsius = Double.random(in: -25...65, using: &random)
        }
        if Int.random(in: 0..<10, using: &random) == 0, let index = reading.cells.indices.randomElement(using: &random)
        {
            reading.cells[index] = Double.random(in: 0...5.2, using: &random)
        }
        reading.current = Double.random(in: -200...200, using: &random)
        reading.stateOfCharge = Double.random(in: 0...100, using: &random)
    }

    /// Takes away some inputs, or makes them absurd.
    static func damage(_ reading: inout PackReading, _ random: inout Seeded) {
        for index in reading.cells.indices where Int.random(in: 0..<12, using: &random) == 0 {
            reading.cells[index] = [nil, .nan, 0, 65.535, -3].randomElement(using: &random) ?? nil
        }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: reading.temperatures[0].celsius = nil
        case 1: reading.temperatures = []
        case 2: reading.cells = Array(repeating: nil, count: reading.cells.count)
        case 3: reading.settings = nil
        case 4: reading.alarms = nil
        default: reading.current = nil
        }
    }

    @Test("1, S24: removing any input never raises CCL or CVL, nor DCL above its last value", arguments: seeds)
    func missing(seed: UInt64) throws {
        var random = Seeded(seed)
        var rig = Rig.settled()
        for _ in 0..<250 {
            Self.wander(&rig.reading, &random)
            let before = rig.control.step(rig.input, now: rig.now)
            var whole = rig
            var broken = rig
            let full = whole.poll()
            let damaged = rig.now + .milliseconds(500)
            var reading = whole.intake.report.snapshot?.reading ?? rig.reading
            reading.began = damaged
            Self.damage(&reading, &random)
            broken.intake.accept(reading)
            let less = broken.control.step(broken.input, now: damaged)
            // A reading that was refused for its spread leaves the last limits, which is what S6 allows.
            guard whole.intake.report.validRun != nil else { continue }
            #expect(less.chargeCurrent.value <= max(full.chargeCurrent.value, before.chargeCurrent.value) + 1e-9)
            if broken.intake.report.snapshot?.missing.isEmpty == false {
                #expect(less.chargeCurrent.value <= full.chargeCurrent.value + 1e-9)
            }
            #expect(less.chargeVoltage.value <= max(full.chargeVoltage.value, before.chargeVoltage.value) + 1e-9)
            #expect(
                less.dischargeCurrent.value <= max(full.dischargeCurrent.value, before.dischargeCurrent.value) + 1e-9)
            rig = Bool.random(using: &random) ? whole : rig
            if rig.now < damaged { rig.poll() }
        }
    }

    @Test("2 and 6: no limit exceeds a maximum; each is the minimum of its published list", arguments: seeds)
    func ceilings(seed: UInt64) {
        var random = Seeded(seed)
        var rig = Rig()
        var settings = Rig.settings
        for _ in 0..<500 {
            Self.wander(&rig.reading, &random)
            settings.chargeCutoffCurrent = Double.random(in: 0...200, using: &random)
            settings.dischargeCutoffCurrent = Double.random(in: 0...300, using: &random)
            settings.fullCell = Double.random(in: 3.4...3.7, using: &random)
            rig.reading.settings = Aged(settings, taken: rig.now)
            rig.poll(after: .milliseconds(Int.random(in: 100...1500, using: &random)))
            let decision = rig.control.step(rig.input, now: rig.now)
            guard decision.transmits else { continue }
            #expect(decision.chargeCurrent.value <= 100 && decision.chargeCurrent.value >= 0)
            #expect(decision.dischargeCurrent.value <= 150 && decision.dischargeCurrent.value >= 0)
            #expect(decision.chargeVoltage.value <= 16 * 3.65)
            let known = rig.intake.report.snapshot?.reading.settings?.value ?? BMSSettings()
            #expect(decision.chargeCurrent.value <= 0.9 * (known.chargeCutoffCurrent ?? 1000) + 1e-9)
            #expect(decision.dischargeCurrent.value <= 0.9 * (known.dischargeCutoffCurrent ?? 1000) + 1e-9)
            #expect(decision.chargeVoltage.value <= 16 * (known.fullCell ?? 5) + 1e-9)
            for limit in [decision.chargeVoltage, decision.chargeCurrent, decision.dischargeCurrent] {
                #expect(!limit.contributions.isEmpty)
                #expect(limit.value == limit.contributions.map(\.value).min())
                #expect(limit.value == limit.contributions.first?.value)
            }
        }
    }

    @Test("3, S6: a decrease is applied in the same step, an increase only after hold and ramp", arguments: seeds)
    func ramp(seed: UInt64) {
        var random = Seeded(seed)
        var rig = Rig()
        var last: (at: Instant, charge: Double, discharge: Double)?
        var restricted: Instant?
        for _ in 0..<600 {
            Self.wander(&rig.reading, &random)
            rig.poll(after: .milliseconds(Int.random(in: 100...1900, using: &random)))
            let decision = rig.control.step(rig.input, now: rig.now)
            guard decision.transmits else { continue }
            let asked = decision.chargeCurrent.contributions.filter {
                ![.ramp, .holdStale, .startLimit].contains($0.rule)
            }.map(\.value).min()
            #expect(decision.chargeCurrent.value <= asked ?? 0, "what a rule asks for is there in the same step")
            if let last {
                let elapsed = min((decision.made - last.at).seconds, 1)
                #expect(decision.chargeCurrent.value - last.charge <= 0.1 * 100 * elapsed + 1e-9)
                #expect(decision.dischargeCurrent.value - last.discharge <= 0.1 * 150 * elapsed + 1e-9)
                if decision.chargeCurrent.value > last.charge + 1e-9, let restricted {
                    #expect(decision.made - restricted >= .seconds(10))
                }
                if decision.chargeCurrent.value < last.charge - 1e-9 { restricted = decision.made }
            }
            last = (decision.made, decision.chargeCurrent.value, decision.dischargeCurrent.value)
        }
    }

    @Test func `4, S57: the same days at another time of the clock give the same limits`() {
        func day(_ origin: Duration) -> [Double] {
            var random = Seeded(7)
            var rig = Rig()
            rig.now += origin
            var values: [Double] = []
            for _ in 0..<500 {
                Self.wander(&rig.reading, &random)
                let decision = rig.poll()
                values += [
                    decision.chargeVoltage.value, decision.chargeCurrent.value, decision.dischargeCurrent.value,
                ]
            }
            return values
        }
        let here = day(.zero)
        #expect(day(.seconds(400_000_000)) == here)
    }

    @Test func `5, S9: one pack in alarm acts on the whole battery at once`() {
        var bank = Bank(packs: 3)
        #expect(bank.settle().chargeCurrent.value == 0.9 * 300)
        bank.rigs[1].reading.cells[0] = 3.66
        #expect(bank.poll().chargeCurrent.value == 0)
    }

    @Test func `S9: a lost pack takes its share at once, holds the others down for a minute and then lets them go`() {
        var bank = Bank(packs: 3)
        bank.settle()
        let all = bank.poll()
        #expect(all.battery.modulesOnline == 3)
        let lost = bank.poll(except: 2, for: .seconds(6))
        #expect(lost.chargeCurrent.value == 0.9 * 200)
        #expect(lost.dischargeCurrent.value == 0.9 * 300)
        #expect(lost.battery.modulesOffline == 1)
        #expect(lost.stage == .live)
        bank.rigs[0].reading.cells[0] = 3.66
        bank.poll(except: 2, for: .seconds(1))
        bank.rigs[0].cells(3.30)
        #expect(
            bank.poll(except: 2, for: .seconds(30)).chargeCurrent.value == 0, "one dead pack keeps limits from rising")
        #expect(bank.poll(except: 2, for: .seconds(60)).chargeCurrent.value > 0)
    }

    @Test func `S9: with every pack lost the table holds for the sum`() {
        var bank = Bank(packs: 2)
        bank.settle()
        let decision = bank.wait(.seconds(8))
        #expect(decision.stage == .noCharge)
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.dischargeCurrent.value > 0, "DCL waits for STOP")
        #expect(bank.wait(.seconds(10)).dischargeCurrent.value == 0)
    }
}

/// Several packs on one clock.
struct Bank {
    var rigs: [Rig]
    var control: ChargeControl
    var now: Instant { rigs[0].now }

    init(
        packs: Int, configure: (inout ControlConfiguration) -> Void = { _ in },
        each change: (inout PackSpecification) -> Void = { _ in }
    ) {
        rigs = (1...packs).map { number in
            Rig {
                $0.pack = number
                change(&$0)
            }
        }
        var configuration = ControlConfiguration(packs: rigs.map { $0.configuration.packs[0] })
        configure(&configuration)
        control = ChargeControl(configuration)
    }

    @discardableResult
    mutating func poll(except lost: Int? = nil) -> Decision {
        for index in rigs.indices {
            if index == lost { rigs[index].now += .milliseconds(500) } else { rigs[index].take() }
        }
        return control.step(input, now: now)
    }

    var input: ChargeControl.Input { .init(reports: rigs.map(\.intake.report)) }

    @discardableResult
    mutating func poll(except lost: Int?, for time: Duration) -> Decision {
        let end = now + time
        var decision = poll(except: lost)
        while now < end { decision = poll(except: lost) }
        return decision
    }

    @discardableResult
    mutating func settle() -> Decision { poll(except: nil, for: .seconds(40)) }

    mutating func wait(_ time: Duration) -> Decision {
        for index in rigs.indices { rigs[index].now += time }
        return control.step(.init(reports: rigs.map(\.intake.report)), now: now)
    }
}

import BMSProtocols
import Testing

@testable import Simulator

/// A pack with a fault that acts from the beginning.
private func damaged(
    _ misbehaviour: Misbehaviour, _ chemistry: CellChemistry = .lfp, cells: Int = 8, stateOfCharge: Double = 50,
    capacity: Double = 20, temperature: Double = 22
) -> PackModel {
    var bms: any SimulatedBMS = TinyBMSSimulator(PackParameters(), seed: 1)
    bms.pack = plainPack(chemistry, cells: cells, capacity: capacity, stateOfCharge: stateOfCharge) {
        $0.temperature = temperature
    }
    misbehaviour.begin(on: &bms)
    return bms.pack
}

@Suite(.timeLimit(.minutes(1))) struct PackDamageTests {
    @Test func `an internal short of a cell discharges it at its voltage over the resistance`() {
        var pack = damaged(.init(.cellShort, cell: 2, value: 1))
        let volts = pack.cells[1].voltage
        pack.step(by: .seconds(360), current: 0)
        let lost = pack.cells[0].charge - pack.cells[1].charge
        #expect(abs(lost - volts / 10) < 0.02 * lost, "\(lost) Ah in a tenth of an hour")
        #expect(pack.cells[1].temperature > pack.cells[0].temperature + 1)
        #expect(pack.measurement.current == 0, "the BMS's shunt cannot see it")
    }

    @Test func `a dead short of a small cell is stable and obeys Ohm's law`() {
        var pack = damaged(.init(.cellShort, cell: 2, value: 0.001), capacity: 5)
        let inside = pack.cells[1].ohmicNow
        let rest = pack.cells[1].voltage
        pack.step(by: .milliseconds(100), current: 0)
        #expect(abs(pack.cells[1].voltage - rest * 0.001 / (0.001 + inside)) < 0.01)
        pack.step(by: .seconds(60), current: 0)
        #expect(pack.cells[1].voltage > 0 && pack.cells[1].voltage < 0.3)
    }

    @Test func `a short of the terminals drives what the pack's resistance allows until the BMS opens`() {
        var pack = damaged(.init(.packShort, value: 0.05), capacity: 280)
        let source = pack.source
        pack.step(by: .milliseconds(100), current: 0)
        #expect(abs(pack.current + source.voltage / (0.05 + source.resistance)) < 0.01 * pack.current.magnitude)
        #expect(pack.current < -450)
        pack.step(by: .seconds(3), current: 0)
        #expect(pack.protection.isActive(.dischargeOverCurrent))
        #expect(pack.current == 0)
        pack.damage = PackDamage()
        pack.step(by: .seconds(10), current: -5)
        #expect(pack.current == -5)
    }

    @Test func `a charger feeds a short of the terminals first`() {
        var pack = damaged(.init(.packShort, value: 10))
        let volts = pack.voltage
        pack.step(by: .seconds(5), current: 20)
        #expect(abs(pack.current - (20 - volts / 10)) < 0.3)
    }

    @Test func `self-discharge takes its current out of one cell`() {
        var pack = damaged(.init(.selfDischarge, cell: 3, value: 2))
        pack.step(by: .seconds(1800), current: 0)
        #expect(abs(pack.cells[0].charge - pack.cells[2].charge - 1) < 0.001)
        #expect(pack.measurement.current == 0)
    }

    @Test func `a bad joint adds its voltage to the reading of its cell and warms it`() {
        var pack = damaged(.init(.jointResistance, cell: 4, value: 0.01))
        pack.step(by: .seconds(1200), current: -15)
        let sag = pack.measurement.cells[3] - pack.cells[3].voltage
        #expect(abs(sag + 0.15) < 1e-9)
        #expect(abs(pack.measurement.voltage - pack.measurement.cells.reduce(0, +)) < 1e-9)
        // 2.25 W into 400 J/K, less what air and neighbours take.
        #expect(pack.cells[3].temperature > pack.cells[0].temperature + 2)
        pack.step(by: .seconds(600), current: 0)
        #expect(pack.measurement.cells[3] == pack.cells[3].voltage, "without current nothing is seen")
    }

    @Test func `a loose joint is bad now and then`() {
        var pack = damaged(.init(.jointResistance, cell: 1, value: 0.02, probability: 0.3))
        var bad = 0
        for _ in 0..<1000 {
            pack.step(by: .milliseconds(100), current: -10)
            if pack.measurement.cells[0] < pack.measurement.cells[1] - 0.15 { bad += 1 }
        }
        #expect((250...350).contains(bad))
    }

    @Test func `a weak cell and a faded pack are full and empty sooner`() {
        var pack = damaged(.init(.cellCapacity, cell: 1, value: 0.5))
        pack.step(by: .seconds(720), current: 10)
        #expect(abs(pack.cells[0].fraction - 0.7) < 0.003, "it is balanced a little meanwhile")
        #expect(abs(pack.cells[1].fraction - 0.6) < 0.001)
        var faded = damaged(.init(.capacityFade, value: 0.5))
        faded.step(by: .seconds(720), current: 10)
        #expect(faded.cells.allSatisfy { abs($0.fraction - 0.7) < 0.001 })
    }

    @Test func `cells out of balance end a charge early`() {
        var pack = damaged(.init(.imbalance, value: 20), cells: 5, stateOfCharge: 85)
        #expect(abs(pack.cells[4].fraction - 0.95) < 1e-9 && abs(pack.cells[0].fraction - 0.75) < 1e-9)
        #expect(abs(pack.cells[2].fraction - 0.85) < 1e-9)
        pack.step(by: .seconds(1800), current: 5)
        #expect(pack.protection.phase == .balancing)
        #expect(pack.cells[0].fraction < 0.85, "far from full")
    }

    @Test func `a sense wire that is off lowers one cell and lifts the next by as much`() {
        var pack = damaged(.init(.senseWireOff, cell: 3))
        let truth = pack.cells[2].voltage
        pack.step(by: .seconds(3), current: 0)
        let cells = pack.measurement.cells
        #expect(cells[2] < truth * 0.4 && cells[2] > truth * 0.3)
        #expect(abs(cells[2] + cells[3] - 2 * truth) < 0.001, "the sum of the cells does not betray it")
        var last = damaged(.init(.senseWireOff, cell: 8))
        last.step(by: .seconds(3), current: 0)
        #expect(last.measurement.cells[7] < truth * 0.4)
    }

    @Test(arguments: [(CellChemistry.nmc, true), (.lfp, false)])
    func `a cell that heats itself crosses the onset; neighbours follow where the chemistry lets them`(
        chemistry: CellChemistry, follow: Bool
    ) {
        var pack = damaged(.init(.thermalRunaway, cell: 4), chemistry, stateOfCharge: 90)
        pack.step(by: .seconds(60), current: 0)
        #expect((24..<60).contains(pack.cells[3].temperature), "slowly at first")
        pack.step(by: .seconds(240), current: 0)
        #expect(pack.cells[3].temperature > chemistry.runawayOnset)
        #expect(pack.cells[3].runaway.hasMelted && pack.cells[3].voltage < 3)
        pack.step(by: .seconds(1800), current: 0)
        #expect(pack.cells[2].runaway.hasMelted == follow && pack.cells[4].runaway.hasMelted == follow)
        #expect(pack.cells[2].temperature > 60)
    }

    @Test func `a cell heated below the onset cools again, one heated beyond does not`() {
        func heated(to celsius: Double) -> PackModel {
            var pack = damaged(.init(.cellHeating, cell: 1, value: 200), cells: 4)
            while pack.cells[0].temperature < celsius { pack.step(by: .seconds(1), current: 0) }
            pack.damageCell(1) { $0.heating = 0 }
            pack.step(by: .seconds(900), current: 0)
            return pack
        }
        #expect(heated(to: 150).cells[0].temperature < 100)
        #expect(!heated(to: 150).cells[0].runaway.hasMelted)
        #expect(heated(to: 240).cells[0].runaway.hasMelted)
    }

    @Test func `charging in the cold plates lithium and loses capacity for good, charging in the warm does not`() {
        func capacity(at celsius: Double) -> Double {
            var pack = damaged(.init(.protectionOff), temperature: celsius)
            pack.step(by: .seconds(3600), current: 5)
            #expect(pack.current == 5)
            return pack.cells[0].capacity
        }
        #expect(capacity(at: 10) == 20)
        let lost = 20 - capacity(at: -10)
        // 2 % of 5 Ah at ten degrees below; the current's own heat makes it a little less.
        #expect(lost > 0.05 && lost <= 0.1, "\(lost) Ah")
        var guarded = plainPack(cells: 8) { $0.temperature = -10 }
        guarded.step(by: .seconds(3600), current: 5)
        #expect(guarded.cells[0].capacity > 19.9999, "a sound BMS does not let it happen")
    }

    @Test func `a balancer that is stuck drains its cell, or leaves it high`() {
        var on = damaged(.init(.balancerStuckOn, cell: 2))
        on.step(by: .seconds(3600), current: 0)
        let lost = on.cells[0].charge - on.cells[1].charge
        #expect(abs(lost - on.cells[0].voltage / PackModel.balancingResistance) < 0.003)
        var off = damaged(.init(.balancerStuckOff, cell: 1), stateOfCharge: 99)
        off.setCell(1, stateOfCharge: 99.8)
        off.setCell(2, stateOfCharge: 99.8)
        off.step(by: .seconds(5), current: 0)
        #expect(!off.cells[0].isBalancing && off.cells[1].isBalancing)
    }

    @Test func `an over-charge first lifts the voltage, then boils the cell`() {
        var pack = damaged(.init(.protectionOff), cells: 4, stateOfCharge: 99)
        pack.step(by: .seconds(1800), current: 10)
        #expect(pack.measurement.highest > 4.5)
        #expect(pack.cells[0].fraction < 1.06)
        let before = pack.cells[0].temperature
        pack.step(by: .seconds(60), current: 10)
        // 5 V × 10 A into 400 J/K, and nothing stored any more.
        #expect((5...9).contains(pack.cells[0].temperature - before))
        #expect(pack.cells[0].fraction < 1.06)
    }

    @Test func `a cell that was discharged too deeply is below two volts`() {
        var pack = damaged(.init(.cellCharge, cell: 1, value: -5))
        pack.step(by: .seconds(1), current: 0)
        #expect(pack.measurement.lowest < 2 && pack.measurement.lowest > 1)
        #expect(pack.protection.isActive(.underVoltage))
        pack.setCell(1, stateOfCharge: -19)
        pack.protection.isDisabled = true
        pack.step(by: .seconds(3600), current: -5)
        #expect(pack.cells[0].fraction > -0.21, "a reversed cell holds no more of anything")
    }

    @Test func `moisture empties the pack past the current sensor`() {
        var pack = damaged(.init(.moisture, value: 10))
        let amperes = pack.voltage / 10
        pack.step(by: .seconds(3600), current: 0)
        #expect(abs(10 - pack.cells[0].charge - amperes) < 0.03)
        #expect(pack.measurement.current == 0 && pack.countedCharge == 50)
    }

    @Test func `a current that nobody steers flows without a demand, until the BMS opens`() {
        var pack = damaged(.init(.foreignCurrent, value: 8), stateOfCharge: 95)
        pack.step(by: .seconds(5), current: 0)
        #expect(pack.current == 8 && pack.measurement.current == 8)
        pack.step(by: .seconds(3600), current: 0)
        #expect(pack.current == 0 && pack.protection.phase != .charging)
    }

    @Test func `without cooling the same current makes the pack hotter`() {
        var sound = plainPack(cells: 8)
        var sick = damaged(.init(.coolingLost, value: 0.1))
        sound.step(by: .seconds(3600), current: -10)
        sick.step(by: .seconds(3600), current: -10)
        #expect(sick.cells[0].temperature > sound.cells[0].temperature + 2)
        #expect(sick.boardTemperature > sound.boardTemperature)
    }

    @Test func `a hot board opens the switches`() {
        var pack = damaged(.init(.boardHeating, value: 60))
        pack.step(by: .seconds(3600), current: 1)
        #expect(abs(pack.boardTemperature - 22 - 90) < 2)
        #expect(pack.protection.isActive(.overTemperature))
        #expect(pack.current == 0)
    }

    @Test func `with its cut-offs off a BMS lets everything flow`() {
        var pack = damaged(.init(.protectionOff), stateOfCharge: 100)
        pack.step(by: .seconds(600), current: 20)
        #expect(pack.current == 20 && !pack.protection.hasFault)
        pack.protection.isDisabled = false
        pack.step(by: .seconds(5), current: 20)
        #expect(pack.current == 0 && pack.protection.isActive(.overVoltage))
    }

    @Test func `temperature sensors drift and are wrong by a constant`() {
        var drift = damaged(.init(.temperatureDrift, sensor: 1, value: 0.5))
        drift.step(by: .seconds(10), current: 0)
        #expect(abs((drift.measurement.external[0] ?? 0) - 27) < 0.01)
        var offset = damaged(.init(.temperatureOffset, sensor: 2, value: -12))
        offset.step(by: .seconds(10), current: 0)
        #expect(abs((offset.measurement.external[1] ?? 0) - 10) < 0.01)
    }

    @Test func `a BMS without readings sends its codes for that, one that invents sends another number each time`() {
        var bms: any SimulatedBMS = TinyBMSSimulator(PackParameters(), seed: 1)
        func live() throws -> [UInt16] { try #require(bms as? TinyBMSSimulator).live }
        _ = bms.advance(to: .seconds(1), by: .seconds(1), demand: 0)
        let honest = (try? live()) ?? []
        Misbehaviour(.missingReadings).begin(on: &bms)
        let missing = (try? live()) ?? []
        #expect(missing[0] == 0xFFFF && missing[42] == 0x8000 && missing[48] == 0x8000)
        #expect(missing[32] == honest[32] && missing[53] == 16, "counter and count of cells do not betray it")
        Misbehaviour(.missingReadings).end(on: &bms)
        #expect((try? live()) == honest)
        Misbehaviour(.absurdReadings).begin(on: &bms)
        let first = (try? live()) ?? []
        _ = bms.advance(to: .milliseconds(1500), by: .milliseconds(500), demand: 0)
        #expect(first != honest && (try? live()) != first)
    }

    @Test func `every fault of the battery can begin and end without a trap, and leaves no number that is none`() {
        for kind in Misbehaviour.Kind.allCases {
            guard let range = kind.quantity?.range ?? (0...0) as ClosedRange? else { continue }
            for value in [range.lowerBound, range.upperBound] {
                var bms: any SimulatedBMS = TinyBMSSimulator(PackParameters(), seed: 1)
                let misbehaviour = Misbehaviour(kind, cell: kind.needsCell ? 16 : 0, value: value)
                misbehaviour.begin(on: &bms)
                _ = bms.advance(to: .seconds(60), by: .seconds(60), demand: 30)
                misbehaviour.end(on: &bms)
                _ = bms.advance(to: .seconds(120), by: .seconds(60), demand: -30)
                #expect(
                    bms.pack.cells.allSatisfy { $0.voltage.isFinite && $0.temperature.isFinite }, "\(kind) \(value)")
            }
        }
    }
}

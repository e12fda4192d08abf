import Testing

@testable import Simulator

/// A pack of identical cells without noise, small enough to be filled quickly.
func plainPack(
    _ chemistry: CellChemistry = .lfp, cells: Int = 16, capacity: Double = 20, stateOfCharge: Double = 50,
    chargeSpread: Double = 0, change: (inout PackParameters) -> Void = { _ in }
) -> PackModel {
    var parameters = PackParameters()
    parameters.chemistry = chemistry
    parameters.cells = cells
    parameters.capacity = capacity
    parameters.stateOfCharge = stateOfCharge
    parameters.capacitySpread = 0
    parameters.chargeSpread = chargeSpread
    parameters.resistanceSpread = 0
    parameters.voltageNoise = 0
    parameters.currentNoise = 0
    parameters.selfDischarge = 0
    change(&parameters)
    return PackModel(parameters, seed: 7)
}

@Suite(.timeLimit(.minutes(1))) struct PackModelTests {
    @Test(arguments: CellChemistry.allCases)
    func `rest voltage never falls with the state of charge and meets its points`(chemistry: CellChemistry) {
        let curve = RestVoltageCurve(chemistry)
        var last = -1.0
        for step in -200...1200 {
            let volts = curve.volts(at: Double(step) / 1000)
            #expect(volts >= last)
            #expect((0...5).contains(volts))
            last = volts
        }
        for point in chemistry.restVoltagePoints {
            #expect(abs(curve.volts(at: point.percent / 100) - point.volts) < 0.002)
        }
        #expect(curve.volts(at: .nan) == 0)
        #expect(curve.volts(at: .infinity) == 5)
    }

    @Test func `charge that comes in is charge that is stored`() {
        var pack = plainPack()
        let before = pack.storedCharge
        pack.step(by: .seconds(3600), current: 5)
        #expect(abs(pack.charged - 5) < 0.01)
        #expect(abs(pack.storedCharge - before - 16 * pack.charged) < 1e-6)
    }

    @Test func `energy that comes in is stored or lost`() {
        for (current, seconds) in [(8.0, 3000), (-8.0, 3000)] {
            var pack = plainPack(cells: 6, stateOfCharge: 50, chargeSpread: 1) { $0.selfDischarge = 50 }
            pack.damageCell(3) { $0.shortResistance = 20 }
            let before = pack.storedEnergy
            pack.step(by: .seconds(seconds), current: current)
            #expect(abs(pack.current - current) < 1e-9)
            let difference = pack.ledger.delivered - pack.ledger.losses - (pack.storedEnergy - before)
            #expect(abs(difference) < 0.001 * abs(pack.ledger.delivered))
            #expect(pack.ledger.ohmic > 0)
            #expect(pack.ledger.short > 0)
        }
    }

    @Test func `a load lowers the voltage at once and more with time, and rest brings it back`() {
        var pack = plainPack()
        let rest = pack.voltage
        pack.step(by: .milliseconds(100), current: -10)
        let first = pack.voltage
        pack.step(by: .seconds(120), current: -10)
        let later = pack.voltage
        pack.step(by: .seconds(600), current: 0)
        #expect(rest - first > 0.5)
        #expect(first - later > 0.3)
        #expect(abs(pack.voltage - rest) < 0.1)
    }

    @Test func `the result does not depend on how a span is cut`() {
        var whole = plainPack(chargeSpread: 0.5) { $0.voltageNoise = 0.001 }
        var cut = whole
        whole.step(by: .seconds(30), current: 5)
        for _ in 0..<1000 { cut.step(by: .milliseconds(30), current: 5) }
        #expect(whole.measurement == cut.measurement)
        #expect(whole.cells == cut.cells)
    }

    @Test func `losses warm the cells and rest cools them to the air`() {
        var pack = plainPack(cells: 4)
        pack.step(by: .seconds(900), current: -20)
        let warm = pack.cells[0].temperature
        #expect((28..<36).contains(warm))
        pack.step(by: .seconds(5400), current: 0)
        // One time constant: 1/e of the difference is left.
        #expect(abs((pack.cells[0].temperature - 22) / (warm - 22) - 0.368) < 0.01)
        #expect(abs(pack.boardTemperature - 22) < 0.2)
    }

    @Test func `cold cells resist more`() {
        var warm = plainPack()
        var cold = plainPack { $0.temperature = -10 }
        warm.step(by: .seconds(1), current: -10)
        cold.step(by: .seconds(1), current: -10)
        #expect(cold.voltage < warm.voltage - 0.2)
    }

    @Test func `balancing shrinks the spread of a full pack and lowers no other cell`() {
        var pack = plainPack(cells: 4, capacity: 5, stateOfCharge: 99)
        pack.setCell(4, stateOfCharge: 99.8)
        pack.step(by: .seconds(5), current: 0)
        let before = pack.measurement.spread
        #expect(before > 0.05)
        #expect(pack.cells[3].isBalancing)
        #expect(pack.cells.filter(\.isBalancing).count == 1)
        let others = pack.cells[0].charge
        pack.step(by: .seconds(1200), current: 0)
        #expect(pack.measurement.spread < before / 5)
        #expect(pack.cells[0].charge == others)
        #expect(pack.ledger.balancing > 0)
    }

    @Test func `a cell that leaks falls behind the others`() {
        var pack = plainPack()
        pack.damageCell(2) { $0.shortResistance = 1 }
        pack.step(by: .seconds(3600), current: 0)
        #expect(pack.cells[1].fraction < pack.cells[0].fraction - 0.1)
        #expect(pack.cells[1].temperature > pack.cells[0].temperature + 1)
    }

    @Test func `an open cell stops every current`() {
        var pack = plainPack()
        pack.damageCell(5) { $0.isOpen = true }
        pack.step(by: .seconds(10), current: -10)
        #expect(pack.current == 0)
        #expect(pack.voltage == 0)
        #expect(pack.measurement.cells[4] == 0)
    }

    @Test func `self-discharge takes its percentage in a month`() {
        var pack = plainPack(cells: 4, stateOfCharge: 80) { $0.selfDischarge = 72 }
        pack.step(by: .seconds(3600), current: 0)
        #expect(abs(pack.cells[0].fraction - 0.799) < 1e-5)
    }

    @Test func `the coulomb counter believes the sensor and not the truth`() {
        var pack = plainPack(stateOfCharge: 50)
        pack.sensors.current.fault = .offset(-5)
        pack.step(by: .seconds(3600), current: 5)
        #expect(abs(pack.countedCharge - 50) < 0.1)
        #expect(abs(pack.stateOfCharge - 75) < 0.1)
    }

    @Test func `a voltage source charges with the current that its voltage pushes`() {
        let pack = plainPack()
        let current = pack.source.current(atTerminalVoltage: pack.voltage + 1)
        #expect(abs(current - 1 / (16 * pack.cells[0].ohmicNow)) < 1e-6)
    }

    @Test func `demands that are no numbers and spans that are none do nothing`() {
        var pack = plainPack()
        let before = pack.cells
        pack.step(by: .seconds(10), current: .nan)
        pack.step(by: .zero, current: 10)
        pack.step(by: .seconds(-5), current: 10)
        #expect(pack.cells == before)
    }

    @Test func `sensors lie as they are told`() {
        var random = SeededRandom(seed: 1)
        func readings(_ fault: SensorFault, _ truths: [Double]) -> [Double?] {
            var sensor = Sensor(reading: 3)
            sensor.fault = fault
            return truths.map { sensor.sample($0, seconds: 1, random: &random) }
        }
        #expect(readings(.fixed(9), [3.1, 3.2]) == [9, 9])
        #expect(readings(.stuck, [3.1, 3.2]) == [3, 3])
        #expect(readings(.offset(1), [3, 4]) == [4, 5])
        #expect(readings(.gain(2), [3, 4]) == [6, 8])
        #expect(readings(.drift(perSecond: 0.5), [3, 3]) == [3.5, 4])
        #expect(readings(.ramp(perSecond: 0.5), [7, 7]) == [3.5, 4])
        #expect(readings(.spikes(9, probability: 1), [3]) == [9])
        #expect(readings(.spikes(9, probability: 0), [3]) == [3])
        #expect(readings(.missing, [3]) == [nil])
    }
}

import BMSProtocols
import Testing

@testable import Simulator

/// A JBD board on a quiet pack whose wire time a test moves by hand.
struct JBDBench {
    var bms: JBDSimulator
    var now = Duration.zero
    var demand = 0.0

    init(
        seed: UInt64 = 1, options: JBDSimulator.Options = .init(), change: (inout PackParameters) -> Void = { _ in }
    ) {
        var parameters = PackParameters()
        parameters.voltageNoise = 0
        parameters.currentNoise = 0
        change(&parameters)
        bms = JBDSimulator(parameters, seed: seed, options: options)
    }

    mutating func wait(_ duration: Duration) {
        let end = now + duration
        while now < end {
            let step = min(.milliseconds(100), end - now)
            now += step
            _ = bms.advance(to: now, by: step, demand: demand)
        }
    }

    mutating func send(_ bytes: [UInt8]) -> [[UInt8]] { bms.receive(bytes, at: now).map(\.bytes) }

    /// The answer to one request; nil for silence and for anything but one good frame.
    mutating func ask(_ request: JBDRequest) -> JBDAnswer? {
        let answers = send(request.bytes)
        return answers.count == 1 ? try? JBDAnswer.decode(answers[0]) : nil
    }

    mutating func information() -> JBDBasicInformation? {
        ask(.basicInformation).flatMap { try? JBDBasicInformation($0.data) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct JBDSimulatorTests {
    @Test func `it tells what its pack measures`() throws {
        var bench = JBDBench { $0.cells = 20 }
        bench.demand = -40
        bench.wait(.seconds(60))
        let asked = bench.information()
        let information = try #require(asked)
        let measurement = bench.bms.pack.measurement
        #expect(information.cellCount == 20)
        #expect(information.current == -4000)
        #expect(abs(Double(information.voltage) / 100 - measurement.voltage) <= 0.005)
        #expect(abs(Double(information.stateOfCharge) - bench.bms.pack.countedCharge) <= 0.5)
        #expect(information.fullCapacity == 28_000 && abs(Int(information.remainingCapacity) - 16_800) < 100)
        #expect(information.temperatures.count == 2 && information.temperatures.allSatisfy { $0 >= 2731 + 210 })
        #expect(information.closedSwitches == [.charge, .discharge])
        #expect(information.protections.isEmpty && information.tail.isEmpty)
        let cells = bench.ask(.cellVoltages)?.words
        #expect(cells == measurement.cells.map { UInt16(saturating: $0 * 1000) })
    }

    @Test func `it charges without having to detect a charger, and stops at the cell cut-off alone`() {
        var bench = JBDBench {
            $0.stateOfCharge = 99
            $0.capacity = 20
        }
        bench.demand = 10
        bench.wait(.milliseconds(100))
        #expect(bench.information()?.current == 1000)
        bench.wait(.seconds(1200))
        // An open switch lets it fall asleep.
        for _ in 0..<3 { #expect(bench.information() == nil) }
        let information = bench.information()
        #expect(information?.closedSwitches == .discharge)
        #expect(information?.protections == .cellOvervoltage)
        let counters = bench.ask(.counters)?.words
        #expect(counters?.count == 11 && counters?[3] == 1)
        bench.demand = -10
        bench.wait(.seconds(60))
        #expect(bench.information()?.closedSwitches == [.charge, .discharge])
    }

    @Test func `a held switch opens and tells bit 12 until it is released`() {
        var bench = JBDBench()
        bench.demand = 10
        #expect(bench.ask(.hold(.charge)) == JBDAnswer(0xE1))
        // Recorded boards show it in the very next answer.
        #expect(bench.information()?.closedSwitches == .discharge)
        bench.wait(.milliseconds(200))
        #expect(bench.information()?.protections == .hostLock)
        #expect(bench.information()?.current == 0)
        #expect(bench.ask(.hold([])) == JBDAnswer(0xE1))
        bench.wait(.milliseconds(200))
        #expect(bench.information()?.closedSwitches == [.charge, .discharge])
        #expect(bench.information()?.current == 1000)
    }

    @Test func `the EEPROM opens in factory mode only, or always in old boards`() {
        var bench = JBDBench()
        let read = JBDRequest(.read, 0x24)
        #expect(bench.ask(read) == JBDAnswer(0x24, status: 0x81))
        #expect(bench.ask(JBDRequest(.write, 0x24, [0x0E, 0x42])) == JBDAnswer(0x24, status: 0x81))
        #expect(bench.ask(JBDRequest(.write, 0x00, [1, 2])) == JBDAnswer(0x00, status: 0x80))
        #expect(bench.ask(.enterFactoryMode) == JBDAnswer(0x00))
        #expect(bench.ask(JBDRequest(.write, 0x24, [0x0E, 0x42])) == JBDAnswer(0x24))
        #expect(bench.ask(read) == JBDAnswer(0x24, [0x0E, 0x42]))
        #expect(bench.ask(.basicInformation)?.status == 0)
        #expect(bench.ask(.leaveFactoryMode) == JBDAnswer(0x01))
        #expect(bench.ask(read)?.status == 0x81)
        #expect(bench.bms.pack.protection.limits.overVoltageCell == 3.65)
        bench.bms.options.opensEEPROM = true
        #expect(bench.ask(JBDRequest(.read, 0x29))?.words.map { Int16(bitPattern: $0) } == [-25_000])
        #expect(bench.ask(JBDRequest(.read, 0xA2)) == JBDAnswer(0xA2, [0]))
    }

    @Test func `passwords are taken, unknown registers refused`() {
        var bench = JBDBench()
        #expect(bench.ask(JBDRequest(.write, 0x06, [6, 0, 0, 0, 0, 0, 0])) == JBDAnswer(0x06))
        #expect(bench.ask(JBDRequest(.write, 0xE3, [0x43, 0x21])) == JBDAnswer(0xE3, status: 0x80))
        #expect(bench.ask(JBDRequest(.read, 0x55)) == JBDAnswer(0x55, status: 0x80))
        #expect(bench.ask(JBDRequest(.write, 0x03, [0, 0])) == JBDAnswer(0x03, status: 0x80))
    }

    @Test func `asleep it swallows three requests and answers the fourth`() {
        var bench = JBDBench()
        bench.wait(.seconds(31))
        #expect(bench.bms.isAsleep)
        for _ in 0..<3 {
            #expect(bench.ask(.basicInformation) == nil)
            bench.wait(.seconds(2))
        }
        #expect(bench.information() != nil && !bench.bms.isAsleep)
        bench.bms.condition.staysAsleep = true
        #expect(bench.ask(.basicInformation) == nil)
    }

    @Test func `a request in two pieces is answered, one with bytes missing or a wrong sum is not`() {
        var bench = JBDBench()
        #expect(bench.send([0xDD, 0xA5, 0x03]).isEmpty)
        bench.now += .milliseconds(50)
        #expect(bench.send([0x00, 0xFF, 0xFD, 0x77]).count == 1)
        #expect(bench.send([0xDD, 0xA5, 0x03, 0x00, 0xFF]).isEmpty)
        bench.now += .milliseconds(200)
        #expect(bench.send([0xDD, 0xA5, 0x03, 0x00, 0xFF, 0xFC, 0x77]).isEmpty)
        #expect(bench.send([0x00, 0xDD, 0xDD] + JBDRequest.cellVoltages.bytes).count == 1)
    }

    @Test func `echo, leading bytes, a wrong sum, nine more bytes and no sensors are options`() throws {
        var options = JBDSimulator.Options()
        options.echoes = true
        options.leadingBytes = 2
        options.damagedAnswers = 1
        options.hasTail = true
        var bench = JBDBench(options: options) { $0.temperatureSensors = 0 }
        let request = JBDRequest.basicInformation.bytes
        let damaged = bench.send(request)
        #expect(damaged.first == request && damaged.count == 2)
        #expect(throws: DecodeError.self) { try JBDAnswer.decode(Array(damaged[1].dropFirst(2))) }
        let good = bench.send(request)
        #expect(good[1].prefix(2) == [0xFF, 0xFF])
        let information = try JBDBasicInformation(JBDAnswer.decode(Array(good[1].dropFirst(2))).data)
        #expect(information.temperatures.isEmpty && information.tail.count == 9)
        #expect(information.tail.big16(at: 3) == information.fullCapacity)
    }

    @Test func `its answers begin within 71 ms, half of them at once`() {
        var bench = JBDBench()
        let delays = (0..<400).flatMap { _ in bench.bms.receive(JBDRequest.cellVoltages.bytes, at: .zero) }.map(\.delay)
        #expect(delays.count == 400 && delays.allSatisfy { $0 <= .milliseconds(71) })
        #expect((150...250).contains(delays.count { $0 < .milliseconds(1) }))
    }

    @Test func `a frozen, an empty and a lying buffer show in both registers`() {
        var bench = JBDBench()
        bench.bms.condition.freezesReadings = true
        let before = bench.ask(.cellVoltages)
        bench.demand = -100
        bench.wait(.seconds(5))
        #expect(bench.information()?.current == 0 && bench.ask(.cellVoltages) == before)
        bench.bms.condition = BMSCondition()
        #expect(bench.information()?.current == -10_000)
        bench.bms.condition.lacksReadings = true
        #expect(bench.ask(.cellVoltages)?.words == [UInt16](repeating: 0, count: 16))
        #expect(bench.information()?.voltage == 0 && bench.information()?.temperatures == [0, 0])
        bench.bms.condition = BMSCondition()
        bench.bms.condition.inventsReadings = true
        #expect(bench.information() != bench.information())
    }

    @Test func `a restart is silent for two seconds and forgets what was held`() {
        var bench = JBDBench()
        _ = bench.ask(.hold([.charge, .discharge]))
        bench.bms.restart()
        #expect(bench.ask(.basicInformation) == nil)
        bench.wait(.milliseconds(2100))
        #expect(bench.information()?.closedSwitches == [.charge, .discharge])
    }

    @Test func `random bytes never trap it`() {
        var bench = JBDBench()
        var random = SeededRandom(seed: 7)
        for _ in 0..<20_000 {
            var bytes = (0..<random.index(below: 12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if random.happens(0.5) { bytes = [0xDD, random.happens(0.5) ? 0xA5 : 0x5A] + bytes }
            if random.happens(0.2) {
                let register = UInt8(truncatingIfNeeded: random.next())
                bytes = JBDRequest(random.happens(0.5) ? .write : .read, register, bytes).bytes
            }
            _ = bench.bms.receive(bytes, at: bench.now)
            bench.wait(.milliseconds(20))
        }
        bench.wait(.seconds(1))
        bench.bms.options.swallowedRequests = 0
        #expect(bench.ask(.hardwareName) != nil)
    }
}

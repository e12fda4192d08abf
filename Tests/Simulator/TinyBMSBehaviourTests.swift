import BMSProtocols
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct TinyBMSBehaviourTests {
    // MARK: - Sleep

    @Test func `after ten quiet seconds exactly one command is swallowed`() {
        var bench = TinyBench()
        _ = bench.wait(.milliseconds(9800))
        #expect(bench.ask(.onlineStatus) != nil)
        _ = bench.wait(.milliseconds(10_100))
        #expect(bench.bms.isAsleep)
        #expect(bench.ask(.onlineStatus) == nil)
        #expect(bench.ask(.onlineStatus) == .onlineStatus(TinyBMSStatus.idle.rawValue))
        #expect(bench.words(114, 1).first.map { $0 >> 8 } == 3)
    }

    @Test func `a damaged command wakes it too and is the one that is swallowed`() {
        var bench = TinyBench()
        _ = bench.wait(.seconds(11))
        #expect(bench.send([0xAA, 0x14, 0x7E, 0xAF]).isEmpty)
        #expect(bench.ask(.packVoltage) != nil)
    }

    @Test func `a piece of a command that wakes it is forgotten after a pause`() {
        var bench = TinyBench()
        _ = bench.wait(.seconds(11))
        #expect(bench.send([0x00, 0xAA, 0x03]).isEmpty)
        _ = bench.wait(.milliseconds(300))
        #expect(bench.ask(.packVoltage) != nil)
    }

    @Test(arguments: [5.0, -5.0])
    func `a current outside the idle window keeps it awake`(current: Double) {
        var bench = TinyBench()
        bench.demand = current
        _ = bench.wait(.seconds(30))
        #expect(bench.ask(.onlineStatus) != nil)
    }

    @Test func `a current wakes it and the cause can be read`() {
        var bench = TinyBench()
        _ = bench.wait(.seconds(15))
        #expect(bench.bms.isAsleep)
        bench.demand = -5
        _ = bench.wait(.milliseconds(500))
        #expect(!bench.bms.isAsleep)
        #expect(bench.words(114, 1).first.map { $0 >> 8 } == 2)
    }

    @Test func `stuck asleep it swallows everything`() {
        var bench = TinyBench()
        bench.bms.condition.staysAsleep = true
        for _ in 0..<5 { #expect(bench.ask(.onlineStatus) == nil) }
        bench.bms.condition.staysAsleep = false
        #expect(bench.ask(.onlineStatus) != nil)
    }

    // MARK: - Broadcast

    @Test func `broadcast text comes at its period, in ASCII, and not while asleep`() throws {
        var bench = TinyBench()
        #expect(bench.ask(.writeIndividual([TinyBMSRegisterValue(342, 4)])) == .acknowledged(command: 0x0D))
        let lines = bench.wait(.milliseconds(5500))
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.isText && $0.bytes.allSatisfy { $0 < 0x80 } })
        let line = String(decoding: try #require(lines.first).bytes, as: UTF8.self)
        let names = line.split(separator: "\t").map { $0.prefix { $0 != ":" } }
        #expect(
            names == [
                "BPV", "MINCV", "MAXCV", "BPC", "SOC", "BMST", "EXT1", "EXT2", "OS", "CB", "LST", "LSS", "CST", "CSS",
            ])
        #expect(line.contains("\tOS:151\t") && line.contains("\tLSS:1\t") && line.hasSuffix("CSS:0\r\n"))
        #expect(line.contains("\tBMST:22.00\t"))
        // Text does not keep it awake.
        _ = bench.wait(.seconds(6))
        #expect(bench.wait(.seconds(3)).isEmpty)
    }

    @Test func `the Cycle Analyst format is thirteen numbers`() throws {
        var bench = TinyBench()
        #expect(bench.ask(.writeRegisters(address: 342, values: [1, 0])) != nil)
        let lines = bench.wait(.milliseconds(300))
        let bytes = try #require(lines.first).bytes
        let fields = String(decoding: bytes.dropLast(2), as: UTF8.self).split(separator: "\t")
        #expect(fields.count == 13)
        #expect(fields.allSatisfy { Double($0) != nil })
        #expect(fields[0] == "168.000000")
        #expect(fields[5] == "22.000000")
    }

    @Test func `a command interrupts the text, is answered, and the text goes on`() {
        var line = UARTLine(baudRate: 10_000, isPaced: true)  // one byte a millisecond
        let text = Array("0123456789".utf8)
        let answer: [UInt8] = [0xAA, 0x18, 0x97, 0x00, 0xCF, 0xCB]
        line.send(Transmission(after: .zero, text, isText: true), at: .zero)
        #expect(line.take(until: .milliseconds(3)) == Array("012".utf8))
        line.send(Transmission(after: .milliseconds(1), answer), at: .milliseconds(3))
        #expect(line.take(until: .seconds(1)) == Array("3".utf8) + answer + Array("456789".utf8))
    }

    @Test func `whole transmissions leave when their last byte is out`() {
        var line = UARTLine(baudRate: 10_000, isPaced: false)
        line.send(Transmission(after: .milliseconds(1), [1, 2, 3]), at: .zero)
        line.send(Transmission(after: .milliseconds(1), [4, 5]), at: .milliseconds(2))
        #expect(line.nextDeparture == .milliseconds(4))
        #expect(line.take(until: .microseconds(3999)).isEmpty)
        #expect(line.take(until: .milliseconds(4)) == [1, 2, 3])
        #expect(line.nextDeparture == .milliseconds(6))
        #expect(line.take(until: .milliseconds(6)) == [4, 5])
        #expect(line.nextDeparture == nil)
    }

    // MARK: - Reset

    @Test func `a reset is acknowledged, then silent for two seconds, and logged`() {
        var bench = TinyBench()
        #expect(bench.ask(.control(.clearEvents)) != nil)
        let counter = bench.bms.counter
        #expect(bench.ask(.control(.reset)) == .acknowledged(command: 0x02))
        #expect(bench.ask(.onlineStatus) == nil)
        _ = bench.wait(.milliseconds(1800))
        #expect(bench.ask(.onlineStatus) == nil)
        _ = bench.wait(.milliseconds(300))
        #expect(bench.ask(.onlineStatus) != nil)
        #expect(bench.events() == [0x61, 0x66])
        #expect(bench.words(114, 1).first.map { $0 & 0xFF } == 4)
        #expect(bench.bms.counter >= counter + 2)
    }

    @Test func `a change of the mode restarts it in the new mode`() {
        var bench = TinyBench()
        #expect(bench.ask(.writeRegisters(address: 340, values: [1])) == .written(address: 340, count: 1))
        #expect(bench.ask(.onlineStatus) == nil)
        _ = bench.wait(.milliseconds(2200))
        #expect(bench.events().suffix(2) == [0x61, 0x67])
    }

    // MARK: - Events and statistics

    @Test(arguments: [
        (Misbehaviour(.cellVoltage, cell: 3, value: 3.9), 20.0, UInt8(0x03), UInt8(0x79)),
        (Misbehaviour(.temperature, sensor: 1, value: 70), 20, 0x04, 0x73),
        (Misbehaviour(.temperature, sensor: 1, value: -41), -20, 0x0A, 0x75),
        (Misbehaviour(.temperature, sensor: 1, value: -5), 20, 0x37, 0x74),
        (Misbehaviour(.currentOffset, value: 230), 20, 0x06, 0x76),
        (Misbehaviour(.currentOffset, value: -260), -20, 0x05, 0x77),
    ])
    func `every cutoff is logged with its recovery`(
        misbehaviour: Misbehaviour, current: Double, cutOff: UInt8, recovery: UInt8
    ) {
        var bench = TinyBench()
        bench.demand = current
        _ = bench.wait(.seconds(3))
        _ = bench.ask(.control(.clearEvents))
        var bms: any SimulatedBMS = bench.bms
        misbehaviour.begin(on: &bms)
        bench.bms = bms as? TinyBMSSimulator ?? bench.bms
        _ = bench.wait(.seconds(4))
        #expect(bench.events().contains(cutOff))
        bms = bench.bms
        misbehaviour.end(on: &bms)
        bench.bms = bms as? TinyBMSSimulator ?? bench.bms
        _ = bench.wait(.seconds(9))
        let events = bench.events()
        let firstRecovery = events.firstIndex(of: recovery)
        #expect(firstRecovery != nil)
        #expect(firstRecovery ?? 0 > events.firstIndex(of: cutOff) ?? .max)
    }

    @Test func `empty cells are logged with their recoveries by a charger`() {
        var bench = TinyBench()
        bench.demand = -20
        _ = bench.wait(.seconds(1))
        bench.bms.pack.sensors.cells[0].fault = .fixed(2.4)
        _ = bench.wait(.seconds(2))
        #expect(bench.ask(.onlineStatus) == .onlineStatus(TinyBMSStatus.fault.rawValue))
        #expect(bench.words(105, 1) == [1])
        bench.bms.pack.sensors.cells[0].fault = nil
        _ = bench.wait(.seconds(20))
        #expect(!bench.events().contains(0x7B))
        bench.demand = 20
        _ = bench.wait(.seconds(2))
        #expect(Set(bench.events()).isSuperset(of: [0x02, 0x31, 0x7B, 0x7A, 0x64, 0x62]))
    }

    @Test func `records carry the running counter and read alike by command and by register`() throws {
        var bench = TinyBench(seed: 4)
        bench.demand = 20
        _ = bench.wait(.seconds(3))
        guard case .allEvents(let time, let records) = bench.ask(.allEvents) else { return #expect(Bool(false)) }
        #expect(time == bench.bms.counter)
        #expect(records.map(\.identifier) == [0x61, 0x66, 0x64, 0x62])
        let age = try #require(records.last).timestamp
        #expect((time & 0xFF_FFFF) &- age <= 3)
        let words = bench.words(200, 98)
        for (index, record) in records.enumerated() {
            #expect(UInt32(words[2 * index]) | UInt32(words[2 * index + 1] & 0xFF) << 16 == record.timestamp)
            #expect(words[2 * index + 1] >> 8 == UInt16(record.identifier))
        }
        #expect(words[8...].allSatisfy { $0 == 0 })
        #expect(bench.words(298, 2) == [0, 0])
        #expect(bench.ask(.newestEvents) == .newestEvents(bmsTime: time, records))
    }

    @Test func `the log keeps the newest forty-nine records, oldest first`() {
        var log = TinyBMSEventLog()
        for number in 1...60 { log.append(UInt8(number), at: UInt32(number)) }
        #expect(log.records.map(\.identifier) == (12...60).map(UInt8.init))
        #expect(log.word(200) == 12 && log.word(296) == 60)
    }

    @Test func `statistics keep the extremes and the counts until they are cleared`() {
        var bench = TinyBench { $0.chargeSpread = 0 }
        bench.demand = -30
        _ = bench.wait(.seconds(2))
        bench.demand = 25
        _ = bench.wait(.seconds(2))
        bench.bms.pack.sensors.cells[1].fault = .fixed(3.9)
        bench.bms.pack.sensors.external[0].fault = .fixed(-3)
        _ = bench.wait(.seconds(2))
        var words = bench.words(100, 18)
        #expect(words[2] == 300 && words[3] == 250)
        #expect(words[4] > 5000)
        #expect(words[6] == 1)
        #expect(words[11] == 1)
        #expect(Int8(bitPattern: UInt8(words[13] & 0xFF)) == -3)
        #expect(words[13] >> 8 == 22)
        #expect(bench.ask(.control(.clearStatistics)) != nil)
        words = bench.words(100, 18)
        #expect(words[2] == 0 && words[6] == 0)
        #expect(UInt32(words[17]) << 16 | UInt32(words[16]) == bench.bms.counter)
    }

    @Test func `a full charge is event 63, status fully charged and a state of charge of 100 percent`() {
        var bench = TinyBench {
            $0.capacity = 5
            $0.stateOfCharge = 99
            $0.reportedStateOfCharge = 80
            $0.chargeSpread = 0
            $0.capacitySpread = 0
        }
        bench.demand = 1
        var waited = 0
        while !bench.events().contains(0x63), waited < 1800 {
            _ = bench.wait(.seconds(10))
            waited += 10
        }
        #expect(bench.ask(.stateOfCharge) == .stateOfCharge(100_000_000))
        #expect(bench.ask(.onlineStatus) == .onlineStatus(TinyBMSStatus.fullyCharged.rawValue))
        #expect(bench.words(112, 1) == [1])
        #expect(bench.bms.pack.stateOfCharge > 99)
    }

    // MARK: - Frozen

    @Test func `a frozen buffer freezes every live value and nothing else`() {
        var bench = TinyBench()
        bench.demand = -20
        _ = bench.wait(.seconds(2))
        bench.bms.condition.freezesReadings = true
        let before = bench.words(0, 56)
        let current = bench.ask(.packCurrent)
        bench.demand = 20
        _ = bench.wait(.seconds(30))
        #expect(bench.words(0, 56) == before)
        #expect(bench.ask(.packCurrent) == current)
        #expect(bench.events().contains(0x64))
        bench.bms.condition.freezesReadings = false
        #expect(bench.words(0, 56) != before)
    }

    @Test func `a frozen counter freezes the counter alone, and it goes on from there`() {
        var bench = TinyBench()
        bench.demand = -20
        _ = bench.wait(.seconds(2))
        bench.bms.condition.freezesCounter = true
        let before = bench.words(0, 56)
        _ = bench.wait(.seconds(30))
        let after = bench.words(0, 56)
        #expect(Array(before[32...33]) == Array(after[32...33]))
        #expect(before[46...47] != after[46...47])
        let counter = bench.bms.counter
        bench.bms.condition.freezesCounter = false
        #expect(bench.bms.counter == counter)
        _ = bench.wait(.seconds(3))
        #expect(bench.bms.counter >= counter + 2 && bench.bms.counter <= counter + 4)
    }
}

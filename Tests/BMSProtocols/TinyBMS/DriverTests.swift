import Battery
import Links
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(1))) struct `TinyBMS driver` {
    @Test func `the first poll brings the live block, events, settings and version`() throws {
        let bench = Bench()
        let reading = try #require(bench.reading())
        #expect(
            bench.bms.requests == [
                .marker(2), TinyBMSLiveBlock.request, .allEvents, .readRegisters(address: 300, count: 44),
                .readRegisters(address: 500, count: 10),
            ])
        #expect(reading.pack == 1)
        #expect(reading.voltage == Double(Float(52.92)) && reading.current == -3.5)
        let cells: [Double?] = (0..<16).map { Double(33_000 + 10 * $0) / 10_000 }
        #expect(reading.cells == cells)
        #expect(reading.reportedMinimumCell == 3.3 && reading.reportedMaximumCell == 3.315)
        #expect(reading.stateOfCharge == 83.554824 && reading.stateOfHealth == 99)
        #expect(
            reading.temperatures == [
                .init(name: "EXT1", place: .cells, celsius: nil), .init(name: "EXT2", place: .cells, celsius: 21.5),
                .init(name: "BMS", place: .board, celsius: 23.1),
            ])
        #expect(reading.runningCounter == 20_000_000 && reading.activity == .idle)
        #expect(reading.balancing == Array(repeating: false, count: 16))
        #expect(reading.promised == TinyBMSLiveBlock.promised)
        #expect(reading.alarms?.value.isEmpty == true)
        #expect(reading.identity?.serial == "1122334455667788" + "99AABBCC")
        #expect(reading.identity?.firmware == "1.242" && reading.identity?.firmwareCode == 0x01F2)
        #expect(reading.identity?.hardware == "2.1")
    }

    @Test func `settings become limits in SI units`() throws {
        let settings = try #require(Bench().reading()?.settings?.value)
        #expect(settings.cellCount == 16 && settings.capacity == 280)
        #expect(settings.fullCell == 3.6 && settings.emptyCell == 2.9)
        #expect(settings.overVoltageCell == 3.65 && settings.underVoltageCell == 2.7)
        #expect(settings.chargeCutoffCurrent == 100 && settings.dischargeCutoffCurrent == 150)
        #expect(settings.overHeat == 60 && settings.lowTemperatureCharge == 1)
        #expect(settings.chargeFinishedCurrent == 1 && settings.allowedSpread == 0.015)
    }

    @Test func `the lower of both discharge cutoffs counts, 0 A is none`() {
        #expect(Bench { $0.registers[305] = 120 }.reading()?.settings?.value.dischargeCutoffCurrent == 120)
        #expect(Bench { $0.registers[305] = 0 }.reading()?.settings?.value.dischargeCutoffCurrent == 150)
    }

    @Test func `settings of a BMS that reads zeros are unknown, not zero`() {
        let settings = Bench { for register in 300..<344 { $0.registers[register] = 0 } }.reading()?.settings?.value
        var unknown = BMSSettings()
        unknown.lowTemperatureCharge = 0  // 0 °C is a possible cutoff
        #expect(settings == unknown)
    }

    @Test func `a poll in between is one request`() {
        let bench = Bench()
        #expect(bench.reading() != nil)
        bench.bms.requests = []
        bench.pass(.milliseconds(500))
        #expect(bench.reading() != nil)
        #expect(bench.bms.requests == [TinyBMSLiveBlock.request])
    }

    @Test func `events come every 3 s, settings every 5 min, before the live block, each with its own age`() throws {
        let bench = Bench()
        let first = try #require(bench.reading())
        bench.pass(.seconds(3))
        let second = try #require(bench.reading())
        #expect(bench.bms.requests.suffix(2) == [.allEvents, TinyBMSLiveBlock.request])
        #expect(second.settings?.taken == first.settings?.taken)
        #expect(try #require(second.alarms?.taken) < second.began)
        #expect(try #require(second.alarms?.taken) > (try #require(first.alarms?.taken)))
        bench.pass(.seconds(297))
        let third = try #require(bench.reading())
        #expect(try #require(third.settings?.taken) < third.began)
        #expect(try #require(third.settings?.taken) > second.completed)
        #expect(
            bench.bms.requests.suffix(2) == [.readRegisters(address: 500, count: 10), TinyBMSLiveBlock.request])
    }

    @Test func `nothing is asked between the live block and its reading while all goes well (S6)`() {
        let bench = Bench()
        _ = bench.reading()
        for _ in 0..<700 {
            bench.pass(.milliseconds(500))
            #expect(bench.reading()?.completed == bench.loop.now)
            #expect(bench.bms.requests.last == TinyBMSLiveBlock.request)
        }
        #expect(bench.bms.requests.contains(.readRegisters(address: 300, count: 44)))
    }

    @Test func `a BMS that is away is asked for its live values alone`() {
        let bench = Bench()
        _ = bench.reading()
        bench.bms.script = { _, _ in [] }
        bench.pass(.milliseconds(500))
        _ = bench.reading()
        bench.bms.requests = []
        for _ in 0..<20 {
            bench.pass(.milliseconds(500))
            _ = bench.reading()
        }
        #expect(bench.bms.requests.allSatisfy(\.isForLiveValues) && bench.bms.requests.count == 20)
    }

    @Test func `events are read at once when the status changes, and every second under a fault`() {
        let bench = Bench()
        _ = bench.reading()
        func requestsOfNextPoll(after pause: Duration) -> [TinyBMSRequest] {
            bench.bms.requests = []
            bench.pass(pause)
            _ = bench.reading()
            return bench.bms.requests
        }
        bench.bms.registers[50] = 0x91
        #expect(requestsOfNextPoll(after: .milliseconds(500)) == [TinyBMSLiveBlock.request, .allEvents])
        #expect(requestsOfNextPoll(after: .milliseconds(500)) == [TinyBMSLiveBlock.request])
        bench.bms.registers[50] = 0x9B
        #expect(requestsOfNextPoll(after: .milliseconds(500)).contains(.allEvents))
        #expect(!requestsOfNextPoll(after: .milliseconds(500)).contains(.allEvents))
        #expect(requestsOfNextPoll(after: .milliseconds(600)).contains(.allEvents))
    }

    @Test func `an over-voltage in the log forbids charging in the same reading`() throws {
        let bench = Bench {
            $0.registers[50] = 0x9B
            $0.events = [.init(timestamp: 20_000_000 & 0xFF_FFFF, identifier: 0x03)]
        }
        let alarms = try #require(bench.reading()?.alarms?.value)
        #expect(alarms[.highVoltage] == .alarm && alarms.forbidsCharge && !alarms.forbidsDischarge)
    }

    @Test func `a fault before any log was read is an internal alarm that forbids charging`() throws {
        let bench = Bench {
            $0.registers[50] = 0x9B
            $0.script = { request, _ in request.isForLiveValues ? nil : [] }
        }
        let reading = try #require(bench.reading())
        #expect(reading.alarms?.value[.bmsInternal] == .alarm && reading.alarms?.value.forbidsCharge == true)
    }

    @Test func `without events and settings there is still a reading, which says so`() throws {
        let bench = Bench {
            $0.script = { request, _ in request.isForLiveValues ? nil : [] }
        }
        let reading = try #require(bench.reading())
        #expect(
            reading.cells.count == 16 && reading.alarms == nil && reading.settings == nil && reading.identity == nil)
    }

    @Test func `a slower value that cannot be read again ages`() throws {
        let bench = Bench()
        let first = try #require(bench.reading())
        bench.bms.script = { request, _ in request.isForLiveValues ? nil : [] }
        bench.pass(.seconds(301))
        let second = try #require(bench.reading())
        #expect(second.settings == first.settings && second.alarms?.taken == first.alarms?.taken)
    }

    @Test func `where the event command is refused the event registers are read`() throws {
        let bench = Bench {
            $0.registers[50] = 0x9B
            $0.registers[200] = UInt16(20_000_000 & 0xFFFF)
            $0.registers[201] = 0x0400 | UInt16(20_000_000 >> 16 & 0xFF)
            $0.script = { request, _ in
                request == .allEvents
                    ? [(.milliseconds(2), TinyBMSAnswer.refused(command: 0x12, code: 0).bytes)] : nil
            }
        }
        _ = bench.reading()
        bench.pass(.seconds(1))
        let alarms = try #require(bench.reading()?.alarms?.value)
        #expect(bench.bms.requests.contains(.readRegisters(address: 200, count: 98)))
        #expect(alarms[.highTemperature] == .alarm)
    }

    @Test func `a restart of the BMS makes settings due at once`() {
        let bench = Bench()
        _ = bench.reading()
        bench.bms.requests = []
        bench.pass(.seconds(4))
        bench.bms.events = [.init(timestamp: bench.bms.lifetime & 0xFF_FFFF, identifier: 0x61)]
        _ = bench.reading()
        #expect(bench.bms.requests.contains(.readRegisters(address: 300, count: 44)))
    }

    @Test func `a counter that runs backwards is another BMS, whose limits are unknown until read`() throws {
        let bench = Bench()
        _ = bench.reading()
        bench.bms.set(long: 32, 1000)
        bench.bms.script = { request, _ in request.isForLiveValues ? nil : [] }
        bench.loop.run(for: .seconds(1))
        let reading = try #require(bench.reading())
        #expect(reading.settings == nil && reading.identity == nil && reading.alarms == nil)
    }

    @Test func `the age of a reading counts from before the request`() throws {
        let bench = Bench()
        let before = bench.loop.now
        let reading = try #require(bench.reading())
        #expect(reading.began == before && reading.completed == bench.loop.now)
        #expect(before.duration(to: reading.completed) == .milliseconds(60))
    }
}

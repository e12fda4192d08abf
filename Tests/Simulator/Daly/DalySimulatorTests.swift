import BMSProtocols
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct DalySimulatorTests {
    @Test(arguments: DalyCommand.allCases.filter { !$0.isWrite })
    func `every read gets its own answer, which the codec reads and builds alike`(command: DalyCommand) throws {
        var bench = DalyBench()
        let bytes = bench.send(DalyRequest(command).bytes)
        let answer = try DalyAnswer.decode(bytes)
        #expect(answer.command == command && answer.bytes == bytes)
        #expect(answer.payloads.map { $0[0] } == (1...6).map(UInt8.init) || command != .cellVoltages)
    }

    @Test func `an answer leaves sixty milliseconds after its request`() {
        var bench = DalyBench()
        let sent = bench.board.receive(DalyRequest(.packState).bytes, at: bench.now)
        #expect(sent.map(\.delay) == [.milliseconds(60)] && sent.first?.bytes.count == 13)
    }

    @Test func `live values agree with each other and with the pack`() throws {
        var bench = DalyBench { $0.chargeSpread = 2 }
        bench.demand = -20
        bench.wait(.seconds(5))
        let cells = bench.cells()
        let measured = bench.board.pack.measurement
        func ask(_ command: DalyCommand) throws -> DalyPayload {
            let answer = bench.ask(DalyRequest(command))
            return try #require(answer).payload
        }
        let state = DalyPackState(try ask(.packState))
        #expect(abs(Int(state.voltageDecivolts) * 100 - cells.reduce(0) { $0 + Int($1) }) < 100)
        #expect(state.currentDeciamperes == 200 && state.gatheredDecivolts == 0)
        let extremes = DalyCellExtremes(try ask(.cellExtremes))
        #expect(extremes.highest == cells.max() && extremes.lowest == cells.min())
        #expect(cells[Int(extremes.highestNumber) - 1] == extremes.highest)
        let switches = DalySwitches(try ask(.switches))
        #expect(switches.state == .discharging && switches.isChargeClosed && switches.isDischargeClosed)
        #expect(abs(Double(switches.remainingMilliampereHours) - 2800 * bench.board.pack.countedCharge) < 2000)
        let status = DalyStatus(try ask(.status))
        #expect(status.cells == 16 && status.sensors == 2 && status.hasLoad && !status.hasCharger)
        #expect(DalyTemperatureExtremes(try ask(.temperatureExtremes)).highest == Int(measured.board.rounded()))
        #expect(DalyFailures(try ask(.failures)).isEmpty)
    }

    @Test func `reserved bytes hold what the answer before left there`() {
        var bench = DalyBench()
        let state = bench.ask(DalyRequest(.packState))?.payload
        let extremes = bench.ask(DalyRequest(.cellExtremes))?.payload
        #expect(extremes?[6] == state?[6] && extremes?[7] == state?[7] && state?.word(6) != 0)
        var options = DalySimulator.Options()
        options.keepsLeftovers = false
        var clean = DalyBench(options: options)
        _ = clean.ask(DalyRequest(.packState))
        #expect(clean.ask(DalyRequest(.cellExtremes))?.payload.word(6) == 0)
    }

    @Test func `the other host gets every frame there is, the unused ones zero`() {
        var bench = DalyBench()
        let bytes = bench.send(DalyRequest(.cellVoltages, host: .alternative).bytes)
        #expect(bytes.count == 16 * 13)
        let payloads = (try? DalyAnswer.decode(bytes))?.payloads ?? []
        #expect(payloads.count == 16 && DalySlots.cellMillivolts(payloads).dropFirst(18).allSatisfy { $0 == 0 })
    }

    @Test func `requests are found in pieces, glued and behind rubbish, bad ones are not answered`() {
        var bench = DalyBench()
        let request = DalyRequest(.packState).bytes
        for byte in request.dropLast() { #expect(bench.send([byte]).isEmpty) }
        #expect(bench.send([request[12]]).count == 13)
        // While it answers the board hears nothing, so the second of two is lost.
        #expect(bench.send(request).isEmpty)
        bench.wait(.milliseconds(200))
        #expect(bench.send(request + DalyRequest(.status).bytes).count == 13)
        bench.wait(.milliseconds(200))
        #expect(bench.send([0xDD, 0xA5, 0x03, 0x00, 0xFF, 0xFD, 0x77] + request).count == 13)
        bench.wait(.milliseconds(200))
        #expect(bench.send(request.dropLast() + [0]).isEmpty)
        bench.wait(.milliseconds(200))
        #expect(bench.send([0xA5, 0x40, 0x90]).isEmpty)
        bench.wait(.milliseconds(200))
        #expect(bench.send(request).count == 13)
        #expect(bench.send(DalyFrame(address: 1, command: 0x90, payload: DalyPayload()).bytes).isEmpty)
    }

    @Test func `switches are set by command and shown with bit 52`() {
        var bench = DalyBench()
        for (charge, bit) in [(true, 1), (false, 2)] {
            let opened = bench.ask(.setSwitch(charge: charge, closed: false))
            #expect(opened?.payload[0] == 0)
            #expect(bench.ask(DalyRequest(.switches))?.payload[bit] == 0)
            #expect(bench.ask(DalyRequest(.failures)).map { DalyFailures($0.payload).bits } == [52])
            #expect(bench.ask(.setSwitch(charge: charge, closed: true))?.payload[0] == 1)
            #expect(bench.ask(DalyRequest(.switches))?.payload[bit] == 1)
        }
        _ = bench.ask(.setSwitch(charge: false, closed: false))
        bench.demand = -50
        bench.wait(.seconds(2))
        #expect(bench.board.pack.current == 0)
        bench.demand = 50
        bench.wait(.seconds(2))
        #expect(bench.board.pack.current == 50)
    }

    @Test func `the state of charge can be set`() {
        var bench = DalyBench()
        var payload = DalyPayload()
        payload.put(UInt16(805), at: 6)
        _ = bench.ask(DalyRequest(.setStateOfCharge, payload: payload))
        #expect(bench.ask(DalyRequest(.packState)).map { DalyPackState($0.payload).chargePermille } == 805)
    }

    @Test func `requests without a pause are not heard where the board needs one`() {
        var options = DalySimulator.Options()
        options.leastPause = .milliseconds(100)
        var bench = DalyBench(options: options)
        let request = DalyRequest(.packState).bytes
        #expect(bench.send(request + request).count == 13)
        bench.wait(.milliseconds(100))
        #expect(bench.send(request).isEmpty)
        bench.wait(.milliseconds(200))
        #expect(bench.send(request).count == 13)
    }

    @Test func `an idle board sleeps after its time, echoes, and wakes by traffic or current`() {
        var options = DalySimulator.Options()
        options.sleepTime = .seconds(60)
        options.echo = .asleep
        var bench = DalyBench(options: options)
        bench.wait(.seconds(61))
        let request = DalyRequest(.packState).bytes
        #expect(bench.board.isAsleep && bench.send(request) == request)
        #expect(!bench.board.isAsleep && bench.send(request).first { $0 == 0x01 } != nil)
        bench.wait(.seconds(61))
        #expect(bench.board.isAsleep)
        bench.demand = -5
        bench.wait(.seconds(1))
        #expect(!bench.board.isAsleep)
        options.wakesByTraffic = false
        var deep = DalyBench(options: options)
        deep.wait(.seconds(61))
        for _ in 0..<3 { #expect(deep.send(request) == request) }
    }

    @Test func `a restart is a silence, after which the switches are closed`() {
        var bench = DalyBench()
        _ = bench.ask(.setSwitch(charge: true, closed: false))
        bench.board.restart()
        #expect(bench.send(DalyRequest(.switches).bytes).isEmpty)
        bench.wait(.seconds(4))
        #expect(bench.ask(DalyRequest(.switches))?.payload[1] == 1)
    }

    @Test func `what is wrong inside the board shows in its answers`() {
        var bench = DalyBench()
        bench.board.condition.freezesCounter = true
        let counter = bench.ask(DalyRequest(.switches))?.payload[3]
        bench.wait(.seconds(5))
        #expect(bench.ask(DalyRequest(.switches))?.payload[3] == counter)
        bench.board.condition.lacksReadings = true
        #expect(bench.cells().allSatisfy { $0 == 0 })
        #expect(bench.ask(DalyRequest(.failures)).map { DalyFailures($0.payload).contains(41) } == true)
        bench.board.condition = .init()
        bench.board.condition.inventsReadings = true
        #expect(bench.cells() != bench.cells())
        bench.board.condition.staysAsleep = true
        #expect(bench.send(DalyRequest(.packState).bytes).isEmpty)
    }

    @Test func `random bytes are survived and the same seed gives the same answers`() {
        func answers(_ seed: UInt64) -> [[UInt8]] {
            var bench = DalyBench(seed: seed) { $0.voltageNoise = 0.001 }
            var random = SeededRandom(seed: 99)
            for _ in 0..<1000 {
                let bytes = (0..<random.index(below: 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                _ = bench.send((random.happens(0.5) ? [0xA5, 0x40] : []) + bytes)
            }
            bench.wait(.milliseconds(300))
            return DalyCommand.allCases.map { command in
                defer { bench.wait(.milliseconds(400)) }
                return bench.send(DalyRequest(command).bytes)
            }
        }
        #expect(answers(3) == answers(3) && answers(3) != answers(4))
        #expect(answers(3).allSatisfy { !$0.isEmpty })
    }
}

import BMSProtocols
import Testing

@testable import Simulator

/// A JK board on a quiet pack whose wire time a test moves by hand.
private struct Bench<BMS: SimulatedBMS> {
    var bms: BMS
    var now = Duration.zero

    init(_ make: (PackParameters) -> BMS) {
        var parameters = PackParameters()
        parameters.voltageNoise = 0
        parameters.currentNoise = 0
        bms = make(parameters)
        wait(.milliseconds(200))
    }

    mutating func wait(_ duration: Duration, demand: Double = 0) {
        now += duration
        #expect(bms.advance(to: now, by: duration, demand: demand).isEmpty)
    }

    mutating func send(_ bytes: [UInt8]) -> [[UInt8]] { bms.receive(bytes, at: now).map(\.bytes) }
}

@Suite(.timeLimit(.minutes(1))) struct `JK NW board` {
    private func bench(_ options: JKSimulator.Options = .init()) -> Bench<JKSimulator> {
        Bench { JKSimulator($0, seed: 1, options: options) }
    }

    /// Identifiers of a frame's data in their order.
    private func identifiers(_ frame: [UInt8]) -> [UInt8] {
        var found: [UInt8] = []
        var position = JKFrame.headLength
        while position < frame.count - 9 {
            found.append(frame[position])
            position += 1 + (JKIdentifier.width(of: frame[position]) ?? Int(frame[position + 1]) + 1)
        }
        return found
    }

    @Test func `everything is told in the order of real boards, and as long`() throws {
        var bench = bench()
        let answers = bench.send(JKRequest.readAll.bytes)
        let frame = try #require(answers.first)
        // 16 cells: the recorded answer of such a board has 291 bytes.
        #expect(answers.count == 1 && frame.count == 291)
        let ids = identifiers(frame)
        #expect(ids == [0x79] + Array(0x80...0x87) + [0x89, 0x8A, 0x8B, 0x8C] + Array(0x8E...0xBA) + [0xC0])
        #expect(try JKAnswer(frame: frame).isComplete)
        var old = JKSimulator.Options()
        old.currentForm = .offset
        var oldBench = self.bench(old)
        #expect(identifiers(try #require(oldBench.send(JKRequest.readAll.bytes).first)).last == 0xB7)
    }

    @Test func `all three ways to ask for everything are answered, each by its command`() throws {
        var bench = bench()
        let requests = [
            JKRequest.readAll, .readEverything, JKRequest(.readAll, data: [0], source: .gps),
        ]
        for request in requests {
            let answer = try JKAnswer(frame: try #require(bench.send(request.bytes).first))
            #expect(request.mismatch(with: answer) == nil && answer.cells?.count == 16)
        }
    }

    @Test func `single values are told alone`() throws {
        var bench = bench()
        for identifier in [UInt8(0x79)] + Array(0x83...0x87) + [0x8C, 0xAA, 0xAB, 0xB7, 0xC0] {
            let frame = try #require(bench.send(JKRequest.read(identifier).bytes).first)
            #expect(identifiers(frame) == [identifier])
            #expect(JKRequest.read(identifier).mismatch(with: try JKAnswer(frame: frame)) == nil)
        }
        #expect(bench.send(JKRequest.read(0x88).bytes).isEmpty)
    }

    @Test func `damaged, cut and foreign requests get no answer, pieces are put together`() {
        var bench = bench()
        var damaged = JKRequest.readAll.bytes
        damaged[8] = 3
        #expect(bench.send(damaged).isEmpty)
        #expect(bench.send([0xDD, 0xA5, 0x03, 0x00, 0xFF, 0xFD, 0x77]).isEmpty)
        let request = JKRequest.readAll.bytes
        #expect(bench.send(Array(request.prefix(9))).isEmpty)
        #expect(bench.send(Array(request.dropFirst(9))).count == 1)
        #expect(bench.send(Array(request.prefix(9))).isEmpty)
        bench.wait(.milliseconds(150))
        #expect(bench.send(Array(request.dropFirst(9))).isEmpty, "the pause ended the request")
        #expect(bench.send(request + request).count == 2)
    }

    @Test func `a write needs its way opened, for five seconds, and only switches can be written`() {
        var bench = bench()
        let write = JKRequest.write(JKIdentifier.chargeSwitch, isOn: false)
        #expect(bench.send(write.bytes).isEmpty && bench.bms.switches.charge)
        #expect(bench.send(JKRequest.unlock.bytes).count == 1)
        #expect(bench.send(write.bytes).count == 1 && !bench.bms.switches.charge && bench.bms.switches.discharge)
        #expect(bench.send(JKRequest.write(JKIdentifier.boardAddress, isOn: true).bytes).isEmpty)
        bench.wait(.seconds(6))
        #expect(bench.send(JKRequest.write(JKIdentifier.chargeSwitch, isOn: true).bytes).isEmpty)
        #expect(!bench.bms.switches.charge)
        // A restart keeps what was set.
        bench.bms.restart()
        #expect(bench.send(JKRequest.readAll.bytes).isEmpty && !bench.bms.switches.charge)
        bench.wait(.seconds(3))
        #expect(bench.send(JKRequest.readAll.bytes).count == 1)
    }

    @Test func `hostile bytes change nothing and never trap`() {
        var bench = bench()
        var random = SeededRandom(seed: 4)
        for _ in 0..<5_000 {
            var bytes = (0..<random.index(below: 30)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if random.happens(0.5) { bytes = [0x4E, 0x57, 0x00, UInt8(random.index(below: 40))] + bytes }
            _ = bench.send(bytes)
        }
        #expect(bench.bms.switches == JKSwitches())
        bench.wait(.seconds(1))
        #expect(bench.send(JKRequest.readAll.bytes).count == 1)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `JK PB board` {
    private func bench(_ options: JKPBSimulator.Options = .init()) -> Bench<JKPBSimulator> {
        Bench { JKPBSimulator($0, seed: 1, options: options) }
    }

    @Test(arguments: JKPBRecord.Kind.allCases) func `each record comes with its acknowledgement`(
        kind: JKPBRecord.Kind
    ) throws {
        var options = JKPBSimulator.Options()
        options.address = 4
        var bench = bench(options)
        let request = JKPBRequest.record(kind, address: 4)
        let answer = try #require(bench.send(request.bytes).first)
        #expect(answer.count == 308 && answer.suffix(8) == request.acknowledgement[...])
        #expect(request.mismatch(with: try JKPBAnswer.decode(answer)) == nil)
        #expect(bench.send(JKPBRequest.record(kind, address: 5).bytes).isEmpty, "asked was another board")
        options.hasFiller = true
        var filled = self.bench(options)
        #expect(filled.send(request.bytes).first?.count == 310)
    }

    @Test func `damaged and cut requests get no answer, an unknown register is refused`() {
        var bench = bench()
        let request = JKPBRequest.record(.status, address: 1).bytes
        var damaged = request
        damaged[9] ^= 1
        #expect(bench.send(damaged).isEmpty)
        #expect(bench.send(Array(request.prefix(5))).isEmpty && bench.send(Array(request.dropFirst(5))).count == 1)
        let unknown = JKPBRequest.write(register: 0x1234, value: 1, address: 1)
        #expect(bench.send(unknown.bytes) == [unknown.refusal(code: 2)])
        let wild = JKPBRequest.write(register: JKPBRequest.chargeSwitch, value: 7, address: 1)
        #expect(bench.send(wild.bytes) == [wild.refusal(code: 3)] && bench.bms.switches == JKSwitches())
        let write = JKPBRequest.write(register: JKPBRequest.dischargeSwitch, value: 0, address: 1)
        #expect(bench.send(write.bytes) == [write.acknowledgement] && !bench.bms.switches.discharge)
    }

    @Test func `hostile bytes never trap`() {
        var bench = bench()
        var random = SeededRandom(seed: 4)
        for _ in 0..<5_000 {
            var bytes = (0..<random.index(below: 20)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if random.happens(0.5) { bytes = [0x01, 0x10, 0x16, 0x20, 0, 1, UInt8(random.index(below: 6))] + bytes }
            _ = bench.send(bytes)
        }
        #expect(bench.bms.switches == JKSwitches())
        bench.wait(.seconds(1))
        #expect(bench.send(JKPBRequest.record(.about, address: 1).bytes).count == 1)
    }
}

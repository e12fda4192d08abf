import BMSProtocols
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct DalyModbusSimulatorTests {
    /// A board on a quiet pack whose wire time a test moves by hand.
    private struct Bench {
        var board: DalyModbusSimulator
        var now = Duration.zero

        init(seed: UInt64 = 1, _ change: (inout DalyModbusSimulator.Options) -> Void = { _ in }) {
            var options = DalyModbusSimulator.Options()
            options.variants = [.d2, .p81]
            change(&options)
            board = DalyModbusSimulator(PackParameters(), seed: seed, options: options)
            wait(.milliseconds(200))
        }

        mutating func wait(_ duration: Duration) {
            now += duration
            _ = board.advance(to: now, by: duration, demand: 0)
        }

        mutating func send(_ bytes: [UInt8]) -> [UInt8] {
            defer { wait(.milliseconds(500)) }
            return board.receive(bytes, at: now).flatMap(\.bytes)
        }

        mutating func words(_ request: DalyModbusRequest) -> [UInt16] {
            let bytes = send(request.bytes)
            guard request.isAnswered(by: bytes), let answer = try? DalyModbusAnswer.decode(bytes),
                case .registers(let words) = answer.content
            else { return [] }
            return words
        }
    }

    @Test func `both maps tell the same pack, each from its own address`() {
        var bench = Bench()
        let d2 = DalyModbusRegisters(.d2, first: 0, bench.words(.read(.d2, 0, 80)))
        let p81 = DalyModbusRegisters(.p81, first: 0, bench.words(.read(.p81, 0, 125)))
        #expect(d2.words.count == 80 && p81.words.count == 125)
        #expect(d2.cellCount == 16 && p81.cellCount == 16 && d2.sensorCount == 2 && p81.sensorCount == 2)
        for (one, other) in [
            (d2.map.cells, p81.map.cells), (d2.map.voltage, p81.map.voltage), (d2.map.charge, p81.map.charge),
            (d2.map.state, p81.map.state), (d2.map.remaining, p81.map.remaining),
            (d2.map.chargeSwitch, p81.map.chargeSwitch), (d2.map.switchTemperature, p81.map.switchTemperature),
        ] { #expect(abs(Int(d2[one] ?? 0) - Int(p81[other] ?? 999)) <= 2) }
        #expect(bench.send(DalyModbusRequest.read(.p81, 0, 2).bytes).first == 0x51)
    }

    @Test func `registers past the map are absent, other writes are refused, other maps are silence`() {
        var bench = Bench()
        #expect(bench.words(.read(.d2, 0x0150, 3)) == [0xFFFF, 0xFFFF, 0xFFFF])
        let write = DalyModbusRequest(variant: .p81, register: 0x00F0, action: .write(value: 1))
        #expect(bench.send(write.bytes) == DalyModbusAnswer(.p81, .refused(function: 6, code: 2)).bytes)
        var one = Bench { $0.variants = [.d2] }
        #expect(one.send(DalyModbusRequest.read(.p81, 0, 2).bytes).isEmpty)
        #expect(one.send(DalyRequest(.packState).bytes).isEmpty)
        var both = Bench { $0.answersFrames = true }
        #expect(both.send(DalyRequest(.packState).bytes).count == 13)
        #expect(both.send(DalyModbusRequest.read(.d2, 0, 2).bytes).count == 9)
    }

    @Test func `random bytes are survived and the same seed gives the same answers`() {
        func answers(_ seed: UInt64) -> [UInt8] {
            var bench = Bench(seed: seed)
            var random = SeededRandom(seed: 99)
            for _ in 0..<500 {
                let bytes = (0..<random.index(below: 30)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                _ = bench.send((random.happens(0.5) ? [0xD2, 0x03] : []) + bytes)
            }
            return bench.send(DalyModbusRequest.read(.d2, 0, 62).bytes)
        }
        #expect(answers(3) == answers(3) && answers(3) != answers(4) && answers(3).count == 129)
    }
}

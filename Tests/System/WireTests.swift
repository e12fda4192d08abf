import Glibc
import Links
import Simulator
import Synchronization
import Testing

/// Bad and missing wires (safety.md 3 and 4).
@Suite(.timeLimit(.minutes(12))) struct WireTests {
    @Test func `S30 without its cable the gateway follows the table and rests, and with it goes on by itself`()
        async throws
    {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            await bench.unplug()
            let pulled = Moment.now
            let began = try #require(gateway.processorTime)
            let zero = try await bench.limits("CCL 0", after: pulled, within: .seconds(8)) { $0.ccl == 0 }
            #expect(zero.at - pulled <= .seconds(6.1) && zero.dcl == 150)
            await bench.pass(.seconds(6))
            let used = try #require(gateway.processorTime) - began
            let share = used.inSeconds / (Moment.now - pulled).inSeconds
            print("S30: \((share * 100)) % of a core while unplugged")
            #expect(share <= 0.05)
            bench.replug()
            _ = try await bench.limits("CCL above 0", after: zero.at, within: .seconds(30)) { $0.ccl > 0 }
            #expect(gateway.isRunning)
        }
    }

    @Test func `S42 an adapter that is pulled and plugged in again gets a full fresh set, without a restart`()
        async throws
    {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            await bench.can.unplug()
            _ = try await bench.line(gateway, "can_closed", within: .seconds(5))
            await bench.pass(.seconds(2))
            try await bench.can.plug()
            let plugged = Moment.now
            let first = try await bench.limits("0x351", after: plugged, within: .seconds(8))
            #expect(first.ccl > 0)
            let set = await bench.can.frames.wait(within: .seconds(3)) { frames in
                Set(Frame.required).isSubset(of: frames.filter { $0.at > plugged }.map(\.identifier)) ? true : nil
            }
            #expect(set == true && gateway.isRunning)
        }
    }

    /// How a wire is spoilt, and what must come of it.
    struct BadWire: Sendable, CustomTestStringConvertible {
        var name: String
        /// Share of all bytes, both ways, that arrives as something else.
        var noise = 0.0
        var faults: [Misbehaviour] = []
        /// Whether enough gets through for the gateway to go on charging; nil where either will do.
        var works: Bool?
        var testDescription: String { name }
    }

    private static let badWires = [
        BadWire(name: "one byte in 1000 is wrong", noise: 0.001, works: true),
        BadWire(name: "one byte in 100 is wrong", noise: 0.01),
        BadWire(name: "one byte in 10 is wrong", noise: 0.1, works: false),
        BadWire(
            name: "answers late, twice, glued, cut off, with text between and rubbish around them",
            faults: [
                .init(.lateAnswers, value: 0.3, probability: 0.1), .init(.duplicatedAnswers, probability: 0.1),
                .init(.gluedAnswers, probability: 0.1), .init(.truncatedAnswers, probability: 0.1),
                .init(.textNoise, probability: 0.1), .init(.noise, value: 20),
            ]),
    ]

    @Test(arguments: badWires)
    func `S31 S32 over a bad wire no frame says what was not true, and the gateway works or forbids charging`(
        wire: BadWire
    ) async throws {
        try await Bench.run { bench in
            let truth = Truth(bench)
            truth.follow()
            let gateway = try await bench.startLive()
            bench.uart.setNoise(wire.noise)
            for fault in wire.faults { bench.pack.beginFault(fault) }
            let began = Moment.now
            _ = await bench.can.frames.first(within: .seconds(25)) { $0.at > began + .seconds(24) }
            truth.judge(bench.can.frames.all)
            let limits = bench.limits(after: began)
            switch wire.works {
            case true: #expect(limits.allSatisfy { $0.ccl > 0 } && limits.count >= 22)
            case false: #expect(limits.filter { $0.at - began > .seconds(6.2) }.allSatisfy { $0.ccl == 0 })
            case nil: break
            }
            #expect(gateway.isRunning)
        }
    }

    /// What the pack really had while the test ran.
    private final class Truth: Sendable {
        private struct Range: Sendable {
            var least = Double.infinity
            var most = -Double.infinity

            mutating func take(_ value: Double) {
                least = min(least, value)
                most = max(most, value)
            }

            func holds(_ value: Double, within tolerance: Double) -> Bool {
                value >= least - tolerance && value <= most + tolerance
            }
        }

        private struct State {
            var volts = Range()
            var amperes = Range()
            var charge = Range()
            var cells = Range()
        }

        private let bench: Bench
        private let state = Mutex(State())

        init(_ bench: Bench) { self.bench = bench }

        func follow() {
            bench.loop.perform { [self] in
                let pack = bench.pack.bms.pack
                state.withLock { state in
                    state.volts.take(pack.voltage)
                    state.amperes.take(pack.current)
                    state.charge.take(pack.countedCharge)
                    for cell in pack.cells { state.cells.take(cell.voltage) }
                }
                bench.loop.schedule(at: .now + .milliseconds(100)) { [weak self] in self?.follow() }
            }
        }

        /// Rounding and the sensors' noise are all that may lie between a frame and the pack.
        func judge(_ frames: [Frame]) {
            let truth = state.withLock { $0 }
            for frame in frames {
                if let measured = frame.measurements {
                    #expect(truth.volts.holds(measured.volts, within: 0.05))
                    #expect(truth.amperes.holds(measured.amperes, within: 0.3))
                    #expect(abs(measured.celsius - 22) < 2)
                }
                if let charge = frame.stateOfCharge { #expect(truth.charge.holds(charge, within: 0.1)) }
                if let cells = frame.cells {
                    #expect(truth.cells.holds(cells.lowest, within: 0.01))
                    #expect(truth.cells.holds(cells.highest, within: 0.01))
                }
                if let limits = frame.limits { #expect(limits.dcl == 150 || limits.dcl == 0) }
            }
        }
    }
}

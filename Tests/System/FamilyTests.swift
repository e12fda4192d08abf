import Links
import Simulator
import Testing

/// The whole gateway with a BMS of each family at the end of a line as slow as the real one.
@Suite(.timeLimit(.minutes(6))) struct FamilyTests {
    private static let families = SimulatedFamily.names.filter { $0 != "tinybms" }

    @Test(arguments: families)
    func `S2 with every family the pack is on the bus as it is, and a mute one is CCL 0 within 6,1 s`(
        family: String
    ) async throws {
        try await Bench.run(.init(family: family, isPaced: true)) { bench in
            let gateway = try await bench.startLive()
            _ = try await bench.limits("CCL of 100 A", within: .seconds(25)) { $0.ccl == 100 }
            let measured = bench.can.frames.all.reversed().lazy.compactMap(\.measurements).first
            let (shown, truth) = (try #require(measured), bench.pack.terminals)
            #expect(abs(shown.volts - truth.voltage) < 0.3 && abs(shown.amperes - 20) < 0.5)
            let charge = bench.can.frames.all.reversed().lazy.compactMap(\.stateOfCharge).first
            #expect(abs(try #require(charge) - truth.stateOfCharge) < 3)

            await bench.loop.run { bench.pack.beginFault(.init(.silence)) }
            let stopped = Moment.now
            let zero = try await bench.limits("CCL 0", after: stopped, within: .seconds(12)) { $0.ccl == 0 }
            #expect(zero.at - (try #require(bench.uart.lastSent)) <= .seconds(6.1) && zero.dcl == 150)
            bench.pack.endFault(.init(.silence))
            _ = try await bench.limits("CCL above 0 again", after: zero.at, within: .seconds(25)) { $0.ccl > 0 }
            #expect(gateway.isRunning)
        }
    }

    @Test(arguments: ["tinybms", "jbd", "daly", "daly-modbus", "jk"])
    func `a family that nobody named is found, and charges like one that was`(family: String) async throws {
        let settings = ["pack.1.family": "auto"]
        try await Bench.run(.init(family: family, settings: settings, isPaced: true)) { bench in
            _ = try await bench.startLive()
        }
    }
}

import Links
import Simulator
import Testing

extension VirtualPiTests {
    /// A gateway with the pack at the other end of `/dev/ttyS1`, on `can2`; `can3` is the other controller on that bus.
    @Suite(.serialized) struct Packs {
        private let pi: VirtualPi

        init() throws { pi = try VirtualPi.here() }

        /// A gateway that allows charging, and what the other controller sees of it.
        private func live(_ body: (_ gateway: Order, _ wire: Wire) async throws -> Void) async throws {
            try await pi.live(can: "can2", pack: "/dev/ttyS1", seenOn: "can3", body)
        }

        @Test func `S2 S30 a BMS whose line is gone, or that falls silent, gives CCL 0 within 6,1 s of its last byte`()
            async throws
        {
            try await live { gateway, wire in
                try await mute(.init(.unplugged), wire)
                pi.pack.endFault(.init(.unplugged))
                _ = try await wire.limits("CCL above 0 on the line that is back", after: .now, within: .seconds(25)) {
                    $0.ccl > 0
                }
                try await mute(.init(.silence), wire)
                pi.pack.endFault(.init(.silence))
                #expect(gateway.ended.count == 0, "\(gateway.story)")
            }
        }

        private func mute(_ fault: Misbehaviour, _ wire: Wire) async throws {
            let began = Moment.now
            pi.pack.beginFault(fault)
            let zero = try await wire.limits("CCL 0", after: began, within: .seconds(12)) { $0.ccl == 0 }
            let last = try #require(pi.uart.lastSent)
            print("S2: \(fault.kind.rawValue): CCL 0 was here \((zero.at - last).text) after the last byte of the BMS")
            #expect(zero.at - last <= .seconds(6.1) && zero.at - last > .seconds(3))
            #expect(zero.dcl > 0, "discharging goes on until STOP")
        }

        @Test func `S57 steps of the wall clock by years, forwards and backwards, change no frame`() async throws {
            try await live { gateway, wire in
                let full = try await wire.limits("CCL of 100 A", after: .now, within: .seconds(25)) { $0.ccl == 100 }
                let began = Moment.now
                for date in ["2036-02-29 23:59:58", "1999-12-31 23:59:58", "2026-06-30 12:00:00"] {
                    try await pi.guest.run("date -s '\(date)'")
                    let stepped = Moment.now
                    for second in [0, 1, 2] {
                        let moment = stepped + .seconds(second)
                        _ = try await wire.limits("0x351 after \(date)", after: moment, within: .seconds(second + 3))
                    }
                }
                let seen = wire.limits(after: began)
                #expect(seen.allSatisfy { $0.cvl == full.cvl && $0.ccl == full.ccl && $0.dcl == full.dcl }, "\(seen)")
                let gaps = zip(seen, seen.dropFirst()).map { ($1.at - $0.at).inSeconds }
                print("S57: \(gaps.count) periods of \(gaps.min() ?? 0) to \(gaps.max() ?? 0) s over three steps")
                #expect(gaps.count >= 6 && (gaps.max() ?? 9) < 2.5 && (gaps.min() ?? 0) > 0.3, "\(gaps)")
                #expect(gateway.all(" stage:", after: began).isEmpty, "\(gateway.story)")
            }
        }

        @Test
        func `S61 after a power cut in mid-write every acknowledged change is there, whole, and frames come again`()
            async throws
        {
            var values: [Int] = []
            for key in PowerCut.keys {
                let said = try await pi.guest.run("cellbridge config get --state /state \(key)")
                values.append(try #require(Int(said.first?.split(separator: " ").first ?? ""), "\(said)"))
            }
            let acknowledged = pi.cut.acknowledged
            print("S61: the power went after change \(acknowledged), \(values) are there")
            #expect(values[0] == values[1], "both or none")
            #expect((acknowledged...acknowledged + 1).contains(values[0]), "each that was acknowledged")
            let doctor = try await pi.guest.run("cellbridge doctor --state /state || true")
            #expect(doctor.contains { $0.contains("config.sqlite is sound") }, "\(doctor)")

            try await pi.guest.run("cellbridge config set --state /state system.commissioned=true")
            try await pi.guest.run("ip link set can2 down; ip link set can3 up type can bitrate 500000 || true")
            let wire = try await pi.candump("can3")
            try await pi.guest.end(wire.order) {
                let gateway = try await pi.guest.order("exec cellbridge run --state /state")
                try await pi.guest.end(gateway) {
                    _ = try await wire.limits("0x351", after: .now, within: .seconds(40)) { $0.ccl > 0 }
                }
            }
        }
    }
}

import JSONText
import Links
import Testing

extension VirtualPiTests {
    /// Gateways on `vcan` interfaces, one for each test: what a real controller in an emulator cannot be made to do.
    ///
    /// The interfaces echo a frame once it has left their queue, as a real controller does.
    /// One after the other: many programs at once keep an emulated processor too busy.
    @Suite(.serialized) struct VirtualBuses {
        private let pi: VirtualPi

        init() throws { pi = try VirtualPi.here() }

        private func make(_ interface: String) async throws {
            try await pi.guest.run(
                "ip link add \(interface) type vcan && ip link set \(interface) txqueuelen 10 up")
        }

        /// A gateway with a simulated pack that allows charging, and what is seen of it.
        private func live(
            on interface: String, _ body: (_ gateway: Order, _ wire: Wire) async throws -> Void
        ) async throws {
            try await make(interface)
            try await pi.live(can: interface, pack: "sim:healthy", body)
        }

        @Test func `S42 an interface that is deleted and made again is opened again`() async throws {
            try await live(on: "vcan1") { gateway, wire in
                try await pi.guest.run("ip link del vcan1")
                _ = try await gateway.line("CAN interface vcan1 went away", within: .seconds(20))
                // Long enough for a try that finds nothing.
                _ = try await gateway.line("CAN interface vcan1 is not there", within: .seconds(20))
                try await make("vcan1")
                let again = try await pi.candump("vcan1")
                try await pi.guest.end(again.order) {
                    _ = try await again.limits("0x351", after: .now, within: .seconds(20))
                }
                #expect(gateway.ended.count == 0, "\(gateway.story)")
            }
        }

        @Test func `S42 a full queue is a state and an alarm, and over as soon as it drains`() async throws {
            try await live(on: "vcan2") { gateway, wire in
                try await pi.guest.run("tc qdisc add dev vcan2 root netem delay 60s limit 1")
                _ = try await gateway.line("can_tx_lost:", within: .seconds(20))
                let inverter = try await pi.status(of: gateway)["inverter"]
                #expect(inverter["tx_lost"] == .bool(true) && inverter["open"] == .bool(true), "\(inverter)")
                #expect(inverter["problem"].string?.contains("does not take what is sent") ?? false, "\(inverter)")
                guard case .number(let congested) = inverter["congested"], congested > 3 else {
                    Issue.record("congestion is counted: \(inverter)")
                    return
                }
                try await pi.guest.run("tc qdisc del dev vcan2 root")
                let freed = Moment.now
                _ = try await wire.limits("0x351 from the queue that drains", after: freed, within: .seconds(20))
                _ = try await gateway.line("can_tx_lost_cleared:", within: .seconds(20))
            }
        }

        @Test func `S42 bus-off and error-passive are shown, and a full fresh set follows the restart`() async throws {
            try await live(on: "vcan3") { gateway, wire in
                for (frame, state) in [
                    ("20000004#0030000000000000", "error_passive"), ("20000040#0000000000000000", "bus_off"),
                ] {
                    try await pi.guest.run("cansend vcan3 \(frame)")
                    _ = try await gateway.line("socketcan:vcan3 is \(state)", within: .seconds(20))
                    #expect(try await pi.status(of: gateway)["inverter"]["state"] == .string(state))
                }
                // Just after a slow frame left: the next would come by itself only 10 s later.
                let complete = try await wire.fullSet(after: .now)
                try await pi.guest.run("cansend vcan3 20000100#0000000000000000")
                _ = try await gateway.line("came back from bus-off", within: .seconds(20))
                #expect(gateway.all("socketcan:vcan3 is error_active").count == 1, "\(gateway.story)")
                let restart = try await wire.order.line("20000100#", within: .seconds(20)).uptime
                let fresh = await wire.order.lines.wait(within: .seconds(20)) { lines -> Double? in
                    let seen = lines.filter { $0.uptime > restart }.compactMap(Wire.read)
                    guard complete.isSubset(of: seen.map(\.frame.identifier)) else { return nil }
                    return seen.last?.uptime
                }
                let whole = try #require(fresh, "every frame once more: \(wire.order.story)") - restart
                print("S42: \(complete.count) frames in the \(whole) s after the restart")
                #expect(complete.count > 15 && whole < 5)
            }
        }

        @Test func `S41 at most one old 0x351 sits in a slow queue, and a late one is followed at once`() async throws {
            try await live(on: "vcan4") { gateway, wire in
                try await pi.guest.run("tc qdisc add dev vcan4 root netem delay 5s limit 20")
                let slowed = Moment.now
                // There is room for more: it is the gateway that keeps to one. Each 0x351 takes 5 s; the next is handed
                // over only then, and at once.
                let third = await wire.order.lines.wait(within: .seconds(25)) { lines -> [Double]? in
                    let times = lines.filter { $0.at > slowed + .seconds(2) }.compactMap(Wire.read)
                        .filter { $0.frame.identifier == 0x351 }.map(\.uptime)
                    return times.count == 3 ? times : nil
                }
                let times = try #require(third, "\(wire.order.story)")
                let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
                print("S41: \(gaps) s from one 0x351 to the next in a queue of 5 s")
                #expect(gaps.allSatisfy { $0 > 4.3 }, "one at a time: \(times)")
                // By the schedule alone it would be 6 s.
                #expect((gaps.min() ?? 9) < 5.5, "the next at once: \(times)")
            }
        }
    }
}

import JSONText
import Links
import Testing

/// Whether this machine is of the kind of the guest, which runs the program as it is built here.
#if arch(x86_64)
private let isKindOfGuest = true
#else
private let isKindOfGuest = false
#endif

/// The program on a real kernel, with emulated CAN controllers and an emulated UART (virtual-pi.md, the small bench).
@Suite(.enabled(if: isKindOfGuest, "the guest is an x86-64 machine"), .virtualPi, .console, .timeLimit(.minutes(4)))
struct VirtualPiTests {}

extension VirtualPiTests {
    /// A gateway on `can0`; `can1` is the other controller on the same bus.
    @Suite(.serialized) struct Controllers {
        private let pi: VirtualPi

        init() throws { pi = try VirtualPi.here() }

        /// Sets both controllers down, as after a boot.
        private func setDown() async throws { try await pi.guest.run("ip link set can0 down; ip link set can1 down") }

        /// A gateway that allows charging, and what the other controller sees of it.
        private func live(_ body: (_ gateway: Order, _ wire: Wire) async throws -> Void) async throws {
            try await pi.live(can: "can0", pack: "sim:healthy", seenOn: "can1", body)
        }

        // MARK: - Bit rate

        @Test func `S42 a controller that is down gets the bit rate and comes back from bus-off by itself`()
            async throws
        {
            try await setDown()
            let said = try await pi.guest.run("cellbridge simulate gx --can socketcan:can0 --seconds 0.1")
            #expect(said.count == 1, "libsocketcan has nothing to complain of: \(said)")
            let shown = try await pi.guest.run("ip -details link show can0").joined(separator: "\n")
            #expect(shown.contains("bitrate 500000") && shown.contains("restart-ms 100"), "\(shown)")
            #expect(shown.contains("can state ERROR-ACTIVE"), "\(shown)")
            let doctor = try await pi.guest.run("cellbridge doctor 2>&1 || true")
            #expect(doctor.contains { $0.contains("can0 is up, 500000 bit/s, error active") }, "\(doctor)")
            #expect(doctor.contains { $0.contains("can1 is down: ") }, "\(doctor)")
        }

        @Test func `a controller at another bit rate is refused in one sentence, whose mend mends it`() async throws {
            try await setDown()
            try await pi.guest.run("ip link set can0 up type can bitrate 250000")
            // As it is installed: one with the right would set the interface up itself between the two commands.
            let gateway = try await pi.gateway(can: "can0", pack: "sim:healthy", unprivileged: true)
            try await pi.guest.end(gateway) {
                let line = try await gateway.line("can_closed", within: .seconds(20))
                #expect(line.text.contains("CAN interface can0 runs at 250000 bit/s, not 500000: "), "\(line.text)")
                let mend = line.text.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
                #expect(mend.count == 2, "\(line.text)")
                // Refused several times by then, told once.
                await pi.guest.pass(.seconds(4))
                #expect(gateway.all("bit/s").count == 1 && gateway.all("bittiming").isEmpty, "\(gateway.story)")
                try await pi.guest.run(mend.joined(separator: " && "))
                _ = try await gateway.line("socketcan:can0 is open", within: .seconds(20))
            }
        }

        @Test func `without the right to set the bit rate the sentence says what a person must do`() async throws {
            try await setDown()
            let order = try await pi.guest.order(
                "su -s /bin/sh nobody -c 'cellbridge simulate gx --can socketcan:can0 --seconds 0.1'")
            #expect(await order.end(within: .seconds(20)) == 74, "\(order.story)")
            let said = order.lines.all.map(\.text)
            #expect(
                said.count == 1 && said[0].contains("ip link set can0 up type can bitrate 500000"), "\(order.story)")
        }

        // MARK: - Frames

        @Test func `S40 the other controller sees byte for byte what the gateway says it sent, in its rhythm`()
            async throws
        {
            try await live { gateway, wire in
                let command = "exec cellbridge record - --seconds 12 --state \(VirtualPi.state(of: gateway))"
                let record = try await pi.guest.order(command)
                #expect(await record.end(within: .seconds(40)) == 0, "\(record.story)")
                let told = record.lines.all.compactMap(Wire.read).map(\.text)
                let seen = wire.all
                let texts = seen.map(\.text)
                #expect(told.count > 80, "\(record.story)")
                #expect(
                    texts.indices.contains { texts[$0...].starts(with: told) },
                    "what was told is no part of what was seen: \(record.story) \(wire.order.story)")
                for identifier in Frame.required {
                    Self.judge(seen.filter { $0.frame.identifier == identifier }.map(\.uptime), of: identifier)
                }
            }
        }

        /// Judges the rhythm as far as an emulator on a busy machine allows: it stumbles, but keeps the mean.
        private static func judge(_ times: [Double], of identifier: UInt32) {
            let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
            guard gaps.count > 8, let most = gaps.max(), let least = gaps.min() else {
                Issue.record("0x\(String(identifier, radix: 16)) was seen \(times.count) times only")
                return
            }
            let mean = gaps.reduce(0, +) / Double(gaps.count)
            print(
                "S40: 0x\(String(identifier, radix: 16)) \(gaps.count) periods of \(least) to \(most) s, mean \(mean) s"
            )
            #expect(most < 2.5, "S40: the GX gives up after 3 s")
            #expect(abs(mean - 1) < 0.1)
        }

        @Test func `S43 the GX on the other controller believes in the battery, and the gateway hears the GX`()
            async throws
        {
            try await live { gateway, wire in
                let gx = try await pi.guest.order("exec cellbridge simulate gx --can socketcan:can1 --json")
                try await pi.guest.end(gx) {
                    let belief = await gx.lines.wait(within: .seconds(40)) { lines in
                        lines.compactMap { JSONTree($0.text.utf8) }.first { $0["name"] == .string("Cellbridge") }
                    }
                    #expect(belief?["state"] == .string("connected"), "\(gx.story)")
                    #expect(belief?["bms_online"] == .bool(true), "\(gx.story)")
                    _ = try await wire.order.line(" 305#", within: .seconds(20))
                    let age = try await pi.status(of: gateway)["inverter"]["keepalive_age_s"]
                    guard case .number(let seconds) = age else {
                        Issue.record("the gateway has heard nothing: \(gateway.story)")
                        return
                    }
                    #expect(seconds < 2.5)
                    let own = wire.all.filter { ![0x305, 0x307].contains($0.frame.identifier) }
                    #expect(own.allSatisfy { Frame.battery.contains($0.frame.identifier) })
                }
            }
        }

        // MARK: - Trouble on the bus

        @Test func `S42 an interface that is set down is a state and an alarm, and set up it gets a full set`()
            async throws
        {
            try await live { gateway, wire in
                let complete = try await wire.fullSet()
                try await pi.guest.run("ip link set can0 down")
                let fell = Moment.now
                _ = try await gateway.line("socketcan:can0 is down", within: .seconds(20))
                _ = try await gateway.line("can_tx_lost:", within: .seconds(20))
                #expect(try await pi.status(of: gateway)["inverter"]["state"] == .string("down"))
                #expect(wire.limits(after: fell + .seconds(1)).isEmpty)
                let rose = Moment.now
                try await pi.guest.run("ip link set can0 up")
                _ = try await wire.limits("0x351 on the interface that is up again", after: rose, within: .seconds(20))
                _ = try await gateway.line("can_tx_lost_cleared:", within: .seconds(20))
                let fresh = await wire.order.lines.wait(within: .seconds(5)) { lines -> Bool? in
                    let seen = lines.filter { $0.at > rose }.compactMap { Wire.read($0)?.frame.identifier }
                    return complete.isSubset(of: seen) ? true : nil
                }
                #expect(complete.count > 15 && fresh == true, "slow frames too: \(wire.order.story)")
                #expect(gateway.all("can_closed").isEmpty, "\(gateway.story)")
            }
        }

        @Test func `S42 a controller that is pulled out and put back is opened again at the right bit rate`()
            async throws
        {
            try await live { gateway, wire in
                let device = try await pi.guest.run("readlink /sys/class/net/can0/device")[0].split(separator: "/").last
                let driver = "/sys/bus/pci/drivers/kvaser_pci"
                try await pi.guest.run("echo \(device ?? "") >\(driver)/unbind")
                _ = try await gateway.line("CAN interface can0 went away", within: .seconds(20))
                let gone = Moment.now
                try await pi.guest.run("echo \(device ?? "") >\(driver)/bind")
                _ = try await wire.limits("0x351 from the new controller", after: gone, within: .seconds(20))
                #expect(gateway.all("can_closed").count <= 2, "gone, then missing: \(gateway.story)")
            }
        }
    }
}

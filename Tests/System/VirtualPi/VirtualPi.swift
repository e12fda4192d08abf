import JSONText
import Links
import Simulator
import Synchronization
import Testing

/// The small bench of virtual-pi.md: a booted guest, a simulated pack at the other end of its UART, and its buses.
final class VirtualPi: Sendable {
    /// The one that the present test runs on.
    @TaskLocal static var current: VirtualPi?

    let guest: Guest
    let pack: SimulatedPack
    let uart: UARTTap
    /// What the power cut before this boot left behind.
    let cut: PowerCut
    private let states = Mutex(0)

    private init(_ guest: Guest, _ pack: SimulatedPack, _ uart: UARTTap, _ cut: PowerCut) {
        (self.guest, self.pack, self.uart, self.cut) = (guest, pack, uart, cut)
    }

    /// The one that the present test runs on.
    static func here() throws -> VirtualPi { try #require(current, "the suite boots one") }

    /// Boots one, cuts its power while it writes, boots it again and lets it be for as long as `body` runs.
    static func run(_ body: @concurrent @Sendable () async throws -> Void) async throws {
        let loop = try EventLoop(name: "virtual pi")
        defer { loop.stop() }
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await Guest.build(into: folder, on: loop)
        let cut = try await Guest.run(in: folder, on: loop) { try await PowerCut.happen(to: $0) }
        try await Guest.run(in: folder, on: loop) { guest in
            let uart = UARTTap()
            var setup = SimulatedPack.Setup(scenario: .charging, seed: 7)
            setup.pacing = .baud(115_200)
            let pack = SimulatedPack(setup, on: loop) { () throws(LinkError) in
                uart.over(try await StreamLink.connect(path: folder + "/bms", loop: loop))
            }
            pack.start()
            defer { pack.stop() }
            try await $current.withValue(VirtualPi(guest, pack, uart, cut)) { try await body() }
        }
    }

    // MARK: - Programs in the guest

    /// Starts a gateway with a state folder of its own, without any right where it is to be `unprivileged`.
    func gateway(can interface: String, pack link: String, unprivileged: Bool = false) async throws -> Order {
        let number = states.withLock { number in
            number += 1
            return number
        }
        let command = Self.command(state: "/tmp/\(number)", can: interface, pack: link)
        return try await guest.order(unprivileged ? "exec su -s /bin/sh nobody -c \"\(command)\"" : command)
    }

    /// Runs a gateway that allows charging, and a look at what it sends, for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - interface: the gateway's bus.
    ///   - link: its pack.
    ///   - other: the controller that sees its frames, where that is not the same interface.
    ///   - body: is given the gateway and what is seen.
    /// - Throws: `Bench.Missed` where the gateway does not come to charging, and what `body` throws.
    func live(
        can interface: String, pack link: String, seenOn other: String? = nil,
        _ body: (_ gateway: Order, _ wire: Wire) async throws -> Void
    ) async throws {
        if let other {
            try await guest.run("ip link set \(interface) down; ip link set \(other) down")
            try await guest.run("ip link set \(other) up type can bitrate 500000")
        }
        let wire = try await candump(other ?? interface)
        try await guest.end(wire.order) {
            let began = Moment.now
            let gateway = try await gateway(can: interface, pack: link)
            try await guest.end(gateway) {
                _ = try await wire.limits("0x351 that allows charging", after: began, within: .seconds(40)) {
                    $0.ccl > 0
                }
                try await body(gateway, wire)
            }
        }
    }

    /// The words that start a gateway.
    private static func command(state: String, can interface: String, pack link: String) -> String {
        let settings = [
            "pack.1.link=\(link)", "pack.1.family=tinybms", "pack.1.chemistry=lfp", "pack.1.cells=16",
            "pack.1.capacity_ah=280", "pack.1.max_charge_a=100", "pack.1.max_discharge_a=150",
            "can.link=socketcan:\(interface)", "can.allow_simulated=true", "system.commissioned=true",
        ]
        return "exec cellbridge run --state \(state)" + settings.map { " --set '\($0)'" }.joined()
    }

    /// The state folder that a gateway was given.
    static func state(of gateway: Order) -> String {
        String(gateway.command.split(separator: " ").drop { $0 != "--state" }.dropFirst().first ?? "")
    }

    /// Records what an interface hears, error frames too.
    func candump(_ interface: String) async throws -> Wire {
        let order = try await guest.order("exec candump -L \(interface),0:0,#FFFFFFFF")
        _ = await order.pid(within: .seconds(10))
        return Wire(order: order)
    }

    /// What a gateway says of itself and its bus, from the document of `watch --json`.
    func status(of gateway: Order) async throws -> JSONTree {
        let command = "cellbridge watch --json --seconds 20 --state \(Self.state(of: gateway)) | head -n 1"
        let lines = try await guest.run(command)
        return try #require(lines.compactMap { JSONTree($0.utf8) }.first, "\(lines)")
    }
}

/// Boots a virtual Pi around a suite.
struct VirtualPiTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await VirtualPi.run(function)
    }
}

extension Trait where Self == VirtualPiTrait {
    /// Runs the tests of a suite on one virtual Pi.
    static var virtualPi: Self { Self() }
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds what the kernel of the virtual Pi said last to each failure.
    static var console: Self {
        .compactMapIssues { issue in
            var issue = issue
            if let guest = VirtualPi.current?.guest { issue.comments.append("the guest's console: \(guest.console)") }
            return issue
        }
    }
}

import Glibc
import Links
import Simulator
import Testing

/// What the configuration lets out (S64), and what it takes in while running.
@Suite(.timeLimit(.minutes(12))) struct ConfigurationTests {
    @Test func `S64 with factory defaults the process stays up, sends nothing and says what is missing`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.run(["run", "--state", bench.state])
            let line = try await bench.line(gateway, "not_configured", within: .seconds(5))
            #expect(line.text.contains("no pack is configured"))
            #expect(await bench.firstFrame(after: line.at, within: .seconds(5)) == nil)
            #expect(gateway.isRunning)
        }
    }

    /// What may be missing, and the words with which the log says so.
    static let unfinished: [(without: Set<String>, words: String)] = [
        (["system.commissioned"], "system.commissioned is false"),
        (["system.commissioned", "pack.1.cells"], "pack.1.cells"),
        (["system.commissioned", "pack.1.max_charge_a", "pack.1.capacity_ah"], "pack.1.max_charge_a"),
        (["can.link"], "can.link is not set"),
    ]

    @Test(arguments: unfinished)
    func `S64 a gateway that nobody finished setting up sends nothing and says what is missing`(
        without: Set<String>, words: String
    ) async throws {
        try await Bench.run(.init(without: without)) { bench in
            let gateway = try await bench.start()
            _ = try await bench.line(gateway, words, within: .seconds(5))
            #expect(await bench.firstFrame(after: gateway.spawned, within: .seconds(6)) == nil)
            #expect(gateway.isRunning && bench.can.commands.count == 0)
        }
    }

    @Test func `a simulated pack reaches no bus unless can.allow_simulated is true`() async throws {
        try await Bench.run(.init(settings: ["pack.1.link": "sim:healthy"])) { bench in
            let gateway = try await bench.start()
            let line = try await bench.line(gateway, "dry_run", within: .seconds(5))
            #expect(line.text.contains("can.allow_simulated"))
            #expect(await bench.firstFrame(after: gateway.spawned, within: .seconds(6)) == nil)
        }
        try await Bench.run(.init(settings: ["pack.1.link": "sim:healthy", "can.allow_simulated": "true"])) { bench in
            _ = try await bench.startLive()
        }
    }

    @Test func `a dry bus transmits nothing while the gateway reads its pack`() async throws {
        try await Bench.run(.init(settings: ["can.link": "dry:"])) { bench in
            let gateway = try await bench.start()
            _ = try await bench.line(gateway, "data is live", within: .seconds(10))
            #expect(await bench.firstFrame(after: gateway.spawned, within: .seconds(4)) == nil)
            #expect(bench.can.commands.count == 0 && gateway.isRunning)
        }
    }

    @Test func `a second gateway on the same state folder ends with one line, and the first goes on`() async throws {
        try await Bench.run { bench in
            let first = try await bench.startLive()
            let second = try await bench.start()
            let end = await second.end(within: .seconds(10))
            #expect(end == .exited(69), "\(String(describing: end)) \(second.story)")
            #expect(second.errors.all.contains { $0.text.contains(bench.state) }, "\(second.story)")
            _ = try await bench.limits("0x351 of the first", after: .now, within: .seconds(3)) { $0.ccl > 0 }
            #expect(first.isRunning)
        }
    }

    @Test(.enabled(if: Program.has("config set"), "this version has no `config set`"))
    func `a change of the configuration takes effect within seconds, in the same process`() async throws {
        try await Bench.run(.init(without: ["pack.1.max_charge_a"])) { bench in
            try await Self.set("pack.1.max_charge_a=100", bench)
            let gateway = try await bench.startLive()
            _ = try await bench.limits("CCL above 50 A", within: .seconds(10)) { $0.ccl > 50 }
            let changed = Moment.now
            try await Self.set("pack.1.max_charge_a=40", bench)
            let line = try await bench.line(gateway, "configuration_changed", within: .seconds(5))
            #expect(line.text.contains("pack.1.max_charge_a"))
            let low = try await bench.limits("CCL of 40 A", after: changed, within: .seconds(15)) { $0.ccl == 40 }
            #expect(bench.limits(after: line.at + .seconds(1)).allSatisfy { $0.ccl <= 40 })
            #expect(low.dcl == 150 && gateway.isRunning)
        }
    }

    private static func set(_ assignment: String, _ bench: Bench) async throws {
        let command = try await bench.run(["config", "set", assignment, "--state", bench.state])
        let end = await command.end(within: .seconds(10))
        #expect(end == .exited(0), "\(command.story)")
    }
}

/// Ports that are not what they should be: the process goes on, says so once and sends nothing (S42, S90).
@Suite(.timeLimit(.minutes(12))) struct PortTests {
    @Test func `a port that is not there is told once, and the gateway waits for it`() async throws {
        try await Bench.run(.init(settings: ["pack.1.link": "/dev/cellbridge-is-not-here"])) { bench in
            try await Self.expectOneLine(bench, "port /dev/cellbridge-is-not-here is not there")
        }
    }

    @Test func `a port that another program holds is told once, and the gateway waits for it`() async throws {
        try await Bench.run { bench in
            let port = open(bench.folder + "/uart", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
            #expect(flock(port, LOCK_EX | LOCK_NB) == 0)
            try await Self.expectOneLine(bench, "is used by another program")
            close(port)
            _ = try await bench.limits("0x351 once the port is free", within: .seconds(10))
        }
    }

    @Test func `a device that answers rubbish is told once, and nothing is sent`() async throws {
        try await Bench.run { bench in
            bench.uart.answerInstead { (0..<120).map { _ in UInt8.random(in: 0...255) } }
            try await Self.expectOneLine(bench, "answers are damaged")
            #expect(bench.uart.requests > 5)
        }
    }

    @Test func `a device that says nothing is told once, and nothing is sent`() async throws {
        try await Bench.run { bench in
            bench.uart.answerInstead { [] }
            try await Self.expectOneLine(bench, "no answer")
        }
    }

    @Test func `an adapter that is not there is told once, and the pack is read all the same`() async throws {
        try await Bench.run(.init(settings: ["can.link": "slcan:/dev/cellbridge-is-not-here"])) { bench in
            let gateway = try await bench.start()
            _ = try await bench.line(gateway, "data is live", within: .seconds(10))
            await bench.pass(.seconds(6))
            #expect(gateway.errors.all.count { $0.text.contains("cellbridge-is-not-here") } == 1, "\(gateway.story)")
            #expect(gateway.isRunning)
        }
    }

    private static func expectOneLine(_ bench: Bench, _ words: String) async throws {
        let gateway = try await bench.start()
        _ = try await bench.line(gateway, words, within: .seconds(6))
        #expect(await bench.firstFrame(after: gateway.spawned, within: .seconds(8)) == nil)
        #expect(gateway.isRunning)
        // Rubbish that comes late on a busy machine is silence: another sentence, told once too.
        let told = gateway.errors.all.filter { $0.event == "bms_link" }
        #expect(told.count { $0.text.contains(words) } == 1 && told.count <= 2, "\(gateway.story)")
    }
}

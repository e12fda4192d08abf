import Glibc
import Links
import Testing

/// What a service manager hears of the gateway, and what it is there for.
@Suite(.timeLimit(.minutes(6))) struct ServiceTests {
    @Test func `S53 S54 systemd hears READY, then WATCHDOG every two seconds, and STOPPING at the end`() async throws {
        try await Bench.run { bench in
            let systemd = try await ServiceManager.open(at: bench.folder + "/notify", on: bench.loop)
            let gateway = try await bench.run(bench.words, environment: [systemd.variable])
            let fourth = await systemd.messages.wait(within: .seconds(20)) { messages in
                messages.filter { $0.text == "WATCHDOG=1" }.dropFirst(3).first
            }
            #expect(fourth != nil, "four signs of life")
            gateway.signal(SIGTERM)
            #expect(await gateway.end(within: .seconds(5)) == .exited(0))
            let heard = systemd.messages.all
            #expect(heard.count { $0.text == "READY=1" } == 1)
            #expect(heard.contains { $0.text == "STOPPING=1" })
            let life = heard.filter { $0.text == "WATCHDOG=1" }
            for (one, next) in zip(life, life.dropFirst()) {
                #expect(next.at - one.at <= .seconds(5), "half of WatchdogSec")
            }
            await systemd.close()
        }
    }

    /// READY waits neither for a BMS nor for a bus, and their absence is no hang (S53, S54).
    @Test func `S53 S54 without a BMS and without a bus systemd hears READY and signs of life`() async throws {
        try await Bench.run { bench in
            await bench.unplug()
            await bench.can.unplug()
            let systemd = try await ServiceManager.open(at: bench.folder + "/notify", on: bench.loop)
            let gateway = try await bench.run(bench.words, environment: [systemd.variable])
            let ready = await systemd.messages.first(within: .seconds(5)) { $0.text == "READY=1" }
            #expect(ready != nil)
            // Longer than S50 gives a part that hangs.
            await bench.pass(.seconds(16))
            #expect(gateway.isRunning)
            #expect(systemd.messages.all.count { $0.text == "WATCHDOG=1" } >= 7)
            await systemd.close()
        }
    }
}

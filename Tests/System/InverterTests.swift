import Links
import Simulator
import Testing

/// The GX's silence and a second battery on the bus (S43, S44).
@Suite(.timeLimit(.minutes(12))) struct InverterTests {
    @Test
    func `S43 with on_timeout=stop a GX that is never heard or lost closes the bus, and its 0x305 opens it again`()
        async throws
    {
        let settings = [
            "can.keepalive.on_timeout": "stop", "can.keepalive.timeout_s": "3", "can.keepalive.retry_ms": "3000",
        ]
        try await Bench.run(.init(settings: settings, keepalive: false)) { bench in
            _ = try await bench.start()
            _ = try await bench.limits("0x351", within: .seconds(10))
            try await Self.expectProbes(bench, since: .now, firstWithin: .seconds(5))
            try await Self.expectReturn(bench)
            bench.can.keepalive(false)
            try await Self.expectProbes(bench, since: .now, firstWithin: .seconds(6))
            try await Self.expectReturn(bench)
        }
    }

    /// The bus is closed, and three times opened for one fresh set and closed again.
    private static func expectProbes(_ bench: Bench, since moment: Moment, firstWithin bound: Duration) async throws {
        let closed = await bench.can.commands.first(within: bound) { $0.at > moment && $0.text == "C" }
        let left = try #require(closed, "the bus is closed after 3 s without a GX").at
        let opened = await bench.can.commands.wait(within: .seconds(30)) { commands -> [Moment]? in
            let opened = commands.filter { $0.at > left && $0.text == "O" }.map(\.at)
            return opened.count == 4 ? opened : nil
        }
        let probes = try #require(opened, "the bus is tried again and again")
        // To the millisecond it is shown on virtual time; the rest is for what this machine takes to notice.
        #expect((1.5...6).contains((probes[0] - left).inSeconds), "the first after a retry")
        for (one, next) in zip(probes, probes.dropFirst()) {
            #expect((1.5...8).contains((next - one).inSeconds), "a probe each retry")
            // What a late reader finds in one piece with the opening has its date.
            let set = bench.can.frames.all.filter { $0.at >= one && $0.at < next }.map(\.identifier)
            #expect(Set(Frame.required).isSubset(of: set))
            #expect(set.count == Set(set).count, "one set alone")
        }
    }

    private static func expectReturn(_ bench: Bench) async throws {
        bench.can.keepalive(true)
        let heard = Moment.now
        let steady = await bench.can.frames.wait(within: .seconds(40)) { frames -> [Moment]? in
            let times = frames.filter { $0.at > heard && $0.identifier == 0x351 }.map(\.at)
            guard let last = times.last, let since = times.first(where: { last - $0 < .seconds(4.5) }) else {
                return nil
            }
            let run = times.filter { $0 >= since }
            return run.count >= 5 ? run : nil
        }
        #expect(steady != nil, "with a GX on the bus the frames keep their second")
    }

    @Test func `S43 by default the silence of the GX stops nothing`() async throws {
        try await Bench.run(.init(keepalive: false)) { bench in
            let gateway = try await bench.startLive()
            let line = try await bench.line(gateway, " keepalive:", within: .seconds(15))
            #expect(line.text.contains("nothing from the GX"))
            _ = try await bench.limits("0x351 later than that", after: line.at + .seconds(2), within: .seconds(5)) {
                $0.ccl > 0
            }
        }
    }

    @Test func `S44 a third foreign 0x351 within 10 s gives CCL 0 and keeps DCL, until 60 s without one`() async throws
    {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            _ = try await bench.limits("CCL above 30 A", within: .seconds(10)) { $0.ccl > 30 }
            let foreign: [UInt8] = [0x30, 0x02, 0xE8, 0x03, 0xE8, 0x03, 0xC0, 0x01]
            for _ in 0..<2 { bench.can.send(0x351, foreign) }
            await bench.pass(.seconds(2.5))
            #expect(bench.limits().last?.ccl ?? 0 > 30, "two may be strays")
            bench.can.send(0x351, foreign)
            let third = Moment.now
            let zero = try await bench.limits("CCL 0", after: third, within: .seconds(3)) { $0.ccl == 0 }
            #expect(zero.at - third <= .seconds(1.1) && zero.dcl == 150)
            _ = try await bench.line(gateway, "duplicate_bms", within: .seconds(1))
            let back = try await bench.limits("CCL above 0", after: zero.at, within: .seconds(75)) { $0.ccl > 0 }
            #expect(back.at - third >= .seconds(59.9))
            #expect(bench.limits(after: third).allSatisfy { $0.dcl == 150 })
        }
    }
}

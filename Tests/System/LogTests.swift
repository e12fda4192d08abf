import JSONText
import Links
import Simulator
import Testing

/// The log of a running gateway (S90, S91). Every bench holds each event to 10 lines a second besides.
@Suite(.timeLimit(.minutes(12))) struct LogTests {
    @Test func `S90 S91 a BMS that is gone for 10 s leaves a handful of lines, each for a change`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            await bench.pass(.seconds(12))
            let calm = gateway.errors.count
            let parts = gateway.errors.all.count { $0.event == "supervisor.started" }
            bench.pack.beginFault(.init(.silence))
            await bench.pass(.seconds(10))
            let gone = gateway.errors.count
            bench.pack.endFault(.init(.silence))
            _ = try await bench.limits("CCL above 0", after: .now, within: .seconds(20)) { $0.ccl > 0 }
            let lines = gateway.errors.all
            print("S91: \(calm) lines before, \(gone - calm) while the BMS was gone, \(lines.count - gone) after it")
            #expect(calm - parts <= 9, "start and first data, beside a line for each part: \(gateway.story)")
            #expect((2...12).contains(gone - calm), "\(gateway.story)")
            #expect(lines.count - gone <= 12, "\(gateway.story)")
            let events = Set(lines.compactMap(\.event))
            #expect(events.isSuperset(of: ["start", "can_open", "stage", "limit_fell", "alarm_raised", "bms_link"]))
        }
    }

    @Test func `S91 a BMS on a bad wire floods no log`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            bench.uart.setNoise(0.01)
            await bench.pass(.seconds(20))
            print("S91: \(gateway.errors.count) lines over 20 s of a bad wire")
            // Each poll may go well or not, twice a second: what changes is told, and that is a change.
            #expect(gateway.errors.count <= 100, "\(gateway.story)")
        }
    }

    @Test func `every line of the log has time, level and event, and as JSON is one object`() async throws {
        try await Bench.run { bench in
            let plain = try await bench.startLive()
            #expect(plain.errors.count >= 3 && plain.errors.all.allSatisfy { $0.event != nil }, "\(plain.story)")
            plain.signal(15)
            #expect(await plain.end(within: .seconds(5)) == .exited(0))
            let started = Moment.now
            let json = try await bench.run(bench.words + ["--log-format", "json"])
            _ = try await bench.limits("0x351", after: started, within: .seconds(10))
            let lines = json.errors.all.compactMap { JSONTree($0.text.utf8) }
            #expect(lines.count == json.errors.count && !lines.isEmpty)
            for line in lines {
                #expect(line["time"].string != nil && line["level"].string != nil)
                #expect(line["event"].string != nil && line["message"].string != nil)
            }
        }
    }
}

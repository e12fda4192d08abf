import Glibc
import Links
import Simulator
import Testing

/// Age of data on the wire, measured on the running program (safety.md 1).
@Suite(.timeLimit(.minutes(12))) struct FreshnessTests {
    /// Seen red: `freshness.no_charge_s=8` in the settings.
    @Test func `S2 from the last valid byte of the BMS to CCL 0 on the wire it takes 6,1 s at most`() async throws {
        let runs = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await Bench.run { bench in
                        _ = try await bench.startLive()
                        var measured: [Double] = []
                        for _ in 0..<3 { measured.append(try await Self.mute(bench)) }
                        // HOLD keeps the limits: charging is not forbidden before 5 s either, less the time that a poll takes.
                        #expect(measured.allSatisfy { $0 <= 6.1 && $0 > 4.5 }, "\(measured) s")
                        return measured
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        #expect(runs.count == 24)
        let (least, most) = (try #require(runs.first), try #require(runs.last))
        print("S2: \(runs.count) runs, CCL 0 after \(least) to \(most) s")
    }

    /// Silences the BMS at some moment of the gateway's second, measures, and lets it come back.
    private static func mute(_ bench: Bench) async throws -> Double {
        let before = try await bench.limits("CCL above 0 again", after: .now, within: .seconds(25)) { $0.ccl > 5 }
        await bench.pass(.milliseconds(Int64.random(in: 0..<1000)))
        await bench.loop.run { bench.pack.beginFault(.init(.silence)) }
        let stopped = Moment.now
        let zero = try await bench.limits("CCL 0 from a mute BMS", after: stopped, within: .seconds(12)) { $0.ccl == 0 }
        let last = try #require(bench.uart.lastSent)
        #expect(last <= stopped + .milliseconds(100))
        #expect(zero.dcl == before.dcl, "DCL waits for STOP")
        bench.pack.endFault(.init(.silence))
        return (zero.at - last).inSeconds
    }

    /// One bench shows the whole table: LIVE for 30 s, then a mute BMS until the gateway is silent.
    @Test func `S1 S40 a mute BMS leads through HOLD, NO-CHARGE, STOP and silence at 2, 5, 15 and 30 s`() async throws {
        try await Bench.run(.init(isPaced: true)) { bench in
            _ = try await bench.startLive()
            let began = Moment.now
            _ = await bench.can.frames.first(within: .seconds(31)) { $0.at > began + .seconds(30) }
            bench.pack.beginFault(.init(.silence))
            let last = try #require(await Self.lastByte(bench))
            Self.checkPace(bench.frames(after: began).filter { $0.at < last })

            let stopped = try await bench.limits("DCL 0", after: last, within: .seconds(18)) { $0.dcl == 0 }
            #expect(stopped.at - last > .seconds(14.5) && stopped.at - last < .seconds(16.1), "STOP")
            #expect(await bench.firstFrame(after: last + .seconds(31.1), within: .seconds(21)) == nil, "SILENT")
            Self.checkTable(bench.frames(after: last), last)
        }
    }

    private static func lastByte(_ bench: Bench) async -> Moment? {
        // What had left the BMS when it fell silent has arrived by now.
        await bench.pass(.milliseconds(100))
        return bench.uart.lastSent
    }

    /// S40: every second, 20 ms between two frames.
    private static func checkPace(_ frames: [Frame]) {
        Bench.checkPeriod(frames, atLeast: 28)
        // Each set takes its time as a whole: single arrivals say as much of this machine as of the gateway.
        let sets = Self.sets(frames.map(\.at))
        let hasty = sets.filter { ($0[$0.count - 1] - $0[0]).inSeconds < 0.02 * Double($0.count - 1) - 0.015 }
        #expect(sets.count >= 28 && hasty.count <= 2, "20 ms between frames")
    }

    /// Arrivals of one period each.
    private static func sets(_ moments: [Moment]) -> [[Moment]] {
        moments.reduce(into: []) { sets, moment in
            if let last = sets.last?.last, moment - last < .seconds(0.3) {
                sets[sets.count - 1].append(moment)
            } else {
                sets.append([moment])
            }
        }
    }

    /// safety.md 1, row by row: what each frame must say at its age.
    private static func checkTable(_ frames: [Frame], _ last: Moment) {
        for frame in frames {
            let age = (frame.at - last).inSeconds
            if let limits = frame.limits {
                if age < 4.9 { #expect(limits.ccl > 0 && limits.dcl > 0, "HOLD keeps the limits, \(age) s") }
                if age > 6.1 { #expect(limits.ccl == 0 && limits.cvl <= 53.6 + 0.05, "NO-CHARGE, \(age) s") }
                if age < 14.9 { #expect(limits.dcl == 150, "DCL waits for STOP, \(age) s") }
                if age > 16.1 { #expect(limits.dcl == 0, "STOP, \(age) s") }
            }
            if let trust = frame.trust {
                if age < 1.9 { #expect(trust == (2, 2, 2), "LIVE, \(age) s") }
                if age > 3.1, age < 4.9 { #expect(trust == (2, 1, 2), "HOLD warns, \(age) s") }
                if age > 6.1 { #expect(trust.alarm == 1 && trust.status == 1, "alarm and offline, \(age) s") }
            }
            if let modules = frame.modules {
                if age < 4.9 { #expect(modules == (1, 0), "\(age) s") }
                if age > 6.1 { #expect(modules == (0, 1), "one module offline, \(age) s") }
            }
            #expect(age < 31.1, "silence after 30 s")
        }
        let limits = frames.compactMap(\.limits)
        for (one, next) in zip(limits, limits.dropFirst()) where (next.at - last).inSeconds > 2.5 {
            #expect(next.ccl <= one.ccl && next.dcl <= one.dcl && next.cvl <= one.cvl, "HOLD and later only fall")
        }
    }

    /// Seen red, as the two that follow: with the decision of the step before in the frame.
    @Test func `S3 stopped for 40 s with a mute BMS, the process sends nothing afterwards`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let resumed = try await Self.stop(gateway, bench, for: .seconds(40)) {
                bench.pack.beginFault(.init(.silence))
            }
            #expect(await bench.firstFrame(after: resumed, within: .seconds(6)) == nil)
        }
    }

    @Test func `S3 stopped for 10 s with a mute BMS, the process forbids charging in its next 0x351`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let resumed = try await Self.stop(gateway, bench, for: .seconds(10)) {
                bench.pack.beginFault(.init(.silence))
            }
            _ = try await bench.limits("0x351 after the stop", after: resumed, within: .seconds(3))
            await bench.pass(.seconds(3))
            #expect(bench.limits(after: resumed).allSatisfy { $0.ccl == 0 })
        }
    }

    /// The answer to the request that was under way waits in the tty all the while, and is 40 s old when it is read.
    @Test func `S3 stopped for 40 s with a live BMS, only fresh data leaves afterwards`() async throws {
        try await Bench.run { bench in
            let gateway = try await bench.startLive()
            let charge = await bench.can.frames.wait(within: .seconds(5)) { $0.lazy.compactMap(\.stateOfCharge).first }
            let before = try #require(charge)
            let resumed = try await Self.stop(gateway, bench, for: .seconds(40)) {
                // The battery changes meanwhile: what says otherwise is old.
                bench.pack.beginFault(.init(.chargeCounter, value: 30))
                bench.pack.beginFault(.init(.packTemperature, value: -3))
            }
            let first = try await bench.limits("0x351 after the stop", after: resumed, within: .seconds(10))
            #expect(first.at - resumed > .seconds(1.5), "S6: three valid snapshots over 2 s come first")
            _ = await bench.can.frames.wait(within: .seconds(5)) { frames in
                frames.count { $0.at > resumed && $0.identifier == 0x355 } >= 3 ? true : nil
            }
            for frame in bench.frames(after: resumed) {
                if let limits = frame.limits { #expect(limits.ccl == 0, "a cold pack") }
                if let charge = frame.stateOfCharge { #expect(abs(charge - 30) < 2 && abs(before - 30) > 20) }
                if let measured = frame.measurements { #expect(measured.celsius < 0) }
            }
        }
    }

    /// Stops the process in the middle of a question to the BMS, and lets it go on later.
    ///
    /// - Returns: when it went on.
    private static func stop(
        _ gateway: Child, _ bench: Bench, for time: Duration, _ meanwhile: @escaping @Sendable () -> Void
    ) async throws -> Moment {
        let flag = Flag()
        bench.uart.onNextRequest {
            gateway.signal(SIGSTOP)
            flag.set()
        }
        #expect(await bench.poll(within: .seconds(5)) { flag.isSet }, "the gateway asks twice a second")
        await bench.pass(.milliseconds(200))
        meanwhile()
        await bench.pass(time)
        let resumed = Moment.now
        gateway.signal(SIGCONT)
        return resumed
    }
}

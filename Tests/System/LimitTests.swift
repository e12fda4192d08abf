import Links
import Simulator
import Testing

/// How limits begin, fall and rise on the wire.
@Suite(.timeLimit(.minutes(12))) struct LimitTests {
    @Test func `S5 the first 0x351 allows a tenth of the charge current and all of the discharge current`() async throws
    {
        try await Bench.run { bench in
            let gateway = try await bench.start()
            let first = try await bench.limits("0x351", within: .seconds(10))
            // 0 where the BMS's slower values are not there yet.
            #expect(first.ccl <= 10, "\(first.ccl) A")
            #expect(first.dcl == 150)
            // A whole live block has 117 bytes; slower values may have come in between.
            let blocks = bench.uart.answers.count {
                $0.at > gateway.spawned && $0.at < first.at && $0.bytes.count > 110
            }
            #expect(blocks >= 2, "two valid snapshots come first")
        }
    }

    @Test func `S5 an adapter that is plugged in late hears a tenth first, however long the pack has been live`()
        async throws
    {
        try await Bench.run { bench in
            await bench.can.unplug()
            let gateway = try await bench.start()
            _ = try await bench.line(gateway, "data is live", within: .seconds(10))
            await bench.pass(.seconds(4))
            try await bench.can.plug()
            let first = try await bench.limits("0x351", within: .seconds(10))
            #expect(first.ccl <= 10 && first.dcl == 150)
        }
    }

    /// Seen red: with a gate on CCL > 0 in the publisher.
    @Test func `S5 a full battery whose BMS forbids charging is announced with CCL 0 and its discharge current`()
        async throws
    {
        var setup = Bench.Setup()
        setup.scenario = Scenario(name: "full")
        setup.scenario.pack.stateOfCharge = 98
        try await Bench.run(setup) { bench in
            // The BMS has its cut-off where this pack is full.
            bench.pack.change { bms in
                bms.pack.protection.limits.overVoltageCell = 3.34
                bms.pack.protection.limits.fullCell = 3.33
            }
            let forbids = await bench.poll(within: .seconds(5)) {
                bench.pack.bms.pack.protection.isActive(.overVoltage)
            }
            #expect(forbids)
            _ = try await bench.start()
            let first = try await bench.limits("0x351", within: .seconds(10))
            #expect(first.ccl == 0 && first.dcl == 150)
            await bench.pass(.seconds(4))
            #expect(bench.limits().allSatisfy { $0.ccl == 0 && $0.dcl == 150 })
        }
    }

    @Test func `S6 after NO-CHARGE the charge current rises by a tenth a second, and not before 2 s of good data`()
        async throws
    {
        try await Bench.run { bench in
            _ = try await bench.startLive()
            bench.pack.beginFault(.init(.silence))
            let zero = try await bench.limits("CCL 0", within: .seconds(12)) { $0.ccl == 0 }
            bench.pack.endFault(.init(.silence))
            let back = Moment.now
            let first = try await bench.limits("CCL above 0", after: zero.at, within: .seconds(20)) { $0.ccl > 0 }
            #expect(first.at - back >= .seconds(2))
            let high = try await bench.limits("CCL above 60 A", after: zero.at, within: .seconds(15)) { $0.ccl > 60 }
            // The bench's judge holds each pair of frames to 10 A a second; this holds the whole way to it.
            #expect((high.at - first.at).inSeconds >= (high.ccl - first.ccl) / 10 - 0.2)
            #expect(bench.limits(after: zero.at).allSatisfy { $0.dcl == 150 })
        }
    }

    @Test func `S6 while good and bad data alternate each second, CCL stays 0`() async throws {
        try await Bench.run { bench in
            _ = try await bench.startLive()
            bench.pack.beginFault(.init(.silence))
            let zero = try await bench.limits("CCL 0", within: .seconds(12)) { $0.ccl == 0 }
            for _ in 0..<12 {
                bench.pack.endFault(.init(.silence))
                await bench.pass(.seconds(1))
                bench.pack.beginFault(.init(.silence))
                await bench.pass(.seconds(1))
            }
            let limits = bench.limits(after: zero.at)
            #expect(limits.count >= 20 && limits.allSatisfy { $0.ccl == 0 })
            let answered = bench.uart.answers.count { $0.at > zero.at && $0.bytes.count > 110 }
            #expect(answered >= 12, "the BMS did answer in between")
        }
    }

    @Test func `S8 a counter that stands still for 5 s is stale data, and its next step is not`() async throws {
        try await Bench.run { bench in
            _ = try await bench.startLive()
            let frozen = Moment.now
            bench.pack.beginFault(.init(.frozenCounter))
            let zero = try await bench.limits("CCL 0", after: frozen, within: .seconds(12)) { $0.ccl == 0 }
            // The age counts from the last step that was seen, up to a second before and half a second after the fault.
            let age = (zero.at - frozen).inSeconds
            #expect(age > 3.8 && age < 6.7, "\(age) s")
            #expect(zero.dcl == 150)
            bench.pack.endFault(.init(.frozenCounter))
            _ = try await bench.limits("CCL above 0", after: zero.at, within: .seconds(20)) { $0.ccl > 0 }
        }
    }

    /// 3.66 V is 36600 steps of 0.1 mV. The BMS itself would charge up to 3.75 V.
    @Test func `S27 a cell over its maximum gives CCL 0 in the next frame, at once, and leaves DCL alone`() async throws
    {
        try await Bench.run { bench in
            _ = try await bench.startLive()
            let before = try await bench.limits("CCL above 30 A", within: .seconds(10)) { $0.ccl > 30 }
            bench.pack.beginFault(.init(.cellVoltage, cell: 5, value: 3.66))
            let zero = try await bench.limits("CCL 0", after: before.at, within: .seconds(5)) { $0.ccl == 0 }
            let told = try #require(
                bench.uart.answers.first { $0.at > before.at && Self.holds($0.bytes, 36_600, in: 4) })
            let delay = (zero.at - told.at).inSeconds
            print("S27: CCL 0 left \(delay) s after the answer with the high cell")
            #expect(delay > 0 && delay < 0.3)
            #expect(bench.limits(after: told.at).first?.ccl == 0, "the next frame")
            await bench.pass(.seconds(3))
            #expect(bench.limits(after: told.at).allSatisfy { $0.ccl == 0 && $0.dcl == 150 })
        }
    }

    /// The BMS itself charges down to 1 °C.
    @Test func `S27 cells colder than the configured window give CCL 0 in the next frame`() async throws {
        try await Bench.run(.init(settings: ["pack.1.charge_min_c": "8"])) { bench in
            _ = try await bench.startLive()
            let before = try await bench.limits("CCL above 20 A", within: .seconds(10)) { $0.ccl > 20 }
            bench.pack.beginFault(.init(.temperature, sensor: 2, value: 7.5))
            let zero = try await bench.limits("CCL 0", after: before.at, within: .seconds(5)) { $0.ccl == 0 }
            let told = try #require(bench.uart.answers.first { $0.at > before.at && Self.holds($0.bytes, 75, in: 43) })
            #expect(zero.at - told.at < .seconds(0.3))
            #expect(bench.limits(after: told.at).first?.ccl == 0, "the next frame")
            #expect(zero.dcl == before.dcl)
        }
    }

    /// Whether an answer is a live block (registers 0 to 55 behind three bytes) that has a word in a register, in either
    /// order of its bytes.
    private static func holds(_ bytes: [UInt8], _ word: UInt16, in register: Int) -> Bool {
        let offset = 3 + 2 * register
        guard bytes.count > 110 else { return false }
        let (low, high) = (UInt8(word & 0xFF), UInt8(word >> 8))
        return (bytes[offset], bytes[offset + 1]) == (high, low) || (bytes[offset], bytes[offset + 1]) == (low, high)
    }
}

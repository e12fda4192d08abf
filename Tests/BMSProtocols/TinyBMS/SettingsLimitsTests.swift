import Links
import Testing

@testable import BMSProtocols

/// The limits that the BMS itself reports (command 0x1D).
@Suite("The limits of the settings", .timeLimit(.minutes(1)))
struct SettingsLimitsTests {
    private static let area = TinyBMSRegister.Area.settings.range

    /// Words of registers 300 to 343, of which the given ones differ from 0.
    private static func words(_ values: [UInt16: UInt16]) -> [UInt16] { area.map { values[$0] ?? 0 } }

    private static let minimum: [UInt16: UInt16] = [300: 2000, 317: 1, 318: 1, 320: UInt16(bitPattern: -20), 330: 0]
    private static let maximum: [UInt16: UInt16] = [300: 4000, 317: 900, 318: 60, 320: 5, 330: 0x1402]
    private static let defaults: [UInt16: UInt16] = [300: 3600, 317: 60, 318: 30, 320: 1, 330: 0x0201]
    private static let current: [UInt16: UInt16] = [300: 3650, 317: 50, 318: 40, 320: 0, 330: 0x0301]

    /// What becomes of these answers.
    private func limits(
        minimum: [UInt16: UInt16] = [:], maximum: [UInt16: UInt16] = [:], defaults: [UInt16: UInt16] = [:],
        current: [UInt16: UInt16] = SettingsLimitsTests.current
    ) -> TinyBMSSettingsLimits {
        func page(_ values: [UInt16: UInt16]) -> TinyBMSRegisterWords { .init(first: 300, Self.words(values)) }
        return TinyBMSSettingsLimits(
            [
                .minimum: page(Self.minimum.merging(minimum) { $1 }),
                .maximum: page(Self.maximum.merging(maximum) { $1 }),
                .defaults: page(Self.defaults.merging(defaults) { $1 }), .current: page(current),
            ], registers: page(Self.current))
    }

    private func row(_ name: String) throws -> TinyBMSRegister { try #require(TinyBMSRegister.named[name]) }

    @Test func `what the BMS reports narrows the catalogue, and brings the default`() throws {
        let limits = limits()
        let full = try row("fully_charged_mV")
        #expect(limits.isReported(full))
        #expect(limits.range(of: full) == 2000...4000)
        #expect(limits.standard(of: full) == 3600)
        // 900 A is more than any paper knows.
        #expect(limits.range(of: try row("discharge_overcurrent_A")) == 1...750)
        #expect(limits.range(of: try row("charge_overcurrent_A")) == 1...60)
        #expect(limits.range(of: try row("low_temp_charge_C")) == -20...5)
        #expect(limits.range(of: try row("charger_type")) == 0...2)
        #expect(limits.standard(of: try row("charger_type")) == 1)
        #expect(limits.range(of: try row("discharge_overcurrent_timeout_s")) == 0...20)
        #expect(limits.standard(of: try row("discharge_overcurrent_timeout_s")) == 2)
    }

    @Test func `what contradicts itself or the catalogue is none`() throws {
        let full = try row("fully_charged_mV")
        for limits in [
            limits(minimum: [300: 4001]), limits(defaults: [300: 4100]), limits(defaults: [300: 1999]),
            limits(minimum: [300: 5000], maximum: [300: 6000], defaults: [300: 5500]),
            limits(minimum: [300: 0xFFFF], maximum: [300: 0xFFFF], defaults: [300: 0xFFFF]),
        ] {
            #expect(!limits.isReported(full))
            #expect(limits.range(of: full) == 1200...4500)
            #expect(limits.standard(of: full) == nil)
            // The others are not touched by it.
            #expect(limits.isReported(try row("charge_overcurrent_A")))
        }
        // What the BMS does not have, it reports as 0.
        #expect(!limits().isReported(try row("max_cycle_count")))
        #expect(limits().range(of: try row("max_cycle_count")) == 10...65000)
    }

    @Test func `answers that do not begin at register 300 say nothing at all`() {
        let limits = limits(current: [301: 3650, 318: 50, 319: 40])
        #expect(limits == TinyBMSSettingsLimits())
    }

    // MARK: - The driver

    private static func bench(_ prepare: @Sendable (FakeTinyBMS) -> Void = { _ in }) -> Bench {
        Bench { bms in
            for (register, value) in current { bms.registers[Int(register)] = value }
            bms.reported = [.minimum: words(minimum), .maximum: words(maximum), .defaults: words(defaults)]
            prepare(bms)
        }
    }

    /// Reads settings and limits, each time with so much time; nil where it was not enough.
    private func ask(_ bench: Bench, within time: Duration = .milliseconds(400)) -> TinyBMSSettingsLimits? {
        let answer = bench.run { bench -> TinyBMSSettingsLimits? in
            guard let words = try? await bench.driver.readSettingsWords() else { return nil }
            return try? await bench.driver.readSettingsLimits(words, within: bench.loop.now + time)
        }
        return answer ?? nil
    }

    private func asked(_ bench: Bench) -> Int {
        bench.bms.requests.count { request in
            guard case .settings = request else { return false }
            return true
        }
    }

    @Test func `they are read once, and held`() throws {
        let bench = Self.bench()
        _ = bench.poll()
        let limits = try #require(ask(bench))
        #expect(limits.range(of: try row("charge_overcurrent_A")) == 1...60)
        #expect(asked(bench) == 4)
        #expect(ask(bench) == limits)
        #expect(asked(bench) == 4)
        bench.loop.run(for: .seconds(3601))
        _ = bench.poll()
        #expect(ask(bench) == limits)
        #expect(asked(bench) == 8)
    }

    @Test func `where there is little time they are read piece by piece`() throws {
        let bench = Self.bench()
        _ = bench.poll()
        var limits: TinyBMSSettingsLimits?
        var count = 0
        while limits == nil, count < 10 {
            limits = ask(bench, within: .milliseconds(65))
            count += 1
        }
        #expect(limits?.ranges["charge_overcurrent_A"] == 1...60)
        #expect(count > 2)
        #expect(asked(bench) == 4)
    }

    @Test func `after a write they are read anew: they move with some settings`() throws {
        let bench = Self.bench()
        _ = bench.poll()
        _ = ask(bench)
        bench.run { bench in
            try? await bench.driver.begin(
                .init(register: 318, words: [41], pause: .milliseconds(100), readsBackAsTaken: false))
        }
        _ = ask(bench)
        #expect(asked(bench) == 8)
    }

    @Test func `a BMS that does not know the command has those of the catalogue, and is not asked again`() throws {
        let bench = Self.bench { $0.reported = nil }
        _ = bench.poll()
        #expect(ask(bench) == TinyBMSSettingsLimits())
        #expect(ask(bench) == TinyBMSSettingsLimits())
        #expect(asked(bench) == 1)
    }

    @Test(arguments: [[UInt8](), [0xAA, 0x1D, 0x58, 1, 2, 3]])
    func `answers that never come whole are given up for a while`(_ answer: [UInt8]) throws {
        let bench = Self.bench { bms in
            bms.script = { request, _ in
                guard case .settings = request else { return nil }
                return [(.milliseconds(12), answer)]
            }
        }
        _ = bench.poll()
        var limits: TinyBMSSettingsLimits?
        for _ in 0..<6 where limits == nil { limits = ask(bench) }
        #expect(limits == TinyBMSSettingsLimits())
        let count = asked(bench)
        #expect(ask(bench) == TinyBMSSettingsLimits())
        #expect(asked(bench) == count)
        // The polls go on as ever.
        #expect(bench.reading() != nil)
    }

    @Test func `S31: on a disturbed line two answers must agree`() throws {
        let bench = Self.bench { bms in
            var count = 0
            bms.script = { request, good in
                guard case .settings(.minimum, _) = request else { return nil }
                count += 1
                // The first is damaged; of what follows one differs, though its checksum is right.
                if count == 1 { return [(.milliseconds(12), Array(good.dropLast(4)) + [1, 2, 3, 4])] }
                if count == 2 {
                    var words = Self.words(Self.minimum)
                    words[18] = 20
                    return [(.milliseconds(12), TinyBMSAnswer.settings(words).bytes)]
                }
                return nil
            }
        }
        _ = bench.poll()
        var limits: TinyBMSSettingsLimits?
        for _ in 0..<8 where limits == nil { limits = ask(bench) }
        #expect(limits?.range(of: try row("charge_overcurrent_A")) == 1...60)
    }
}

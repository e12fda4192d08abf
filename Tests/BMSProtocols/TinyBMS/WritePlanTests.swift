import Battery
import Links
import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS settings plan` {
    private typealias Plan = TinyBMSSettingsWritePlan
    private static let current = TinyBMSRegisterWords(
        first: 300,
        {
            var words = [UInt16](repeating: 0, count: 44)
            for (register, word) in [
                (300, 4150), (301, 3000), (303, 3200), (306, 6600), (307, 14), (312, 1), (315, 4200), (316, 2900),
                (317, 60), (318, 20), (328, 0xFFFF), (329, 0x8006), (330, 0x0501), (340, 0),
            ] as [(Int, UInt16)] { words[register - 300] = word }
            return words
        }())

    private func plan(
        _ changes: [(String, Int)], limits: [String: ClosedRange<Int>] = [:]
    ) throws(TinyBMSSettingsWritePlan.Refusal) -> TinyBMSSettingsWritePlan {
        try TinyBMSSettingsWritePlan(
            changes.map { .init($0.0, raw: $0.1) }, current: Self.current, limits: limits)
    }

    @Test func `moving to a lower chemistry lowers from the bottom`() throws {
        let got = try plan([
            ("over_voltage_mV", 3650), ("fully_charged_mV", 3600), ("fully_discharged_mV", 2900),
            ("under_voltage_mV", 2700),
        ])
        #expect(got.steps.map(\.register) == [316, 301, 300, 315])
    }

    @Test func `moving up raises from the top`() throws {
        let got = try plan([
            ("under_voltage_mV", 3000), ("fully_discharged_mV", 3100), ("fully_charged_mV", 4250),
            ("over_voltage_mV", 4300),
        ])
        #expect(got.steps.map(\.register) == [315, 300, 301, 316])
    }

    @Test func `the ladder holds after every single step, for random moves`() {
        var random = SeededRandom(seed: 31)
        let ladder = TinyBMSRegister.voltageLadder
        let names = ["under_voltage_mV", "fully_discharged_mV", "fully_charged_mV", "over_voltage_mV"]
        var planned = 0
        for _ in 0..<5000 {
            let wanted = (0..<4).map { _ in 2000 + Int(random.next() % 1500) }.sorted()
            guard let plan = try? plan(Array(zip(names, wanted))) else { continue }
            planned += 1
            var words = Self.current
            for step in plan.steps {
                words.words[Int(step.register - 300)] = step.words[0]
                let values = ladder.compactMap { words[$0] }.map(Int.init)
                #expect(zip(values, values.dropFirst()).allSatisfy { $1 - $0 >= 10 })
            }
        }
        #expect(planned > 3000)
    }

    @Test func `cell voltages that meet or cross are refused`() {
        #expect(throws: Plan.Refusal.ladder(lower: 300, upper: 315)) { try plan([("over_voltage_mV", 4159)]) }
        #expect(throws: Plan.Refusal.ladder(lower: 316, upper: 301)) { try plan([("under_voltage_mV", 2995)]) }
        #expect(throws: Never.self) { try plan([("over_voltage_mV", 4160)]) }
    }

    @Test func `ranges, names and repetitions are checked`() {
        #expect(throws: Plan.Refusal.outOfRange("over_voltage_mV", 4501)) { try plan([("over_voltage_mV", 4501)]) }
        #expect(throws: Plan.Refusal.outOfRange("distance_unit", 0)) { try plan([("distance_unit", 0)]) }
        #expect(throws: Plan.Refusal.outOfRange("precharge_output", 1)) { try plan([("precharge_output", 1)]) }
        #expect(throws: Plan.Refusal.notWritable("pack_voltage_V")) { try plan([("pack_voltage_V", 1)]) }
        #expect(throws: Plan.Refusal.notWritable("nothing")) { try plan([("nothing", 1)]) }
        #expect(throws: Plan.Refusal.twice("series_cells")) { try plan([("series_cells", 8), ("series_cells", 9)]) }
        #expect(throws: Plan.Refusal.outOfRange("charge_overcurrent_A", 31)) {
            try plan([("charge_overcurrent_A", 31)], limits: ["charge_overcurrent_A": 1...30])
        }
        // What the BMS reports narrows the catalogue, and never widens it.
        #expect(throws: Plan.Refusal.outOfRange("charge_overcurrent_A", 751)) {
            try plan([("charge_overcurrent_A", 751)], limits: ["charge_overcurrent_A": 1...900])
        }
        #expect(throws: Plan.Refusal.notRead(316)) {
            try Plan([.init("fully_charged_mV", raw: 4000)], current: .init(first: 300, [4150]))
        }
    }

    @Test func `fields that share a register keep their neighbours and are written once`() throws {
        let got = try plan([
            ("charger_type", 0), ("discharge_overcurrent_timeout_s", 30), ("enable_charge_restart_level", 0),
        ])
        #expect(got.steps.map(\.register) == [329, 330])
        #expect(got.steps.map(\.words) == [[0x8002], [0x1E00]])
    }

    @Test func `a 32-bit setting is one write, low word first`() throws {
        let got = try plan([("pulses_per_distance_unit", 100_000)])
        #expect(got.steps.map(\.words) == [[0x86A0, 0x0001]])
    }

    @Test func `what is already so is not written, and a restart comes last`() throws {
        #expect(try plan([("series_cells", 14)]).steps.isEmpty)
        let got = try plan([("operation_mode", 1), ("recovery_time_s", 5), ("broadcast_period", 0)])
        #expect(got.steps.map(\.register) == [332, 340])
        #expect(got.steps.last?.pause == Plan.restartPause)
    }

    @Test func `the driver writes in order, pauses and reads back`() throws {
        let bench = Bench()
        let error = bench.run { bench -> BMSError? in
            do throws(BMSError) {
                let current = try await bench.driver.readSettingsWords()
                guard
                    let plan = try? TinyBMSSettingsWritePlan(
                        [.init("charge_overcurrent_A", raw: 80), .init("soc_preset_percent", raw: 25_000)],
                        current: current)
                else { return .cancelled }
                bench.bms.script = { [bms = bench.bms] request, _ in
                    if case .writeRegisters(328, _) = request { bms.registers[328] = 0xFFFF }
                    return nil
                }
                try await bench.driver.write(plan)
                return nil
            } catch { return error }
        }
        #expect(error == .some(nil))
        #expect(
            bench.bms.requests.dropFirst(2) == [
                .writeRegisters(address: 318, values: [80]), .readRegisters(address: 318, count: 1),
                .writeRegisters(address: 328, values: [25_000]), .readRegisters(address: 328, count: 1),
            ])
        #expect(bench.bms.times[2].duration(to: bench.bms.times[3]) >= .milliseconds(100))
        #expect(bench.reading()?.settings?.value.chargeCutoffCurrent == 80)
    }

    @Test func `a register that reads back otherwise stops the writing`() throws {
        let bench = Bench {
            $0.script = { [bms = $0] request, good in
                if case .writeRegisters(317, _) = request { bms.registers[317] = 99 }
                return nil
            }
        }
        let error = bench.run { bench -> BMSError? in
            do throws(BMSError) {
                let current = try await bench.driver.readSettingsWords()
                guard
                    let plan = try? TinyBMSSettingsWritePlan(
                        [.init("discharge_overcurrent_A", raw: 80), .init("charge_overcurrent_A", raw: 80)],
                        current: current)
                else { return nil }
                try await bench.driver.write(plan)
                return nil
            } catch { return error }
        }
        guard case .unexpected? = error ?? nil else {
            Issue.record("accepted")
            return
        }
        #expect(!bench.bms.requests.contains(.writeRegisters(address: 318, values: [80])))
    }
}

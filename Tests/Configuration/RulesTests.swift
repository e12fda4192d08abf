import Configuration
import Testing

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A pack that a user has confirmed.
let confirmed: ConfigurationValues = [
    "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.chemistry": .string("lfp"), "pack.1.cells": .int(16),
    "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100), "pack.1.max_discharge_a": .float(150),
    "system.commissioned": .bool(true),
]

/// S1. Seen red without the rule.
@Suite struct FreshnessRuleTests {
    let rules = ConfigurationRules()

    @Test func `S1: a configuration passes exactly when its thresholds keep every bound`() {
        var random = SplitMix(state: 1)
        var accepted = 0
        // Whole and half seconds around the bounds, so that equality is met often.
        func draw(_ range: ClosedRange<Int>) -> Double { Double(Int.random(in: range, using: &random)) / 2 }
        for round in 0..<20_000 {
            let isWild = round % 2 == 0
            let noCharge = isWild ? draw(0...24) : draw(4...20)
            let hold = isWild ? draw(0...26) : draw(2...20)
            let stop = isWild ? draw(0...140) : draw(20...120)
            let silent = isWild ? draw(0...280) : draw(20...240)
            let poll = [100, 500, 750, 1000].randomElement(using: &random) ?? 500
            let values: ConfigurationValues = [
                "freshness.hold_s": .float(hold), "freshness.no_charge_s": .float(noCharge),
                "freshness.stop_s": .float(stop), "freshness.silent_s": .float(silent),
                "pack.1.poll_interval_ms": .int(500), "pack.3.poll_interval_ms": .int(poll),
            ]
            let slowest = Double(max(500, poll)) / 1000
            let isGood =
                (2...10).contains(noCharge) && stop >= max(10, noCharge) && stop <= 60 && silent >= stop
                && silent <= 120 && hold >= 1 && hold <= noCharge && hold >= 2 * slowest && noCharge >= 2 * slowest
            let problems = rules.validate(values)
            #expect(problems.isEmpty == isGood, "\(values): \(problems)")
            for problem in problems { #expect(problem.field.hasPrefix("freshness.")) }
            if isGood { accepted += 1 }
        }
        #expect(accepted > 500)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1, 0, 1e300])
    func `S1: no threshold can be a number that is none`(value: Double) {
        for key in ["freshness.hold_s", "freshness.no_charge_s", "freshness.stop_s", "freshness.silent_s"] {
            #expect(rules.validate([key: .float(value)]).map(\.field) == [key])
        }
    }

    @Test func `S1: the defaults are those of the table, and a problem says how to mend it`() throws {
        let freshness = try rules.require([:]).freshness
        #expect(freshness.hold == .seconds(2) && freshness.noCharge == .seconds(5))
        #expect(freshness.stop == .seconds(15) && freshness.silent == .seconds(30))
        #expect(
            rules.validate(["freshness.stop_s": .float(45)]).map(\.sentence) == [
                "freshness.silent_s is 30 s; it must be at least 45 s, the value of freshness.stop_s."
            ])
        #expect(
            rules.validate(["freshness.hold_s": .float(1.5), "pack.2.poll_interval_ms": .int(1000)]).map(\.sentence)
                == [
                    "freshness.hold_s is 1.5 s; it must be at least 2 s, two poll periods: raise it or lower "
                        + "pack.2.poll_interval_ms from 1000 ms."
                ])
    }

    @Test func `HOLD defaults to 4 s with Daly's slow protocol, but never above NO-CHARGE`() throws {
        let daly: ConfigurationValues = ["pack.1.family": .string("daly")]
        #expect(try rules.require(daly).freshness.hold == .seconds(4))
        var quick = daly
        quick["freshness.no_charge_s"] = .float(3)
        #expect(try rules.require(quick).freshness.hold == .seconds(3))
        #expect(try rules.require(["pack.1.family": .string("daly-modbus")]).freshness.hold == .seconds(2))
        #expect(
            try rules.require(["pack.1.family": .string("auto")]).freshness.hold == .seconds(4),
            "it may turn out to be a Daly")
    }
}

/// S63, S64. Seen red without the commissioning rule, and with `mayTransmit` asking for the flag alone.
@Suite struct RulesTests {
    let rules = ConfigurationRules()

    private func fields(_ changes: [String: SettingValue?]) -> [String] {
        var values = confirmed
        for (key, value) in changes { values[key] = value }
        return rules.validate(values).map(\.field)
    }

    @Test func `S64: factory defaults are valid and send nothing`() throws {
        #expect(rules.validate([:]).isEmpty)
        let factory = try rules.require([:])
        #expect(!factory.mayTransmit && !factory.isCommissioned)
        #expect(factory.packs.isEmpty && factory.can.link == nil && !factory.can.allowsSimulated)
    }

    @Test func `S64: whatever else is set, nothing may be sent before every pack was confirmed`() throws {
        #expect(try rules.require(confirmed).mayTransmit)
        #expect(fields([:]).isEmpty)
        for name in PackConfiguration.confirmedKeys {
            // The validation refuses it …
            #expect(fields(["pack.1.\(name)": nil]) == ["pack.1.\(name)"])
            // … and were it passed by, still nothing would be sent.
            var values = confirmed
            values["pack.1.\(name)"] = nil
            #expect(try !GatewayConfiguration(values).mayTransmit)
        }
        #expect(fields(["pack.2.name": .string("half a pack")]).count == PackConfiguration.confirmedKeys.count)
        #expect(rules.validate(["system.commissioned": .bool(true)]).map(\.field) == ["system.commissioned"])
        #expect(try !GatewayConfiguration(["system.commissioned": .bool(true)]).mayTransmit)
        var early = confirmed
        early["system.commissioned"] = nil
        #expect(try !rules.require(early).mayTransmit)
    }

    @Test func `S63: an unknown key, a wrong type and a value out of bounds are refused, each by name`() {
        #expect(
            fields(["pack.1.cells": .string("16"), "pack.1.max_charge_a": .float(1001), "what.is_this": .int(1)])
                .sorted()
                == ["pack.1.cells", "pack.1.max_charge_a", "what.is_this"])
    }

    @Test func `S63: what is valid alone is still judged with the whole`() {
        #expect(fields(["pack.1.max_cell_v": .float(3.5), "pack.1.absorption_cell_v": .float(3.5)]).isEmpty)
        #expect(
            fields(["pack.1.max_cell_v": .float(3.4), "pack.1.absorption_cell_v": .float(3.5)]) == [
                "pack.1.absorption_cell_v"
            ])
        #expect(
            fields(["pack.1.float_cell_v": .float(3.5), "pack.1.absorption_cell_v": .float(3.45)]) == [
                "pack.1.float_cell_v"
            ])
        #expect(
            fields(["pack.1.float_cell_v": .float(3.5), "pack.1.max_cell_v": .float(3.45)]) == ["pack.1.float_cell_v"])
        #expect(fields(["pack.1.min_cell_v": .float(3), "pack.1.max_cell_v": .float(3)]) == ["pack.1.min_cell_v"])
    }

    @Test func `a target that the chemistry brings counts too, and the blame is the user's value`() {
        let lfp = ConfigurationRules.CellVoltages(
            minimum: 2.8, float: 3.35, absorption: 3.45, maximum: 3.65, limits: 2.5...3.75)
        let rules = ConfigurationRules(chemistries: [.lfp: lfp])
        var values = confirmed
        values["pack.1.absorption_cell_v"] = .float(3.7)
        #expect(rules.validate(values).map(\.field) == ["pack.1.absorption_cell_v"])
        values = confirmed
        values["pack.1.max_cell_v"] = .float(3.4)
        #expect(
            rules.validate(values) == [
                ValidationProblem(
                    "pack.1.max_cell_v",
                    "pack.1.max_cell_v is 3.4 V; it must be at least pack.1.absorption_cell_v, 3.45 V: "
                        + "change one of the two.")
            ])
        #expect(rules.validate(confirmed).isEmpty)
    }

    /// Seen red without the chemistry's limits: 4.9 V was taken for LFP cells.
    @Test func `S63: no cell voltage that the chemistry cannot bear, in whatever order`() {
        let lfp = ConfigurationRules.CellVoltages(
            minimum: 2.8, float: 3.35, absorption: 3.45, maximum: 3.65, limits: 2.5...3.75)
        let rules = ConfigurationRules(chemistries: [.lfp: lfp])
        for (name, volts) in [("max_cell_v", 4.9), ("max_cell_v", 3.76), ("min_cell_v", 2.49), ("min_cell_v", 0.5)] {
            var values = confirmed
            values["pack.1." + name] = .float(volts)
            #expect(rules.validate(values).map(\.field) == ["pack.1." + name])
        }
        var values = confirmed
        values["pack.1.max_cell_v"] = .float(3.75)
        values["pack.1.min_cell_v"] = .float(2.5)
        #expect(rules.validate(values).isEmpty)
        values["pack.1.max_cell_v"] = .float(4.2)
        #expect(
            rules.validate(values).map(\.sentence) == [
                "pack.1.max_cell_v is 4.2 V; it must be 2.5 … 3.75 V, which lfp cells bear: change it, or "
                    + "pack.1.chemistry if the cells are of another."
            ])
    }

    @Test func `random cell voltages pass exactly when they are in order`() {
        var random = SplitMix(state: 4)
        let names = ["min_cell_v", "float_cell_v", "absorption_cell_v", "max_cell_v"]
        for _ in 0..<5000 {
            var values = confirmed
            var given: [Double] = []
            var hasMinimum = false
            for name in names where Bool.random(using: &random) {
                let volts = Double(Int.random(in: 30...36, using: &random)) / 10
                values["pack.1." + name] = .float(volts)
                given.append(volts)
                if name == "min_cell_v" { hasMinimum = true }
            }
            var isGood = given == given.sorted()
            if hasMinimum, given.count > 1, given[0] == given[1] { isGood = false }
            #expect(rules.validate(values).isEmpty == isGood, "\(given)")
        }
    }

    @Test func `charging in frost is for LTO alone`() {
        #expect(fields(["pack.1.charge_min_c": .float(-5)]) == ["pack.1.charge_min_c"])
        #expect(fields(["pack.1.charge_min_c": .float(-5), "pack.1.chemistry": .string("lto")]).isEmpty)
        #expect(fields(["pack.1.charge_min_c": .float(0)]).isEmpty)
        #expect(fields(["pack.1.charge_max_c": .float(55.1)]) == ["pack.1.charge_max_c"])
    }

    @Test func `a quorum that can never be reached is refused`() {
        #expect(fields(["bank.quorum_packs": .int(2)]) == ["bank.quorum_packs"])
        #expect(fields(["bank.quorum_packs": .int(1)]).isEmpty)
    }

    @Test func `a charge is not forced beyond the ceiling`() {
        let ceiling: [String: SettingValue?] = ["charge.ceiling_soc_percent": .float(60)]
        let most: [String: SettingValue?] = ["charge.force_below_soc_percent": .float(40)]
        let more: [String: SettingValue?] = ["charge.force_below_soc_percent": .float(41)]
        #expect(fields(ceiling.merging(more) { $1 }) == ["charge.force_below_soc_percent"])
        #expect(fields(ceiling.merging(most) { $1 }).isEmpty)
        #expect(fields(ceiling).isEmpty, "0 is never, whatever the ceiling")
    }

    @Test func `one device has one user`() {
        #expect(fields(["can.link": .string("slcan:/dev/ttyUSB0?bitrate=500000")]) == ["can.link"])
        var two: [String: SettingValue?] = [:]
        for key in confirmed.keys where key.hasPrefix("pack.1.") { two["pack.2." + key.dropFirst(7)] = confirmed[key] }
        #expect(fields(two) == ["pack.2.link"])
        two["pack.2.link"] = .some(.string("serial:/dev/ttyUSB0?baud=9600"))
        #expect(fields(two) == ["pack.2.link"])
        two["pack.2.link"] = .some(.string("/dev/ttyUSB1"))
        #expect(fields(two).isEmpty)
        two["pack.1.link"] = .some(.string("sim:"))
        two["pack.2.link"] = .some(.string("sim:"))
        #expect(fields(two).isEmpty)
    }

    @Test(arguments: ["PYLON", "Pylontech", "BYD", "LG", "LG RESU", "Pytes", "my-byd", "Lynx BMS"])
    func `a name for which the GX changes limits is refused`(name: String) {
        #expect(fields(["can.identity.battery_name": .string(name)]) == ["can.identity.battery_name"])
    }

    @Test(arguments: ["Cellbridge", "Algebra", "TinyBMS", ""])
    func `any other name is welcome`(name: String) {
        #expect(fields(["can.identity.battery_name": .string(name)]).isEmpty)
    }

    @Test func `S63: no random configuration is accepted and then not readable`() throws {
        var random = SplitMix(state: 63)
        let keys = Schema.gateway.keys
        let pool: [SettingValue] = [
            .bool(true), .int(0), .int(16), .int(500), .float(0), .float(3.4), .float(15), .float(50), .string(""),
            .string("auto"), .string("lfp"), .string("sim:"), .string("dry:"), .string("stop"), .string("info"),
        ]
        var accepted = 0
        for _ in 0..<5000 {
            var values: ConfigurationValues = [:]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                guard let key = keys.randomElement(using: &random) else { continue }
                values[key] = pool.randomElement(using: &random)
            }
            guard rules.validate(values).isEmpty else { continue }
            _ = try GatewayConfiguration(values)
            accepted += 1
        }
        #expect(accepted > 500)
    }

    @Test func `a warning that would come after its alarm is refused, and the user's own value is blamed`() {
        let rules = ConfigurationRules()
        func fields(_ values: ConfigurationValues) -> [String] { rules.validate(values).map(\.field) }
        #expect(fields(["alerts.soc_alarm_percent": .float(21)]) == ["alerts.soc_alarm_percent"])
        #expect(fields(["alerts.soc_warning_percent": .float(9)]) == ["alerts.soc_warning_percent"])
        #expect(
            fields(["alerts.cell_high_warning_v": .float(3.6), "alerts.cell_high_alarm_v": .float(3.5)])
                == ["alerts.cell_high_warning_v"])
        #expect(
            fields(["alerts.cell_low_warning_v": .float(2.8), "alerts.cell_low_alarm_v": .float(3.0)])
                == ["alerts.cell_low_alarm_v"])
        #expect(fields(["alerts.cell_high_warning_v": .float(3.5), "alerts.soc_warning_percent": .float(30)]) == [])
    }
}

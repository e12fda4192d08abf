import Testing

@testable import Configuration

/// S75, S79: which changes allow more.
@Suite struct RaisesTests {
    private let rules = ConfigurationRules(chemistries: [
        .lfp: .init(minimum: 2.8, float: 3.35, absorption: 3.45, maximum: 3.55, limits: 2...3.65)
    ])
    private let live: ConfigurationValues = [
        "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.family": .string("tinybms"), "pack.1.chemistry": .string("lfp"),
        "pack.1.cells": .int(16), "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100),
        "pack.1.max_discharge_a": .float(150), "can.link": .string("socketcan:can0"),
        "system.commissioned": .bool(true),
    ]

    private func raises(_ change: (inout ConfigurationValues) -> Void) -> [String] {
        var new = live
        change(&new)
        return rules.raises(from: live, to: new)
    }

    /// Each with a value that allows more and one that allows less.
    @Test(arguments: [
        ("pack.1.max_charge_a", 120.0, 80.0), ("pack.1.max_discharge_a", 160, 100), ("pack.1.capacity_ah", 300, 200),
        ("pack.1.max_cell_v", 3.6, 3.5), ("pack.1.absorption_cell_v", 3.5, 3.4), ("pack.1.float_cell_v", 3.4, 3.3),
        ("pack.1.charge_max_c", 50, 40), ("freshness.hold_s", 4, 2), ("freshness.no_charge_s", 8, 4),
        ("freshness.stop_s", 30, 12), ("freshness.silent_s", 60, 25), ("can.keepalive.timeout_s", 1200, 60),
        ("pack.1.min_cell_v", 2.7, 3.0), ("pack.1.discharge_min_c", -25, 0), ("charge.tail_c_rate", 0.02, 0.06),
        ("bank.quorum_wait_s", 10, 60), ("bank.join_cell_v", 0.1, 0.02),
        ("charge.ceiling_soc_percent", 90, 70), ("charge.force_below_soc_percent", 20, 5),
        ("charge.balance_hold_max_min", 300, 60), ("charge.balance_current_a", 1, 0.1),
        ("charge.ceiling_hysteresis_percent", 2, 10),
    ])
    func `S79: what allows more raises, what allows less does not`(key: String, more: Double, less: Double) {
        var base = live
        base[key] = .float((more + less) / 2)
        for (value, expected) in [(more, [key]), (less, [])] {
            var new = base
            new[key] = .float(value)
            #expect(rules.raises(from: base, to: new) == expected, "\(key) to \(value)")
        }
    }

    @Test func `S79: what cannot be compared counts as more`() {
        #expect(raises { $0["pack.1.chemistry"] = .string("nmc") } == ["pack.1.chemistry"])
        #expect(raises { $0["can.allow_simulated"] = .bool(true) } == ["can.allow_simulated"])
        // A default of which nothing is known may be anything.
        #expect(raises { $0["pack.1.charge_max_c"] = .float(40) } == ["pack.1.charge_max_c"])
    }

    @Test func `S79: a target that goes back to its chemistry is compared with it`() {
        var base = live
        base["pack.1.max_cell_v"] = .float(3.5)
        #expect(rules.raises(from: base, to: live) == ["pack.1.max_cell_v"])
        base["pack.1.max_cell_v"] = .float(3.6)
        #expect(rules.raises(from: base, to: live) == [])
    }

    @Test func `S79: what transmits nothing allows nothing, and what begins to is raised from nothing`() {
        var off = live
        off["system.commissioned"] = .bool(false)
        #expect(rules.raises(from: live, to: off) == [])
        #expect(rules.raises(from: off, to: live) == ["system.commissioned"])
        var smaller = off
        smaller["pack.1.max_charge_a"] = .float(500)
        // A limit that is lowered while it begins is still one that was not there.
        #expect(rules.raises(from: smaller, to: live) == ["pack.1.max_charge_a", "system.commissioned"])
    }

    @Test func `what is no limit raises nothing`() {
        #expect(raises { $0["log.level"] = .string("debug") } == [])
        #expect(raises { $0["pack.1.name"] = .string("Cellar") } == [])
    }
}

import Configuration
import Testing
import Wiring

/// What a dry run says of restarts is what `WholeGateway` then does: both ask the same rules.
@Suite("Parts that restart for a change")
struct RestartListTests {
    private let values: ConfigurationValues = [
        "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.family": .string("tinybms"), "pack.1.chemistry": .string("lfp"),
        "pack.1.cells": .int(16), "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100),
        "pack.1.max_discharge_a": .float(150), "can.link": .string("socketcan:can0"),
        "system.commissioned": .bool(true),
    ]

    private func restarts(_ key: String, _ value: SettingValue) throws -> Set<ConfigurationChild> {
        var new = values
        new[key] = value
        let rules = ConfigurationRules.gateway
        return rules.restarts([key], from: try rules.require(values), to: try rules.require(new))
    }

    @Test func `whatever changes the charge controller restarts acquisition, and the inverter's side follows`() throws {
        let both: Set<ConfigurationChild> = [.acquisition, .inverter]
        #expect(try restarts("pack.1.max_charge_a", .float(80)) == both)
        #expect(try restarts("freshness.no_charge_s", .float(8)) == both)
        #expect(try restarts("charge.tail_c_rate", .float(0.03)) == both)
        #expect(try restarts("pack.1.link", .string("/dev/ttyUSB1")) == both)
    }

    @Test func `what is the inverter's side's restarts that alone, and the rest nothing but itself`() throws {
        #expect(try restarts("can.identity.battery_name", .string("Cellar")) == [.inverter])
        #expect(try restarts("system.commissioned", .bool(false)) == [.inverter])
        #expect(try restarts("capture.enabled", .bool(true)) == [.capture])
        #expect(try restarts("web.host_name", .string("cellar")) == [.web])
        #expect(try restarts("log.level", .string("debug")) == [])
        #expect(try restarts("alerts.soc_warning_percent", .float(15)) == [])
    }
}

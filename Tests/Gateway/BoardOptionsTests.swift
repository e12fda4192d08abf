import BMSProtocols
import Configuration
import Links
import Synchronization
import Testing
import Wiring

/// What the user says of a board reaches the driver that speaks to it.
@Suite("Settings of a board")
struct BoardOptionsTests {
    private func options(_ family: String, _ settings: [String: SettingValue]) throws -> SpokenFamily.Options {
        var values: ConfigurationValues = [
            "pack.1.link": .string("/dev/ttyUSB0"), "pack.1.family": .string(family),
            "pack.1.chemistry": .string("lfp"),
            "pack.1.cells": .int(16), "pack.1.capacity_ah": .float(280), "pack.1.max_charge_a": .float(100),
            "pack.1.max_discharge_a": .float(150), "can.link": .string("socketcan:can0"),
        ]
        for (key, value) in settings { values[key] = value }
        let configuration = try ConfigurationRules.gateway.require(values)
        return SpokenFamily.Options(try #require(configuration.packs.first))
    }

    /// The first byte that a driver with these options sends.
    private func firstByte(_ family: String, _ options: SpokenFamily.Options) throws -> UInt8? {
        let loop = VirtualLoop()
        let (near, far) = MemoryLink.pair(loop: loop)
        let heard = Mutex<[UInt8]>([])
        loop.perform { far.listen { if case .received(let bytes, _) = $0 { heard.withLock { $0 += bytes } } } }
        let make = try #require(SpokenFamily.named(family)).makeDriver
        let poll = Task(executorPreference: loop.taskExecutor) { try await make(1, near, loop, options).poll() }
        loop.run(for: .seconds(1))
        poll.cancel()
        return heard.withLock(\.first)
    }

    @Test func `without a word each is as its make says`() throws {
        #expect(try options("daly", [:]) == SpokenFamily.Options())
        #expect(try firstByte("jk-pb", options("jk-pb", [:])) == 1)
    }

    @Test func `the address, the direction of the current and the order of the cells`() throws {
        let address = try options("jk-pb", ["pack.1.address": .int(7)])
        #expect(try firstByte("jk-pb", address) == 7)
        #expect(try options("daly", ["pack.1.current_sign": .string("charge_positive")]).currentSign == .chargePositive)
        let discharge = try options("daly-modbus", ["pack.1.current_sign": .string("discharge_positive")])
        #expect(discharge.currentSign == .dischargePositive)
        #expect(DalyModbusDriver.Options(discharge.currentSign).sign == .dischargePositive)
        #expect(try options("tinybms", ["pack.1.cell_order": .string("descending")]).cellOrder == .reversed)
    }
}

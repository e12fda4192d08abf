import Battery
import Links
import Testing

@testable import BMSProtocols

@Suite(.timeLimit(.minutes(1))) struct `JBD driver` {
    @Test func `a poll brings what both registers say`() throws {
        let bench = JBDDriverBench()
        let reading = try #require(bench.reading())
        #expect(reading.voltage == 53.04 && reading.current == -3.5 && reading.stateOfCharge == 60)
        let cells: [Double?] = bench.bms.cells.map { Double($0) / 1000 }
        #expect(reading.cells == cells)
        #expect(reading.temperatures.map(\.celsius) == [21.5, -5.2])
        #expect(reading.temperatures.map(\.name) == ["NTC1", "NTC2"])
        #expect(reading.chargeEnabled == true && reading.dischargeEnabled == true)
        #expect(reading.balancing == cells.indices.map { $0 == 1 })
        #expect(reading.remainingCapacity == 168 && reading.cycles == 12)
        #expect(reading.alarms?.value.isEmpty == true && reading.alarms?.taken == reading.began)
        #expect(reading.identity?.firmware == "8.0" && reading.identity?.firmwareCode == 0x0800)
        // What a board does not tell is unknown.
        #expect(reading.stateOfHealth == nil && reading.runningCounter == nil && reading.settings == nil)
        #expect(reading.reportedMinimumCell == nil && reading.activity == .unknown)
        #expect(!reading.promised.contains(.settings) && !reading.promised.contains(.runningCounter))
    }

    @Test func `a poll in between is two requests, slower values stand before them (S6)`() throws {
        let bench = JBDDriverBench()
        _ = bench.reading()
        #expect(bench.registersOfNextPoll() == [0x05, 0x05, 0x03, 0x04])
        #expect(bench.registersOfNextPoll() == [0x24, 0x03, 0x04])
        for _ in 0..<500 { #expect(bench.registersOfNextPoll() == [0x03, 0x04]) }
        #expect(try #require(bench.reading()).identity?.hardware == "JBD-TEST")
    }

    @Test func `no poll ever writes, and limits behind factory mode stay unknown`() {
        let bench = JBDDriverBench()
        for _ in 0..<1500 {
            bench.loop.run(for: .milliseconds(500))
            #expect(bench.reading()?.settings == nil)
        }
        #expect(bench.bms.requests.allSatisfy { $0.access == .read && $0.data.isEmpty })
        #expect((2...4).contains(bench.bms.requests.count { $0.register == 0x24 }))
    }

    @Test func `limits of old firmware come a register at a time and are as old as the first`() throws {
        let bench = JBDDriverBench {
            $0.eeprom = [
                0x24: 3650, 0x26: 2500, 0x28: 12_000, 0x29: UInt16(bitPattern: -15_000), 0x18: 2731 + 600,
                0x1C: 2731 + 550, 0x1A: 2731 - 10, 0x10: 28_000, 0x2F: 16,
            ]
        }
        var first: Instant?
        for _ in 0..<10 {
            #expect(bench.reading()?.settings == nil)
            bench.loop.run(for: .milliseconds(500))
            if bench.bms.requests.contains(where: { $0.register == 0x24 }) { first = first ?? bench.loop.now }
        }
        _ = bench.reading()
        let settings = try #require(bench.reading()?.settings)
        #expect(settings.value.overVoltageCell == 3.65 && settings.value.underVoltageCell == 2.5)
        #expect(settings.value.chargeCutoffCurrent == 120 && settings.value.dischargeCutoffCurrent == 150)
        #expect(settings.value.overHeat == 55 && settings.value.lowTemperatureCharge == -1)
        #expect(settings.value.capacity == 280 && settings.value.cellCount == 16)
        #expect(settings.value.fullCell == nil)
        #expect(settings.taken <= (try #require(first)))
    }

    @Test func `a board that is replaced loses its limits and name`() {
        let bench = JBDDriverBench {
            for register in JBDSettings.registers { $0.eeprom[register] = 3000 }
        }
        for _ in 0..<13 { _ = bench.registersOfNextPoll() }
        #expect(bench.reading()?.settings != nil)
        bench.bms.information.productionDate = 0x2CF3
        bench.bms.eeprom = [:]
        bench.bms.hasName = false
        let reading = bench.reading()
        #expect(reading != nil && reading?.settings == nil && reading?.identity?.hardware == nil)
    }

    @Test func `cells, sensors and values that are not there are unknown, never zero`() throws {
        let bench = JBDDriverBench {
            $0.cells[15] = 0
            $0.cells.removeFirst()
            $0.information.temperatures = [0, 0xFFFF]
        }
        let reading = try #require(bench.reading())
        #expect(reading.cells.count == 16)
        #expect(reading.cells[14] == nil && reading.cells[15] == nil && reading.cells[0] == 3.302)
        #expect(reading.temperatures.map(\.celsius) == [nil, nil])
        let bare = JBDDriverBench { $0.information.temperatures = [] }
        #expect(bare.reading()?.temperatures.isEmpty == true)
        let empty = try #require(
            JBDDriverBench {
                $0.cells = [0, 0, 0, 0]
                $0.information.voltage = 0
                $0.information.stateOfCharge = 0
            }.reading())
        #expect(empty.voltage == nil && empty.current == nil && empty.stateOfCharge == nil)
        #expect(empty.cells == [Double?](repeating: nil, count: 16))
    }

    @Test(arguments: [
        (0, AlarmKind.highVoltage, true, false), (1, .lowVoltage, false, true), (2, .highVoltage, true, false),
        (3, .lowVoltage, false, true), (4, .highTemperatureCharge, true, false),
        (5, .lowTemperatureCharge, true, false), (6, .highTemperature, false, true),
        (7, .lowTemperature, false, true), (8, .highChargeCurrent, true, false),
        (9, .highDischargeCurrent, false, true), (10, .shortCircuit, false, true), (11, .bmsInternal, true, true),
    ])
    func `each protection is an alarm and forbids its direction`(
        bit: Int, kind: AlarmKind, charge: Bool, discharge: Bool
    ) throws {
        let bench = JBDDriverBench { $0.information.protections = JBDProtections(rawValue: 1 << UInt16(bit)) }
        let reading = try #require(bench.reading())
        let alarms = try #require(reading.alarms?.value)
        #expect(alarms.active.map(\.kind) == [kind] && alarms[kind] == .alarm)
        #expect(alarms.forbidsCharge == charge && alarms.forbidsDischarge == discharge)
        #expect(reading.activity == .fault)
    }

    @Test func `a switch that a host holds open is a warning and shows open`() throws {
        let reading = try #require(JBDDriverBench { $0.held = .charge }.reading())
        #expect(reading.chargeEnabled == false && reading.dischargeEnabled == true)
        #expect(reading.alarms?.value[.contactor] == .warning && reading.alarms?.value.forbidsCharge == false)
        let odd = try #require(JBDDriverBench { $0.information.protections = .init(rawValue: 1 << 14) }.reading())
        #expect(odd.alarms?.value[.bmsInternal] == .warning)
    }
}

@Suite struct `JBD detection` {
    @Test func `two registers that agree are a board`() throws {
        let bench = JBDDriverBench()
        let identity = try #require(bench.identify()).get()
        #expect(identity.family == "jbd" && identity.firmware == "8.0")
        #expect(bench.bms.requests.allSatisfy { $0.access == .read })
    }

    @Test func `an echo, silence and registers that contradict each other are none`() {
        let foreign = [
            JBDDriverBench { $0.script = { request, _ in [(.milliseconds(1), request.bytes)] } },
            JBDDriverBench { $0.script = { _, _ in [] } }, JBDDriverBench { $0.information.cellCount = 15 },
            JBDDriverBench { $0.information.voltage = 4900 }, JBDDriverBench { $0.cells[3] = 900 },
            JBDDriverBench { $0.cells = [UInt16](repeating: 0, count: 16) },
        ]
        for bench in foreign {
            if case .success = bench.identify() { Issue.record("taken for a board") }
        }
    }

    @Test func `a pack voltage that is a little off is still the same pack`() throws {
        let bench = JBDDriverBench { $0.information.voltage = 5200 }
        #expect(try bench.identify()?.get().family == "jbd")
    }
}

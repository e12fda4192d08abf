import Battery
import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS events` {
    private static let now: UInt32 = 20_000_000

    /// A record some seconds before now.
    private func record(_ identifier: UInt8, ago: Int) -> TinyBMSEventRecord {
        TinyBMSEventRecord(timestamp: UInt32(truncatingIfNeeded: Int(Self.now) - ago), identifier: identifier)
    }

    private func alarms(
        _ events: [TinyBMSEventRecord], _ status: TinyBMSStatus = .fault, at time: UInt32 = now
    ) -> AlarmSet {
        TinyBMSEvents.alarms(events, bmsTime: Self.now, status: status.rawValue, statusTime: time)
    }

    private func expected(
        _ kinds: [AlarmKind: AlarmSeverity], charge: Bool = false, discharge: Bool = false
    ) -> AlarmSet {
        var set = AlarmSet()
        for (kind, severity) in kinds { set.raise(kind, severity) }
        set.forbidsCharge = charge
        set.forbidsDischarge = discharge
        return set
    }

    @Test(
        arguments: [
            (0x02, AlarmKind.lowVoltage, false, true, 0x7B), (0x03, .highVoltage, true, false, 0x79),
            (0x04, .highTemperature, true, true, 0x73), (0x05, .highDischargeCurrent, false, true, 0x77),
            (0x06, .highChargeCurrent, true, false, 0x76), (0x07, .highChargeCurrent, true, false, 0x78),
            (0x0A, .lowTemperature, true, true, 0x75),
        ] as [(UInt8, AlarmKind, Bool, Bool, UInt8)])
    func `a cutoff is active until its own recovery comes`(
        fault: UInt8, kind: AlarmKind, charge: Bool, discharge: Bool, recovery: UInt8
    ) {
        let active = expected([kind: .alarm], charge: charge, discharge: discharge)
        #expect(alarms([record(fault, ago: 60)]) == active)
        for other in TinyBMSEvent.all.keys where other > 0x70 && other != recovery {
            #expect(alarms([record(fault, ago: 60), record(other, ago: 30)]) == active)
        }
        // A fault status that nothing explains any more is one of its own.
        let unexplained = expected([.bmsInternal: .alarm], charge: true)
        #expect(alarms([record(fault, ago: 60), record(recovery, ago: 30)]) == unexplained)
        #expect(alarms([record(recovery, ago: 60), record(fault, ago: 30)]) == active)
    }

    @Test func `warnings are active under any status until they recover`() {
        for status in TinyBMSStatus.allCases where status != .fault {
            let cold = alarms([record(0x37, ago: 60)], status)
            let empty = alarms([record(0x31, ago: 60)], status)
            if status != .charging { #expect(cold == expected([.lowTemperatureCharge: .warning], charge: true)) }
            if status != .discharging { #expect(empty == expected([.lowVoltage: .warning], discharge: true)) }
            #expect(alarms([record(0x37, ago: 60), record(0x74, ago: 50)], status).isEmpty)
            #expect(alarms([record(0x31, ago: 60), record(0x7A, ago: 50)], status).isEmpty)
        }
    }

    @Test func `a warning whose recovery was lost ends by what contradicts it`() {
        #expect(alarms([record(0x37, ago: 60)], .charging).isEmpty)
        #expect(alarms([record(0x31, ago: 60)], .discharging).isEmpty)
        #expect(!alarms([record(0x37, ago: 5)], .charging).isEmpty)
    }

    @Test func `several faults are active at once`() {
        let set = alarms([record(0x03, ago: 90), record(0x04, ago: 60), record(0x79, ago: 40), record(0x05, ago: 20)])
        #expect(
            set == expected([.highTemperature: .alarm, .highDischargeCurrent: .alarm], charge: true, discharge: true))
    }

    @Test func `switch and sensor errors forbid charging`() {
        for fault: UInt8 in [0x0B, 0x0C, 0x0D, 0x0E, 0x0F] {
            #expect(alarms([record(fault, ago: 60)]).forbidsCharge)
        }
        #expect(alarms([record(0x0B, ago: 60)])[.contactor] == .alarm)
    }

    @Test func `a fault that no paper lists is an internal alarm`() {
        #expect(alarms([record(0x1F, ago: 1)], .idle) == expected([.bmsInternal: .alarm], charge: true))
    }

    @Test func `fault status without a record is an internal alarm that forbids charging`() {
        #expect(alarms([]) == expected([.bmsInternal: .alarm], charge: true))
        #expect(alarms([record(0x65, ago: 9)]) == expected([.bmsInternal: .alarm], charge: true))
    }

    @Test func `a warning does not explain a fault status`() {
        let set = alarms([record(0x31, ago: 60)])
        #expect(set == expected([.bmsInternal: .alarm, .lowVoltage: .warning], charge: true, discharge: true))
    }

    @Test func `a status other than fault ends a fault, but not within 10 s of it`() {
        for status in TinyBMSStatus.allCases where status != .fault {
            #expect(alarms([record(0x03, ago: 10)], status).isEmpty)
            #expect(!alarms([record(0x03, ago: 9)], status).isEmpty)
        }
    }

    @Test func `a status older than the fault says nothing about it`() {
        let set = alarms([record(0x03, ago: 30)], .idle, at: Self.now - 31)
        #expect(set == expected([.highVoltage: .alarm], charge: true))
    }

    @Test func `an unknown status ends nothing`() {
        let set = TinyBMSEvents.alarms([record(0x03, ago: 3600)], bmsTime: Self.now, status: 0, statusTime: Self.now)
        #expect(set == expected([.highVoltage: .alarm], charge: true))
    }

    @Test func `a restart ends older evidence only after 10 s without a fault`() {
        let events = [record(0x37, ago: 60), record(0x61, ago: 30)]
        #expect(alarms(events, .idle).isEmpty)
        #expect(!alarms(events, .idle, at: Self.now - 25).isEmpty)
        #expect(alarms([record(0x0E, ago: 60), record(0x61, ago: 30)])[.bmsInternal] == .alarm)
        #expect(alarms([record(0x61, ago: 60), record(0x37, ago: 30)], .idle).forbidsCharge)
        let unknown = TinyBMSEvents.alarms(events, bmsTime: Self.now, status: 0x42, statusTime: Self.now)
        #expect(unknown.forbidsCharge)
    }

    @Test func `in the same second the order of the log decides, and without one the cutoff stays`() {
        let before = record(0x65, ago: 100)
        #expect(alarms([before, record(0x37, ago: 60), record(0x74, ago: 60)], .idle).isEmpty)
        #expect(!alarms([before, record(0x74, ago: 60), record(0x37, ago: 60)], .idle).isEmpty)
        // Newest first: the same two records mean the opposite.
        #expect(alarms([record(0x74, ago: 60), record(0x37, ago: 60), before], .idle).isEmpty)
        #expect(!alarms([record(0x37, ago: 60), record(0x74, ago: 60)], .idle).isEmpty)
    }

    @Test func `the direction of the log does not matter`() {
        let log = [
            record(0x61, ago: 1000), record(0x03, ago: 900), record(0x79, ago: 800), record(0x04, ago: 700),
            record(0x31, ago: 600),
        ]
        #expect(alarms(log) == alarms(log.reversed()))
        #expect(alarms(log)[.highTemperature] == .alarm && alarms(log)[.highVoltage] == nil)
    }

    @Test func `timestamps that wrapped belong to the wrap before`() {
        let wrap: UInt64 = 1 << 24
        #expect(TinyBMSEvents.time(of: 5, bmsTime: UInt32(wrap) + 10) == wrap + 5)
        #expect(TinyBMSEvents.time(of: 11, bmsTime: UInt32(wrap) + 8) == 11)
        #expect(TinyBMSEvents.time(of: 0xFF_FFFF, bmsTime: UInt32(wrap) + 3) == wrap - 1)
        #expect(TinyBMSEvents.time(of: 100, bmsTime: 50) == 100)
        #expect(TinyBMSEvents.time(of: 0xFF_FFFF, bmsTime: .max) == UInt64(UInt32.max))
        // Cut off just before the wrap, recovered just after it.
        let clock = UInt32(wrap) + 100
        let events = [
            TinyBMSEventRecord(timestamp: 0xFF_FFF0, identifier: 0x37),
            TinyBMSEventRecord(timestamp: 20, identifier: 0x74),
        ]
        #expect(TinyBMSEvents.alarms(events, bmsTime: clock, status: 0x97, statusTime: clock).isEmpty)
        #expect(
            !TinyBMSEvents.alarms(Array(events.prefix(1)), bmsTime: clock, status: 0x97, statusTime: clock).isEmpty)
    }

    @Test func `random logs never trap`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<20_000 {
            let events = (0..<Int(random.byte() % 50)).map { _ in
                TinyBMSEventRecord(timestamp: UInt32(truncatingIfNeeded: random.next()), identifier: random.byte())
            }
            let time = UInt32(truncatingIfNeeded: random.next())
            let set = TinyBMSEvents.alarms(events, bmsTime: time, status: 0x9B, statusTime: time)
            #expect(!set.isEmpty)
        }
    }
}

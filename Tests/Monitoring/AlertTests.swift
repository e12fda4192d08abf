import Battery
import Testing

@testable import Monitoring

/// What a test calls an alert: its kind, and when it is up.
struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var severity: EventSeverity
    var quiet: Double
    var raise: Double
    /// Back on the good side, yet not far enough.
    var between: Double
    var clear: Double
    var set: @Sendable (inout Bench, Double) -> Void

    var testDescription: String { "\(name) \(severity.name)" }

    static let all: [Case] = [
        Case(name: "high_voltage", severity: .warning, quiet: 3.40, raise: 3.55, between: 3.51, clear: 3.50) {
            $0.cells($1)
        },
        Case(name: "high_voltage", severity: .alarm, quiet: 3.40, raise: 3.60, between: 3.53, clear: 3.52) {
            $0.cells($1)
        },
        Case(name: "low_voltage", severity: .warning, quiet: 3.20, raise: 3.00, between: 3.09, clear: 3.10) {
            $0.cells($1)
        },
        Case(name: "low_voltage", severity: .alarm, quiet: 3.20, raise: 2.80, between: 2.99, clear: 3.00) {
            $0.cells($1)
        },
        Case(name: "cell_imbalance", severity: .warning, quiet: 0, raise: 0.081, between: 0.06, clear: 0.049) {
            $0.readings[0].cells[0] = 3.30 + $1
        },
        Case(name: "low_state_of_charge", severity: .warning, quiet: 60, raise: 20, between: 24, clear: 25) {
            $0.readings[0].stateOfCharge = $1
        },
        Case(name: "low_state_of_charge", severity: .alarm, quiet: 60, raise: 10, between: 14, clear: 15) {
            $0.readings[0].stateOfCharge = $1
        },
        Case(name: "high_temperature_charge", severity: .warning, quiet: 25, raise: 42, between: 41, clear: 40) {
            $0.readings[0].temperatures[0].celsius = $1
        },
        Case(name: "high_temperature_charge", severity: .alarm, quiet: 25, raise: 45, between: 44, clear: 43) {
            $0.readings[0].temperatures[0].celsius = $1
        },
        Case(name: "low_temperature_charge", severity: .alarm, quiet: 25, raise: 0, between: 1, clear: 2) {
            $0.readings[0].temperatures[0].celsius = $1
        },
        Case(name: "high_charge_current", severity: .warning, quiet: 0, raise: 110, between: 105, clear: 100) {
            $0.current($1)
        },
        Case(name: "high_discharge_current", severity: .warning, quiet: 0, raise: 165, between: 160, clear: 150) {
            $0.current(-$1)
        },
    ]
}

@Suite("Alerts") struct AlertTests {
    /// The table of charge-control.md d.4, with the LFP preset.
    @Test(arguments: Case.all) func `each alert has its threshold and its hysteresis`(test: Case) {
        var bench = Bench()
        bench.settle()
        test.set(&bench, test.quiet)
        bench.run(.seconds(60))
        #expect(bench.alerts[test.name] == nil)
        test.set(&bench, test.raise)
        bench.run(.seconds(60))
        #expect(bench.alerts[test.name] == test.severity)
        test.set(&bench, test.between)
        bench.run(.seconds(60))
        #expect(bench.alerts[test.name] == test.severity)
        test.set(&bench, test.clear)
        bench.run(.seconds(60))
        #expect(bench.alerts[test.name].map { $0 < test.severity } ?? true)
        test.set(&bench, test.quiet)
        bench.run(.seconds(60))
        #expect(bench.alerts[test.name] == nil)
    }

    /// Seen red without the debounce.
    @Test func `a value must stay beyond its threshold for a second, in both directions`() {
        var bench = Bench()
        bench.settle()
        // One reading in two, for a minute: never long enough.
        for _ in 0..<60 {
            bench.cells(3.62)
            bench.poll()
            bench.cells(3.40)
            bench.poll()
        }
        #expect(bench.log.active.isEmpty)
        bench.cells(3.62)
        bench.poll()
        bench.poll()
        #expect(bench.log.active.isEmpty)
        bench.poll()
        #expect(bench.alerts == ["high_voltage": .alarm])
        bench.cells(3.40)
        bench.poll()
        bench.poll()
        #expect(bench.alerts == ["high_voltage": .alarm])
        bench.poll()
        #expect(bench.log.active.isEmpty)
    }

    /// Seen red without a look at the gap.
    @Test func `two bad readings with a gap between them are no second`() {
        var bench = Bench()
        bench.settle()
        bench.cells(3.62)
        bench.poll()
        bench.poll(after: .seconds(3))
        #expect(bench.log.active.isEmpty)
        bench.run(.seconds(1))
        #expect(bench.alerts == ["high_voltage": .alarm])
    }

    @Test func `what is unknown makes nothing better and nothing worse`() {
        var bench = Bench()
        bench.settle()
        bench.readings[0].stateOfCharge = 15
        bench.run(.seconds(5))
        bench.readings[0].stateOfCharge = nil
        bench.run(.seconds(600))
        #expect(bench.alerts == ["low_state_of_charge": .warning])
    }

    @Test func `an alert tells the cell, the value and the threshold`() throws {
        var bench = Bench()
        bench.settle()
        bench.readings[0].cells[6] = 3.61
        bench.run(.seconds(5))
        let event = try #require(bench.log.active.first { $0.identity.variant == "high_voltage" })
        #expect(event.identity == .init("alarm_raised", "high_voltage", pack: 1))
        #expect(event.activity?.reading == .init(3.61, threshold: 3.60, unit: "V"))
        #expect(event.text == "alarm: high_voltage of pack 1, cell 7 at 3.610 V, threshold 3.600 V")
        #expect(event.fields.integer("cell") == 7)
        #expect(event.fields.text("alarm") == "high_voltage")
    }

    @Test func `what the BMS itself reports is an alert, without a debounce of ours, the worse of the two`() {
        var bench = Bench()
        bench.settle()
        var alarms = AlarmSet()
        alarms.raise(.shortCircuit, .alarm)
        alarms.raise(.highVoltage, .warning)
        bench.readings[0].alarms = Aged(alarms, taken: bench.now)
        bench.poll()
        #expect(bench.alerts == ["short_circuit": .alarm, "high_voltage": .warning])
        bench.cells(3.62)
        bench.run(.seconds(3))
        #expect(bench.alerts["high_voltage"] == .alarm)
        bench.cells(3.40)
        bench.run(.seconds(3))
        #expect(bench.alerts["high_voltage"] == .warning)
        bench.readings[0].alarms = Aged(AlarmSet(), taken: bench.now)
        bench.poll()
        #expect(bench.alerts.isEmpty)
    }

    @Test func `other thresholds hold from the next reading on, and a pack that is gone has no alerts`() {
        var bench = Bench()
        bench.settle()
        bench.cells(3.52)
        bench.run(.seconds(5))
        #expect(bench.alerts.isEmpty)
        var thresholds = AlertThresholds()
        thresholds.highCellWarning.raise = 3.51
        thresholds.debounce = .zero
        let ends = bench.watch.adopt(.init(thresholds: thresholds, packs: bench.packs), at: bench.moment)
        #expect(ends.isEmpty)
        bench.poll()
        #expect(bench.alerts == ["high_voltage": .warning])
        let gone = bench.watch.adopt(.init(thresholds: thresholds, packs: []), at: bench.moment)
        #expect(gone.map(\.phase) == [.ends])
    }

    @Test func `a latched fault lasts until it is let go, and counts as acknowledged then`() throws {
        var bench = Bench()
        bench.settle()
        bench.fault = LatchedFault(kind: .cellOverVoltage, pack: 1, value: 3.76)
        let begun = bench.poll()
        #expect(begun.map(\.isUrgent) == [true])
        let event = try #require(bench.log.active.first)
        #expect(event.isLatched && event.identity.code == "mode" && event.fields.text("to") == "fault")
        #expect(bench.watch.fault?.since == bench.now)
        bench.run(.seconds(60))
        #expect(bench.log.active.count == 1)
        bench.fault = nil
        bench.poll()
        #expect(bench.log.active.isEmpty)
        #expect(bench.log.event(event.id)?.acknowledged != nil)
    }
}

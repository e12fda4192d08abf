import Battery
import Testing

@Suite("What cells, temperatures and the BMS allow")
struct LimitTests {
    @Test func `S27: a cell at its maximum forbids charging in the same step, and never touches discharging`() {
        var rig = Rig.settled()
        rig.reading.cells[6] = 3.65
        let decision = rig.poll()
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.chargeCurrent.contributions.first?.rule == .cellVoltageHigh)
        #expect(decision.chargeCurrent.contributions.first?.evidence == "pack 1 cell 7 at 3.650 V")
        #expect(decision.dischargeCurrent.value == 150)
    }

    @Test func `an unrestricted limit is explained by what the user set`() {
        var rig = Rig.settled()
        let decision = rig.poll()
        #expect(decision.chargeCurrent.contributions.first?.rule == .configuredMaximum)
        #expect(decision.dischargeCurrent.contributions.first?.rule == .configuredMaximum)
    }

    @Test func `S27: charging returns 30 mV lower and ten seconds later`() {
        var rig = Rig.settled()
        rig.reading.cells[6] = 3.65
        rig.poll()
        rig.reading.cells[6] = 3.63
        rig.run(.seconds(30)) { #expect($0.chargeCurrent.value == 0) }
        rig.reading.cells[6] = 3.61
        rig.run(.seconds(9)) { #expect($0.chargeCurrent.value == 0) }
        #expect(rig.run(.seconds(25)).chargeCurrent.value > 0)
    }

    @Test(
        "S27: outside the charge window nothing is charged",
        arguments: [(-0.1, true), (45.1, true), (0.0, false), (45.0, false)])
    func window(celsius: Double, cut: Bool) {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = celsius
        let decision = rig.poll()
        #expect((decision.chargeCurrent.value == 0) == cut)
        #expect(decision.dischargeCurrent.value > 1)
    }

    @Test(
        "S27: while a temperature cut waits for its release, the alarm still names the end that was left",
        arguments: [
            (65.0, AlarmKind.highTemperatureCharge, AlarmKind.highTemperature, AlarmKind.lowTemperatureCharge),
            (-25.0, .lowTemperatureCharge, .lowTemperature, .highTemperatureCharge),
        ])
    func windowEnd(celsius: Double, charge: AlarmKind, discharge: AlarmKind, other: AlarmKind) {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = celsius
        rig.run(.seconds(3))
        // Right in the middle, on the other side of it: below for the hot one, above for the cold one.
        rig.reading.temperatures[0].celsius = celsius > 0 ? 20 : 25
        let decision = rig.run(.seconds(5))
        #expect(decision.alarms[charge] == .alarm && decision.alarms[discharge] == .alarm)
        #expect(decision.alarms[other] == nil)
    }

    @Test func `S27: the cold limit is five degrees higher where only the board is known`() {
        var rig = Rig()
        rig.reading.temperatures = [.init(name: "BMS", place: .board, celsius: 4.9)]
        #expect(rig.run(.seconds(20)).chargeCurrent.value == 0)
        rig.reading.temperatures[0].celsius = 9
        #expect(rig.run(.seconds(40)).chargeCurrent.value > 0)
    }

    @Test func `S27: one low sample leaves 1 A, two seconds of it nothing, and 200 mV for a minute gives it back`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 2.79
        #expect(rig.poll().dischargeCurrent.value == 1)
        #expect(rig.poll().dischargeCurrent.value == 1)
        rig.run(.milliseconds(1500))
        #expect(rig.poll().dischargeCurrent.value == 0)
        rig.cells(3.05)
        rig.run(.seconds(59)) { #expect($0.dischargeCurrent.value == 0) }
        #expect(rig.run(.seconds(30)).dischargeCurrent.value > 0)
    }

    @Test(
        "S27: outside the discharge window 1 A is left, two seconds of it nothing, and 5 K back for a minute gives it back",
        arguments: [(outside: -20.1, near: -15.1, back: -14.9), (outside: 60.1, near: 55.1, back: 54.9)])
    func dischargeWindow(outside: Double, near: Double, back: Double) {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = outside
        #expect(rig.poll().dischargeCurrent.value == 1)
        rig.run(.milliseconds(1500))
        #expect(rig.poll().dischargeCurrent.value == 0)
        rig.reading.temperatures[0].celsius = near
        rig.run(.seconds(70)) { #expect($0.dischargeCurrent.value == 0) }
        rig.reading.temperatures[0].celsius = back
        rig.run(.seconds(59)) { #expect($0.dischargeCurrent.value == 0) }
        #expect(rig.run(.seconds(30)).dischargeCurrent.value > 0)
    }

    @Test func `S27: a single low sample does not black out an island`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 2.79
        rig.poll()
        rig.cells(3.30)
        rig.run(.seconds(120)) { #expect($0.dischargeCurrent.value >= 1) }
    }

    @Test func `S27: a cell below deep discharge is never charged again without a person`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 1.9
        #expect(rig.poll().chargeCurrent.value == 0, "at once, although the jump is not confirmed yet")
        rig.run(.seconds(2))
        rig.cells(3.30)
        #expect(rig.run(.seconds(600)).chargeCurrent.value == 0)
        #expect(rig.control.fault?.kind == .deepDischarge)
        _ = rig.control.step(.init(reports: [rig.intake.report], acknowledgeFaults: true), now: rig.now)
        #expect(rig.run(.seconds(60)).chargeCurrent.value > 0)
    }

    @Test func `a cell 100 mV over its maximum latches a fault that waits for a person and for its cause to go`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 3.76
        rig.run(.seconds(2))
        #expect(rig.control.step(rig.input, now: rig.now).mode == .fault)
        _ = rig.control.step(.init(reports: [rig.intake.report], acknowledgeFaults: true), now: rig.now)
        #expect(rig.control.fault != nil, "the cause is still there")
        rig.cells(3.30)
        #expect(rig.run(.seconds(120)).mode == .fault)
        _ = rig.control.step(.init(reports: [rig.intake.report], acknowledgeFaults: true), now: rig.now)
        #expect(rig.run(.seconds(60)).chargeCurrent.value == 100)
    }

    @Test func `S23: one glitch beyond every bound does not call for a person`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 1.5
        #expect(rig.poll().chargeCurrent.value == 0)
        rig.cells(3.30)
        #expect(rig.run(.seconds(60)).chargeCurrent.value == 100)
        #expect(rig.control.fault == nil)
    }

    /// Seen red with cells that are confirmed whatever the BMS's own extremes say.
    @Test func `S23: nor does one wild reading of the BMS's own highest cell`() {
        var rig = Rig.settled()
        (rig.reading.reportedMinimumCell, rig.reading.reportedMaximumCell) = (3.3, 4.8)
        #expect(rig.poll().chargeCurrent.value == 0)
        #expect(rig.control.fault == nil)
        rig.reading.reportedMaximumCell = 3.3
        #expect(rig.run(.seconds(60)).chargeCurrent.value == 100)
    }

    @Test func `S23: nor does a glitch upwards, which forbids charging all the same`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 3.76
        #expect(rig.poll().chargeCurrent.value == 0)
        rig.cells(3.30)
        #expect(rig.run(.seconds(60)).chargeCurrent.value == 100)
        #expect(rig.control.fault == nil)
    }

    /// A minute, as hold and ramp alone would keep the current down for the first ten seconds.
    @Test func `S24: a low cell that can no longer be read leaves the discharge current where it was`() {
        var rig = Rig.settled()
        rig.reading.cells[4] = 3.05
        let low = rig.run(.seconds(5)).dischargeCurrent.value
        #expect(low > 2 && low < 50)
        rig.reading.voltage = 15 * 3.30 + 3.05
        rig.reading.cells[4] = nil
        rig.run(.seconds(60)) { #expect($0.dischargeCurrent.value == low) }
    }

    @Test func `S24: cold cells whose sensor is gone leave the discharge current where it was`() {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = -10
        rig.reading.temperatures[1].celsius = -10
        let cold = rig.run(.seconds(5)).dischargeCurrent.value
        #expect(cold > 2 && cold < 50)
        rig.reading.temperatures[0].celsius = nil
        rig.reading.temperatures[1].celsius = nil
        rig.run(.seconds(60)) { #expect($0.dischargeCurrent.value == cold) }
    }

    @Test(
        "S24: a missing mandatory input forbids charging and keeps discharging",
        arguments: ["cell", "cells", "temperature", "settings", "alarms"])
    func missing(input: String) {
        var rig = Rig.settled { $0.cellCount = 16 }
        rig.reading.voltage = 52.8
        switch input {
        case "cell": rig.reading.cells[3] = nil
        case "cells": rig.reading.cells = Array(repeating: nil, count: 16)
        case "temperature":
            rig.reading.temperatures[0].celsius = nil
            rig.reading.temperatures[1].celsius = nil
        case "settings":
            rig.reading.promised.insert(.settings)
            rig.reading.settings = Aged(BMSSettings(), taken: Rig.origin)
        default: break
        }
        if input == "alarms" || input == "settings" { return stale(rig, input) }
        let decision = rig.poll()
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.dischargeCurrent.value == 150)
    }

    /// Slower values carry their own age.
    private func stale(_ rig: Rig, _ input: String) {
        var rig = rig
        var reading = rig.intake.report.snapshot?.reading ?? rig.reading
        let wait: Duration = input == "alarms" ? .seconds(31) : .seconds(901)
        rig.now += wait
        for step in 0..<8 {
            reading.began = rig.now + .milliseconds(500 * step)
            reading.completed = reading.began
            reading.runningCounter = 90_000 + UInt32(step)
            if input == "settings" {
                reading.alarms?.taken = reading.began
            } else {
                reading.settings?.taken = reading.began
            }
            rig.intake.accept(reading)
            rig.now = reading.began
            let decision = rig.control.step(rig.input, now: rig.now)
            #expect(decision.chargeCurrent.value == 0)
        }
        let decision = rig.control.step(rig.input, now: rig.now)
        #expect(decision.stage == .live)
        let rule: LimitRule = input == "alarms" ? .bmsAlarmsMissing : .bmsSettingsMissing
        #expect(decision.chargeCurrent.contributions.contains { $0.rule == rule && $0.value == 0 })
    }

    @Test func `S24: without any cell voltage discharging ends at STOP age, and not sooner`() {
        var rig = Rig.settled()
        rig.reading.voltage = 52.8
        rig.reading.cells = Array(repeating: nil, count: 16)
        rig.run(.seconds(14)) { #expect($0.dischargeCurrent.value == 150) }
        #expect(rig.run(.seconds(2)).dischargeCurrent.value == 0)
    }

    @Test func `among several packs each configured maximum names its pack`() throws {
        var one = Rig()
        var two = Rig { $0.pack = 2 }
        one.run(.seconds(10))
        two.run(.seconds(10))
        var control = ChargeControl(
            ControlConfiguration(packs: one.configuration.packs + two.configuration.packs))
        let decision = control.step(.init(reports: [one.intake.report, two.intake.report]), now: one.now)
        let maxima = decision.chargeCurrent.contributions.filter { $0.rule == .configuredMaximum }
        #expect(Set(maxima.map(\.pack)) == [1, 2, nil], "each pack's, and the battery's")
        #expect(one.poll().chargeCurrent.contributions.allSatisfy { $0.rule != .configuredMaximum || $0.pack == nil })
    }

    /// Seen red with limiters that begin anew.
    @Test func `S27: a controller that takes over keeps the cuts until their release, though the sensor is gone`() {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = -25
        rig.reading.cells[3] = 3.66
        rig.run(.seconds(3))
        // Silence, and whoever reads and decides is made anew in it: the sensor is never seen again.
        rig.now += .seconds(40)
        _ = rig.control.step(rig.input, now: rig.now)
        rig.intake = SnapshotIntake(rig.configuration.packs[0], gap: rig.configuration.freshness.hold)
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        rig.reading.temperatures[0].celsius = nil
        rig.reading.cells[3] = 3.3
        rig.run(.seconds(58)) { #expect($0.dischargeCurrent.value == 0) }
        #expect(rig.run(.seconds(20)).dischargeCurrent.value > 0)
    }

    /// Seen red with a cut that remembers for how long it had been clear.
    @Test func `S27: the time for which a sensor is gone is none for which it was clear of its bound`() {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = 65
        rig.run(.seconds(3))
        rig.reading.temperatures[0].celsius = 25
        rig.run(.seconds(20))
        rig.reading.temperatures[0].celsius = nil
        rig.run(.seconds(60)) { #expect($0.dischargeCurrent.value == 0) }
        rig.reading.temperatures[0].celsius = 25
        rig.run(.seconds(59)) { #expect($0.dischargeCurrent.value == 0) }
        #expect(rig.run(.seconds(20)).dischargeCurrent.value > 0)
    }

    /// Seen red with a board that nobody looks at.
    @Test func `S27: a hot board ends discharging where it is all that is left, and lets it go like a sensor`() {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = nil
        #expect(rig.poll().dischargeCurrent.value == 150)
        rig.reading.temperatures[1].celsius = 61
        #expect(rig.poll().dischargeCurrent.value == 1)
        rig.run(.seconds(3))
        rig.reading.temperatures[1].celsius = 30
        rig.run(.seconds(59)) { #expect($0.dischargeCurrent.value == 0) }
        #expect(rig.run(.seconds(20)).dischargeCurrent.value > 0)
        // A hot board beside a sensor says nothing of the cells.
        rig.reading.temperatures[0].celsius = 25
        rig.reading.temperatures[1].celsius = 61
        #expect(rig.run(.seconds(30)).dischargeCurrent.value == 150)
    }

    /// Seen red with the configured maximum as the last DCL of a controller that knows none.
    @Test func `S27: a pack that comes back cold lowers the discharge current before it has proved itself`() {
        var rig = Rig.settled()
        rig.now += .seconds(10)
        #expect(rig.control.step(rig.input, now: rig.now).stage == .noCharge)
        rig.reading.temperatures[0].celsius = -25
        let first = rig.poll()
        #expect(first.stage == .noCharge && first.dischargeCurrent.value == 1)

        var anew = Rig.settled()
        anew.reading.temperatures[0].celsius = -19
        let cold = anew.run(.seconds(5)).dischargeCurrent.value
        #expect(cold < 150)
        anew.now += .seconds(10)
        anew.control = ChargeControl(anew.configuration)
        let decision = anew.control.step(anew.input, now: anew.now)
        #expect(decision.stage == .noCharge && decision.dischargeCurrent.value == cold)
    }

    /// Seen red with limiters that begin anew.
    @Test func `S24: a controller that takes over keeps the last contribution of a sensor that is gone`() {
        var rig = Rig.settled()
        rig.reading.temperatures[0].celsius = -17
        let cold = rig.run(.seconds(5)).dischargeCurrent.value
        #expect(cold < 150)
        rig.reading.temperatures[0].celsius = nil
        rig.poll()
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        #expect(rig.run(.seconds(60)).dischargeCurrent.value == cold)
    }

    @Test func `the BMS's cut-off currents are kept a tenth away from`() {
        var rig = Rig()
        var settings = Rig.settings
        settings.chargeCutoffCurrent = 60
        settings.dischargeCutoffCurrent = 80
        rig.reading.settings = Aged(settings, taken: rig.now)
        let decision = rig.run(.seconds(30))
        #expect(decision.chargeCurrent.value == 54)
        #expect(decision.chargeCurrent.contributions.first?.rule == .bmsLimit)
        #expect(decision.dischargeCurrent.value == 72)
    }

    @Test func `the charge voltage stays 20 mV a cell below the voltage at which the BMS opens its switch`() {
        var rig = Rig()
        var settings = Rig.settings
        settings.fullCell = 3.42
        rig.reading.settings = Aged(settings, taken: rig.now)
        #expect(abs(rig.run(.seconds(30)).chargeVoltage.value - 16 * 3.40) < 1e-9)
    }

    @Test func `soft limits keep a floor so that the inverter does not trip`() {
        var rig = Rig.settled()
        rig.cells(3.52)
        let decision = rig.run(.seconds(10))
        #expect(decision.chargeCurrent.value == 2)
    }

    @Test func `the discharge voltage limit is enforced by current, as inverters only display it`() {
        var rig = Rig.settled()
        var settings = Rig.settings
        settings.emptyCell = 3.0
        rig.reading.settings = Aged(settings, taken: rig.now)
        rig.cells(2.99)
        #expect(rig.poll().dischargeCurrent.value <= 1)
        #expect(rig.run(.seconds(3)).dischargeCurrent.value == 0)
        #expect(rig.control.step(rig.input, now: rig.now).dischargeVoltage == 48)
        rig.cells(3.11)
        #expect(rig.run(.seconds(90)).dischargeCurrent.value > 0)
    }

    @Test func `a charger that ignores the limit meets a falling charge voltage that stops at its end`() {
        var rig = Rig.settled()
        rig.cells(3.40)
        rig.reading.temperatures[0].celsius = 46
        rig.reading.current = 60
        let before = rig.run(.seconds(19)).chargeVoltage.value
        let after = rig.run(.seconds(45))
        #expect(after.chargeVoltage.value <= before - 0.2)
        #expect(after.alarms[.limitNotObeyed] == .warning)
        #expect(after.chargeVoltage.contributions.first?.rule == .limitNotObeyed)
        let end = rig.run(.seconds(900))
        #expect(end.chargeVoltage.value >= 16 * 3.35 - 1e-9)
        #expect(end.chargeVoltage.value >= 16 * 3.40 - 0.4 - 1e-9)
        #expect(end.transmits, "without a grid silence would black out the house")
    }

    @Test func `a charger that ignores current and voltage alike is told of, and meets silence where there is a grid`()
    {
        for hasGrid in [false, true] {
            var rig = Rig.settled(configure: { $0.hasGrid = hasGrid })
            // Far above any charge voltage that is published, so that to lower it would change nothing.
            rig.cells(3.66)
            rig.reading.current = 30
            #expect(rig.run(.seconds(15)).alarms[.limitNotObeyed] == nil)
            let told = rig.run(.seconds(10))
            #expect(told.alarms[.limitNotObeyed] == .warning && told.transmits)
            #expect(told.chargeCurrent.value == 0)
            #expect(rig.run(.seconds(70)).transmits == !hasGrid)
        }
    }

    @Test func `with a grid, a charger that ignores 0 A to the end meets silence until the cause is gone`() {
        var rig = Rig.settled(configure: { $0.hasGrid = true })
        rig.cells(3.40)
        rig.reading.temperatures[0].celsius = 46
        rig.reading.current = 60
        let end = rig.run(.seconds(1200))
        #expect(!end.transmits)
        #expect(end.alarms[.limitNotObeyed] == .alarm)
        rig.reading.temperatures[0].celsius = 25
        rig.reading.current = 0
        #expect(rig.run(.seconds(30)).transmits)
    }
}

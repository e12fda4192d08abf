import Battery
import Testing

@Suite("What limits do with glitches, lost sensors and a controller that takes over")
struct LostEvidenceTests {
    @Test func `S27: the cold limit is five degrees higher where only the board is known`() {
        var rig = Rig()
        rig.reading.temperatures = [.init(name: "BMS", place: .board, celsius: 4.9)]
        #expect(rig.run(.seconds(20)).chargeCurrent.value == 0)
        rig.reading.temperatures[0].celsius = 9
        #expect(rig.run(.seconds(40)).chargeCurrent.value > 0)
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
}

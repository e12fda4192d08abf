import Battery
import Testing

@Suite("How old data lowers limits")
struct FreshnessTests {
    @Test func `S5: one valid snapshot sends nothing, two in a row start at a tenth of the charge maximum`() {
        var rig = Rig()
        // The first reading shows the running counter, the second that it runs.
        rig.poll()
        #expect(!rig.poll().transmits)
        let first = rig.poll()
        #expect(first.transmits)
        #expect(first.stage == .live)
        #expect(first.chargeCurrent.value == 10)
        #expect(first.chargeCurrent.contributions.first?.rule == .startLimit)
        #expect(first.dischargeCurrent.value == 150, "DCL is never ramped from 0: that switches an island off")
    }

    @Test func `S5: a refused or missed reading in between starts the count again`() {
        var rig = Rig()
        rig.poll()
        rig.intake.missed()
        #expect(!rig.poll().transmits)
        #expect(rig.poll().transmits)
    }

    @Test func `S5: a full battery whose BMS forbids charging is published with CCL 0`() {
        var rig = Rig()
        rig.cells(3.45)
        rig.reading.stateOfCharge = 100
        var alarms = AlarmSet()
        alarms.forbidsCharge = true
        rig.reading.alarms = Aged(alarms, taken: rig.now)
        rig.poll()
        rig.poll()
        let decision = rig.poll()
        #expect(decision.transmits)
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.chargeCurrent.contributions.first?.rule == .bmsAlarm)
        #expect(decision.dischargeCurrent.value == 150)
    }

    /// Seen red with every reading recorded from the first on.
    @Test func `S8: a BMS that was frozen before the first reading never counts`() {
        var rig = Rig()
        rig.reading.runningCounter = 4711
        let decision = rig.run(.seconds(20))
        #expect(!decision.transmits)
        #expect(rig.intake.report.ageOrigin == nil && rig.intake.report.snapshot == nil)
    }

    /// Seen red with the last decided limit in the place of the last that was heard.
    @Test func `S6: in HOLD no limit rises above what the inverter heard last`() {
        var rig = Rig()
        for _ in 0..<6 { rig.poll() }
        let heard = rig.control.step(rig.input, now: rig.now)
        rig.control.sent(heard)
        // Two seconds of the ramp that no frame told.
        for _ in 0..<4 { rig.poll() }
        rig.now += .milliseconds(2600)
        let stale = rig.control.step(rig.input, now: rig.now)
        #expect(stale.stage == .stale)
        #expect(heard.chargeCurrent.value < 100)
        #expect(stale.chargeCurrent.value <= heard.chargeCurrent.value)
        #expect(stale.chargeVoltage.value <= heard.chargeVoltage.value)
    }

    /// Seen red without what the controller before has handed on.
    @Test func `S6: a controller that takes over begins no higher, and a lost pack proves itself to it, too`() {
        var rig = Rig()
        rig.run(.seconds(3))
        let before = rig.control.step(rig.input, now: rig.now)
        #expect(before.chargeCurrent.value < 100)
        var next = ChargeControl(rig.configuration, after: rig.control)
        #expect(next.step(rig.input, now: rig.now).chargeCurrent.value <= before.chargeCurrent.value)

        rig.now += .seconds(8)
        let lost = rig.control.step(rig.input, now: rig.now)
        #expect(lost.stage == .noCharge)
        next = ChargeControl(rig.configuration, after: rig.control)
        rig.control = next
        for _ in 0..<2 { #expect(rig.poll().chargeCurrent.value == 0) }
        #expect(rig.run(.seconds(3)).stage == .live)
    }

    /// Seen red with an age that begins with the new controller's first reading.
    @Test func `S6: a pack that is lost while one controller follows another proves itself as after any loss`() {
        var rig = Rig.settled()
        rig.now += .seconds(3)
        #expect(rig.control.step(rig.input, now: rig.now).stage == .stale)
        rig.intake = SnapshotIntake(rig.configuration.packs[0], gap: rig.configuration.freshness.hold)
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        rig.wait(.seconds(7))
        for _ in 0..<4 { #expect(!rig.poll().transmits || rig.poll().chargeCurrent.value == 0) }
        #expect(rig.run(.seconds(3)).stage == .live)
    }

    /// Seen red with a charge voltage of its own.
    @Test func `S9: the charge voltage of a controller that takes over begins no higher either`() {
        var rig = Rig.settled()
        rig.wait(.seconds(6))
        // Back, and on the way up.
        let low = rig.run(.seconds(4)).chargeVoltage.value
        #expect(rig.control.step(rig.input, now: rig.now).stage == .live && low < 54)
        rig.control = ChargeControl(rig.configuration, after: rig.control)
        var last = low
        rig.run(.seconds(30)) { decision in
            guard decision.transmits else { return }
            #expect(decision.chargeVoltage.value <= last + 16 * 0.002 * 0.5 + 1e-9)
            last = decision.chargeVoltage.value
        }
        #expect(last > low)

        var other = rig.configuration
        other.packs[0].cellCount = 24
        rig.control = ChargeControl(other, after: rig.control)
        #expect(rig.control.step(rig.input, now: rig.now).chargeVoltage.value >= 24 * 3.35)
    }

    /// Seen red without what the controller before has handed on.
    @Test func `S6: a controller that takes over does not end the wait after a restriction`() {
        var rig = Rig.settled()
        rig.reading.cells[2] = 3.66
        rig.poll()
        rig.cells(3.30)
        // The cut has let go, the hold has not.
        let before = rig.run(.seconds(15))
        #expect(before.chargeCurrent.value == 0)
        #expect(before.chargeCurrent.contributions.first?.rule == .ramp)
        var next = ChargeControl(rig.configuration, after: rig.control)
        #expect(next.step(rig.input, now: rig.now).chargeCurrent.value == 0)
    }

    @Test(
        "S1: the table of stages",
        arguments: [
            (2.0, FreshnessStage.live), (2.1, .stale), (5.0, .stale), (5.1, .noCharge), (15.0, .noCharge),
            (15.1, .stop), (30.0, .stop), (30.1, .silent), (3600, .silent),
        ])
    func table(age: Double, stage: FreshnessStage) {
        var rig = Rig.settled()
        let before = rig.control.step(rig.input, now: rig.now)
        let decision = rig.wait(.seconds(age))
        #expect(decision.stage == stage)
        #expect(decision.transmits == (stage != .silent))
        switch stage {
        case .live, .stale: #expect(decision.chargeCurrent.value == before.chargeCurrent.value)
        case .noCharge, .stop, .silent, .noData:
            #expect(decision.chargeCurrent.value == 0)
            #expect(decision.chargeVoltage.value <= 16 * 3.35 + 1e-9)
            #expect(decision.chargeVoltage.value >= 16 * 3.35 - 1e-9, "CVL is never below rest")
        }
        #expect(decision.dischargeCurrent.value == (stage < .stop ? 150 : 0))
        #expect(decision.alarms[.bmsInternal] == (stage == .live ? nil : stage == .stale ? .warning : .alarm))
    }

    @Test func `S1: in HOLD the charge voltage does not rise, even where it was on its way up`() {
        var rig = Rig.settled()
        rig.wait(.seconds(6))
        let rising = rig.run(.seconds(10)).chargeVoltage.value
        #expect(rising > 16 * 3.35 && rising < 16 * 3.44)
        let held = rig.wait(.seconds(3))
        #expect(held.stage == .stale)
        #expect(held.chargeVoltage.value == rising)
    }

    @Test func `S6: leaving NO-CHARGE needs three valid snapshots over at least two seconds`() {
        var rig = Rig.settled()
        #expect(rig.wait(.seconds(6)).stage == .noCharge)
        for _ in 0..<4 { #expect(rig.poll().stage == .noCharge, "five snapshots of 0.5 s span two seconds") }
        #expect(rig.poll().stage == .live)
        #expect(rig.control.step(rig.input, now: rig.now).chargeCurrent.value == 0, "the rise waits for its hold")
    }

    @Test func `S6: of a BMS that is polled every two seconds, two valid snapshots do not end NO-CHARGE`() {
        var rig = Rig.settled(configure: { $0.freshness.hold = .seconds(4) })
        #expect(rig.wait(.seconds(6)).stage == .noCharge)
        for _ in 0..<2 { #expect(rig.poll(after: .seconds(2)).stage == .noCharge, "two span two seconds") }
        #expect(rig.poll(after: .seconds(2)).stage == .live)
    }

    @Test func `S6: alternating good and bad input at 1 Hz keeps CCL at 0`() {
        var rig = Rig.settled()
        rig.wait(.seconds(6))
        for _ in 0..<60 {
            #expect(rig.poll(after: .seconds(1)).chargeCurrent.value == 0)
            rig.intake.missed()
            #expect(rig.wait(.seconds(1)).chargeCurrent.value == 0)
        }
    }

    @Test func `S6: a decrease acts at once, an increase only after ten quiet seconds and by a tenth a second`() {
        var rig = Rig.settled()
        rig.reading.cells[2] = 3.66
        #expect(rig.poll().chargeCurrent.value == 0)
        rig.cells(3.30)
        var last = 0.0
        var started: Duration?
        let released = rig.now
        rig.run(.seconds(60)) { decision in
            #expect(decision.chargeCurrent.value - last <= 0.1 * 100 * 0.5 + 1e-9)
            last = decision.chargeCurrent.value
            if last > 0, started == nil { started = decision.made - released }
        }
        #expect(last == 100)
        #expect(started.map { $0 >= .seconds(10) } ?? false)
    }

    @Test func `S6: after a pause of the process a limit does not jump`() {
        var rig = Rig.settled()
        rig.reading.cells[2] = 3.66
        rig.poll()
        rig.cells(3.30)
        rig.run(.seconds(22))
        let before = rig.control.step(rig.input, now: rig.now).chargeCurrent.value
        #expect(rig.poll(after: .milliseconds(1900)).chargeCurrent.value - before <= 10.0001)
    }

    @Test func `S4: a new controller starts from nothing, whatever the old one allowed`() {
        var rig = Rig.settled()
        rig.control = ChargeControl(rig.configuration)
        rig.intake = SnapshotIntake(rig.configuration.packs[0], gap: rig.configuration.freshness.hold)
        #expect(!rig.wait(.seconds(1)).transmits)
        #expect(!rig.poll().transmits)
    }

    @Test func `S1, S6: a controller made anew in an outage forbids charging and is not silent too early`() {
        var rig = Rig.settled()
        rig.intake.missed()
        rig.control = ChargeControl(rig.configuration)
        let first = rig.wait(.milliseconds(500))
        #expect(first.stage == .noCharge && first.transmits)
        #expect(first.chargeCurrent.value == 0 && first.dischargeCurrent.value == 150)
        #expect(abs(first.chargeVoltage.value - 16 * 3.35) < 1e-9)
        for _ in 0..<4 { #expect(rig.poll().stage == .noCharge, "five snapshots of 0.5 s span two seconds") }
        #expect(rig.poll().stage == .live)
        rig.control = ChargeControl(rig.configuration)
        #expect(rig.wait(.milliseconds(500)).stage == .live, "with data at hand it goes on at once")
        rig.intake.missed()
        rig.control = ChargeControl(rig.configuration)
        #expect(rig.wait(.seconds(16)).dischargeCurrent.value == 0)
        #expect(!rig.wait(.seconds(16)).transmits)
    }

    @Test func `S4: a poller that starts again does not make old data ageless, nor its limits 0 V`() {
        var rig = Rig.settled()
        rig.intake = SnapshotIntake(rig.configuration.packs[0], gap: rig.configuration.freshness.hold)
        let early = rig.wait(.seconds(1))
        #expect(early.stage == .live)
        #expect(early.chargeVoltage.value > 50)
        let later = rig.wait(.seconds(5))
        #expect(later.stage == .noCharge)
        #expect(later.chargeCurrent.value == 0)
        #expect(!rig.wait(.seconds(30)).transmits)
    }

    @Test func `S4: a latched fault survives a restart`() {
        var rig = Rig()
        rig.control = ChargeControl(
            rig.configuration, fault: LatchedFault(kind: .cellOverVoltage, pack: 1, value: 3.8))
        let decision = rig.run(.seconds(60))
        #expect(decision.mode == .fault)
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.dischargeCurrent.value == 150)
    }

    @Test func `S90: a stage that changes and a limit that falls are told once, the limit with its rule`() {
        func isFall(_ event: ControlEvent) -> Bool {
            guard case .limitFell("ccl", from: 100, to: 0, rule: .cellVoltageHigh, evidence: _) = event else {
                return false
            }
            return true
        }
        func isStale(_ event: ControlEvent) -> Bool {
            guard case .stage(from: .live, to: .stale, age: _) = event else { return false }
            return true
        }
        var rig = Rig.settled()
        rig.reading.cells[6] = 3.66
        #expect(rig.poll().events.count(where: isFall) == 1)
        #expect(rig.poll().events.count(where: isFall) == 0)
        #expect(rig.wait(.seconds(3)).events.count(where: isStale) == 1)
        #expect(rig.wait(.seconds(1)).events.count(where: isStale) == 0)
    }

    @Test func `S44: a second sender of limits forbids charging and leaves discharging alone`() {
        var rig = Rig.settled()
        let decision = rig.control.step(.init(reports: [rig.intake.report], duplicateBMS: true), now: rig.now)
        #expect(decision.chargeCurrent.value == 0)
        #expect(decision.chargeCurrent.contributions.first?.rule == .duplicateBMS)
        #expect(decision.dischargeCurrent.value == 150)
    }
}

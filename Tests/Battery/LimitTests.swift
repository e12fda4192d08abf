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

import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1))) struct PackProtectionTests {
    /// Steps one second at a time until something happened, and says after how many seconds.
    private func seconds(
        _ pack: inout PackModel, current: Double, atMost limit: Int, until event: PackEvent
    ) -> Int? {
        for second in 1...limit {
            pack.step(by: .seconds(1), current: current)
            if pack.protection.takeEvents().contains(event) { return second }
        }
        return nil
    }

    @Test
    func `an LFP pack at constant current opens the switch at the first full cell and ends with a complete charge`() {
        var pack = plainPack(capacity: 10, stateOfCharge: 97, chargeSpread: 0.1) { $0.reportedStateOfCharge = 90 }
        var sawFull = false
        var sawPause = false
        var doneAfter: Int?
        var events: [PackEvent] = []
        for second in 1...(6 * 3600) {
            pack.step(by: .seconds(1), current: 2)
            if pack.protection.phase == .balancing {
                sawPause = true
                sawFull = sawFull || pack.measurement.highest > 3.5
                #expect(!pack.chargeSwitchClosed)
                #expect(pack.current == 0 || pack.measurement.current == pack.current)
            }
            events += pack.protection.takeEvents()
            if events.contains(.chargingDone) {
                doneAfter = second
                break
            }
        }
        #expect(sawPause && sawFull)
        #expect(doneAfter != nil)
        #expect(events.prefix(3) == [.chargerConnected, .chargingStarted, .chargingDone])
        #expect(pack.countedCharge == 100)
        #expect(pack.measurement.lowest >= 3.60 - 0.015)
        #expect(pack.measurement.spread < 0.015)
        #expect(!events.contains(.cutOff(.overVoltage)))
        // No more charge until the charger was away.
        pack.step(by: .seconds(60), current: 2)
        #expect(pack.current == 0)
        pack.step(by: .seconds(60), current: -2)
        pack.step(by: .seconds(1), current: 2)
        #expect(pack.current == 2)
    }

    @Test func `the charge switch is open without a charger and the load switch closed at rest`() {
        var pack = plainPack()
        pack.step(by: .seconds(1), current: 0)
        #expect(!pack.chargeSwitchClosed)
        #expect(pack.dischargeSwitchClosed)
        pack.step(by: .seconds(1), current: 5)
        #expect(pack.chargeSwitchClosed)
        pack.step(by: .seconds(3), current: 0)
        #expect(!pack.chargeSwitchClosed)
        #expect(
            pack.protection.takeEvents() == [.chargerConnected, .chargingStarted, .chargerDisconnected])
    }

    @Test func `over-voltage opens the charge switch alone and recovers when the cell is back and the time is over`() {
        var pack = plainPack()
        pack.step(by: .seconds(5), current: 5)
        pack.sensors.cells[4].fault = .fixed(3.8)
        #expect(seconds(&pack, current: 5, atMost: 2, until: .cutOff(.overVoltage)) != nil)
        #expect(pack.protection.hasFault)
        #expect(!pack.chargeSwitchClosed && pack.dischargeSwitchClosed)
        pack.step(by: .seconds(30), current: 5)
        #expect(pack.protection.isActive(.overVoltage))
        pack.sensors.cells[4].fault = nil
        #expect(seconds(&pack, current: 5, atMost: 2, until: .recovered(.overVoltage)) != nil)
        pack.step(by: .seconds(10), current: 5)
        #expect(!pack.protection.hasFault && pack.chargeSwitchClosed)
    }

    @Test func `a single wild sample opens nothing`() {
        var pack = plainPack()
        pack.step(by: .seconds(5), current: 5)
        _ = pack.protection.takeEvents()
        pack.sensors.cells[4].fault = .fixed(4.9)
        pack.step(by: .milliseconds(200), current: 5)
        #expect(pack.measurement.highest == 4.9)
        pack.sensors.cells[4].fault = nil
        pack.step(by: .seconds(2), current: 5)
        #expect(pack.protection.takeEvents().isEmpty)
        #expect(pack.current == 5)
    }

    @Test func `an empty cell stops the load and only a charger brings it back`() {
        var pack = plainPack(stateOfCharge: 3)
        #expect(seconds(&pack, current: -10, atMost: 600, until: .cutOff(.fullyDischarged)) != nil)
        #expect(!pack.dischargeSwitchClosed)
        #expect(!pack.protection.hasFault)
        pack.step(by: .seconds(600), current: -10)
        #expect(!pack.dischargeSwitchClosed)
        #expect(seconds(&pack, current: 10, atMost: 600, until: .recovered(.fullyDischarged)) != nil)
        pack.step(by: .seconds(1), current: -5)
        #expect(pack.current == -5)
    }

    @Test func `under-voltage never recovers by itself`() {
        var pack = plainPack(stateOfCharge: 20)
        pack.sensors.cells[0].fault = .fixed(2.4)
        #expect(seconds(&pack, current: -5, atMost: 2, until: .cutOff(.underVoltage)) != nil)
        pack.sensors.cells[0].fault = nil
        pack.step(by: .seconds(120), current: -5)
        #expect(pack.protection.isActive(.underVoltage))
        #expect(seconds(&pack, current: 5, atMost: 3, until: .recovered(.underVoltage)) != nil)
    }

    @Test func `over-currents open their switch and come back after the recovery time`() {
        var pack = plainPack(capacity: 280)
        #expect(seconds(&pack, current: 210, atMost: 5, until: .cutOff(.chargeOverCurrent)) != nil)
        #expect(pack.current == 0)
        #expect(seconds(&pack, current: 50, atMost: 6, until: .recovered(.chargeOverCurrent)) ?? 0 >= 5)
        pack.step(by: .seconds(5), current: -100)
        #expect(seconds(&pack, current: -260, atMost: 5, until: .cutOff(.dischargeOverCurrent)) ?? 0 >= 2)
        #expect(!pack.dischargeSwitchClosed)
        #expect(seconds(&pack, current: -50, atMost: 6, until: .recovered(.dischargeOverCurrent)) ?? 0 >= 5)
    }

    @Test func `a peak is cut at once where the BMS has that setting`() {
        var pack = plainPack(capacity: 280)
        pack.protection.limits.peakDischargeCurrent = 300
        pack.step(by: .milliseconds(200), current: -310)
        #expect(pack.protection.isActive(.dischargeOverCurrent))
    }

    @Test func `heat opens both switches until the pack is five kelvin below the limit`() {
        var pack = plainPack()
        pack.setTemperature(62)
        #expect(seconds(&pack, current: 5, atMost: 2, until: .cutOff(.overTemperature)) != nil)
        #expect(!pack.chargeSwitchClosed && !pack.dischargeSwitchClosed)
        pack.setTemperature(57)
        pack.step(by: .seconds(20), current: 5)
        #expect(pack.protection.isActive(.overTemperature))
        pack.setTemperature(54)
        #expect(seconds(&pack, current: 5, atMost: 2, until: .recovered(.overTemperature)) != nil)
    }

    @Test func `cold stops charging only, and bitter cold everything`() {
        var pack = plainPack { $0.temperature = -5 }
        pack.step(by: .seconds(2), current: 5)
        #expect(pack.protection.isActive(.lowTemperatureCharge))
        #expect(!pack.protection.hasFault)
        #expect(pack.current == 0)
        pack.step(by: .seconds(2), current: -5)
        #expect(pack.current == -5)
        pack.setTemperature(-41)
        pack.step(by: .seconds(2), current: -5)
        #expect(pack.current == 0)
        #expect(pack.protection.hasFault)
    }

    @Test func `without external sensors the board stands for the cells`() {
        var pack = plainPack { $0.temperatureSensors = 0 }
        pack.sensors.board.fault = .fixed(65)
        pack.step(by: .seconds(1), current: 0)
        #expect(pack.protection.isActive(.overTemperature))
    }

    @Test func `a switch that sticks is noticed and stays a fault`() {
        var pack = plainPack()
        pack.sensors.cells[0].fault = .fixed(3.9)
        pack.chargeSwitchStuck = true
        #expect(seconds(&pack, current: 5, atMost: 5, until: .cutOff(.chargeSwitchError)) != nil)
        #expect(pack.current == 5)
        pack.chargeSwitchStuck = nil
        pack.sensors.cells[0].fault = nil
        pack.step(by: .seconds(60), current: 0)
        #expect(pack.protection.hasFault)
        pack.protection.restart()
        pack.step(by: .seconds(1), current: 0)
        #expect(!pack.protection.hasFault)
    }

    @Test func `in single port mode a full pack cuts the loads while the charger is there`() {
        var pack = plainPack()
        pack.protection.limits.isSinglePort = true
        pack.step(by: .seconds(1), current: 0)
        #expect(pack.chargeSwitchClosed && pack.dischargeSwitchClosed)
        pack.sensors.cells[2].fault = .fixed(3.8)
        pack.step(by: .seconds(2), current: 5)
        #expect(!pack.chargeSwitchClosed && !pack.dischargeSwitchClosed)
    }

    @Test func `a complete charge starts again at the restart level where one is set`() {
        var pack = plainPack(capacity: 5, stateOfCharge: 99.5)
        pack.protection.limits.restartLevel = 90
        #expect(seconds(&pack, current: 2, atMost: 7200, until: .chargingDone) != nil)
        pack.countedCharge = 90
        #expect(seconds(&pack, current: 2, atMost: 2, until: .chargingStarted) != nil)
    }
}

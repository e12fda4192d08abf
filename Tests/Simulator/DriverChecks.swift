import BMSProtocols
import Battery
import Links
import Testing

@testable import Simulator

/// What every driver has to show of the same trouble, whatever the family.
extension DriverBench {
    /// In the scenario `cell-over-voltage`: alarm and switch come together, and go together.
    nonisolated func checkProtection() throws {
        #expect(poll(4).last?.value?.alarms?.value.isEmpty == true)
        _ = poll(56)
        let during = try #require(poll(30).last?.value)
        #expect(during.alarms?.value[.highVoltage] == .alarm && during.alarms?.value.forbidsCharge == true)
        #expect(during.cells[4] == 3.8 && during.chargeEnabled == false && during.dischargeEnabled == true)
        _ = poll(120)
        let after = try #require(poll(10).last?.value)
        #expect(after.alarms?.value.isEmpty == true && after.chargeEnabled == true)
    }

    /// In a scenario of a bad wire: most polls succeed, and no live value is wrong.
    ///
    /// - Returns: The readings.
    nonisolated func checkBadWire(polls: Int = 1200, share: Double) throws -> [PackReading] {
        let readings = readings(polls)
        #expect(Double(readings.count) > Double(polls) * share, "\(readings.count)")
        let statistics = try #require(statistics)
        #expect(statistics.checksumErrors + statistics.skippedBytes > 50)
        for reading in readings {
            #expect(reading.cells.count == 16)
            #expect(reading.cells.allSatisfy { ($0 ?? 0) > 3.2 && ($0 ?? 9) < 3.5 })
            #expect((reading.voltage ?? 0) > 52 && (reading.voltage ?? 99) < 55.5)
            #expect((reading.stateOfCharge ?? 0) >= 59 && (reading.stateOfCharge ?? 999) < 65)
        }
        return readings
    }

    /// In a pack at rest, an answer of which is damaged so that its sum does not show it: nothing wrong is read, and what
    /// really changed is believed as soon as it is seen twice.
    nonisolated func checkHiddenDamage() {
        let readings = readings(12)
        #expect(readings.count == 12)
        for reading in readings { #expect(reading.cells.allSatisfy { abs(($0 ?? 0) - 3.312) < 0.02 }) }
        pack.change { $0.pack.sensors.cells[3].fault = .fixed(3.6) }
        #expect(poll(2).last?.value?.cells[3] == 3.6)
    }

    /// Of a board that sleeps after less than 20 s: one that wakes swallows a request, which is no error.
    nonisolated func checkSleep() throws {
        #expect(readings(4).count == 4)
        loop.run(for: .seconds(20))
        #expect(readings(4).count == 4)
        let statistics = try #require(statistics)
        #expect(statistics.wakeUps == 1 && statistics.timeouts == 0)
    }

    /// In a scenario whose trouble begins at 30 s: what comes of polls then.
    nonisolated func resultsInTrouble() -> [Result<PackReading, BMSError>] {
        _ = poll(62)
        return poll(20)
    }

    /// Of a board whose sensors all tell nothing: unknown values, not zeros.
    ///
    /// - Returns: What is read of it.
    @discardableResult
    nonisolated func checkMissingReadings(cells: Int) throws -> PackReading {
        _ = poll(2)
        pack.change { $0.condition.lacksReadings = true }
        let reading = try #require(readings(2).last)
        #expect(reading.cells == [Double?](repeating: nil, count: cells))
        #expect(reading.voltage == nil)
        #expect(reading.temperatures.filter { $0.place == .cells }.allSatisfy { $0.celsius == nil })
        return reading
    }

    /// With a current that a switch can stop: it stops and flows again, and the other switch stays as it was.
    nonisolated func checkSwitch(_ one: PackSwitch, shownAfter polls: Int) throws {
        _ = poll(2)
        for closed in [false, true, true] {
            #expect(set(one, closed: closed) == .success(true))
            let reading = try #require(poll(polls).last?.value)
            #expect(reading.chargeEnabled == (one == .charge ? closed : true))
            #expect(reading.dischargeEnabled == (one == .discharge ? closed : true))
            #expect(((reading.current ?? 0).magnitude < 1) == !closed)
        }
    }

    /// With an answer whose checksum is wrong once.
    nonisolated func checkWrongChecksum() throws {
        #expect(readings(12).count == 12)
        let statistics = try #require(statistics)
        #expect(statistics.checksumErrors == 1 && statistics.retries == 1)
    }

    /// Of a charge switch that does not open.
    nonisolated func checkStuckSwitch() {
        pack.change { $0.pack.chargeSwitchStuck = true }
        let result = set(.charge, closed: false)
        if case .failure(.unexpected) = result { return }
        Issue.record("\(String(describing: result))")
    }
}

/// Of polls over a pulled cable: a dead link, no silence.
func checkUnplugged(_ results: [Result<PackReading, BMSError>]) {
    #expect(results.count == 20)
    for result in results {
        if case .failure(.link) = result { continue }
        Issue.record("\(result)")
    }
}

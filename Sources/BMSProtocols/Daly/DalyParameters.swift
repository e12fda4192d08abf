import Battery

/// 0x59 to 0x5E: four limits of two levels, as on the wire.
package struct DalyLimits: Sendable, Hashable {
    /// High level 1, high level 2, low level 1, low level 2; for 0x5B charge and discharge, for 0x5E two differences.
    package var words: (UInt16, UInt16, UInt16, UInt16) {
        (payload.word(0), payload.word(2), payload.word(4), payload.word(6))
    }

    package var payload: DalyPayload

    package init(_ payload: DalyPayload) { self.payload = payload }

    package init(_ high1: UInt16, _ high2: UInt16, _ low1: UInt16, _ low2: UInt16) {
        payload = DalyPayload()
        payload.put(high1, at: 0)
        payload.put(high2, at: 2)
        payload.put(low1, at: 4)
        payload.put(low2, at: 6)
    }

    /// A current of 0x5B, 0.1 A: charge is below the offset on every board, so the magnitude is what counts.
    package static func currentDeciamperes(_ raw: UInt16) -> Int { abs(Int(raw) - DalyPackState.currentOffset) }
}

/// 0x50: rated capacity and nominal cell voltage.
package struct DalyRatedCapacity: Sendable, Hashable {
    package var milliampereHours: UInt32
    package var cellMillivolts: UInt16

    package init(milliampereHours: UInt32, cellMillivolts: UInt16) {
        self.milliampereHours = milliampereHours
        self.cellMillivolts = cellMillivolts
    }

    package init(_ payload: DalyPayload) {
        self.init(milliampereHours: payload.long(0), cellMillivolts: payload.word(6))
    }

    package var payload: DalyPayload {
        var payload = DalyPayload()
        payload.put(milliampereHours, at: 0)
        payload.put(cellMillivolts, at: 6)
        return payload
    }
}

/// 0x53: kind of battery, production date and sleep time.
package struct DalyBatteryInformation: Sendable, Hashable {
    /// Sleep time of a board that never sleeps.
    package static let neverSleeps: UInt16 = 0xFFFF

    package var payload: DalyPayload

    package init(_ payload: DalyPayload) { self.payload = payload }

    package var mode: UInt8 { payload[0] }
    package var type: UInt8 { payload[1] }
    /// Years since 2000, month, day.
    package var produced: (year: UInt8, month: UInt8, day: UInt8) { (payload[2], payload[3], payload[4]) }
    /// s.
    package var sleepTime: UInt16 { payload.word(5) }
}

extension BMSSettings {
    /// Puts the answer to a parameter command into the settings; other commands change nothing.
    ///
    /// The levels 2 are those at which the board opens a switch. Zeros are what a board without the command may send.
    mutating func take(_ answer: DalyAnswer) {
        let words = DalyLimits(answer.payload).words
        func volts(_ raw: UInt16) -> Double? { raw == 0 ? nil : Double(raw) / 1000 }
        func amperes(_ raw: UInt16) -> Double? {
            let tenths = DalyLimits.currentDeciamperes(raw)
            return tenths == 0 || raw == 0 ? nil : Double(tenths) / 10
        }
        switch answer.command {
        case .status:
            let status = DalyStatus(answer.payload)
            cellCount = status.isPossible ? Int(status.cells) : nil
        case .ratedCapacity:
            let rated = DalyRatedCapacity(answer.payload).milliampereHours
            capacity = rated == 0 ? nil : Double(rated) / 1000
        case .cellVoltageLimits:
            (fullCell, overVoltageCell) = (volts(words.1), volts(words.1))
            (emptyCell, underVoltageCell) = (volts(words.2), volts(words.3))
        case .currentLimits: (chargeCutoffCurrent, dischargeCutoffCurrent) = (amperes(words.1), amperes(words.3))
        case .temperatureLimits where answer.payload.bits != 0:
            overHeat = Double(DalyTemperature.celsius(answer.payload[1]))
            lowTemperatureCharge = Double(DalyTemperature.celsius(answer.payload[3]))
        case .differenceLimits: allowedSpread = volts(words.1)
        default: break
        }
    }
}

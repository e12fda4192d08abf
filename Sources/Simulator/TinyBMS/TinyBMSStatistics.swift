/// Registers 100 to 117: what a TinyBMS has seen since its statistics were cleared.
struct TinyBMSStatistics: Sendable, Hashable {
    private var maximumDischarge = 0.0
    private var maximumCharge = 0.0
    private var maximumSpread = 0.0
    private var counts: [UInt16: UInt16] = [:]
    private var coldest = Double.infinity
    private var hottest = -Double.infinity
    /// Cause of the last reset and of the last wake-up (tinybms.md 8); a power-on and a charger before the first.
    var resetCause: UInt8 = 5
    var wakeUpCause: UInt8 = 3
    private(set) var clearedAt: UInt32 = 0

    /// Takes in one sample.
    mutating func sample(_ measurement: PackMeasurement) {
        maximumDischarge = max(maximumDischarge, -measurement.current)
        maximumCharge = max(maximumCharge, measurement.current)
        maximumSpread = max(maximumSpread, measurement.spread)
        var isKnown = false
        for case .some(let celsius) in measurement.external {
            coldest = min(coldest, celsius)
            hottest = max(hottest, celsius)
            isKnown = true
        }
        guard !isKnown else { return }
        coldest = min(coldest, measurement.board)
        hottest = max(hottest, measurement.board)
    }

    /// Counts what happened.
    mutating func count(_ event: PackEvent) {
        switch event {
        case .cutOff(.underVoltage): increment(105)
        case .cutOff(.overVoltage): increment(106)
        case .cutOff(.dischargeOverCurrent): increment(107)
        case .cutOff(.chargeOverCurrent): increment(108)
        case .cutOff(.overTemperature): increment(109)
        case .chargingStarted: increment(111)
        case .chargingDone: increment(112)
        default: break
        }
    }

    /// Starts anew; the causes of reset and wake-up stay.
    mutating func clear(at counter: UInt32) {
        let causes = (resetCause, wakeUpCause)
        self = TinyBMSStatistics()
        (resetCause, wakeUpCause) = causes
        clearedAt = counter
    }

    /// The word of a register of 100...199.
    func word(_ register: UInt16) -> UInt16 {
        switch register {
        case 102: return UInt16(saturating: maximumDischarge * 10)
        case 103: return UInt16(saturating: maximumCharge * 10)
        case 104: return UInt16(saturating: maximumSpread * 10_000)
        case 105...112: return counts[register] ?? 0
        case 113:
            guard coldest.isFinite else { return 0 }
            return UInt16(UInt8(bitPattern: Int8(saturating: coldest)))
                | UInt16(UInt8(bitPattern: Int8(saturating: hottest))) << 8
        case 114: return UInt16(resetCause) | UInt16(wakeUpCause) << 8
        case 116: return UInt16(truncatingIfNeeded: clearedAt)
        case 117: return UInt16(truncatingIfNeeded: clearedAt >> 16)
        default: return 0
        }
    }

    private mutating func increment(_ register: UInt16) {
        let count = counts[register] ?? 0
        counts[register] = count == .max ? .max : count + 1
    }
}

import BMSProtocols

/// What a board measures, as it stands in its answers to 0x90 to 0x98.
struct DalyLive: Sendable {
    var packState: DalyPackState
    var switches: DalySwitches
    var status: DalyStatus
    /// mV, cell 1 first.
    var cells: [UInt16]
    /// °C + 40; 0 for a sensor that is not there.
    var temperatures: [UInt8]
    /// Cells being balanced, from 0.
    var balancing: [Int]
    var failures: DalyFailures

    var cellExtremes: DalyCellExtremes {
        let highest = cells.indices.max { cells[$0] < cells[$1] } ?? 0
        let lowest = cells.indices.min { cells[$0] < cells[$1] } ?? 0
        return DalyCellExtremes(
            highest: cells.isEmpty ? 0 : cells[highest], highestNumber: UInt8(saturating: Double(highest + 1)),
            lowest: cells.isEmpty ? 0 : cells[lowest], lowestNumber: UInt8(saturating: Double(lowest + 1)))
    }

    var temperatureExtremes: DalyTemperatureExtremes {
        let highest = temperatures.indices.max { temperatures[$0] < temperatures[$1] } ?? 0
        let lowest = temperatures.indices.min { temperatures[$0] < temperatures[$1] } ?? 0
        return DalyTemperatureExtremes(
            highest: DalyTemperature.celsius(temperatures.isEmpty ? 0 : temperatures[highest]),
            highestNumber: UInt8(saturating: Double(highest + 1)),
            lowest: DalyTemperature.celsius(temperatures.isEmpty ? 0 : temperatures[lowest]),
            lowestNumber: UInt8(saturating: Double(lowest + 1)))
    }

    /// The same with everything that is measured gone: zeros, and the bit that says so (daly.md 5).
    var withoutReadings: DalyLive {
        var live = self
        live.packState = DalyPackState(
            voltageDecivolts: 0, currentRaw: UInt16(DalyPackState.currentOffset), chargePermille: 0)
        live.cells = cells.map { _ in 0 }
        live.temperatures = temperatures.map { _ in 0 }
        live.balancing = []
        live.failures = DalyFailures(bits: failures.bits + [41])
        return live
    }

    /// The same with any numbers for what is measured; the counts stay, so that they alone do not betray the rest.
    func invented(by random: inout SeededRandom) -> DalyLive {
        var live = self
        func word(_ random: inout SeededRandom) -> UInt16 { UInt16(truncatingIfNeeded: random.next()) }
        live.packState = DalyPackState(
            voltageDecivolts: word(&random), currentRaw: word(&random), chargePermille: word(&random))
        live.cells = cells.map { _ in word(&random) }
        live.temperatures = temperatures.map { _ in UInt8(truncatingIfNeeded: random.next()) }
        live.failures = DalyFailures(DalyPayload(bits: random.next()))
        return live
    }
}

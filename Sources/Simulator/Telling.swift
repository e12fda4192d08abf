import BMSProtocols

/// What a BMS said, for whoever holds the gateway against the truth: its bytes as they left it, and what they say.
package struct Telling: Sendable, Hashable {
    /// The answer before the wire did anything to it but falsify it.
    package var bytes: [UInt8]
    /// Those of them without which it is no answer: not what stands before or behind it.
    package var core: Range<Int>
    /// What it says of the battery; nil for an answer without the cells.
    package var values: Values?
    /// A wire falsified it and sealed it again: it may say anything.
    package var isFalsified: Bool

    /// Readings as they stand in the BMS's own answers, rounded as the family rounds them.
    package struct Values: Sendable, Hashable {
        /// V, cell 1 first; 0 for a cell that cannot be read.
        package var cells: [Double]
        /// Pack voltage, V.
        package var voltage: Double
        /// A, positive while charging.
        package var current: Double
        /// Of the sensors on the cells, °C; nil for one that is not there, or that the family says so of.
        package var temperatures: [Double?]
        /// Of the board, which the family does not tell as such, °C.
        package var board: Double
        /// %.
        package var stateOfCharge: Double
        /// The running counter; nil for a family without one.
        package var counter: UInt32?
        /// Whether both switches are closed.
        package var isClosed: Bool
    }
}

extension SimulatedBMS {
    /// What an answer with the cells says.
    ///
    /// - Parameter frozen: what was measured when the buffer was filled last; nil while it is filled.
    /// - Returns: the readings, rounded as the family rounds them.
    func values(frozen: Telling.Values?) -> Telling.Values {
        if let frozen { return frozen }
        let measurement = pack.measurement
        let sensors = measurement.external.prefix(max(0, pack.parameters.temperatureSensors))
        return Telling.Values(
            cells: measurement.cells.map { ($0 * 1000).rounded() / 1000 }, voltage: measurement.voltage,
            current: measurement.current, temperatures: sensors.map { $0.flatMap(Self.told) },
            board: measurement.board, stateOfCharge: pack.countedCharge, counter: runningCounter,
            isClosed: pack.chargeSwitchClosed && pack.dischargeSwitchClosed)
    }
}

// MARK: - Families

extension TinyBMSSimulator {
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        answer.byte(at: 1) == 0x03 && answer.count > 100 ? answer.indices : nil
    }
    package static func told(_ celsius: Double) -> Double? { celsius }
    package var runningCounter: UInt32? { counter }
}

extension JBDSimulator {
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        guard let start = answer.firstIndex(of: JBDFrame.start) else { return nil }
        return answer.byte(at: start + 1) == JBDRegister.cellVoltages ? start..<answer.count : nil
    }
    package static func told(_ celsius: Double) -> Double? { (celsius * 10).rounded() / 10 }
    package var runningCounter: UInt32? { nil }
}

extension DalySimulator {
    package var runningCounter: UInt32? { UInt32(lifeCounter) }
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        answer.byte(at: 2) == DalyCommand.cellVoltages.rawValue ? answer.indices : nil
    }
    /// −40 °C is no sensor.
    package static func told(_ celsius: Double) -> Double? { celsius.rounded() > -40 ? celsius.rounded() : nil }
}

extension DalyModbusSimulator {
    /// The live registers are read as a whole; what else is asked for is shorter.
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        answer.byte(at: 1) == 0x03 && answer.count > 96 ? answer.indices : nil
    }
    package static func told(_ celsius: Double) -> Double? { DalySimulator.told(celsius) }
    /// D2 has none.
    package var runningCounter: UInt32? { nil }
}

extension JKSimulator {
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        answer.byte(at: JKFrame.headLength) == JKIdentifier.cells ? answer.indices : nil
    }
    package static func told(_ celsius: Double) -> Double? { min(max(celsius.rounded(), -40), 100) }
    package var runningCounter: UInt32? { nil }
}

extension JKPBSimulator {
    /// The record; its acknowledgement comes behind it.
    package static func cells(in answer: [UInt8]) -> Range<Int>? {
        let isStatus = answer.count >= JKPBRecord.length && answer.byte(at: 4) == JKPBRecord.Kind.status.rawValue
        return isStatus ? 0..<JKPBRecord.length : nil
    }
    /// Below −50 °C is no sensor.
    package static func told(_ celsius: Double) -> Double? { celsius >= -50 ? (celsius * 10).rounded() / 10 : nil }
    package var runningCounter: UInt32? { runTime }
}

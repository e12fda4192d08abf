/// Registers of one variant in a row, and their values by name. What lies outside, or reads 0xFFFF, is nil.
package struct DalyModbusRegisters: Sendable, Hashable {
    package var variant: DalyModbusVariant
    package private(set) var first: UInt16
    package private(set) var words: [UInt16]

    package init(_ variant: DalyModbusVariant, first: UInt16, _ words: [UInt16]) {
        (self.variant, self.first, self.words) = (variant, first, words)
    }

    /// The word of a register.
    package subscript(_ register: UInt16) -> UInt16? {
        let index = Int(register) - Int(first)
        guard words.indices.contains(index), words[index] != DalyModbusMap.absent else { return nil }
        return words[index]
    }

    /// Adds registers behind these; those between are unknown.
    package mutating func append(_ other: DalyModbusRegisters) {
        let gap = Int(other.first) - Int(first) - words.count
        guard gap >= 0 else { return }
        words += [UInt16](repeating: DalyModbusMap.absent, count: gap) + other.words
    }

    /// Cells that the board says it has; nil for a number that it cannot have.
    package var cellCount: Int? {
        self[map.cellCount].map(Int.init).flatMap { (1...map.mostCells).contains($0) ? $0 : nil }
    }

    /// Temperature sensors that the board says it has.
    package var sensorCount: Int? {
        self[map.sensorCount].map(Int.init).flatMap { (0...DalyModbusMap.mostSensors).contains($0) ? $0 : nil }
    }

    /// Current as on the wire, 0.1 A, more is charging.
    package var currentDeciamperes: Int? { self[map.current].map { Int($0) - DalyPackState.currentOffset } }

    package var state: DalyState? { self[map.state].flatMap { UInt8(exactly: $0) }.flatMap(DalyState.init) }

    /// A temperature in °C; 0 and anything beyond a byte is no sensor.
    package func celsius(_ register: UInt16) -> Int? {
        self[register].flatMap { (1...254).contains($0) ? Int($0) - 40 : nil }
    }

    package var map: DalyModbusMap { variant.map }
}

extension DalyModbusRegisters {
    /// Whether two readings of nearly the same moment confirm each other: what cannot change in a moment is the same, what
    /// can lies close together.
    ///
    /// Tolerances: 20 mV a cell, 0.5 V pack, 5 A and a tenth of the current, 0.5 % charge, 1 K.
    package func agrees(with other: DalyModbusRegisters) -> Bool {
        guard variant == other.variant, first == other.first, words.count == other.words.count else { return false }
        for register in [map.cellCount, map.sensorCount, map.state, map.chargeSwitch, map.dischargeSwitch]
        where self[register] != other[register] { return false }
        for index in 0..<map.mostCells where !near(other, map.cells + UInt16(index), 20) { return false }
        for index in 0..<DalyModbusMap.mostSensors where !near(other, map.temperatures + UInt16(index), 1) {
            return false
        }
        for register in [map.highestCell, map.lowestCell] where !near(other, register, 20) { return false }
        for register in [map.switchTemperature, map.boardTemperature] where !near(other, register, 1) { return false }
        let largest = max(abs(currentDeciamperes ?? 0), abs(other.currentDeciamperes ?? 0))
        return near(other, map.voltage, 5) && near(other, map.charge, 5)
            && near(other, map.current, 50 + largest / 10) && near(other, map.remaining, 50)
    }

    private func near(_ other: DalyModbusRegisters, _ register: UInt16, _ tolerance: Int) -> Bool {
        guard let one = self[register], let two = other[register] else { return self[register] == other[register] }
        return abs(Int(one) - Int(two)) <= tolerance
    }
}

/// What one answer of a BMS says of its battery, each field that is no possible measurement left out (S21): read from the
/// live registers of a TinyBMS (tinybms.md 7), or told by the world.
package struct LiveValues: Sendable, Hashable {
    /// Registers that an answer must hold to be a complete poll: all up to the number of detected cells.
    static let registers: ClosedRange<UInt16> = 0...53

    /// V of each configured cell in the order of the registers, nil where it is missing; all nil where the number of
    /// cells differs from the configured one.
    package private(set) var cells: [Double?]
    /// Pack voltage, V.
    package private(set) var voltage: Double?
    /// A, charge positive.
    package private(set) var current: Double?
    /// Of the external sensors that are there, °C.
    package private(set) var externals: [Double] = []
    /// An external sensor is there and says what no temperature is.
    package private(set) var hasAbsurdExternal = false
    /// Of the BMS's board, °C.
    package private(set) var board: Double?
    /// %.
    package private(set) var stateOfCharge: Double?
    /// Its running counter (S8), of a TinyBMS the seconds that it has lived;
    /// nil for a BMS without one.
    package private(set) var counter: UInt32?
    /// The BMS objects to charging or discharging: it is in fault, has ended its charge, or has opened a switch.
    package private(set) var objects = false
    /// The BMS is in fault.
    package private(set) var isFaulty = false
    /// The BMS's own board is warm enough to worry it, or nobody knows.
    package private(set) var isBoardWarm = false

    /// Highest and lowest of the cells that are not missing, V.
    package private(set) var highest: Double?
    package private(set) var lowest: Double?
    package private(set) var lacksCell = false

    /// Sum of cells and pack voltage agree within 1 %, and the registers of the extreme cells with the cells (S22).
    package private(set) var isConsistent = false

    /// They may disagree, so that a reader may refuse the snapshot.
    package private(set) var isDoubtful = false
    /// They surely disagree, so that two in a row make a snapshot invalid (S22).
    package private(set) var contradictsItself = false

    /// Status of a BMS in fault, and of one that ended its charge.
    private static let fault: UInt16 = 0x9B
    private static let fullyCharged: UInt16 = 0x92

    /// No cell is missing and a temperature is known: what limits need is there.
    package var isComplete: Bool { !lacksCell && !lacksTemperature }
    /// No sensor tells a temperature, or one that is there tells nonsense.
    package var lacksTemperature: Bool { hasAbsurdExternal || externals.isEmpty && board == nil }
    /// The temperatures that count for the cells: of the external sensors, without one the board's (tinybms.md 8).
    package var temperatures: [Double] { externals.isEmpty ? board.map { [$0] } ?? [] : externals }
    /// Only the board's temperature is known.
    package var hasBoardOnly: Bool { externals.isEmpty }
    /// Sum of the cells; nil where one is missing.
    package var sum: Double? { lacksCell ? nil : cells.reduce(0) { $0 + ($1 ?? 0) } }

    /// Reads registers from `first` on as they stand on the wire, high byte first, for the configured number of cells;
    /// nil where the registers of a poll are not all there.
    init?(data: ArraySlice<UInt8>, first: UInt16, cells count: Int) {
        let words = Words(data: data, first: first)
        guard words.holds(Self.registers) else { return nil }
        cells = []
        counter = words.long(32)
        (objects, isFaulty) = ([Self.fault, Self.fullyCharged].contains(words[50]), words[50] == Self.fault)
        voltage = Self.plausible(words.float(36), 0...Double(max(1, count)) * 5)
        current = Self.plausible(words.float(38), -1000...1000)
        stateOfCharge = Self.plausible(Double(words.long(46)) / 1e6, 0...100)
        board = Self.temperature(words[48])
        for raw in [words[42], words[43]] where raw != 0x8000 {
            if let celsius = Self.temperature(raw) { externals.append(celsius) } else { hasAbsurdExternal = true }
        }
        isBoardWarm = board.map { $0 >= 60 } ?? true
        readCells(words, count: count)
        compare(least: Double(words[40]) / 1000, most: Double(words[41]) / 1000)
    }

    /// What the world says that a BMS says; nil for a cell or a sensor that cannot be read. Who tells no temperature of its
    /// board has no other than those of the cells.
    package init(
        cells: [Double?], voltage: Double, current: Double, temperatures: [Double?], board: Double,
        stateOfCharge: Double, counter: UInt32?, isClosed: Bool
    ) {
        self.cells = cells.map { $0.flatMap { Self.plausible($0, 0.5...5) } }
        self.voltage = Self.plausible(voltage, 0...Double(max(1, cells.count)) * 5)
        self.current = Self.plausible(current, -1000...1000)
        self.stateOfCharge = Self.plausible(stateOfCharge, 0...100)
        self.counter = counter
        (objects, isBoardWarm) = (!isClosed, board >= 60)
        for case let celsius? in temperatures {
            if let celsius = Self.plausible(celsius, -40...120) {
                externals.append(celsius)
            } else {
                hasAbsurdExternal = true
            }
        }
        (highest, lowest) = (self.cells.compactMap(\.self).max(), self.cells.compactMap(\.self).min())
        lacksCell = self.cells.contains(nil) || cells.isEmpty
        compare(least: lowest ?? 0, most: highest ?? 0)
    }

    /// Nothing: of an answer of which nobody knows what it says.
    static let nothing = LiveValues(
        cells: [], voltage: .nan, current: .nan, temperatures: [], board: 0, stateOfCharge: .nan, counter: nil,
        isClosed: true)

    /// Whether two readings of nearly the same moment are so alike that they confirm each other for any reader (S31).
    func resembles(_ other: LiveValues) -> Bool {
        func near(_ one: Double?, _ two: Double?, _ most: Double) -> Bool {
            guard let one, let two else { return one == nil && two == nil }
            return abs(one - two) <= most
        }
        return cells.count == other.cells.count && zip(cells, other.cells).allSatisfy { near($0, $1, 0.015) }
            && externals.count == other.externals.count
            && zip(externals, other.externals).allSatisfy { near($0, $1, 0.9) } && near(voltage, other.voltage, 0.4)
            && near(current, other.current, 4) && near(stateOfCharge, other.stateOfCharge, 0.9)
            && objects == other.objects
    }

    private mutating func compare(least: Double, most: Double) {
        if let sum, let voltage, let current, let highest, let lowest {
            let error = abs(sum - voltage)
            isConsistent = error <= 0.01 * voltage && abs(least - lowest) < 0.002 && abs(most - highest) < 0.002
            // Twice what S22 allows: where exactly a reader draws the line is its own affair.
            let bound = 0.01 * max(sum, voltage) + 0.3 + 0.003 * abs(current)
            isDoubtful = error > 0.9 * bound || least < lowest - 0.001 || most > highest + 0.001 || most < least
            contradictsItself = error > 2 * bound || most < least - 0.002
        }
    }

    private mutating func readCells(_ words: Words, count: Int) {
        // Unused registers stand at either end and read 0 (tinybms.md 13, no. 1).
        var range: Range<UInt16> = 0..<16
        while let first = range.first, words[first] == 0 { range.removeFirst() }
        while let last = range.last, words[last] == 0 { range.removeLast() }
        lacksCell = range.count != count
        cells.reserveCapacity(range.count)
        for register in range {
            let cell = Self.plausible(Double(words[register]) / 1e4, 0.5...5)
            if let cell {
                highest = max(highest ?? cell, cell)
                lowest = min(lowest ?? cell, cell)
            } else {
                lacksCell = true
            }
            cells.append(cell)
        }
        if range.count != count {
            cells = Array(repeating: nil, count: max(0, count))
            // It may be the answer of another battery.
            isDoubtful = !range.isEmpty
        }
    }

    private static func plausible(_ value: Double, _ range: ClosedRange<Double>) -> Double? {
        range.contains(value) ? value : nil
    }

    private static func temperature(_ word: UInt16) -> Double? {
        plausible(Double(Int16(bitPattern: word)) / 10, -40...120)
    }
}

/// Registers in the order of the wire, read by their number; a register that is not there is 0.
private struct Words {
    let data: ArraySlice<UInt8>
    let first: UInt16

    func holds(_ registers: ClosedRange<UInt16>) -> Bool {
        first <= registers.lowerBound && Int(first) + data.count / 2 > Int(registers.upperBound)
    }

    subscript(_ register: UInt16) -> UInt16 {
        let index = data.startIndex + 2 * (Int(register) - Int(first))
        guard index >= data.startIndex, index + 1 < data.endIndex else { return 0 }
        return UInt16(data[index]) << 8 | UInt16(data[index + 1])
    }

    /// Two registers, the low word first (tinybms.md 2).
    func long(_ register: UInt16) -> UInt32 { UInt32(self[register + 1]) << 16 | UInt32(self[register]) }

    func float(_ register: UInt16) -> Double { Double(Float(bitPattern: long(register))) }
}

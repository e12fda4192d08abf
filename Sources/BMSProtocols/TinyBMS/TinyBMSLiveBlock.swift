package import Battery

/// Registers 0 to 55 as one answer to 0x03 brings them: everything live, measured together.
///
/// It reads straight from the frame; nothing is copied but what the reading keeps.
package struct TinyBMSLiveBlock: Sendable, Hashable {
    /// The request whose answer this is.
    package static let request = TinyBMSRequest.readRegisters(address: 0, count: registers)
    /// Registers read.
    package static let registers = 56
    /// Length of the answer.
    package static let frameLength = 3 + 2 * registers + 2

    /// Lower register of the running counter.
    package static let counterRegister: UInt16 = 32
    /// Cell slots in the map.
    package static let slots = 16

    /// What every reading of this family promises (S24).
    package static let promised: PackInputs = [
        .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .settings, .alarms, .runningCounter,
        .reportedExtremes,
    ]

    private static let firstSensor: SensorName = "EXT1"
    private static let secondSensor: SensorName = "EXT2"
    private static let boardSensor: SensorName = "BMS"

    private let frame: [UInt8]

    /// Takes a whole frame, checksum included.
    ///
    /// - Throws: `bad_length` unless it is an answer to 0x03 of 56 registers, `bad_checksum`.
    package init(frame: [UInt8]) throws(DecodeError) {
        guard frame.count == Self.frameLength, frame[0] == TinyBMSFrame.start, frame[1] == 0x03,
            Int(frame[2]) == 2 * Self.registers
        else { throw DecodeError(.badLength, "not an answer of \(Self.registers) registers") }
        guard CRC16.holds(frame, in: 0..<frame.count) else { throw TinyBMSFrame.badChecksum }
        self.frame = frame
    }

    /// A register of the block, 0 beyond it.
    package func word(_ register: Int) -> UInt16 { frame.big16(at: 3 + 2 * register) }

    /// Two registers as a number, low word at the lower register.
    package func long(_ register: Int) -> UInt32 { UInt32(word(register + 1)) << 16 | UInt32(word(register)) }

    /// The status; nil for a code that no paper names.
    package var status: TinyBMSStatus? { TinyBMSStatus(rawValue: word(50)) }

    /// BMS time in seconds, the running counter of S8.
    package var lifetime: UInt32 { long(Int(Self.counterRegister)) }

    /// The block as a reading: live values only, the slower ones stay nil.
    ///
    /// - Parameters:
    ///   - pack: Number of the pack.
    ///   - began: When the poll cycle began.
    ///   - completed: When the answer was there.
    ///   - order: Which register holds cell 1.
    ///   - seriesCells: Cells in series by setting 307, nil while unread.
    /// - Returns: A reading without alarms, settings and identity.
    package func reading(
        pack: Int, began: Instant, completed: Instant, order: TinyBMSCellOrder, seriesCells: Int?
    ) -> PackReading {
        var reading = PackReading(pack: pack, began: began, completed: completed, promised: Self.promised)
        reading.voltage = float(36)
        reading.current = float(38)
        reading.cells = cells(order: order, seriesCells: seriesCells)
        reading.reportedMinimumCell = millivolts(40)
        reading.reportedMaximumCell = millivolts(41)
        reading.stateOfCharge = Double(long(46)) / 1_000_000
        reading.stateOfHealth = stateOfHealth
        reading.temperatures = [
            TemperatureReading(name: Self.firstSensor, place: .cells, celsius: celsius(42)),
            TemperatureReading(name: Self.secondSensor, place: .cells, celsius: celsius(43)),
            TemperatureReading(name: Self.boardSensor, place: .board, celsius: celsius(48)),
        ]
        let balancing = word(52)
        // Bit 0 is the first cell whatever the order of the registers (tinybms.md 7).
        reading.balancing = (0..<min(reading.cells.count, Self.slots)).map { balancing >> UInt16($0) & 1 != 0 }
        reading.runningCounter = lifetime
        reading.activity = activity
        return reading
    }

    // MARK: - Private

    private func float(_ register: Int) -> Double? {
        let value = Float(bitPattern: long(register))
        return value.isFinite ? Double(value) : nil
    }

    /// Zero is what the register holds before the first measurement, and no cell's voltage.
    private func millivolts(_ register: Int) -> Double? {
        let raw = word(register)
        return raw == 0 ? nil : Double(raw) / 1000
    }

    private func celsius(_ register: Int) -> Double? {
        let raw = Int16(bitPattern: word(register))
        return raw == .min ? nil : Double(raw) / 10
    }

    /// Old firmware reads 0 here; above 50000 nothing is defined (tinybms.md 13 no. 11).
    private var stateOfHealth: Double? {
        let raw = word(45)
        return (1...50_000).contains(raw) ? Double(raw) / 500 : nil
    }

    private var activity: PackActivity {
        switch status {
        case .charging: .charging
        case .fullyCharged: .fullyCharged
        case .discharging: .discharging
        case .regeneration: .regeneration
        case .idle: .idle
        case .fault: .fault
        case nil: .unknown
        }
    }

    /// The cells that the count says exist; an empty slot among them is a cell that could not be read.
    private func cells(order: TinyBMSCellOrder, seriesCells: Int?) -> [Double?] {
        let used = usedSlots(seriesCells: seriesCells)
        return (0..<used.count).map { position in
            let slot = order == .register0First ? used.lowerBound + position : used.upperBound - 1 - position
            let raw = word(slot)
            return raw == 0 ? nil : Double(raw) / 10_000
        }
    }

    /// Slots with a cell behind them (tinybms.md 13 no. 1).
    ///
    /// Empty slots are dropped at the ends only, and only as many as the count says are unused. The larger of detected
    /// and configured count holds, so that a cell whose sense wire came off stays in the list, as missing. Where both
    /// ends could be the unused one, the slots that the register map's own numbering leaves over (the upper) are taken.
    private func usedSlots(seriesCells: Int?) -> Range<Int> {
        let counts = [Int(word(53)), seriesCells ?? 0].lazy.filter { (1...Self.slots).contains($0) }
        guard let count = counts.max() else { return 0..<Self.slots }
        let unused = Self.slots - count
        var low = 0
        while low < Self.slots, word(low) == 0 { low += 1 }
        var high = 0
        while high < Self.slots - low, word(Self.slots - 1 - high) == 0 { high += 1 }
        if high >= unused { return 0..<count }
        if low >= unused { return unused..<Self.slots }
        return min(low, unused - high)..<(Self.slots - high)
    }
}

extension TinyBMSLiveBlock {
    /// Whether two readings of nearly the same moment confirm each other: what cannot change in a moment is the same,
    /// what can lies close together.
    ///
    /// Tolerances: 20 mV a cell, 0.5 V pack, 5 A and a tenth of the current, 1 K, 0.5 % charge, 5 s.
    package func agrees(with other: TinyBMSLiveBlock) -> Bool {
        guard word(50) == other.word(50), word(53) == other.word(53), word(45) == other.word(45) else { return false }
        for slot in 0..<Self.slots where !near(other, slot, 200) { return false }
        for register in [40, 41] where !near(other, register, 20) { return false }
        for register in [42, 43, 48] where !near(other, register, 10) { return false }
        let clock = Int64(lifetime) - Int64(other.lifetime)
        let charge = Int64(long(46)) - Int64(other.long(46))
        guard clock.magnitude <= 5, charge.magnitude <= 500_000 else { return false }
        return near(float(36), other.float(36), 0.5)
            && near(float(38), other.float(38), 5 + 0.1 * (float(38) ?? 0).magnitude)
    }

    private func near(_ other: TinyBMSLiveBlock, _ register: Int, _ tolerance: Int) -> Bool {
        let (one, two) = (word(register), other.word(register))
        // Temperatures are signed; the difference is the same modulo 2^16 for all.
        return Int(Int16(bitPattern: one &- two)).magnitude <= tolerance
    }

    private func near(_ one: Double?, _ two: Double?, _ tolerance: Double) -> Bool {
        guard let one, let two else { return one == nil && two == nil }
        return (one - two).magnitude <= tolerance
    }
}

/// Which register holds cell 1: sources contradict each other (tinybms.md 13 no. 1), so it is a setting.
package enum TinyBMSCellOrder: String, Sendable, Hashable, CaseIterable {
    /// The lowest used register is cell 1.
    case register0First = "register0_first"
    /// The highest used register is cell 1.
    case reversed
}

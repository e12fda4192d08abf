import BMSProtocols

/// What a TinyBMS answers, byte for byte, with values that a measurement may change between two answers.
struct BatteryDevice: Sendable {
    /// Cell 1, V; the 15 others stand at `otherCells`.
    var lowestCell: Double
    /// V.
    var otherCells = 3.3

    private let began = Bare.now
    private var registers = [UInt16](repeating: 0, count: 600)

    /// Creates the BMS of 16 LFP cells, 25 °C, 60 % charged, at rest.
    init(lowestCell: Double = 3.3) {
        self.lowestCell = lowestCell
        set(42, [250, 250])
        set(45, 50_000)
        set(46, long: 60_000_000)
        set(48, 280)
        set(50, TinyBMSStatus.idle.rawValue)
        set(53, 16)
        // Settings as an installer leaves them: no limit of the BMS itself below what is measured.
        set(300, [3650, 2500])
        set(303, [3400, 500])
        set(306, [28_000, 16, 20])
        set(315, [3750, 2400, 4000, 400, 60, 0])
        set(500, [0x0102, 0x0221, 260])
        set(504, [1, 2, 3, 4, 5, 6])
    }

    /// The answer to a request.
    mutating func answer(to request: TinyBMSRequest) -> [UInt8] {
        switch request {
        case .readRegisters(let address, let count):
            if address == 0 { measure() }
            let last = min(Int(address) + count, registers.count)
            return TinyBMSAnswer.registers(Array(registers[min(Int(address), last)..<last])).bytes
        case .allEvents: return TinyBMSAnswer.allEvents(bmsTime: lifetime, []).bytes
        default: return TinyBMSAnswer.refused(command: request.command.rawValue, code: 0).bytes
        }
    }

    // MARK: - Private

    private var lifetime: UInt32 { 1_000_000 + UInt32(truncatingIfNeeded: (Bare.now - began) / 1_000_000_000) }

    private mutating func measure() {
        for slot in 1..<16 { set(slot, UInt16(otherCells * 10_000)) }
        set(0, UInt16((lowestCell * 10_000).rounded()))
        set(32, long: lifetime)
        set(36, long: Float(lowestCell + 15 * otherCells).bitPattern)
        // Rounded up: rounded down it would be a lower cell than the list's own, and its steps ten times as wide.
        set(40, UInt16((lowestCell * 1000 - 1e-6).rounded(.up)))
        set(41, UInt16((otherCells * 1000).rounded(.up)))
    }

    private mutating func set(_ register: Int, _ word: UInt16) { registers[register] = word }

    private mutating func set(_ register: Int, _ words: [UInt16]) {
        for (offset, word) in words.enumerated() { registers[register + offset] = word }
    }

    private mutating func set(_ register: Int, long value: UInt32) {
        set(register, [UInt16(truncatingIfNeeded: value), UInt16(truncatingIfNeeded: value >> 16)])
    }
}

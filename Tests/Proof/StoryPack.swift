@testable import Proof

/// A TinyBMS of a story: what its cells and sensors are, and how it answers.
struct StoryPack {
    let number: Int
    /// V.
    var cells = [Double](repeating: 3.3, count: 16)
    /// °C, nil where no sensor is connected.
    var externals: [Double?] = [25, nil]
    var board: Double? = 28
    var current = 12.5
    var charge = 55.0
    var status: UInt16 = 0x97
    var isMute = false
    /// Answers every so many polls only.
    var answersEach = 1
    var hasFrozenCounter = false
    /// Changes the words of the answer.
    var spoil: (inout [UInt16]) -> Void = { _ in }
    /// Whether somebody on the wire changes what it says.
    var isFalsified = false
    /// Changes the bytes of the answer.
    var damage: (inout [UInt8]) -> Void = { _ in }

    private var counter: UInt32 = 1_000_000
    private var polls = 0

    init(number: Int) { self.number = number }

    /// Asks for registers 0 to 55, as in the vectors.
    static let request: [UInt8] = [0xAA, 0x03, 0x00, 0x00, 0x00, 0x38, 0x5D, 0xC3]

    mutating func live(at now: Int64) {
        polls += 1
        if !hasFrozenCounter { counter = 1_000_000 + UInt32(now / 1_000_000) }
    }

    func answers(at now: Int64) -> Bool { !isMute && polls % answersEach == 0 }

    var highest: Double { cells.max() ?? 0 }
    var lowest: Double { cells.min() ?? 0 }
    var lacksCell: Bool { words.prefix(16).contains { $0 < 5000 || $0 > 50000 } }
    /// The registers as they are answered.
    var words: [UInt16] {
        var words = [UInt16](repeating: 0, count: 56)
        for (index, cell) in cells.enumerated() { words[index] = UInt16((cell * 10000).rounded()) }
        func long(_ register: Int, _ value: UInt32) {
            words[register] = UInt16(truncatingIfNeeded: value)
            words[register + 1] = UInt16(truncatingIfNeeded: value >> 16)
        }
        func celsius(_ value: Double?) -> UInt16 {
            value.map { UInt16(bitPattern: Int16(($0 * 10).rounded())) } ?? 0x8000
        }
        long(32, counter)
        long(36, Float(cells.reduce(0, +)).bitPattern)
        long(38, Float(current).bitPattern)
        words[40] = UInt16((lowest * 1000).rounded())
        words[41] = UInt16((highest * 1000).rounded())
        words[42] = celsius(externals[0])
        words[43] = celsius(externals[1])
        long(46, UInt32(charge * 1e6))
        words[48] = celsius(board)
        words[50] = status
        words[53] = UInt16(cells.count)
        spoil(&words)
        return words
    }

    /// The same, told by the world: without a counter, and 0 for a cell that cannot be read.
    var saying: Saying {
        var sound = self
        sound.damage = { _ in }
        return Saying(
            sound.answer.flatMap { $0 },
            LiveValues(
                cells: cells.map { $0 == 0 ? nil : $0 }, voltage: cells.reduce(0, +), current: current,
                temperatures: externals, board: board ?? 0, stateOfCharge: charge, counter: nil, isClosed: true),
            isFalsified: isFalsified)
    }

    /// The answer in the pieces in which it arrives.
    var answer: [[UInt8]] {
        var bytes: [UInt8] = [0xAA, 0x03, 112]
        for word in words { bytes += [UInt8(word >> 8), UInt8(word & 0xFF)] }
        let sum = Checksum.value(bytes[...])
        bytes += [UInt8(sum & 0xFF), UInt8(sum >> 8)]
        damage(&bytes)
        return [Array(bytes.prefix(40)), Array(bytes.dropFirst(40))]
    }
}

/// What the wire does to bytes while some misbehaviours act. Pure: the same seed spoils the same bytes.
struct WireFaults: Sendable {
    /// What acts now.
    var active: [Misbehaviour] = []
    private var random: SeededRandom
    private var held: [UInt8] = []
    private var noiseOwed = 0.0

    init(random: SeededRandom) { self.random = random }

    /// Whether nothing gets through at all.
    var isUnplugged: Bool { active.contains { $0.kind == .unplugged } }

    /// Bytes from the host as they reach the BMS.
    mutating func incoming(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for fault in active where fault.kind == .damagedRequests && random.happens(fault.probability) {
            damage(&bytes)
        }
        return bytes
    }

    /// What the newest answer was falsified to; nil where it was not.
    private(set) var falsified: [UInt8]?

    /// Falsifies a word of an answer, as the family does it.
    typealias Falsify = (inout [UInt8], _ word: UInt16, _ place: Int) -> Void

    /// An answer as it reaches the host: perhaps not, perhaps more than once.
    mutating func outgoing(_ transmission: Transmission, falsify: Falsify) -> [Transmission] {
        falsified = nil
        guard !active.isEmpty || !held.isEmpty else { return [transmission] }
        var answer = transmission
        var copies = 1
        for fault in active where random.happens(fault.probability) {
            switch fault.kind {
            case .silence, .unplugged: return []
            case .damagedAnswers: damage(&answer.bytes)
            case .wrongChecksum:
                guard let last = answer.bytes.indices.last else { break }
                answer.bytes[last] ^= UInt8(1 + random.index(below: 255))
            case .truncatedAnswers:
                guard answer.bytes.count > 1 else { break }
                answer.bytes.removeLast(1 + random.index(below: answer.bytes.count - 1))
            case .gluedAnswers where !answer.isText && held.isEmpty:
                held = answer.bytes
                return []
            case .lateAnswers: answer.delay += .milliseconds(Int64(saturating: min(max(fault.value, 0), 60) * 1000))
            case .duplicatedAnswers: copies = 2
            case .absurdValues where !answer.isText:
                falsify(&answer.bytes, absurdWord, random.index(below: 1 << 16))
                falsified = answer.bytes
            case .textNoise: answer.bytes = text + answer.bytes
            default: break
            }
        }
        answer.bytes = held + answer.bytes
        held.removeAll()
        return [Transmission](repeating: answer, count: copies)
    }

    /// Random bytes that appear on the line during a time, seconds.
    mutating func noise(during seconds: Double) -> [UInt8] {
        guard !active.isEmpty else { return [] }
        guard !active.contains(where: { $0.kind == .unplugged }) else { return [] }
        for fault in active where fault.kind == .noise { noiseOwed += fault.value * seconds }
        var bytes: [UInt8] = []
        while noiseOwed >= 1, bytes.count < 4096 {
            noiseOwed -= 1
            bytes.append(UInt8(truncatingIfNeeded: random.next()))
        }
        return bytes
    }

    // MARK: - Private

    /// Flips bits of one to three bytes.
    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        for _ in 0...random.index(below: 3) {
            bytes[random.index(below: bytes.count)] ^= UInt8(1 + random.index(below: 255))
        }
    }

    private var absurdWord: UInt16 {
        mutating get {
            switch random.index(below: 5) {
            case 0: 0
            case 1: 0xFFFF
            case 2: 0x7FFF
            case 3: 0x8000
            default: UInt16(truncatingIfNeeded: random.next())
            }
        }
    }

    private var text: [UInt8] {
        mutating get {
            let words = ["BPV:53.12\tMINCV:3.310\r\n", "SOC:80\tOS:151\r\n", "\r\n", "CB:0000000000000000"]
            return Array(words[random.index(below: words.count)].utf8)
        }
    }
}

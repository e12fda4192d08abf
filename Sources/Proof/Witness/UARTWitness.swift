/// Reads what went to a TinyBMS and what came back, and tells what a reader may believe.
///
/// A poll is one read of the live registers by command 0x03, so a poll is complete with its answer. Answers are looked for
/// wherever they may begin, also in noise, late, and a second time: whatever has the right form and checksum may have been
/// believed. Constant memory.
package struct UARTWitness: Sendable {
    /// After damage a reader may want to see everything twice for 10 s, and may be a poll late to notice that it is over.
    static let caution = 12 * second
    /// An answer that takes longer from the BMS's ear to the gateway's may be too late for the gateway: it waits for
    /// 150 ms (tinybms.md 17), of which some pass before the request arrives.
    static let promptness: Int64 = 100_000
    /// A request whose bytes come more slowly was damaged.
    private static let requestTime: Int64 = 50_000
    /// No answer is longer.
    private static let mostBytes = 3 + 255 + 2

    private let pack: Int
    /// Configured number of cells.
    package var cells: Int

    private var request: [UInt8] = []
    private var requestBegan: Int64 = 0
    /// The newest intact request.
    private var pending = Request.other(0)
    private var pendingSince: Int64 = 0
    private var isAnswered = true
    /// Where the newest request for live registers begins to read, and how many it asks for.
    private var liveFirst: UInt16 = 0
    private var liveCount = 56

    /// Bytes that are no part of a known answer yet.
    private var stream: [UInt8] = []
    /// Where in them the next answer may begin.
    private var next = 0
    private var lastDamage: Int64?
    /// Answers whose checksum was computed, right or wrong: the work that bytes make.
    private(set) var checksums = 0
    /// Bytes that may still become an answer.
    var bytesKept: Int { stream.count + request.count }

    private enum Request {
        /// Command 0x03.
        case registers(first: UInt16, count: Int)
        case other(UInt8)
    }

    package init(pack: Int, cells: Int) { (self.pack, self.cells) = (pack, cells) }

    /// Bytes reached the BMS.
    package mutating func wentToBMS(_ bytes: [UInt8], at now: Int64) {
        if !request.isEmpty, now - requestBegan > Self.requestTime || request.count > 64 { dropRequest(at: now) }
        if request.isEmpty { requestBegan = now }
        request += bytes
        guard request.first == 0xAA, request.count >= 4, Checksum.isRight(request[...]) else { return }
        if !isAnswered || !stream.isEmpty { lastDamage = now }
        take(request, at: now)
        request.removeAll(keepingCapacity: true)
    }

    /// Bytes reached the gateway; `found` is called with each answer that is complete now, in order.
    package mutating func cameFromBMS(_ bytes: [UInt8], at now: Int64, _ found: (Answer) -> Void) {
        stream += bytes
        if isAnswered { lastDamage = now }
        let length = 5 + 2 * liveCount
        while next + length <= stream.count {
            defer { next += 1 }
            guard let answer = answer(at: next, length: length, now: now) else { continue }
            found(answer)
            stream.removeFirst(next + length)
            next = -1
            if !stream.isEmpty { lastDamage = now }
        }
        if !isAnswered, isOtherAnswer(stream) {
            isAnswered = true
            stream.removeAll(keepingCapacity: true)
            next = 0
        }
        // What cannot be the beginning of an answer any more is noise.
        if stream.count > 4 * Self.mostBytes {
            lastDamage = now
            stream.removeFirst(next)
            next = 0
        }
    }

    /// Something is wrong with the line that the bytes here do not show, for example a request that never arrived.
    mutating func suspect(at now: Int64) { lastDamage = now }

    /// A new process reads now: it knows no request, and no damage.
    mutating func restart() {
        request.removeAll(keepingCapacity: true)
        stream.removeAll(keepingCapacity: true)
        (isAnswered, next, lastDamage) = (true, 0, nil)
    }

    // MARK: - Private

    private mutating func dropRequest(at now: Int64) {
        lastDamage = now
        request.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ request: [UInt8], at now: Int64) {
        pendingSince = now
        isAnswered = false
        guard request.count == 8, request[1] == 0x03 else {
            pending = .other(request[1])
            return
        }
        let first = UInt16(request[2]) << 8 | UInt16(request[3])
        let count = Int(request[5])
        pending = .registers(first: first, count: count)
        guard first <= LiveValues.registers.lowerBound, count > Int(LiveValues.registers.upperBound) else { return }
        liveFirst = first
        liveCount = min(count, 127)
    }

    private mutating func answer(at start: Int, length: Int, now: Int64) -> Answer? {
        guard stream[start] == 0xAA, stream[start + 1] == 0x03, Int(stream[start + 2]) == 2 * liveCount
        else { return nil }
        checksums += 1
        guard Checksum.isRight(stream[start..<start + length]),
            let values = LiveValues(
                data: stream[start + 3..<start + length - 2], first: liveFirst, cells: cells)
        else { return nil }
        let isAsked = isLivePending && !isAnswered
        if isAsked { isAnswered = true }
        let isAlone = isAsked && start == 0 && stream.count == length
        let isPrompt = now - pendingSince <= Self.promptness
        let isClean = lastDamage.map { now - $0 > Self.caution } ?? true
        return Answer(
            pack: pack, began: isAsked ? pendingSince : now, completed: now,
            isCertain: isAlone && isPrompt && isClean, values: values)
    }

    private var isLivePending: Bool {
        if case .registers(let first, let count) = pending { first == liveFirst && count == liveCount } else { false }
    }

    /// Whether bytes are exactly the answer to a pending request for something else (tinybms.md 2, "how long").
    private func isOtherAnswer(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 5, bytes[0] == 0xAA else { return false }
        let command: UInt8
        switch pending {
        case .registers: command = 0x03
        case .other(let code): command = code
        }
        let length: Int
        switch bytes[1] {
        case 0x00: length = 6
        case 0x01: length = 5
        case command:
            switch command {
            case 0x03, 0x07, 0x09, 0x11, 0x12, 0x1B...0x1F: length = 5 + Int(bytes[2])
            case 0x10, 0x14, 0x15, 0x19, 0x1A: length = 8
            case 0x16...0x18: length = 6
            default: return false
            }
        default: return false
        }
        return bytes.count == length && Checksum.isRight(bytes[...])
    }
}

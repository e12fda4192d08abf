/// Finds answers in a stream of bytes, however they are cut up, glued, echoed or surrounded by rubbish.
///
/// Every frame has the same length, so one that seems to begin inside rubbish is over before the real one behind it is:
/// where it fails, the search goes on one byte later, and nothing is lost (S31). Only frames of the first board that
/// answer the pending request are used; an echo carries the host's address and is thereby none (S32).
///
/// Numbered frames must come in their order from the first on, which is 1 or, by the papers, 0: a frame that is left over
/// from an earlier answer stands at its front and is passed over.
package struct DalyStreamParser: AnswerParser {
    package private(set) var counters = StreamCounters()

    package init() {}

    package static func bytes(of request: DalyRequest) -> [UInt8] { request.bytes }
    package static func command(of request: DalyRequest) -> UInt8 { request.command.rawValue }
    /// With an echo of the request and a frame left over from before.
    package static func longestAnswer(to request: DalyRequest) -> Int { (request.frames + 2) * DalyFrame.length }

    /// Awaits the answer to a request and forgets what is buffered.
    package mutating func expect(_ request: DalyRequest) {
        counters.skippedBytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
        collected.removeAll(keepingCapacity: true)
        pending = request
    }

    /// Takes bytes as they arrive.
    ///
    /// - Returns: The answer once it is whole; what comes behind it is kept back and forgotten with the next request.
    package mutating func take(_ bytes: [UInt8]) -> AnswerOutcome<DalyAnswer>? {
        receive(bytes).map { .answer($0) }
    }

    /// Takes bytes as they arrive; the answer once it is whole.
    package mutating func receive(_ bytes: [UInt8]) -> DalyAnswer? {
        var position = 0
        // In pieces, so that the buffer's bound does not depend on how much arrives at once.
        while position < bytes.count {
            let end = min(position + Self.piece, bytes.count)
            buffer += bytes[position..<end]
            position = end
            if let answer = search() {
                counters.skippedBytes += bytes.count - position
                return answer
            }
        }
        return nil
    }

    /// Bytes kept because they may be the beginning of a frame: less than a frame while an answer is awaited.
    package var held: Int { buffer.count }

    // MARK: - Private

    private static let piece = 256

    private var pending: DalyRequest?
    private var buffer: [UInt8] = []
    /// The frames of the answer that are there, in their order.
    private var collected: [DalyPayload] = []

    private mutating func search() -> DalyAnswer? {
        var offset = 0
        defer { buffer.removeFirst(offset) }
        while offset < buffer.count {
            guard canBegin(offset) else {
                counters.skippedBytes += 1
                offset += 1
                continue
            }
            guard buffer.count - offset >= DalyFrame.length else { return nil }
            guard let frame = try? DalyFrame(buffer, at: offset) else {
                if isAwaited(buffer[offset + 1], buffer[offset + 2]) { counters.checksumErrors += 1 }
                counters.skippedBytes += 1
                offset += 1
                continue
            }
            offset += DalyFrame.length
            guard isAwaited(frame.address, frame.command) else {
                counters.discardedFrames += 1
                counters.skippedBytes += DalyFrame.length
                continue
            }
            if let answer = collect(frame.payload) { return answer }
        }
        return nil
    }

    /// Whether a frame may begin here, as far as its head has arrived.
    private func canBegin(_ offset: Int) -> Bool {
        guard buffer[offset] == DalyFrame.start else { return false }
        return offset + 3 >= buffer.count || buffer[offset + 3] == DalyFrame.dataLength
    }

    private func isAwaited(_ address: UInt8, _ command: UInt8) -> Bool {
        address == DalyFrame.board && command == pending?.command.rawValue
    }

    /// Adds a frame to the answer; returns the answer once it is whole.
    private mutating func collect(_ payload: DalyPayload) -> DalyAnswer? {
        guard let pending else { return nil }
        if pending.command.isNumbered {
            let number = payload[0]
            if number == 0 || number == 1 && collected.first?[0] != 0 || number == 1 && collected.count != 1 {
                collected.removeAll(keepingCapacity: true)
            }
            // 0xFF marks a frame without content; any other number out of turn belongs to another answer.
            let next = collected.last.map { Int($0[0]) + 1 }
            guard next.map({ $0 == Int(number) }) ?? (number <= 1) else {
                counters.discardedFrames += 1
                return nil
            }
        }
        collected.append(payload)
        guard collected.count == pending.frames else { return nil }
        defer { collected.removeAll(keepingCapacity: true) }
        return DalyAnswer(pending.command, collected)
    }
}

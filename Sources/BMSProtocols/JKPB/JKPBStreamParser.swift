/// Finds the answers of a PB board among echoes, foreign records and garbage.
///
/// Time is linear in the bytes: a record's head takes four, so at most 80 candidates share a byte.
package typealias JKPBStreamParser = FrameFinder<JKPBFormat>

/// How answers of the PB series look in a stream: a record with its acknowledgement is one frame.
package enum JKPBFormat: RequestFormat {
    /// Highest address that the DIP switches give.
    package static let highestAddress: UInt8 = 15

    package static func length(of buffer: [UInt8], at start: Int) -> FrameLength {
        if buffer[start] <= highestAddress { return modbusLength(buffer, start) }
        for (offset, byte) in JKPBRecord.start.enumerated() {
            guard start + offset < buffer.count else { return .undecided }
            guard buffer[start + offset] == byte else { return .none }
        }
        // How long the whole is, the place of the acknowledgement tells.
        let end = start + JKPBRecord.length
        guard buffer.count > end + JKPBAnswer.mostFiller + 1 else { return .undecided }
        let acknowledgement = JKPBAnswer.acknowledgement(in: buffer, after: end) ?? end
        return .bytes(acknowledgement + JKPBRequest.acknowledgementLength - start)
    }

    private static func modbusLength(_ buffer: [UInt8], _ start: Int) -> FrameLength {
        guard start + 1 < buffer.count else { return .undecided }
        switch buffer[start + 1] {
        case JKPBRequest.function | 0x80: return .bytes(JKPBRequest.refusalLength)
        case JKPBRequest.function:
            guard start + 2 < buffer.count else { return .undecided }
            // Only the registers that are written beside those of records, which come with theirs.
            return buffer[start + 2] == 0x10 ? .bytes(JKPBRequest.acknowledgementLength) : .none
        default: return .none
        }
    }

    package static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool {
        guard range.count > JKPBRecord.length else { return CRC16.holds(buffer, in: range) }
        let acknowledgement = (range.upperBound - JKPBRequest.acknowledgementLength)..<range.upperBound
        return JKPBRecord.holds(buffer, at: range.lowerBound) && CRC16.holds(buffer, in: acknowledgement)
    }

    package static func isAnswer(_ frame: [UInt8], to request: JKPBRequest) -> Bool {
        guard let answer = try? JKPBAnswer.decode(frame) else { return false }
        return request.mismatch(with: answer) == nil
    }

    package static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: JKPBRequest) -> Bool {
        switch request {
        case .record(let kind, _):
            buffer.byte(at: start) == JKPBRecord.start[0] && buffer.byte(at: start + 4) == kind.rawValue
        // The echo of a write begins like its acknowledgement and goes on with the count of its bytes.
        case .write(_, _, let address): buffer.byte(at: start) == address && buffer.byte(at: start + 6) != 4
        }
    }

    // MARK: The exchange

    package static func timing(_ answerTimeout: Duration) -> LineTiming {
        var timing = LineTiming(
            baudRate: JKPBDriver.baudRate, answerTimeout: answerTimeout, idleGap: .milliseconds(10),
            sleepAfter: .seconds(8))
        // Requests that follow each other faster make boards talk at once (jk.md 2.1).
        timing.leastPause = .milliseconds(100)
        timing.trustsChecksum = false
        return timing
    }

    package static func bytes(of request: JKPBRequest) -> [UInt8] { request.bytes }
    package static func command(of request: JKPBRequest) -> UInt8 { JKPBRequest.function }

    package static func longestAnswer(to request: JKPBRequest) -> Int {
        switch request {
        // The adapter may send the request back first.
        case .record: JKPBAnswer.longest + request.bytes.count
        case .write: JKPBRequest.acknowledgementLength + request.bytes.count
        }
    }

    package static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]> {
        if case .refused(_, let code) = try? JKPBAnswer.decode(frame) { return .refused(code: code) }
        return .answer(frame)
    }
}

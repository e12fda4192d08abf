/// Finds a JBD board's answers among echoes and garbage.
package typealias JBDStreamParser = FrameFinder<JBDFormat>

/// How a JBD board's answers look in a stream.
///
/// Time is linear in the bytes: a byte belongs to at most 66 candidates, which need four bytes of head each.
package enum JBDFormat: RequestFormat {
    package static func length(of buffer: [UInt8], at start: Int) -> FrameLength {
        guard buffer[start] == JBDFrame.start else { return .none }
        guard start + JBDFrame.headLength <= buffer.count else { return .undecided }
        let (status, length) = (buffer[start + 2], Int(buffer[start + 3]))
        // A refusal has no data. The echo of a request has its register where an answer has its status, and begins none.
        guard status == JBDAnswer.accepted || (status >= JBDAnswer.refused && length == 0) else { return .none }
        return .bytes(length + JBDFrame.overhead)
    }

    package static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool { JBDFrame.holds(buffer, in: range) }

    package static func isAnswer(_ frame: [UInt8], to request: JBDRequest) -> Bool {
        guard let answer = try? JBDAnswer.decode(frame) else { return false }
        return request.isAnswered(by: answer)
    }

    package static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: JBDRequest) -> Bool {
        buffer.byte(at: start + 1) == request.register
    }

    // MARK: The exchange (jbd.md 1 and 9)

    /// An answer names its register, not its request. These two are answered by every board.
    package static let markers: [JBDRequest] = [.hardwareName, .cellVoltages]

    /// How the classic protocol's line is.
    ///
    /// Answers begin within 71 ms; a board that wakes up swallows some requests.
    package static func timing(_ answerTimeout: Duration) -> LineTiming {
        var timing = LineTiming(
            baudRate: 9600, answerTimeout: answerTimeout, idleGap: .milliseconds(30), sleepAfter: .seconds(8))
        timing.mostWakeUps = 4
        timing.trustsChecksum = false
        return timing
    }

    package static func bytes(of request: JBDRequest) -> [UInt8] { request.bytes }
    package static func command(of request: JBDRequest) -> UInt8 { request.register }
    package static func longestAnswer(to request: JBDRequest) -> Int { request.longestAnswer }

    package static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]> {
        let status = frame.byte(at: 2)
        return status == JBDAnswer.accepted ? .answer(frame) : .refused(code: status)
    }
}

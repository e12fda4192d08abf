/// Finds a JK board's `NW` answers among echoes and garbage.
///
/// Time is linear in the bytes: a frame's head takes four, so at most a hundred candidates share a byte.
package typealias JKStreamParser = FrameFinder<JKFormat>

/// How `NW` answers look in a stream.
package enum JKFormat: RequestFormat {
    package static func length(of buffer: [UInt8], at start: Int) -> FrameLength {
        guard buffer[start] == JKFrame.start[0] else { return .none }
        guard start + 4 <= buffer.count else { return .undecided }
        guard buffer[start + 1] == JKFrame.start[1] else { return .none }
        return JKFrame.length(buffer[start + 2], buffer[start + 3]).map { .bytes($0) } ?? .none
    }

    package static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool {
        JKFrame.isSealed(buffer, in: range)
    }

    package static func isAnswer(_ frame: [UInt8], to request: JKRequest) -> Bool {
        guard let answer = try? JKAnswer(frame: frame) else { return false }
        return request.mismatch(with: answer) == nil
    }

    package static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: JKRequest) -> Bool {
        buffer.byte(at: start + 8) == request.command.rawValue
            && buffer.byte(at: start + 10) == JKFrame.Kind.reply.rawValue
    }

    // MARK: The exchange

    /// Single values in turn, more than are asked for in 2 s. Between them the whole list by the command that no poll uses,
    /// should a board not know single ones.
    package static let markers: [JKRequest] = (0x83...0x8C).filter { $0 != 0x88 }
        .flatMap { [.read($0), .readEverything] }

    package static func timing(_ answerTimeout: Duration) -> LineTiming {
        var timing = LineTiming(
            baudRate: JKDriver.baudRate, answerTimeout: answerTimeout, idleGap: .milliseconds(10),
            sleepAfter: .seconds(8))
        timing.trustsChecksum = false
        return timing
    }

    package static func bytes(of request: JKRequest) -> [UInt8] { request.bytes }
    package static func command(of request: JKRequest) -> UInt8 { request.command.rawValue }
    package static func longestAnswer(to request: JKRequest) -> Int { JKFrame.longest }

    /// The protocol has no refusal: what a board does not do it does not answer.
    package static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]> { .answer(frame) }
}

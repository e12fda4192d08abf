/// Finds a TinyBMS's answers among its broadcast text and garbage.
///
/// Time is linear in the bytes: a byte belongs to at most 86 candidates, which need three bytes of head each.
package typealias TinyBMSStreamParser = FrameFinder<TinyBMSFormat>

/// How a TinyBMS's answers look in a stream.
package enum TinyBMSFormat: RequestFormat {
    package static func length(of buffer: [UInt8], at start: Int) -> FrameLength {
        guard buffer[start] == TinyBMSFrame.start else { return .none }
        // Its length is told by two more bytes, which may not be here yet.
        guard start + TinyBMSFrame.headLength <= buffer.count else { return .undecided }
        return TinyBMSFrame.answerLength(buffer[start + 1], buffer[start + 2]).map { .bytes($0) } ?? .none
    }

    package static func holds(_ buffer: [UInt8], in range: Range<Int>) -> Bool { CRC16.holds(buffer, in: range) }

    package static func isAnswer(_ frame: [UInt8], to request: TinyBMSRequest) -> Bool { request.isAnswered(by: frame) }

    package static func mayBegin(_ buffer: [UInt8], at start: Int, answerTo request: TinyBMSRequest) -> Bool {
        let second = buffer.byte(at: start + 1)
        let third = buffer.byte(at: start + 2)
        if second <= 1 { return third == request.command.rawValue }
        guard second == request.command.rawValue, !request.isAcknowledged else { return false }
        return request.answerLength.map { $0 == TinyBMSFrame.answerLength(second, third) } ?? true
    }

    // MARK: The exchange (tinybms.md 17 no. 1 to 3)

    /// Numbers of registers that markers ask for in turn, from the running counter on (tinybms.md 7): more than are asked
    /// for in 2 s.
    package static let markers: [TinyBMSRequest] = (2...21).map {
        .readRegisters(address: TinyBMSLiveBlock.counterRegister, count: $0)
    }

    package static func timing(_ answerTimeout: Duration) -> LineTiming {
        LineTiming(
            baudRate: 115_200, answerTimeout: answerTimeout, idleGap: .milliseconds(10), sleepAfter: .seconds(8))
    }

    package static func bytes(of request: TinyBMSRequest) -> [UInt8] { request.bytes }
    package static func command(of request: TinyBMSRequest) -> UInt8 { request.command.rawValue }
    package static func longestAnswer(to request: TinyBMSRequest) -> Int {
        request.answerLength ?? TinyBMSFrame.longestAnswer
    }

    /// Broadcast text is below 0x80 throughout and nobody's answer; anything else that is left over is damage.
    package static func isDamage(_ byte: UInt8) -> Bool { byte >= 0x80 }

    package static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]> {
        guard frame.byte(at: 1) == 0x00 else { return .answer(frame) }
        let code = frame.byte(at: 3)
        return code == TinyBMSAnswer.checksumRefusal ? .misheard(code: code) : .refused(code: code)
    }
}

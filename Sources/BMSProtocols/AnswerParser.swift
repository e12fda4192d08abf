/// What an exchange needs to know of a family: how a request is written, and which bytes answer it.
package protocol AnswerParser: Sendable {
    associatedtype Request: Sendable
    associatedtype Answer: Sendable

    static func bytes(of request: Request) -> [UInt8]

    /// The command of a request, for people.
    static func command(of request: Request) -> UInt8

    /// The most bytes that a good answer has.
    static func longestAnswer(to request: Request) -> Int

    /// Whether a byte that belongs to no answer shows that something was damaged.
    static func isDamage(_ byte: UInt8) -> Bool

    var counters: StreamCounters { get }

    /// Forgets what has arrived and looks for the answer to a request.
    mutating func expect(_ request: Request)

    /// Takes bytes, however they are cut up; an outcome once the answer is whole.
    mutating func take(_ bytes: [UInt8]) -> AnswerOutcome<Answer>?
}

extension AnswerParser {
    package static func isDamage(_ byte: UInt8) -> Bool { true }
}

/// What a BMS answered.
package enum AnswerOutcome<Answer: Sendable>: Sendable {
    case answer(Answer)
    /// It will not do it.
    case refused(code: UInt8)
    /// It got a damaged request, and wants it again.
    case misheard(code: UInt8)
}

/// A family in which one frame is one answer.
package protocol RequestFormat: FrameFormat {
    static func bytes(of request: Request) -> [UInt8]
    static func command(of request: Request) -> UInt8
    static func longestAnswer(to request: Request) -> Int
    static func isDamage(_ byte: UInt8) -> Bool

    /// What a frame says that answers a request.
    static func outcome(_ frame: [UInt8]) -> AnswerOutcome<[UInt8]>
}

extension RequestFormat {
    package static func isDamage(_ byte: UInt8) -> Bool { true }
}

extension FrameFinder: AnswerParser where Format: RequestFormat {
    package static func bytes(of request: Format.Request) -> [UInt8] { Format.bytes(of: request) }
    package static func command(of request: Format.Request) -> UInt8 { Format.command(of: request) }
    package static func longestAnswer(to request: Format.Request) -> Int { Format.longestAnswer(to: request) }
    package static func isDamage(_ byte: UInt8) -> Bool { Format.isDamage(byte) }

    package mutating func expect(_ request: Format.Request) {
        reset()
        pending = request
    }

    package mutating func take(_ bytes: [UInt8]) -> AnswerOutcome<[UInt8]>? {
        receive(bytes).first.map { Format.outcome($0) }
    }
}

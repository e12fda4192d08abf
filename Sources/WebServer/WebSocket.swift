/// One WebSocket (RFC 6455), usable from anywhere.
package final class WebSocket: Sendable {
    /// What comes from the other side.
    package enum Message: Sendable, Hashable {
        case text(String)
        case binary([UInt8])
    }

    /// Close codes that we send (RFC 6455, 7.4.1).
    package enum CloseCode: UInt16, Sendable, Hashable {
        case normal = 1000
        case goingAway = 1001
        case unsupported = 1003
        case policy = 1008
        case tooBig = 1009
        case failure = 1011
        case tryAgainLater = 1013
    }

    init() {}

    /// Queues a text; false once the socket is closed, or when this one did not fit and closes it: a reader that does not
    /// keep up is dropped, never waited for (S78).
    @discardableResult
    package func send(_ text: String) -> Bool { send(.text(text)) }

    /// Queues a message.
    @discardableResult
    package func send(_ message: Message) -> Bool { false }

    /// Closes it after what is queued, with a code and a reason of up to 123 bytes.
    package func close(_ code: CloseCode = .normal, reason: String = "") {}

    /// The next message; nil once the other side is gone. For one task.
    package func next() async -> Message? { nil }
}

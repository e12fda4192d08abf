import HTTP
import Synchronization

/// One WebSocket (RFC 6455), usable from anywhere.
package final class WebSocket: Sendable {
    /// What travels.
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
        /// The session or the token on which it was opened has ended; of the range for applications.
        case sessionEnded = 4401
    }

    /// What the connection does next.
    enum Out: Sendable {
        case nothing
        case frames([UInt8])
        /// Everything is out, the close frame too.
        case end
        /// The reader did not keep up.
        case overflow
    }

    private struct State {
        var queue: [[UInt8]] = []
        /// Bytes in the queue, and those that the wire has not taken yet.
        var queued = 0
        var inFlight = 0
        var isClosing = false
        var hasOverflowed = false
        var isGone = false
        /// The connection was told, and has not looked since.
        var isTold = false
        var inbox: [Message] = []
        var inboxBytes = 0
        var waiter: CheckedContinuation<Message?, Never>?

        mutating func takeFirst() -> Message {
            let message = inbox.removeFirst()
            inboxBytes -= message.size
            return message
        }
    }

    /// Bytes of messages that nobody took, above which no more are read.
    private static let inboxLimit = 64 * 1024

    private let limit: Int
    private let tell: @Sendable () -> Void
    private let state = Mutex(State())

    init(limit: Int, tell: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.tell = tell
    }

    /// Queues a text; false once the socket is closed, or when this one did not fit and ends it: a reader that does not
    /// keep up is dropped, never waited for (S78).
    @discardableResult
    package func send(_ text: String) -> Bool { enqueue(WebSocketFrame.text(text)) }

    /// Queues bytes.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool { enqueue(WebSocketFrame.binary(bytes)) }

    /// Closes it after what is queued, with a code and a reason of up to 123 bytes.
    package func close(_ code: CloseCode = .normal, reason: String = "") { close(code: code.rawValue, reason: reason) }

    /// The next message; nil once the socket is closed or the task is cancelled. For one task.
    package func next() async -> Message? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isReady, message) = state.withLock { state -> (Bool, Message?) in
                    if !state.inbox.isEmpty { return (true, state.takeFirst()) }
                    guard !state.isGone, !state.isClosing, !Task.isCancelled else { return (true, nil) }
                    state.waiter = continuation
                    return (false, nil)
                }
                if isReady { continuation.resume(returning: message) }
                if message != nil { wake() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume(returning: nil)
        }
    }

    /// Bytes that wait for the other side.
    package var queuedBytes: Int { state.withLock { $0.queued + $0.inFlight } }

    // MARK: - The connection's side

    var hasOverflowed: Bool { state.withLock { $0.hasOverflowed } }
    var isInboxFull: Bool { state.withLock { $0.inboxBytes >= Self.inboxLimit } }

    @discardableResult
    func enqueue(_ frame: [UInt8]) -> Bool {
        let isQueued = state.withLock { state in
            guard !state.isClosing, !state.isGone, !state.hasOverflowed else { return false }
            guard state.queued + state.inFlight + frame.count <= limit else {
                state.hasOverflowed = true
                state.queue = []
                state.queued = 0
                return false
            }
            state.queue.append(frame)
            state.queued += frame.count
            return true
        }
        wake()
        return isQueued
    }

    func close(code: UInt16?, reason: String) {
        let waiter = state.withLock { state -> CheckedContinuation<Message?, Never>? in
            guard !state.isClosing, !state.isGone else { return nil }
            state.isClosing = true
            let frame = WebSocketFrame.close(code: code, reason: reason)
            state.queue.append(frame)
            state.queued += frame.count
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
        wake()
    }

    /// The other side closes: it gets its code back.
    func closeBack(_ code: UInt16?) { close(code: code, reason: "") }

    func receive(_ message: Message) {
        let waiter = state.withLock { state -> CheckedContinuation<Message?, Never>? in
            if let waiter = state.waiter.take() { return waiter }
            state.inbox.append(message)
            state.inboxBytes += message.size
            return nil
        }
        waiter?.resume(returning: message)
    }

    /// Takes what is to be written next, several frames together.
    func nextOut() -> Out {
        state.withLock { state in
            state.isTold = false
            if state.hasOverflowed { return .overflow }
            // The wire took the last ones, or this would not be asked.
            state.inFlight = 0
            guard !state.queue.isEmpty else { return state.isClosing ? .end : .nothing }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(min(state.queued, 64 * 1024))
            var count = 0
            for frame in state.queue where count == 0 || bytes.count + frame.count <= 64 * 1024 {
                bytes += frame
                count += 1
            }
            state.queue.removeFirst(count)
            state.queued -= bytes.count
            state.inFlight = bytes.count
            return .frames(bytes)
        }
    }

    func wentOut() { state.withLock { $0.inFlight = 0 } }

    /// The connection is no more.
    func isGone() {
        let waiter = state.withLock { state in
            state.isGone = true
            state.queue = []
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
    }

    private func wake() {
        let mustTell = state.withLock { state in
            defer { state.isTold = true }
            return !state.isTold && !state.isGone
        }
        if mustTell { tell() }
    }
}

extension WebSocket.Message {
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count + 16
        case .binary(let bytes): bytes.count + 16
        }
    }
}

import Synchronization

@testable import Links

/// Values handed over from a loop and awaited, one after the other, by a test.
final class Mailbox<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation
    private let seen = Mutex<[Value]>([])

    init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .unbounded) }

    /// Everything put in so far.
    var all: [Value] { seen.withLock { $0 } }

    func put(_ value: Value) {
        seen.withLock { $0.append(value) }
        continuation.yield(value)
    }

    /// The next value that `matches`; earlier ones are skipped.
    func first(where matches: (Value) -> Bool = { _ in true }) async -> Value? {
        for await value in stream where matches(value) { return value }
        return nil
    }
}

extension Mailbox where Value == ByteLinkEvent {
    /// Waits until `count` bytes have come, and returns them; fewer when the link ends before.
    func bytes(_ count: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard case .received(let more, _) = await first() else { return bytes }
            bytes += more
        }
        return bytes
    }

    /// Waits for the end of the link.
    func end() async -> LinkError? {
        while let event = await first() {
            if case .ended(let error) = event { return error }
        }
        return nil
    }
}

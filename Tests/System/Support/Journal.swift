import Links
import Synchronization

/// A moment on the boot-time clock.
typealias Moment = Instant

/// What came in, in order, and a wait for what a test is looking for: always with a bound.
final class Journal<Entry: Sendable>: Sendable {
    private struct State {
        var entries: [Entry] = []
        var waiters: [UInt64: @Sendable ([Entry]) -> Bool] = [:]
        var next: UInt64 = 0
    }

    private let loop: any Loop
    private let state = Mutex(State())

    /// An empty journal; its bounds are kept by timers of `loop`.
    init(_ loop: any Loop) { self.loop = loop }

    /// Everything so far.
    var all: [Entry] { state.withLock { $0.entries } }

    /// How much there is.
    var count: Int { state.withLock { $0.entries.count } }

    /// Adds an entry and wakes whoever waits for it.
    func add(_ entry: Entry) {
        state.withLock { state in
            state.entries.append(entry)
            for (number, waiter) in state.waiters where waiter(state.entries) { state.waiters[number] = nil }
        }
    }

    /// Waits until `look` finds something in all entries so far.
    ///
    /// - Returns: what it found; nil once the bound is over.
    func wait<Found: Sendable>(
        within bound: Duration, _ look: @escaping @Sendable ([Entry]) -> Found?
    ) async -> Found? {
        let answer = Answer<Found?>()
        let number = state.withLock { state -> UInt64? in
            if let found = look(state.entries) {
                answer.give(found)
                return nil
            }
            state.next += 1
            state.waiters[state.next] = { entries in
                guard let found = look(entries) else { return false }
                answer.give(found)
                return true
            }
            return state.next
        }
        guard let number else { return await answer.value() }
        let timer = loop.schedule(at: .now + bound) { answer.give(nil) }
        let found = await answer.value()
        loop.cancel(timer)
        state.withLock { $0.waiters[number] = nil }
        return found
    }

    /// Waits for the first entry that fits.
    func first(within bound: Duration, where fits: @escaping @Sendable (Entry) -> Bool) async -> Entry? {
        await wait(within: bound) { $0.first(where: fits) }
    }
}

/// A value that one task waits for; the first one given counts.
final class Answer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value, Never>)
        case given(Value)
        case done
    }

    private let state = Mutex(State.open)

    /// Waits for it, once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Value? in
                guard case .given(let value) = state else {
                    state = .waiting(continuation)
                    return nil
                }
                state = .done
                return value
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// Gives it.
    func give(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .open:
                state = .given(value)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .given, .done: return nil
            }
        }
        waiting?.resume(returning: value)
    }
}

/// Values from several tasks.
final class Collected<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    var all: [Value] { state.withLock { $0 } }
    func add(_ value: Value) { state.withLock { $0.append(value) } }
}

/// Something that happens once.
final class Flag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .acquiring) }
    func set() { state.store(true, ordering: .releasing) }
}

extension Duration {
    /// Seconds as a number.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Seconds for people, three places.
    var text: String {
        let milliseconds = Int((inSeconds * 1000).rounded())
        let rest = String(abs(milliseconds) % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest + " s"
    }
}

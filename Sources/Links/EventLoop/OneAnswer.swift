import Synchronization

/// A result that one task waits for and any thread gives: the first answer counts, even before anybody waits.
final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Value, Never>)
        case answered(Value)
        case done
    }

    private let state = Mutex(State.fresh)
    /// Orders what the giver did before what the waiter does next. The continuation does so already, but inside the
    /// runtime, where ThreadSanitizer does not look.
    private let isGiven = Atomic(false)

    /// Waits for the answer; once.
    func value() async -> Value {
        let value = await withCheckedContinuation { wait($0) }
        _ = isGiven.load(ordering: .acquiring)
        return value
    }

    /// Answers; only the first answer counts.
    func give(_ value: Value) {
        isGiven.store(true, ordering: .releasing)
        let continuation = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .fresh:
                state = .answered(value)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .answered, .done: return nil
            }
        }
        continuation?.resume(returning: value)
    }

    // MARK: - Private

    private func wait(_ continuation: CheckedContinuation<Value, Never>) {
        let answer = state.withLock { state -> Value? in
            if case .answered(let value) = state {
                state = .done
                return value
            }
            state = .waiting(continuation)
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }
}

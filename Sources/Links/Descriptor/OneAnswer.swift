import Synchronization

/// A continuation that is resumed exactly once by whoever answers first, even before it is there.
final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Value, Never>)
        case answered(Value)
        case done
    }

    private let state = Mutex(State.fresh)

    /// Hands over the continuation; false when the answer was there already and the continuation has been resumed.
    func wait(_ continuation: CheckedContinuation<Value, Never>) -> Bool {
        let answer = state.withLock { state -> Value? in
            if case .answered(let value) = state {
                state = .done
                return value
            }
            state = .waiting(continuation)
            return nil
        }
        guard let answer else { return true }
        continuation.resume(returning: answer)
        return false
    }

    /// Answers; only the first answer counts.
    func give(_ value: Value) {
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
}

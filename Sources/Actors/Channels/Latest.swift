import Synchronization

/// One slot in which the newest value replaces the one before: the channel of the control path (design.md 3).
///
/// The observer is called inside `store`, on the thread that stores. Poller and publisher share one loop, so that the
/// publisher reacts in the same turn in which the sample was complete, without a queue or a change of thread between. An
/// observer therefore must be short, must not block, and may count on its own executor only if whoever stores runs there.
package final class Latest<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var observer: (@Sendable (Value) -> Void)?
    }

    private let state = Mutex(State())
    private let followers = Broadcast<Value>()

    /// Creates an empty slot.
    package init() {}

    /// The newest value; nil before the first.
    package var value: Value? { state.withLock { $0.value } }

    /// Replaces the value and calls the observer with it.
    ///
    /// One thread stores: with several, the calls of the observer may come in another order than the values.
    package func store(_ value: Value) {
        let observer = state.withLock { state in
            state.value = value
            return state.observer
        }
        // Outside the lock: an observer may read, store or observe.
        observer?(value)
        followers.send(value)
    }

    /// Follows the values from now on, for those who are not on the control path: a slow one loses the oldest.
    ///
    /// - Parameters:
    ///   - capacity: values that may wait, at least 1.
    ///   - name: who follows, for `/api/system`.
    /// - Returns: the subscription, which ends when nobody holds it any more.
    package func subscribe(capacity: Int, name: String) -> Broadcast<Value>.Subscription {
        followers.subscribe(capacity: capacity, name: name)
    }

    /// Makes `handler` the observer, in place of the one before.
    ///
    /// There is one, so that a restarted publisher takes the place of its predecessor. It is not called for a value that
    /// is in the slot already.
    package func observe(_ handler: @escaping @Sendable (Value) -> Void) {
        state.withLock { $0.observer = handler }
    }

    /// Lets the observer go.
    package func endObservation() {
        state.withLock { $0.observer = nil }
    }
}

import Synchronization

/// One sender's events for any number of subscribers, each with a bounded ring of its own (design.md 3).
///
/// Sending never blocks and never waits: a subscriber that is slow loses its oldest events and can see how many.
package final class Broadcast<Event: Sendable>: Sendable {
    /// What is known of one subscriber, for `/api/system`.
    package struct SubscriberReport: Sendable, Hashable {
        /// As given to `subscribe`.
        package let name: String
        /// Events that wait.
        package let waiting: Int
        /// Events that may wait.
        package let capacity: Int
        /// Events lost so far.
        package let dropped: Int
    }

    /// A subscriber, alive as long as somebody holds its subscription.
    private struct Subscriber {
        weak let subscription: Subscription?
    }

    private struct State {
        var subscribers: [Subscriber] = []
        var isFinished = false
    }

    private let state = Mutex(State())
    /// Whether anybody has ever subscribed: most of the time nobody listens to captures, and they are sent on the control
    /// path.
    private let isHeard = Atomic(false)

    /// Creates a broadcast without subscribers.
    package init() {}

    /// Gives an event to every subscriber. From any thread.
    package func send(_ event: Event) {
        guard isHeard.load(ordering: .acquiring) else { return }
        for subscription in subscriptions { subscription.receive(event) }
    }

    /// Ends the subscriptions, each after what waits in it; later events go nowhere.
    package func finish() {
        state.withLock { $0.isFinished = true }
        for subscription in subscriptions { subscription.finish() }
    }

    /// Subscribes to the events from now on.
    ///
    /// - Parameters:
    ///   - capacity: events that may wait, at least 1; beyond it the oldest is dropped.
    ///   - name: who subscribes, for `/api/system`.
    /// - Returns: the subscription, which ends when nobody holds it any more.
    package func subscribe(capacity: Int, name: String = "") -> Subscription {
        let subscription = Subscription(capacity: capacity, name: name)
        let isFinished = state.withLock { state in
            state.subscribers.removeAll { $0.subscription == nil }
            state.subscribers.append(Subscriber(subscription: subscription))
            return state.isFinished
        }
        isHeard.store(true, ordering: .releasing)
        if isFinished { subscription.finish() }
        return subscription
    }

    /// The subscribers as they stand, in the order in which they subscribed.
    package var report: [SubscriberReport] { subscriptions.map(\.report) }

    // MARK: - Private

    private var subscriptions: [Subscription] {
        // Not by key path: in a generic type it is put together at run time, at each call, on the control path.
        state.withLock { state in state.subscribers.compactMap { $0.subscription } }
    }
}

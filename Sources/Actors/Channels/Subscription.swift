import Log
import Synchronization

extension Broadcast {
    /// The events of a broadcast for one consumer.
    ///
    /// Iteration ends when the broadcast finishes and when the iterating task is cancelled. One task iterates at a time;
    /// if a second one does, the wait of the first ends.
    package final class Subscription: AsyncSequence, Sendable {
        package typealias Element = Event
        package typealias Failure = Never

        private struct State {
            var waiting: Ring<Event>
            var consumer: CheckedContinuation<Event?, Never>?
            var dropped = 0
            var isFinished = false
        }

        /// What the consumer finds when it asks for an event.
        private enum Supply {
            case event(Event)
            case end
            /// Nothing yet: its continuation is kept, in the place of this one.
            case later(displaced: CheckedContinuation<Event?, Never>?)
        }

        private let name: String
        private let state: Mutex<State>

        init(capacity: Int, name: String) {
            self.name = name
            state = Mutex(State(waiting: Ring(capacity: capacity)))
        }

        /// Events lost because the ring was full.
        package var dropped: Int { state.withLock { $0.dropped } }

        /// The next event that waits, without waiting for one.
        package func poll() -> Event? { state.withLock { $0.waiting.removeFirst() } }

        /// The next event; nil when the broadcast has finished or the calling task is cancelled.
        package func next() async -> Event? {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    switch supply(or: continuation) {
                    case .event(let event): continuation.resume(returning: event)
                    case .end: continuation.resume(returning: nil)
                    case .later(let displaced): displaced?.resume(returning: nil)
                    }
                }
            } onCancel: {
                releaseConsumer()
            }
        }

        package func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

        /// Iterates over a subscription.
        package struct Iterator: AsyncIteratorProtocol {
            let subscription: Subscription

            package mutating func next(isolation actor: isolated (any Actor)?) async -> Event? {
                await subscription.next()
            }

            package mutating func next() async -> Event? { await subscription.next() }
        }

        // MARK: - For the broadcast

        func receive(_ event: Event) {
            let consumer: CheckedContinuation<Event?, Never>? = state.withLock { state in
                guard !state.isFinished else { return nil }
                if let consumer = state.consumer.take() { return consumer }
                if state.waiting.append(event) != nil { state.dropped += 1 }
                return nil
            }
            consumer?.resume(returning: event)
        }

        func finish() {
            state.withLock { $0.isFinished = true }
            releaseConsumer()
        }

        var report: SubscriberReport {
            state.withLock { state in
                SubscriberReport(
                    name: name, waiting: state.waiting.count, capacity: state.waiting.capacity, dropped: state.dropped)
            }
        }

        // MARK: - Private

        private func supply(or continuation: CheckedContinuation<Event?, Never>) -> Supply {
            state.withLock { state in
                // Asked under the lock: a cancellation from here on finds the continuation, an earlier one is seen.
                if Task.isCancelled { return .end }
                if let event = state.waiting.removeFirst() { return .event(event) }
                if state.isFinished { return .end }
                let displaced = state.consumer
                state.consumer = continuation
                return .later(displaced: displaced)
            }
        }

        private func releaseConsumer() {
            state.withLock { $0.consumer.take() }?.resume(returning: nil)
        }
    }
}

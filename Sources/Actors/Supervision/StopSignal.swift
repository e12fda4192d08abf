import Synchronization

/// Asks one instance of a child to finish what it is at and return.
///
/// The supervisor makes one for each instance and hands it to the factory. A child that does not heed it is cancelled
/// when its stop deadline has passed.
package final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var handlers: [@Sendable () -> Void] = []
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var waiterCount: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Creates a signal that is not given.
    package init() {}

    /// Whether the stop was asked for.
    package var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Asks for the stop. From any thread; a second time does nothing.
    package func request() {
        let (handlers, waiters) = state.withLock { state in
            state.isRequested = true
            defer {
                state.handlers = []
                state.waiters = [:]
            }
            return (state.handlers, state.waiters)
        }
        for handler in handlers { handler() }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Has a handler called once when the stop is asked for, at once if it was already.
    ///
    /// - Parameter handler: cheap and thread-safe, called on the thread that asks: sets a flag, writes an eventfd.
    package func onRequest(_ handler: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isRequested { state.handlers.append(handler) }
            return state.isRequested
        }
        if isLate { handler() }
    }

    /// Returns when the stop is asked for or the calling task is cancelled.
    package func wait() async {
        let number = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Asked under the lock: a cancellation from here on finds the continuation, an earlier one is seen.
                    if state.isRequested || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }
}

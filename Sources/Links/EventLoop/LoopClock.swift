import Synchronization

/// The clock of a loop: what control code sleeps on, so that no wake-up passes through the cooperative pool.
package struct LoopClock: GatewayClock {
    package typealias Instant = Time.Instant
    package typealias Duration = Swift.Duration

    private let loop: any Loop

    /// Creates the clock of a loop.
    package init(_ loop: any Loop) { self.loop = loop }

    package var now: Instant { loop.now }
    package var minimumResolution: Swift.Duration { .nanoseconds(1) }

    /// Sleeps until a moment, never less; the tolerance is not used.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    package func sleep(until deadline: Instant, tolerance: Swift.Duration? = nil) async throws {
        let sleeper = Sleeper()
        let wokeInTime = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleeper.wait(continuation, until: deadline, on: loop)
            }
        } onCancel: {
            sleeper.cancel(on: loop)
        }
        if !wokeInTime { throw CancellationError() }
    }
}

/// One sleep, woken exactly once: by its timer or by cancellation, whichever takes the continuation out of the mutex.
private final class Sleeper: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Bool, Never>, LoopTimer?)
        case done
    }

    private let state = Mutex(State.fresh)

    func wait(
        _ continuation: CheckedContinuation<Bool, Never>, until deadline: Instant, on loop: any Loop
    ) {
        let isCancelled = state.withLock { state -> Bool in
            guard case .fresh = state else { return true }
            state = .waiting(continuation, nil)
            return false
        }
        guard !isCancelled else { return continuation.resume(returning: false) }
        let timer = loop.schedule(at: deadline) { [self] in take()?.resume(returning: true) }
        let isLate = state.withLock { state -> Bool in
            guard case .waiting(let continuation, _) = state else { return true }
            state = .waiting(continuation, timer)
            return false
        }
        if isLate { loop.cancel(timer) }  // cancelled between the two locks: nobody else knows the timer
    }

    func cancel(on loop: any Loop) {
        let (continuation, timer) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, LoopTimer?) in
            defer { state = .done }
            guard case .waiting(let continuation, let timer) = state else { return (nil, nil) }
            return (continuation, timer)
        }
        if let timer { loop.cancel(timer) }
        continuation?.resume(returning: false)
    }

    private func take() -> CheckedContinuation<Bool, Never>? {
        state.withLock { state in
            guard case .waiting(let continuation, _) = state else { return nil }
            state = .done
            return continuation
        }
    }
}

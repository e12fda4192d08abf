import Links
import Synchronization

/// A clock whose time passes only when a test says so.
final class SupervisionClock: GatewayClock {
    typealias Instant = Time.Instant
    typealias Duration = Swift.Duration

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Watcher {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now: Instant
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Watcher] = []
        var count = 0
    }

    /// Where time began.
    let start: Instant
    private let state: Mutex<State>

    init() {
        start = .now
        state = Mutex(State(now: start))
    }

    var now: Instant { state.withLock { $0.now } }
    var elapsed: Duration { start.duration(to: now) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var watchers: [Watcher] = []
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.now >= deadline { return true }
                    state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
                    watchers = state.watchers.filter { $0.deadline == deadline }
                    state.watchers.removeAll { $0.deadline == deadline }
                    return nil
                }
                for watcher in watchers { watcher.continuation.resume() }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation.resume(returning: false)
        }
        if !isOver { throw CancellationError() }
    }

    /// Lets time pass.
    func advance(by duration: Duration) { advance(to: now + duration) }

    /// Lets time pass up to a moment.
    func advance(to instant: Instant) {
        let due = state.withLock { state in
            state.now = max(state.now, instant)
            let due = state.sleepers.filter { $0.value.deadline <= instant }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Waits until somebody sleeps until exactly this long from now, and then lets that time pass.
    func advanceToSleeper(in duration: Duration) async {
        let deadline = now + duration
        // Cancelled when the test's time limit is over, so that a missing sleeper is a failure and no hang.
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || state.sleepers.values.contains(where: { $0.deadline == deadline }) {
                        return true
                    }
                    state.watchers.append(Watcher(deadline: deadline, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let watchers = state.withLock { state in
                defer { state.watchers = [] }
                return state.watchers
            }
            for watcher in watchers { watcher.continuation.resume() }
        }
        advance(to: deadline)
    }
}

/// A generator that always says the same: 0 gives the shortest waits, the maximum the longest.
struct ConstantGenerator: RandomNumberGenerator, Sendable {
    let value: UInt64
    func next() -> UInt64 { value }

    static let shortest = ConstantGenerator(value: 0)
    static let middle = ConstantGenerator(value: 1 << 63)
    static let longest = ConstantGenerator(value: .max)
}

/// A generator with a seed.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

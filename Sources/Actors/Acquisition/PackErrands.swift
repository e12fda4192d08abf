package import BMSProtocols
package import Links
import Synchronization

/// What others want of a BMS, done by its poller between two polls: one errand a gap, each short, and only while the BMS
/// answers. No poll waits for one: what has not begun waits for another gap, and what has begun ends with it (S78).
package final class PackErrands: Sendable {
    /// Why an errand came to nothing.
    package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// The BMS does not answer, or nobody polls it.
        case absent
        /// There are too many already.
        case busy
        /// No gap between two polls was free for it.
        case late
        /// The BMS answered otherwise than it should.
        case bms(String)

        package var description: String {
            switch self {
            case .absent: "the BMS does not answer: see what the status says of its link"
            case .busy: "too many requests to the BMS wait already: try again in a moment"
            case .late: "the BMS had no time for it between two polls: try again in a moment"
            case .bms(let sentence): sentence
            }
        }
    }

    /// What is done in a gap: at most one request and its answer, for which nobody waits beyond the moment given.
    package typealias Work<Result> = @Sendable (any BMSDriver, Instant) async throws(BMSError) -> Result

    private struct Errand: Sendable {
        var number: Int
        var perform: @Sendable (any BMSDriver, Instant) async -> Void
        var refuse: @Sendable (Failure) -> Void
    }

    private struct State {
        var waiting: [Errand] = []
        var count = 0
    }

    /// Errands that may wait.
    private static let capacity = 8

    private let state = Mutex(State())

    package init() {}

    deinit { refuseAll() }

    // MARK: - For those who want something

    /// Has the poller do something with its driver, and waits for it.
    ///
    /// - Parameters:
    ///   - giveUp: returns when nobody wants to wait any longer; an errand that has begun is waited for.
    ///   - work: at most one request and its answer, until the next poll is due.
    /// - Returns: what came of it.
    /// - Throws: `Failure`.
    package func run<Result: Sendable>(
        giveUp: @escaping @Sendable () async -> Void, _ work: @escaping Work<Result>
    ) async throws(Failure) -> Result {
        let outcome = await withTaskGroup(of: Swift.Result<Result, Failure>?.self) { group in
            let number = newNumber()
            group.addTask { await self.enqueue(number, work) }
            group.addTask {
                await giveUp()
                self.withdraw(number)
                return nil
            }
            var outcome: Swift.Result<Result, Failure>?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome ?? .failure(.absent)
        }
        return try outcome.get()
    }

    // MARK: - For the poller

    /// Does the next errand, if one waits.
    ///
    /// - Parameters:
    ///   - driver: the poller's own.
    ///   - end: when the next poll is due.
    func performNext(with driver: any BMSDriver, until end: Instant) async {
        guard let errand = state.withLock({ $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }) else { return }
        await errand.perform(driver, end)
    }

    /// The BMS does not answer: whoever waits is told so.
    func refuseAll() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for errand in waiting { errand.refuse(.absent) }
    }

    // MARK: - Private

    private func newNumber() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    private func enqueue<Result: Sendable>(
        _ number: Int, _ work: @escaping Work<Result>
    ) async -> Swift.Result<Result, Failure> {
        await withCheckedContinuation { continuation in
            let errand = Errand(number: number) { driver, end in
                do throws(BMSError) {
                    continuation.resume(returning: .success(try await work(driver, end)))
                } catch {
                    continuation.resume(returning: .failure(.bms(error.sentence)))
                }
            } refuse: { failure in
                continuation.resume(returning: .failure(failure))
            }
            let isTaken = state.withLock { state in
                guard state.waiting.count < Self.capacity else { return false }
                state.waiting.append(errand)
                return true
            }
            if !isTaken { errand.refuse(.busy) }
        }
    }

    private func withdraw(_ number: Int) {
        let errand = state.withLock { state -> Errand? in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting.remove(at: place)
        }
        errand?.refuse(.late)
    }
}

package import BMSProtocols
package import Links
import Synchronization

/// What others want of a BMS, done by its poller between two polls: one errand a gap, each short, and only while the BMS
/// answers. No poll waits for a short one: what has not begun waits for another gap, and what has begun ends with it (S78).
/// A long one may take the place of some polls, but ends while the data is live (S2).
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

    /// How much time an errand needs.
    package enum Length: Sendable, Hashable {
        /// One request and its answer: the gap between two polls.
        case short
        /// Several that must not be torn apart, such as those that move a switch and prove it.
        case long
    }

    /// What is done: requests and their answers, for which nobody waits beyond the moment given.
    package typealias Work<Result> = @Sendable (any BMSDriver, Instant) async throws(BMSError) -> Result

    private struct Errand: Sendable {
        var number: Int
        var length: Length
        var perform: @Sendable (any BMSDriver, Instant) async -> Void
        var refuse: @Sendable (Failure) -> Void
    }

    private struct State {
        var waiting: [Errand] = []
        var count = 0
    }

    /// Errands that may wait.
    private static let capacity = 8
    /// Least time that is worth a short errand: a long answer takes 10 ms on the fastest wire alone.
    private static let leastShort: Duration = .milliseconds(25)
    /// Least time that is worth a long one: a slow wire needs 60 ms for each of its requests.
    private static let leastLong: Duration = .milliseconds(500)
    /// A long one takes no more, however much there is.
    private static let mostLong: Duration = .milliseconds(1500)

    private let state = Mutex(State())

    package init() {}

    deinit { refuseAll() }

    // MARK: - For those who want something

    /// Has the poller do something with its driver, and waits for it.
    ///
    /// - Parameters:
    ///   - length: how much time the work needs.
    ///   - giveUp: returns when nobody wants to wait any longer; an errand that has begun is waited for.
    ///   - work: what to do, until the moment that it is given.
    /// - Returns: what came of it.
    /// - Throws: `Failure`.
    package func run<Result: Sendable>(
        _ length: Length = .short, giveUp: @escaping @Sendable () async -> Void, _ work: @escaping Work<Result>
    ) async throws(Failure) -> Result {
        let outcome = await withTaskGroup(of: Swift.Result<Result, Failure>?.self) { group in
            let number = newNumber()
            group.addTask { await self.enqueue(number, length, work) }
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

    /// Does the next errand for which there is time, if one waits.
    ///
    /// - Parameters:
    ///   - driver: the poller's own.
    ///   - now: the moment.
    ///   - due: when the next poll is due.
    ///   - fresh: when the next poll must begin at the latest, so that the data is live until it has ended.
    func performNext(with driver: any BMSDriver, now: Instant, due: Instant, fresh: Instant) async {
        let long = max(due, min(fresh, now + Self.mostLong))
        let hasTime: [Length: Bool] = [.short: now + Self.leastShort < due, .long: now + Self.leastLong < long]
        let errand = state.withLock { state in
            state.waiting.firstIndex { hasTime[$0.length] == true }.map { state.waiting.remove(at: $0) }
        }
        await errand?.perform(driver, errand?.length == .long ? long : due)
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
        _ number: Int, _ length: Length, _ work: @escaping Work<Result>
    ) async -> Swift.Result<Result, Failure> {
        await withCheckedContinuation { continuation in
            let errand = Errand(number: number, length: length) { driver, end in
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

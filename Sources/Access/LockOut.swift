/// Slows down those who guess the password (S72): per network five failures, then a lock of a minute that doubles with
/// each further failure up to a quarter of an hour; in all ten failures a minute.
///
/// Every lock ends by itself, and a try during a lock does not lengthen it. An attempt counts as failed from the moment
/// it is let in until it has succeeded: a hundred attempts at the same time are a hundred attempts.
/// Times are readings of a clock that never goes back.
struct LockOut: Sendable {
    /// Failures of one network before its first lock.
    static let freeFailures = 5
    static let firstLock: Duration = .seconds(60)
    static let longestLock: Duration = .seconds(15 * 60)
    /// Failures of all networks together within `window`.
    static let failuresInAll = 10
    static let window: Duration = .seconds(60)
    /// A network that has not failed for so long after its lock begins anew.
    static let memory: Duration = .seconds(3600)
    /// Networks remembered. Ten failures a minute, each remembered for 75 minutes at most, are 750: it is never reached.
    static let capacity = 1024

    /// An attempt that was let in.
    struct Attempt: Sendable, Hashable {
        fileprivate var network: PeerNetwork
        fileprivate var time: Duration
    }

    /// What becomes of an attempt.
    enum Verdict: Sendable, Hashable {
        case admitted(Attempt)
        /// Not before this time has passed.
        case refused(Duration)
    }

    private struct Record: Sendable {
        var failures = 0
        var lockedUntil: Duration = .zero
        var last: Duration = .zero

        /// When it no longer matters.
        var end: Duration { max(last, lockedUntil) + LockOut.memory }
    }

    private var records: [PeerNetwork: Record] = [:]
    /// Failures of the last minute, oldest first.
    private var recent: [Duration] = []

    /// Networks remembered now.
    var count: Int { records.count }

    /// Whether a network is locked.
    func isLocked(_ network: PeerNetwork, at now: Duration) -> Bool {
        records[network].map { $0.lockedUntil > now } ?? false
    }

    /// Lets an attempt in, and books it as a failure.
    mutating func attempt(from network: PeerNetwork, at now: Duration) -> Verdict {
        forget(at: now)
        var record = records[network] ?? Record()
        if record.lockedUntil > now { return .refused(record.lockedUntil - now) }
        if recent.count >= Self.failuresInAll, let first = recent.first { return .refused(first + Self.window - now) }
        recent.append(now)
        record.failures += 1
        record.last = now
        record.lockedUntil = now + Self.lock(after: record.failures)
        records[network] = record
        return .admitted(Attempt(network: network, time: now))
    }

    /// The attempt was right: its network has a clean sheet.
    mutating func succeeded(_ attempt: Attempt) {
        records[attempt.network] = nil
        withdrawRecent(attempt)
    }

    /// The attempt came to no answer, through no fault of whoever made it.
    mutating func withdraw(_ attempt: Attempt) {
        withdrawRecent(attempt)
        guard var record = records[attempt.network] else { return }
        record.failures = max(0, record.failures - 1)
        record.lockedUntil = min(record.lockedUntil, attempt.time + Self.lock(after: record.failures))
        records[attempt.network] = record.failures == 0 ? nil : record
    }

    /// The lock that so many failures in a row bring.
    static func lock(after failures: Int) -> Duration {
        guard failures >= freeFailures else { return .zero }
        // Four doublings pass the longest lock; more would overflow after enough failures.
        return min(longestLock, firstLock * (1 << min(failures - freeFailures, 4)))
    }

    // MARK: - Private

    private mutating func forget(at now: Duration) {
        recent.removeAll { $0 + Self.window <= now }
        records = records.filter { $0.value.end > now }
        while records.count >= Self.capacity, let oldest = records.min(by: { $0.value.end < $1.value.end }) {
            records[oldest.key] = nil
        }
    }

    private mutating func withdrawRecent(_ attempt: Attempt) {
        if let place = recent.firstIndex(of: attempt.time) { recent.remove(at: place) }
    }
}

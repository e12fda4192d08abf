package import Log
import Synchronization

/// Many worlds, one after the other on each of some threads.
package final class Campaign: Sendable {
    /// What one world came to.
    package typealias Result = Swift.Result<Examination, WorldError>

    private struct Progress {
        var next = 0
        var running: Int
    }

    private let setups: [@Sendable () -> WorldSetup]
    private let comparesClock: Bool
    private let report: @Sendable (Result) -> Void
    private let finish: @Sendable () -> Void
    private let progress: Mutex<Progress>
    private let turn = Mutex(())

    private init(
        _ setups: [@Sendable () -> WorldSetup], jobs: Int, comparesClock: Bool,
        report: @escaping @Sendable (Result) -> Void, finish: @escaping @Sendable () -> Void
    ) {
        self.setups = setups
        self.comparesClock = comparesClock
        self.report = report
        self.finish = finish
        progress = Mutex(Progress(running: jobs))
    }

    /// Runs them all.
    ///
    /// - Parameters:
    ///   - setups: make the worlds, in order.
    ///   - jobs: how many threads, at least 1.
    ///   - comparesClock: whether a world that sets the wall clock is compared with itself without that (S57).
    ///   - report: called with each world's end, by one thread at a time, in whatever order they end.
    /// - Throws: `DedicatedThread.StartFailure`.
    package static func run(
        _ setups: [@Sendable () -> WorldSetup], jobs: Int, comparesClock: Bool = false,
        report: @escaping @Sendable (Result) -> Void
    ) async throws(DedicatedThread.StartFailure) {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let jobs = max(1, min(jobs, setups.count))
        let campaign = Campaign(
            setups, jobs: jobs, comparesClock: comparesClock, report: report, finish: { end.finish() })
        for number in 1...jobs { _ = try DedicatedThread(named: "world \(number)") { campaign.work() } }
        for await _ in ends {}
    }

    // MARK: - Private

    private func work() {
        while let setup = take() {
            let result = Result { () throws(WorldError) in
                var examination = try Examination(of: setup())
                if comparesClock { try examination.compareWithoutClockSteps() }
                return examination
            }
            turn.withLock { _ in report(result) }
        }
        let isLast = progress.withLock { progress in
            progress.running -= 1
            return progress.running == 0
        }
        if isLast { finish() }
    }

    private func take() -> (@Sendable () -> WorldSetup)? {
        progress.withLock { progress in
            guard progress.next < setups.count else { return nil }
            defer { progress.next += 1 }
            return setups[progress.next]
        }
    }
}

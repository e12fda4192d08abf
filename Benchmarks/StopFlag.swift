import Synchronization

/// Tells a measuring thread that it is time to end.
final class StopFlag: Sendable {
    private let flag = Atomic(false)

    /// Whether it is time.
    var isRaised: Bool { flag.load(ordering: .relaxed) }

    /// From any thread.
    func raise() { flag.store(true, ordering: .relaxed) }
}

import Links
import Synchronization

/// How late this machine serves a thread that has something to do.
///
/// What a test sees of the wire is dated by a thread that waits its turn like every other: where that turn comes late, so
/// do all times, and what they say is said of the machine.
final class Lateness: Sendable {
    /// From here on times are no evidence: the tightest that a test judges is a tenth of a second.
    static let bound = Duration.milliseconds(80)

    private static let beat = Duration.milliseconds(40)
    private let loop: EventLoop
    private let longest = Mutex(Duration.zero)

    /// Begins to look, on the thread that dates what comes in.
    init(of loop: EventLoop) {
        self.loop = loop
        look()
    }

    /// The longest time that the thread had to wait so far.
    var worst: Duration { longest.withLock { $0 } }
    var isTooLate: Bool { worst > Self.bound }

    private func look() {
        let due = Moment.now + Self.beat
        loop.schedule(at: due) { [weak self] in
            guard let self else { return }
            let late = Moment.now - due
            longest.withLock { $0 = max($0, late) }
            look()
        }
    }
}

package import Battery
package import Links
import Synchronization

/// The signs of life of those that must not hang (S54).
///
/// A child beats after each finished unit of work, never from a timer: a poll that timed out because the BMS is unplugged
/// is a finished unit of work, a poll that never returns is not.
package final class Heartbeats: Sendable {
    private struct Entry {
        var last: Instant
        var isRequired: Bool
    }

    private let clock: any GatewayClock
    private let entries = Mutex<[String: Entry]>([:])

    /// Creates a register without anybody in it.
    package init(clock: any GatewayClock) { self.clock = clock }

    /// The means by which one child reports; given to it by its factory.
    package func heartbeat(of id: String) -> Heartbeat {
        Heartbeat { [self] in
            let now = clock.now
            entries.withLock { $0[id, default: Entry(last: now, isRequired: false)].last = now }
        }
    }

    /// From now on this one's beats must come; the call counts as the first, so that a start has its time.
    package func require(_ id: String) {
        let now = clock.now
        entries.withLock { $0[id] = Entry(last: now, isRequired: true) }
    }

    /// Nobody waits for this one's beats any more.
    package func release(_ id: String) { entries.withLock { $0[id]?.isRequired = false } }

    /// The last beat of each one whose beats must come.
    package var required: [String: Instant] {
        entries.withLock { entries in entries.filter(\.value.isRequired).mapValues(\.last) }
    }

    /// The last beat of one that is known.
    package func last(_ id: String) -> Instant? { entries.withLock { $0[id]?.last } }
}

/// Reports one child's finished units of work.
package struct Heartbeat: Sendable {
    private let report: @Sendable () -> Void

    /// Creates a heartbeat that calls `report`.
    package init(_ report: @escaping @Sendable () -> Void) { self.report = report }

    /// Says that a unit of work is finished. Cheap, from any thread.
    package func beat() { report() }

    /// A heartbeat that nobody listens to.
    package static let none = Heartbeat {}
}

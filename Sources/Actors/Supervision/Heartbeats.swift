package import Battery
package import Links
import Synchronization

/// The signs of life of those that must not hang (S54).
///
/// A child beats after each finished unit of work, never from a timer: a poll that timed out because the BMS is unplugged
/// is a finished unit of work, a poll that never returns is not.
package final class Heartbeats: Sendable {
    private struct Entry {
        /// nil before the first.
        var last: Instant?
        var isRequired = false
    }

    private let clock: any GatewayClock
    private let entries = Mutex<[String: Slot]>([:])

    /// One's last beat. A beat is a step of the control path: it looks for no name.
    private final class Slot: Sendable {
        let entry = Mutex(Entry())
    }

    /// Creates a register without anybody in it.
    package init(clock: any GatewayClock) { self.clock = clock }

    /// The means by which one child reports; given to it by its factory.
    package func heartbeat(of id: String) -> Heartbeat {
        let slot = slot(of: id)
        return Heartbeat { [clock] in
            let now = clock.now
            slot.entry.withLock { $0.last = now }
        }
    }

    /// From now on this one's beats must come; the call counts as the first, so that a start has its time.
    package func require(_ id: String) {
        let now = clock.now
        slot(of: id).entry.withLock { $0 = Entry(last: now, isRequired: true) }
    }

    /// Nobody waits for this one's beats any more.
    package func release(_ id: String) { slot(of: id).entry.withLock { $0.isRequired = false } }

    /// The last beat of each one whose beats must come.
    package var required: [String: Instant] {
        entries.withLock { entries in
            entries.compactMapValues { slot in slot.entry.withLock { $0.isRequired ? $0.last : nil } }
        }
    }

    /// The last beat of one that is known.
    package func last(_ id: String) -> Instant? {
        entries.withLock { entries in entries[id]?.entry.withLock { $0.last } }
    }

    private func slot(of id: String) -> Slot {
        entries.withLock { entries in
            if let slot = entries[id] { return slot }
            let slot = Slot()
            entries[id] = slot
            return slot
        }
    }
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

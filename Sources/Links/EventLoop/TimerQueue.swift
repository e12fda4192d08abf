/// Pending timers, earliest first; of two with one instant, the one scheduled first.
///
/// A value with no clock and no lock. Bodies are handed out rather than dropped, so that the owner releases them outside
/// its lock: what they capture may come back to the loop when it dies.
struct TimerQueue {
    typealias Body = @Sendable () -> Void

    private struct Entry {
        var instant: ContinuousClock.Instant
        var identifier: UInt64

        func precedes(_ other: Entry) -> Bool {
            instant == other.instant ? identifier < other.identifier : instant < other.instant
        }
    }

    /// A binary heap; entries of cancelled timers stay until they surface or outnumber the living.
    private var heap: [Entry] = []
    private var bodies: [UInt64: Body] = [:]
    /// The identifier that the next timer gets; identifiers grow in the order of scheduling.
    private(set) var nextIdentifier: UInt64 = 1

    /// Timers that will still fire.
    var count: Int { bodies.count }

    /// The earliest instant at which a timer is due; nil without timers.
    mutating func nextInstant() -> ContinuousClock.Instant? {
        while let first = heap.first {
            if bodies[first.identifier] != nil { return first.instant }
            removeFirst()
        }
        return nil
    }

    /// Adds a timer.
    mutating func insert(at instant: ContinuousClock.Instant, _ body: @escaping Body) -> LoopTimer {
        let identifier = nextIdentifier
        nextIdentifier &+= 1
        bodies[identifier] = body
        heap.append(Entry(instant: instant, identifier: identifier))
        siftUp(from: heap.count - 1)
        return LoopTimer(identifier: identifier)
    }

    /// Takes a timer out before it fires; nil for one that fired or was taken out.
    mutating func remove(_ timer: LoopTimer) -> Body? {
        let body = bodies.removeValue(forKey: timer.identifier)
        if heap.count > 64, heap.count > 2 * bodies.count {
            heap.removeAll { bodies[$0.identifier] == nil }
            heap.sort { $0.precedes($1) }  // a sorted array is a heap
        }
        return body
    }

    /// Takes out the first timer due at `now` among those scheduled before `limit`; nil when none is left.
    ///
    /// The limit ends a turn even when bodies keep scheduling timers that are due at once.
    mutating func popDue(at now: ContinuousClock.Instant, scheduledBefore limit: UInt64) -> Body? {
        guard let instant = nextInstant(), instant <= now, let first = heap.first, first.identifier < limit else {
            return nil
        }
        removeFirst()
        return bodies.removeValue(forKey: first.identifier)
    }

    /// Takes out everything.
    mutating func removeAll() -> [Body] {
        defer { (heap, bodies) = ([], [:]) }
        return Array(bodies.values)
    }

    // MARK: - Private

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].precedes(heap[smallest]) { smallest = child }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }
}

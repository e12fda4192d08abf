/// Pending timers, earliest first; of two with one instant, the one scheduled first.
///
/// A value with no clock and no lock. Bodies are handed out rather than dropped, so that the owner releases them outside
/// its lock: what they capture may come back to the loop when it dies.
package struct TimerQueue {
    package typealias Body = @Sendable () -> Void

    private struct Entry {
        var instant: Instant
        var identifier: UInt64

        func precedes(_ other: Entry) -> Bool {
            instant == other.instant ? identifier < other.identifier : instant < other.instant
        }
    }

    /// Where a living timer's body is kept; a slot is used again once its timer fired or was taken out.
    private struct Slot {
        var identifier: UInt64
        var body: Body?
    }

    /// Low bits of an identifier: its slot. Above them stands the order of scheduling.
    private static let slotBits: UInt64 = 20
    private static let slotMask: UInt64 = 1 << slotBits - 1

    /// A binary heap; entries of cancelled timers stay until they surface or outnumber the living.
    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var sequence: UInt64 = 1

    package init() {}

    /// Every identifier so far is below this one, every later one is not.
    package var nextIdentifier: UInt64 { sequence << Self.slotBits }

    /// Timers that will still fire.
    var count: Int { slots.count - free.count }

    /// The earliest instant at which a timer is due; nil without timers.
    package mutating func nextInstant() -> Instant? {
        while let first = heap.first {
            if isAlive(first.identifier) { return first.instant }
            removeFirst()
        }
        return nil
    }

    /// Adds a timer.
    package mutating func insert(at instant: Instant, _ body: @escaping Body) -> LoopTimer {
        let slot = free.popLast() ?? slots.count
        precondition(slot <= Self.slotMask, "a million timers are pending")
        let identifier = sequence << Self.slotBits | UInt64(slot)
        sequence &+= 1
        if slot == slots.count {
            slots.append(Slot(identifier: identifier, body: body))
        } else {
            slots[slot] = Slot(identifier: identifier, body: body)
        }
        heap.append(Entry(instant: instant, identifier: identifier))
        siftUp(from: heap.count - 1)
        return LoopTimer(identifier: identifier)
    }

    /// Takes a timer out before it fires; nil for one that fired or was taken out.
    package mutating func remove(_ timer: LoopTimer) -> Body? {
        let body = take(timer.identifier)
        if heap.count > 64, heap.count > 2 * count {
            heap = heap.filter { isAlive($0.identifier) }
            heap.sort { $0.precedes($1) }  // a sorted array is a heap
        }
        return body
    }

    /// Takes out the first timer due at `now` among those scheduled before `limit`; nil when none is left.
    ///
    /// The limit ends a turn even when bodies keep scheduling timers that are due at once.
    package mutating func popDue(at now: Instant, scheduledBefore limit: UInt64) -> Body? {
        guard let instant = nextInstant(), instant <= now, let first = heap.first, first.identifier < limit else {
            return nil
        }
        removeFirst()
        return take(first.identifier)
    }

    /// Takes out everything.
    package mutating func removeAll() -> [Body] {
        defer { (heap, slots, free) = ([], [], []) }
        return slots.compactMap(\.body)
    }

    // MARK: - Private

    private func isAlive(_ identifier: UInt64) -> Bool {
        let slot = Int(identifier & Self.slotMask)
        return slot < slots.count && slots[slot].identifier == identifier && slots[slot].body != nil
    }

    private mutating func take(_ identifier: UInt64) -> Body? {
        guard isAlive(identifier) else { return nil }
        let slot = Int(identifier & Self.slotMask)
        free.append(slot)
        return slots[slot].body.take()
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        var parent = 0
        while true {
            var smallest = 2 * parent + 1
            guard smallest < heap.count else { break }
            if smallest + 1 < heap.count, heap[smallest + 1].precedes(heap[smallest]) { smallest += 1 }
            guard heap[smallest].precedes(last) else { break }
            heap[parent] = heap[smallest]
            parent = smallest
        }
        heap[parent] = last
    }

    private mutating func siftUp(from index: Int) {
        let entry = heap[index]
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }
}

package import Battery

/// The mean of a rate over a window that ends now, weighted by time. Own, by trapezoids between live samples.
///
/// Counts only the time between samples that belong together; unknown while that is less than half of the window. The
/// window is kept in 30 slots, so that its length is right to one thirtieth and its memory constant.
package struct SlidingMean: Sendable {
    private struct Slot {
        /// Which stretch of time it holds; none at the start.
        var number = Int.min
        /// Rate times seconds.
        var area = 0.0
        /// Seconds that were counted.
        var seconds = 0.0
    }

    private static let slotCount = 30

    /// s.
    private let window: Double
    private var slots = [Slot](repeating: Slot(), count: Self.slotCount)
    private var last: (time: Instant, value: Double)?

    /// Nothing is known yet.
    package init(window: Duration) { self.window = max(window.seconds, 1) }

    /// Takes the value of a live sample; nil where it is unknown.
    package mutating func add(_ value: Double?, at time: Instant, gap: Duration) {
        guard let value, value.isFinite else {
            last = nil
            return
        }
        defer { last = (time, value) }
        guard let last, time > last.time, time - last.time <= gap else { return }
        add(from: (last.time.sinceBoot.seconds, last.value), to: (time.sinceBoot.seconds, value))
    }

    /// The mean at a moment; nil where too little of its window is known.
    package func mean(at now: Instant) -> Double? {
        guard let newest = number(now.sinceBoot.seconds) else { return nil }
        var (area, seconds) = (0.0, 0.0)
        for slot in slots where slot.number <= newest && slot.number > newest - Self.slotCount {
            area += slot.area
            seconds += slot.seconds
        }
        return seconds >= window / 2 ? area / seconds : nil
    }

    // MARK: - Private

    private var width: Double { window / Double(Self.slotCount) }

    /// Which stretch of time a moment is in; nil for none that this computer will see.
    private func number(_ seconds: Double) -> Int? {
        let number = seconds / width
        return number >= 0 && number < 1e15 ? Int(number) : nil
    }

    /// Spreads one trapezoid over the slots that it reaches into.
    private mutating func add(from start: (time: Double, value: Double), to end: (time: Double, value: Double)) {
        guard end.time > start.time, let first = number(start.time), let last = number(end.time) else { return }
        let slope = (end.value - start.value) / (end.time - start.time)
        for number in max(first, last - Self.slotCount + 1)...last {
            let from = max(start.time, Double(number) * width)
            let to = min(end.time, Double(number + 1) * width)
            guard to > from else { continue }
            let place = number % Self.slotCount
            if slots[place].number != number { slots[place] = Slot(number: number) }
            slots[place].area += (start.value + slope * ((from + to) / 2 - start.time)) * (to - from)
            slots[place].seconds += to - from
        }
    }
}

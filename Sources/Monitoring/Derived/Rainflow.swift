/// Counts cycles by their depth as they happen. Own.
///
/// Rainflow by the three-point rule of ASTM E1049-85, 5.4.4, one turning point at a time. Values are rounded to half a
/// percent, and a turn of less than `reversal` is none: a finite number of turns can then wait for their other half.
package struct Rainflow: Sendable, Hashable {
    /// Cycles are sorted by depth: over 0 to 10 %, over 10 to 20 %, … The last takes what is deeper.
    package static let binCount = 10
    /// Turns that may wait; beyond them the oldest counts as half a cycle.
    package static let mostPoints = 64
    /// The largest value that is followed, percent.
    package static let limit = 1e6
    /// Steps a percent.
    private static let steps = 2.0

    /// What has been counted.
    package struct Count: Sendable, Hashable {
        /// Cycles by depth, halves included.
        package var cycles: [Double]
        /// Cycles of 100 % with the same throughput.
        package var equivalent: Double
    }

    /// Everything that outlives the process. Turns in half percents.
    package struct Kept: Sendable, Hashable {
        /// Half cycles by depth.
        package var halves = [Int](repeating: 0, count: Rainflow.binCount)
        /// Sum of the depths of all half cycles.
        package var depth = 0
        /// Turns whose cycles are not whole yet, oldest first; the first value that was seen begins them.
        package var points: [Int] = []
        /// The farthest since the last turn; nil before the first value.
        package var extreme: Int?
        /// Which way it goes; nil before it has gone anywhere.
        package var isRising: Bool?

        package init() {}
    }

    package private(set) var kept: Kept
    /// Half percents.
    private let reversal: Int

    /// Goes on from what an earlier life counted.
    ///
    /// - Parameters:
    ///   - reversal: the least that is a turn, percent.
    ///   - kept: of the earlier life.
    package init(reversal: Double = 2, kept: Kept = Kept()) {
        self.reversal = max(Int(exactly: (reversal * Self.steps).rounded()) ?? 1, 1)
        self.kept = kept
    }

    /// Takes a value, percent. What is no number or out of all bounds is none.
    package mutating func add(_ value: Double) {
        guard value.isFinite, abs(value) <= Self.limit else { return }
        let value = Int((value * Self.steps).rounded())
        guard let extreme = kept.extreme else {
            (kept.points, kept.extreme) = ([value], value)
            return
        }
        guard let isRising = kept.isRising else {
            guard abs(value - extreme) >= reversal else { return }
            (kept.isRising, kept.extreme) = (value > extreme, value)
            return
        }
        if isRising ? value > extreme : value < extreme {
            kept.extreme = value
        } else if abs(value - extreme) >= reversal {
            kept.turn(extreme)
            (kept.isRising, kept.extreme) = (!isRising, value)
        }
    }

    /// Cycles so far; what is not whole counts as halves, as at the end of a record.
    package var count: Count {
        var all = kept
        if let extreme = all.extreme, all.isRising != nil { all.turn(extreme) }
        for (one, other) in zip(all.points, all.points.dropFirst()) { all.count(abs(one - other), halves: 1) }
        return Count(
            cycles: all.halves.map { Double($0) / 2 }, equivalent: Double(all.depth) / 2 / Self.steps / 100)
    }

    /// Puts an earlier life before what has been seen in this one, whose values began at 0.
    ///
    /// - Parameters:
    ///   - earlier: what it counted.
    ///   - value: the last value of the earlier life, percent.
    package mutating func precede(_ earlier: Kept, endedAt value: Double) {
        let own = kept
        kept = earlier
        for (bin, halves) in own.halves.enumerated() { kept.halves[bin] += halves }
        kept.depth += own.depth
        for point in own.points + [own.extreme].compactMap(\.self) { add(value + Double(point) / Self.steps) }
    }
}

extension Rainflow.Kept {
    /// Notes a turn, and counts what became whole with it.
    fileprivate mutating func turn(_ point: Int) {
        points.append(point)
        while points.count >= 3 {
            let (first, second, third) = (points[points.count - 3], points[points.count - 2], points[points.count - 1])
            let range = abs(second - first)
            guard abs(third - second) >= range else { break }
            if points.count == 3 {
                // The first of all turns had nothing before it that could close its cycle.
                count(range, halves: 1)
                points.removeFirst()
            } else {
                count(range, halves: 2)
                points.removeSubrange((points.count - 3)..<(points.count - 1))
            }
        }
        guard points.count > Rainflow.mostPoints else { return }
        count(abs(points[1] - points[0]), halves: 1)
        points.removeFirst()
    }

    /// Counts a range, half percents.
    fileprivate mutating func count(_ range: Int, halves count: Int) {
        guard range > 0 else { return }
        let width = 20
        halves[min((range - 1) / width, Rainflow.binCount - 1)] += count
        depth += range * count
    }
}

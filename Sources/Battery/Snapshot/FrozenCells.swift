/// Cells whose reading stands still while the others move: what is read there is no cell any more.
///
/// A pack at rest moves nowhere and is never frozen (S7): the measure is how far the middle cell has gone since a cell's
/// reading last changed by its smallest step.
struct FrozenCells: Sendable {
    /// The middle cell must have moved so far, V: more than a sound cell of the same string could stay behind by chance.
    static let distance = 0.030

    private struct Trace: Sendable {
        var reading: Double
        var middle: Double
        var isFrozen = false
    }

    private var traces: [Trace?] = []

    /// The cells of a new reading without those that stand still.
    mutating func removed(from cells: [Double?]) -> [Double?] {
        var known: [Double] = []
        known.reserveCapacity(cells.count)
        for case let volts? in cells { known.append(volts) }
        known.sort()
        guard !known.isEmpty else { return cells }
        let middle = known[known.count / 2]
        if traces.count != cells.count { traces = Array(repeating: nil, count: cells.count) }
        var moving = cells
        for (index, volts) in cells.enumerated() {
            guard let volts else {
                traces[index] = nil
                continue
            }
            guard var trace = traces[index], trace.reading == volts else {
                traces[index] = Trace(reading: volts, middle: middle)
                continue
            }
            if abs(middle - trace.middle) > Self.distance { trace.isFrozen = true }
            traces[index] = trace
            if trace.isFrozen { moving[index] = nil }
        }
        return moving
    }
}

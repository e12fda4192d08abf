/// Rest voltage of a cell over its state of charge: a table fine enough that reading it needs only a multiplication.
///
/// The table is filled by monotone cubic interpolation (Fritsch and Carlson, 1980), so the curve never falls between its
/// points. Beyond empty and full it goes on with the slope of its ends, within 0...5 V: a cell can be driven there.
package struct RestVoltageCurve: Sendable, Hashable {
    private static let intervals = 1000

    private let table: [Double]
    private let lowSlope: Double
    private let highSlope: Double

    /// Creates the curve of a chemistry.
    package init(_ chemistry: CellChemistry) {
        let points = chemistry.restVoltagePoints
        let interpolation = MonotoneCubic(points.map { ($0.percent / 100, $0.volts) })
        table = (0...Self.intervals).map { interpolation.value(at: Double($0) / Double(Self.intervals)) }
        let step = 1 / Double(Self.intervals)
        lowSlope = (table[1] - table[0]) / step
        highSlope = (table[Self.intervals] - table[Self.intervals - 1]) / step
    }

    /// Rest voltage in V at a state of charge as a fraction (0 empty, 1 full, any number allowed).
    package func volts(at fraction: Double) -> Double {
        let position = fraction * Double(Self.intervals)
        // Written so that NaN falls to the empty end instead of trapping in the conversion below.
        guard position > 0 else {
            return fraction.isNaN ? 0 : max(0, table[0] + fraction * lowSlope)
        }
        guard position < Double(Self.intervals) else {
            return min(5, table[Self.intervals] + (fraction - 1) * highSlope)
        }
        let index = Int(position)
        let low = table[index]
        return low + (table[index + 1] - low) * (position - Double(index))
    }

    /// Energy in J that a cell of a capacity (Ah) holds at a state of charge, counted from empty.
    package func joules(at fraction: Double, capacity: Double) -> Double {
        let upTo = min(max(fraction, 0), 1)
        let step = 1 / Double(Self.intervals)
        var sum = 0.0
        var at = 0.0
        while at + step <= upTo {
            sum += (volts(at: at) + volts(at: at + step)) / 2 * step
            at += step
        }
        sum += (volts(at: at) + volts(at: upTo)) / 2 * (upTo - at)
        return sum * capacity * 3600
    }
}

/// Monotone cubic Hermite interpolation through rising points.
private struct MonotoneCubic {
    private let points: [(x: Double, y: Double)]
    private let tangents: [Double]

    /// Creates the interpolation; needs at least two points with rising `x`.
    init(_ points: [(x: Double, y: Double)]) {
        self.points = points
        let secants = zip(points, points.dropFirst()).map { ($1.y - $0.y) / ($1.x - $0.x) }
        var tangents = points.indices.map { index in
            let before = secants[max(0, index - 1)]
            let after = secants[min(secants.count - 1, index)]
            return before * after <= 0 ? 0 : (before + after) / 2
        }
        for (index, secant) in secants.enumerated() where secant != 0 {
            let (a, b) = (tangents[index] / secant, tangents[index + 1] / secant)
            let square = a * a + b * b
            guard square > 9 else { continue }
            let scale = 3 / square.squareRoot()
            tangents[index] = scale * a * secant
            tangents[index + 1] = scale * b * secant
        }
        self.tangents = tangents
    }

    func value(at x: Double) -> Double {
        guard let upper = points.firstIndex(where: { $0.x >= x }), upper > 0 else {
            return x <= points[0].x ? points[0].y : points[points.count - 1].y
        }
        let (left, right) = (points[upper - 1], points[upper])
        let width = right.x - left.x
        let t = (x - left.x) / width
        let (t2, t3) = (t * t, t * t * t)
        return (2 * t3 - 3 * t2 + 1) * left.y + (t3 - 2 * t2 + t) * width * tangents[upper - 1]
            + (3 * t2 - 2 * t3) * right.y + (t3 - t2) * width * tangents[upper]
    }
}

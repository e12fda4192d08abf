/// A piecewise linear curve, flat beyond its ends.
package struct Curve: Sendable, Hashable {
    /// Points in rising order of `x`.
    let points: [Point]

    struct Point: Sendable, Hashable {
        let x: Double
        let y: Double
    }

    /// Creates a curve from (x, y) pairs in rising order of x.
    package init(_ pairs: [(Double, Double)]) { points = pairs.map { Point(x: $0.0, y: $0.1) } }

    /// The value at `x`; the first or last point's beyond the ends.
    package func callAsFunction(_ x: Double) -> Double {
        guard let first = points.first, x > first.x else { return points.first?.y ?? 0 }
        var low = first
        for high in points.dropFirst() {
            if x <= high.x {
                let width = high.x - low.x
                return width > 0 ? low.y + (high.y - low.y) * (x - low.x) / width : high.y
            }
            low = high
        }
        return low.y
    }
}

/// The derating curves (charge-control.md d.1 and d.2), as fractions of the configured maximum or as C-rates.
///
/// They shift with what the user configured: absorption, minimum, the lower end of the window.
enum DeratingCurves {
    /// Fraction of the maximum charge current over (highest cell − absorption), V.
    static let highestCell = Curve([(-0.075, 1), (-0.050, 0.25), (-0.025, 0.05), (0, 0.005), (0.050, 0)])
    /// Fraction of the maximum discharge current over (lowest cell − minimum), V.
    static let lowestCell = Curve([(0, 0), (0.1, 0.005), (0.2, 0.05), (0.3, 0.25), (0.39, 1)])
    /// Fraction of the maximum charge current over (coldest − lower end of the charge window), K.
    static let chargeCold = Curve([(0, 0), (2, 0.25), (5, 0.5), (10, 1)])
    /// C-rate of charging over (coldest − lower end of the charge window), K.
    static let chargeColdRate = Curve([(0, 0.05), (5, 0.12), (10, 0.30), (20, 0.50)])
    /// Fraction of the maximum charge current over the warmest sensor, °C.
    static let chargeWarm = Curve([(40, 1), (45, 0.5), (50, 0.25), (55, 0)])
    /// Fraction of the maximum discharge current over (coldest − lower end of the discharge window), K.
    static let dischargeCold = Curve([(0, 0), (10, 0.25), (15, 0.5), (20, 1)])
    /// Fraction of the maximum discharge current over the warmest sensor, °C.
    static let dischargeWarm = Curve([(40, 1), (45, 0.5), (50, 0.25), (55, 0)])
    /// Fraction of either maximum over the power switches' temperature, °C.
    static let switches = Curve([(70, 1), (80, 0.25), (90, 0)])
}

/// Conversions that cannot trap: a value that does not fit becomes the nearest that does, NaN becomes 0.
extension FixedWidthInteger {
    /// The nearest value to a number, rounded half away from zero.
    init(saturating value: Double) {
        guard !value.isNaN else {
            self = 0
            return
        }
        let rounded = value.rounded()
        if let exact = Self(exactly: rounded) {
            self = exact
        } else {
            self = rounded < 0 ? .min : .max
        }
    }
}

/// A number with a fixed count of decimals, as firmware prints it: `-3.03`.
func fixedPoint(_ value: Double, decimals: Int) -> String {
    var scale = 1
    for _ in 0..<max(0, min(decimals, 9)) { scale *= 10 }
    let scaled = Int64(saturating: min(max(value, -1e9), 1e9) * Double(scale))
    let whole = scaled.magnitude / UInt64(scale)
    let fraction = scaled.magnitude % UInt64(scale)
    let sign = scaled < 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let digits = String(fraction)
    return sign + String(whole) + "." + String(repeating: "0", count: max(0, decimals - digits.count)) + digits
}

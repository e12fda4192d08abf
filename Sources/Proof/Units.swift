/// One second, in the unit of all times here.
let second: Int64 = 1_000_000

/// A span of a setting as µs; a span that no clock can hold is the longest.
func microseconds(_ seconds: Double) -> Int64 {
    let value = (seconds * 1e6).rounded()
    guard value > 0 else { return 0 }
    return value < 4e18 ? Int64(value) : 4_000_000_000_000_000_000
}

/// A time or an age for people: "6.412 s".
func seconds(_ microseconds: Int64) -> String {
    let milliseconds = microseconds / 1000
    let fraction = String(abs(milliseconds % 1000))
    let sign = milliseconds < 0 ? "-" : ""
    return "\(sign)\(abs(milliseconds / 1000)).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) s"
}

/// A number for people, with so many decimals.
func decimal(_ value: Double, _ decimals: Int = 1) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.isFinite, abs(value) * scale < 1e15 else { return "\(value)" }
    let scaled = Int64((value * scale).rounded())
    guard decimals > 0 else { return String(scaled) }
    let digits = String(abs(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return (scaled < 0 ? "-" : "") + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}

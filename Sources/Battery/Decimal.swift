extension Double {
    /// The value with a fixed number of decimals and a point, in the way people write measurements.
    ///
    /// Foundation's formatting costs 44 MB of a static binary; this costs nothing.
    package func decimal(_ places: Int) -> String {
        guard isFinite, magnitude < 1e12 else { return description }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (magnitude * scale).rounded()
        let whole = Int64(scaled / scale)
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + whole.description }
        let fraction = Int64(scaled - Double(whole) * scale).description
        return sign + whole.description + "." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

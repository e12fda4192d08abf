/// Measured values of one kind, in one unit.
package struct Samples: Sendable, Hashable {
    /// The values, lowest first.
    package let sorted: [Double]

    /// Takes values in any order; what is not a number is left out.
    package init(_ values: [Double]) { sorted = values.filter { !$0.isNaN }.sorted() }

    /// How many there are.
    package var count: Int { sorted.count }

    /// The value that `percent` of the samples do not exceed, by nearest rank; nil without samples.
    ///
    /// Nearest rank gives a value that was measured, never one between two. 0 is the lowest, 100 the highest.
    package func percentile(_ percent: Double) -> Double? {
        guard let last = sorted.indices.last else { return nil }
        // A hair less before rounding up: 99.9 % of 1000 is 999, whatever binary fractions make of it.
        let rank = (percent / 100 * Double(count) - 1e-9).rounded(.up)
        return sorted[min(max(Int(rank) - 1, 0), last)]
    }

    /// The middle value; of an even number the lower of the two.
    package var median: Double? { percentile(50) }

    /// The highest value.
    package var highest: Double? { sorted.last }
}

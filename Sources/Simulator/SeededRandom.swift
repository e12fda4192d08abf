/// A random source that gives the same numbers for the same seed on every machine: xoshiro256**, seeded by SplitMix64.
///
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018 (the published algorithms).
package struct SeededRandom: RandomNumberGenerator, Sendable, Hashable {
    private var state0: UInt64
    private var state1: UInt64
    private var state2: UInt64
    private var state3: UInt64

    /// Creates the source of a seed; every seed is good, 0 too.
    package init(seed: UInt64) {
        var mixer = SplitMix64(state: seed)
        state0 = mixer.next()
        state1 = mixer.next()
        state2 = mixer.next()
        state3 = mixer.next()
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        let product = state1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state1 << 17
        state2 ^= state0
        state3 ^= state1
        state1 ^= state2
        state0 ^= state3
        state2 ^= shifted
        state3 = (state3 << 45) | (state3 >> 19)
        return result
    }

    /// A number in 0..<1, evenly spread over 2^53 values.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number of a range, evenly spread.
    package mutating func between(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// A number of a range above 0, spread so that each of its powers of two is about as likely: an even number of
    /// doublings and an even step beyond, which needs no logarithm.
    package mutating func logarithmic(_ range: ClosedRange<Double>) -> Double {
        guard range.lowerBound > 0 else { return between(range) }
        var doublings = 0
        while range.lowerBound * Double(1 << (doublings + 1)) < range.upperBound, doublings < 60 { doublings += 1 }
        let value = range.lowerBound * Double(1 << index(below: doublings + 1))
        return between(value...min(value * 2, range.upperBound))
    }

    /// A whole number in 0..<bound; 0 for a bound below 1. The bias of the simple product is below bound / 2^64.
    package mutating func index(below bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(truncatingIfNeeded: UInt64(bound).multipliedFullWidth(by: next()).high)
    }

    /// Whether something of a probability (0...1) happens. Draws nothing for 0 and 1.
    package mutating func happens(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return probability >= 1 || unit() < probability
    }

    /// A number around 0 with standard deviation 1 and no value beyond ±3, close to a normal distribution.
    ///
    /// A sum of four even numbers needs no logarithm, so that every machine computes the same bits.
    package mutating func deviation() -> Double {
        let sum = unit() + unit() + unit() + unit()
        let scaled = (sum - 2) * 1.7320508075688772
        return min(max(scaled, -3), 3)
    }

    /// A source of its own for a part of the simulation, so that drawing more numbers in one part leaves the others alone.
    package mutating func fork() -> SeededRandom {
        SeededRandom(seed: next())
    }
}

/// Turns any seed, however poor, into good state words.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

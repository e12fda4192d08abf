/// Work done over and over on one processor, in batches of some milliseconds.
struct Rate {
    /// Units a second of each batch.
    let samples: Samples

    /// Units a second, the middle batch.
    var median: Double { samples.median ?? .nan }

    /// Measures pieces of work turn about, so that each sees the same machine.
    ///
    /// - Parameters:
    ///   - batches: how often each is measured.
    ///   - seconds: processor time of one batch, about.
    ///   - work: does its units and says how many.
    /// - Returns: one rate a piece of work.
    static func measure(batches: Int = 15, seconds: Double = 0.02, _ work: [() -> Int]) -> [Rate] {
        var rates = [[Double]](repeating: [], count: work.count)
        for batch in 0...batches {
            for (index, piece) in work.enumerated() {
                // The thread's own time: what other programs take from the processor is not the code's.
                let began = Bare.threadTime
                var units = 0
                while Double(Bare.threadTime - began) < seconds * 1e9 { units += piece() }
                let elapsed = Double(Bare.threadTime - began) / 1e9
                // The first one warms up.
                if batch > 0 { rates[index].append(Double(units) / elapsed) }
            }
        }
        return rates.map { Rate(samples: Samples($0)) }
    }
}

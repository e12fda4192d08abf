/// Draws what goes wrong with one pack. Pure: the same random source gives the same faults.
///
///     var random = SeededRandom(seed: seed)
///     let faults = FaultDraw().faults(for: pack, from: &random)
///
/// Faults may overlap, and most of them end, so that a recovery is seen too.
package struct FaultDraw: Sendable, Hashable {
    /// What may be drawn, each as likely as the others.
    package var kinds = Misbehaviour.Kind.allCases
    /// How many faults a pack gets.
    package var count = 1...4
    /// Simulated seconds in which they begin.
    package var window = 30.0...600
    /// Part of the faults that last to the end, 0...1.
    package var endless = 0.1

    /// Creates a draw from all kinds.
    package init() {}

    /// Draws the faults of a pack.
    ///
    /// - Parameters:
    ///   - pack: limits the cells and sensors that may be concerned.
    ///   - random: the source.
    /// - Returns: the faults in the order of time.
    package func faults(for pack: PackParameters, from random: inout SeededRandom) -> [ScheduledFault] {
        guard !kinds.isEmpty else { return [] }
        let number = count.lowerBound + random.index(below: count.count)
        return (0..<number).map { _ in
            let kind = kinds[random.index(below: kinds.count)]
            let at = random.between(window).rounded()
            let duration = random.happens(endless) ? nil : random.logarithmic(2...120).rounded()
            return ScheduledFault(at: at, for: duration, Self.misbehaviour(kind, pack, &random))
        }.sorted { $0.at < $1.at }
    }

    // MARK: - Private

    private static func misbehaviour(
        _ kind: Misbehaviour.Kind, _ pack: PackParameters, _ random: inout SeededRandom
    ) -> Misbehaviour {
        var misbehaviour = Misbehaviour(kind)
        if kind.needsCell { misbehaviour.cell = 1 + random.index(below: pack.cells) }
        if kind.needsSensor { misbehaviour.sensor = random.index(below: pack.temperatureSensors + 1) }
        if let range = kind.drawn {
            let value = range.lowerBound > 0 ? random.logarithmic(range) : random.between(range)
            // Three places are enough to be told apart, and can be read in a file.
            misbehaviour.value =
                range.lowerBound < 0.01 && range.lowerBound > 0 ? value : (value * 1000).rounded() / 1000
        }
        if kind.hasProbability { misbehaviour.probability = (random.logarithmic(0.02...1) * 1000).rounded() / 1000 }
        return misbehaviour
    }
}

extension Misbehaviour.Kind {
    /// From where to where the quantity is drawn; evenly, or, where it cannot be 0, in its logarithm.
    fileprivate var drawn: ClosedRange<Double>? {
        switch self {
        case .noise: 1...2000
        case .lateAnswers: 0.05...10
        case .cellVoltage, .cellSpikes: 0...5.5
        case .cellOffset: -0.5...0.5
        case .packVoltageOffset: -10...10
        case .cellRamp, .cellDrift: -0.05...0.05
        case .temperature: -45...125
        case .ambient, .packTemperature: -25...75
        case .temperatureOffset: -40...40
        case .temperatureRamp, .temperatureDrift: -3...3
        case .currentOffset: -50...50
        case .foreignCurrent: -200...200
        case .currentGain: -1.5...2
        case .chargeCounter: 0...100
        case .cellCharge: -5...103
        case .imbalance: 0...40
        case .selfDischarge: 0.05...20
        case .cellShort: 0.01...100
        case .packShort: 0.005...5
        case .moisture: 1...10_000
        case .jointResistance: 0.0005...0.2
        case .cellResistance: 1.5...50
        case .cellCapacity, .capacityFade: 0.3...0.95
        case .coolingLost: 0.01...0.5
        case .cellHeating: 5...1000
        case .boardHeating: 5...100
        default: nil
        }
    }
}

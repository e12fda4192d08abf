import BMSProtocols

/// The families that can be simulated, by the words of `pack.N.family`.
package enum SimulatedFamily {
    /// Makes the BMS of a family over a new pack; nil for a family that is not simulated.
    package typealias Make = @Sendable (PackParameters, _ seed: UInt64) -> any SimulatedBMS

    private static let all: [(name: String, make: Make)] = [
        (TinyBMSDriver.familyName, { TinyBMSSimulator($0, seed: $1) }),
        (JBDDriver.familyName, { JBDSimulator($0, seed: $1) }),
        (DalyDriver.familyName, { DalySimulator($0, seed: $1) }),
        (DalyModbusDriver.familyName, { DalyModbusSimulator($0, seed: $1) }),
        (JKDriver.familyName, { JKSimulator($0, seed: $1) }),
        (JKPBDriver.familyName, { JKPBSimulator($0, seed: $1) }),
    ]

    /// A BMS of a family with what differs between its boards drawn from the seed; one that is not simulated is a TinyBMS.
    package static func drawn(_ name: String, _ pack: PackParameters, seed: UInt64) -> any SimulatedBMS {
        var random = SeededRandom(seed: seed ^ 0xB0A2D)
        switch name {
        case JBDDriver.familyName:
            var options = JBDSimulator.Options()
            options.leadingBytes = random.index(below: 3)
            options.hasTail = random.happens(0.5)
            options.opensEEPROM = random.happens(0.3)
            return JBDSimulator(pack, seed: seed, options: options)
        case DalyDriver.familyName:
            var options = DalySimulator.Options()
            options.sign = random.happens(0.5) ? .chargePositive : .dischargePositive
            options.firstFrame = random.happens(0.3) ? 0 : 1
            options.sleepTime = random.happens(0.3) ? .seconds(60) : nil
            return DalySimulator(pack, seed: seed, options: options)
        case JKDriver.familyName:
            var options = JKSimulator.Options()
            options.currentForm = random.happens(0.3) ? .offset : .signed
            options.thinkingTime = .milliseconds(8 + random.index(below: 85))
            options.sleepsAfter = random.happens(0.3) ? .seconds(10) : nil
            return JKSimulator(pack, seed: seed, options: options)
        case JKPBDriver.familyName:
            var options = JKPBSimulator.Options()
            options.hasFiller = random.happens(0.3)
            options.sleepsAfter = random.happens(0.3) ? .seconds(10) : nil
            return JKPBSimulator(pack, seed: seed, options: options)
        default: return (named(name) ?? { TinyBMSSimulator($0, seed: $1) })(pack, seed)
        }
    }

    /// Every name there is.
    package static var names: [String] { all.map(\.name) }

    /// The maker of a name.
    package static func named(_ name: String) -> Make? { all.first { $0.name == name }?.make }
}

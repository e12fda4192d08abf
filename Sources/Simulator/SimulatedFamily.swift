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

    /// Every name there is.
    package static var names: [String] { all.map(\.name) }

    /// The maker of a name.
    package static func named(_ name: String) -> Make? { all.first { $0.name == name }?.make }
}

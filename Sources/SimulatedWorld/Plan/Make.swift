import Simulator

/// What a world has to know of a family: how its boards differ from a TinyBMS to somebody who only looks on.
package struct Make: Sendable, Hashable {
    /// What a poll takes at most on a quiet line with a repeated question in it, s.
    var round: Double
    /// Whether a running counter tells a frozen buffer from a resting pack (S8).
    var hasCounter: Bool
    /// Whether the world tells the checker what the BMS says, as it reads no bytes of this family.
    var isTold = true
    /// Fewest temperature sensors with which a board lets a pack charge: who has none on its own board needs one.
    var leastSensors = 1

    /// Whether a reader has to see its counter move before it counts, and a current flow before its sign does (daly.md 4).
    var learnsCounter = false
    var learnsSign = false
    /// What its boards make of a temperature that other boards mean no sensor by.
    var probes: String?
    /// Whether it tells a number of its own, by which one board is told from another.
    var hasSerial = false

    /// The family whose bytes the checker reads itself.
    package static let readByChecker = "tinybms"

    /// The make of a family; of one that nobody knows here, a careful guess.
    static func of(_ family: String) -> Make {
        switch family {
        case readByChecker: Make(round: 0, hasCounter: true, isTold: false, leastSensors: 0, hasSerial: true)
        case "jbd":
            Make(
                round: 0.6, hasCounter: false, probes: "It tells both as they are; its own word for no sensor is raw 0."
            )
        case "daly":
            Make(round: 1.8, hasCounter: true, learnsCounter: true, learnsSign: true, probes: dalyProbes)
        case "daly-modbus": Make(round: 0.7, hasCounter: false, learnsSign: true, probes: dalyProbes)
        case "jk":
            Make(
                round: 0.2, hasCounter: false,
                probes: "It tells -40 to 100 °C only, so that neither is out of range: both count.")
        case "jk-pb":
            Make(
                round: 0.6, hasCounter: true,
                probes: "It tells both as they are; its own word for no sensor is anything below -50 °C.",
                hasSerial: true)
        default: Make(round: 2, hasCounter: false)
        }
    }

    private static let dalyProbes = "-40 °C, which it makes of anything colder, is its own word for no sensor."
}

/// A link address of contract.md 2, parsed.
package enum LinkAddress: Sendable, Hashable {
    /// A tty: path and, where the address names one, the baud rate.
    case serial(path: String, baud: Int?)
    case tcp(host: String, port: UInt16)
    case unix(path: String)
    /// A simulated pack: scenario name ("" for the healthy pack) and the query's parameters.
    case simulated(scenario: String, parameters: [String: String])
    /// CAN only: nothing is transmitted.
    case dry
    case socketCAN(interface: String, bitRate: UInt32?)
    case slcan(path: String, bitRate: UInt32?)
}

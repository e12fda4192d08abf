/// How several packs make one battery.
package struct BankConfiguration: Sendable, Hashable {
    /// Packs that must be live at a start; nil is all, or after `quorumWait` those that are.
    package var quorum: Int?
    /// From the first live pack on.
    package var quorumWait: Duration
    /// Farthest a pack's voltage may be from the bank's for it to join, V a cell.
    package var joinDistance: Double

    init(_ reader: ConfigurationReader) throws(ConfigurationRefusal) {
        quorum = reader.int(ifKnown: "bank.quorum_packs")
        quorumWait = try reader.seconds("bank.quorum_wait_s")
        joinDistance = try reader.float("bank.join_cell_v")
    }
}

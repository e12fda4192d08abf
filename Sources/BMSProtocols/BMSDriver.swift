package import Battery
package import Links

/// Speaks one family's protocol over a byte link: one call, one complete reading.
///
/// A driver is owned by one poller and runs on its loop. It keeps what the protocol needs between polls (when it last
/// spoke, slower values with their age) and decides nothing about the battery.
package protocol BMSDriver: AnyObject {
    /// The word of `pack.N.family`.
    var family: String { get }

    /// Counters for people who look for a bad cable.
    var statistics: DriverStatistics { get }

    /// Polls once: wakes the BMS if it sleeps, retries as the protocol asks, and returns a complete reading.
    ///
    /// - Throws: `BMSError` when no complete reading could be had in this cycle; the next call starts afresh.
    func poll() async throws(BMSError) -> PackReading

    /// Asks whether a BMS of this family is there, only with reads that no other family takes for a command: two good
    /// answers to two different requests, whose values agree with each other.
    ///
    /// - Parameter end: moment after which nothing is waited for.
    /// - Returns: who it is, as far as the two answers tell.
    /// - Throws: `BMSError` for anything that is no such BMS.
    func identify(within end: Instant) async throws(BMSError) -> PackIdentity
}

/// One of the two switches of a pack.
package enum PackSwitch: String, Sendable, Hashable, CaseIterable {
    case charge
    case discharge
}

/// A driver whose BMS opens and closes its switches when told to.
package protocol SwitchControl: BMSDriver {
    /// Lets one switch be as asked and the other as it was, and reads both back.
    ///
    /// - Throws: `BMSError.unexpected` when they read back as something else; a switch that a protection holds open does.
    func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError)
}

/// Why a poll gave no reading.
package enum BMSError: Error, Sendable, Hashable {
    /// No answer at all within the time the protocol allows.
    case silent
    /// Answers came, none was usable: the last complaint of the decoder.
    case garbled(String)
    /// The BMS refused a command.
    case refused(command: UInt8, code: UInt8)
    /// The answer contradicts the protocol in a way that a retry does not mend.
    case unexpected(String)
    /// The link died.
    case link(LinkError)
    /// The poller was stopped.
    case cancelled
}

/// What a driver counted since it was made.
package struct DriverStatistics: Sendable, Hashable {
    package var requests = 0
    package var answers = 0
    package var timeouts = 0
    package var checksumErrors = 0
    package var retries = 0
    package var wakeUps = 0
    package var skippedBytes = 0
    package init() {}
}

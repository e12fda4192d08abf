/// A stream of bytes to and from a device. Confined to its loop: every method is called on it.
///
/// Opening is the business of a `ByteLinkFactory`; a link that is handed over is open. Nothing here blocks.
package protocol ByteLink: AnyObject, Sendable {
    /// What the link is, for logs: its address.
    var name: String { get }

    /// Called on the loop with bytes as they arrive, and once with the error that ended the link.
    ///
    /// Bytes that arrive while nobody listens are dropped.
    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void)

    /// Hands bytes to the device; what the device does not take at once is queued, at most 4 KiB.
    ///
    /// - Throws: `LinkError.congested` when the queue is full (nothing of `bytes` was taken), `LinkError.unplugged` and
    ///   `.system` when the link is dead.
    func write(_ bytes: [UInt8]) throws(LinkError)

    /// Bytes handed over that have not left this computer yet (link queue plus the tty's output queue).
    var unsent: Int { get }

    /// Forgets input that arrived before now.
    func discardInput()

    /// Closes the link; the receiver is not called any more.
    func close()
}

/// What a byte link tells its listener.
package enum ByteLinkEvent: Sendable, Hashable {
    /// Bytes, and the moment at which they were read.
    case received([UInt8], at: Instant)
    /// The link is dead: unplugged or failed. The last event.
    case ended(LinkError)
}

/// Why a link does not work.
package enum LinkError: Error, Sendable, Hashable {
    /// An address of contract.md 2 that cannot be read: the address and what is wrong with it.
    case badAddress(String, reason: String)
    /// The device is not there.
    case missing(String)
    /// Another program has it.
    case busy(String)
    /// This user may not open it.
    case forbidden(String)
    /// It is there but is not what was asked for (a file, a CAN interface of the wrong kind).
    case notADevice(String, reason: String)
    /// It went away while in use (S30).
    case unplugged(String)
    /// It is open, and no BMS that is spoken answers on it.
    case unanswered(String)
    /// The output queue is full.
    case congested(String)
    /// A CAN interface runs at another bit rate than configured.
    case wrongBitRate(String, actual: UInt32, wanted: UInt32)
    /// A CAN interface is down.
    case down(String)
    /// Any other failing system call.
    case system(String, call: String, errno: Int32)
}

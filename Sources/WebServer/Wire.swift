/// One connection's bytes, both ways, as its state machine sees them; on the loop only.
protocol Wire: Sendable {
    /// Whether they are encrypted.
    var isSecure: Bool { get }

    /// Writes; what the kernel does not take at once is kept, and the handler is told when it is gone.
    func write(_ bytes: [UInt8]) -> WriteOutcome

    /// Whether to read. What is not read stays with the sender.
    func setReading(_ isReading: Bool)

    /// Tells the other side that nothing more comes, where that can be told apart from the end (not under TLS).
    func finishWriting()

    /// Ends the connection soon; the handler's `wireClosed` comes once, later.
    func close()
}

/// What became of a write.
enum WriteOutcome: Sendable, Hashable {
    /// The kernel has it all.
    case written
    /// Some of it waits: write nothing more before `wireDrained`.
    case waiting
    /// The connection is gone or going.
    case failed
}

/// What a loop tells of a connection; on the loop only.
protocol WireHandler: AnyObject, Sendable {
    /// Bytes came.
    func wireReceived(_ bytes: [UInt8])
    /// What waited is gone.
    func wireDrained()
    /// The connection is no more; nothing follows.
    func wireClosed()
}

/// One end of a wire that exists in memory only; works on any loop, so also in virtual time.
///
/// What is written at one end is received at the other, in order. `@unchecked Sendable`: everything is touched on the
/// loop alone, as `ByteLink` asks, or on the thread that owns a `VirtualLoop` while that rests.
package final class MemoryLink: ByteLink, @unchecked Sendable {
    /// What can go wrong with bytes on their way from one end.
    package struct Faults: Sendable {
        /// Every write arrives so much later; the order is kept.
        package var delay: Duration = .zero
        /// Writes are refused as congested.
        package var isCongested = false
        /// Writes are taken but stay unsent until this is over.
        package var isStalled = false
        /// What a write becomes on the wire; no bytes, and it is lost.
        package var alter: (@Sendable ([UInt8]) -> [UInt8])?

        package init() {}
    }

    package let name: String
    /// Faults of what this end writes; changed at any time.
    package var faults = Faults() {
        didSet { if !faults.isStalled { releaseStalled() } }
    }

    private let loop: any Loop
    /// The other end; each keeps the other alive until one of them is closed.
    private var peer: MemoryLink?
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?
    private var stalled: [[UInt8]] = []
    /// Deliveries on a timer, and the moment of the last of them.
    private var delayed = 0
    private var lastDelivery: Instant?
    private var failure: LinkError?
    private var isClosed = false

    private init(name: String, loop: any Loop) { (self.name, self.loop) = (name, loop) }

    /// Makes a wire with two ends.
    package static func pair(
        loop: any Loop, names: (String, String) = ("memory:near", "memory:far")
    ) -> (MemoryLink, MemoryLink) {
        let near = MemoryLink(name: names.0, loop: loop)
        let far = MemoryLink(name: names.1, loop: loop)
        (near.peer, far.peer) = (far, near)
        return (near, far)
    }

    package func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        self.receiver = receiver
        guard let failure else { return }
        loop.perform { [weak self] in self?.deliver(.ended(failure)) }
    }

    package func write(_ bytes: [UInt8]) throws(LinkError) {
        if let failure { throw failure }
        if isClosed { throw .unplugged(name) }
        let waiting = stalled.reduce(0) { $0 + $1.count }
        guard !faults.isCongested, waiting + bytes.count <= DescriptorStream.queueLimit else { throw .congested(name) }
        if faults.isStalled { stalled.append(bytes) } else { transmit(bytes) }
    }

    package var unsent: Int { stalled.reduce(0) { $0 + $1.count } }

    /// Nothing waits here: what has arrived was delivered, and what is under way has not arrived.
    package func discardInput() {}

    /// Closes this end; the other one reads the end, as it does when a cable is pulled.
    package func close() {
        receiver = nil
        isClosed = true
        let peer = peer
        self.peer = nil
        peer?.hangUp()
    }

    /// Pulls the cable: both ends die of it.
    package func unplug() {
        let peer = peer
        hangUp()
        peer?.hangUp()
    }

    // MARK: - Private

    private func transmit(_ bytes: [UInt8]) {
        let bytes = faults.alter?(bytes) ?? bytes
        guard !bytes.isEmpty, let peer else { return }
        let deliver: @Sendable () -> Void = { [loop, weak peer] in peer?.deliver(.received(bytes, at: loop.now)) }
        // Behind delayed bytes only a timer keeps the order: bodies overtake timers.
        guard delayed > 0 || faults.delay > .zero else { return loop.perform(deliver) }
        let instant = max(loop.now + faults.delay, lastDelivery ?? loop.now)
        lastDelivery = instant
        delayed += 1
        loop.schedule(at: instant) { [weak self] in
            self?.delayed -= 1
            deliver()
        }
    }

    private func releaseStalled() {
        let waiting = stalled
        stalled = []
        for bytes in waiting { transmit(bytes) }
    }

    private func hangUp() {
        guard failure == nil, !isClosed else { return }
        failure = .unplugged(name)
        stalled = []
        peer = nil
        loop.perform { [self] in deliver(.ended(.unplugged(name))) }
    }

    private func deliver(_ event: ByteLinkEvent) {
        guard let receiver, !isClosed else { return }
        switch event {
        case .received where failure == nil: receiver(event)
        case .received: break  // the cable was pulled before it arrived
        case .ended:
            self.receiver = nil
            receiver(event)
        }
    }
}

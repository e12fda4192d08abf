/// A CAN wire that exists in memory only: any number of ends, each frame heard by all others and confirmed to its sender.
///
/// Works on any loop, so also in virtual time. `@unchecked Sendable`: everything is touched on the loop alone, or on the
/// thread that owns a `VirtualLoop` while that rests.
package final class MemoryBus: @unchecked Sendable {
    /// What becomes of a frame.
    package enum Fate: Sendable, Hashable {
        /// Heard by all others, confirmed to the sender.
        case delivered
        /// Confirmed to the sender, heard by none.
        case lost
        /// Stays in the sender's controller, unconfirmed, until `release()`.
        case withheld
    }

    /// What can go wrong on the wire.
    package struct Faults: Sendable {
        /// Every frame arrives, and is confirmed, so much later.
        package var delay: Duration = .zero
        /// Decides about each frame; without it all are delivered.
        package var fate: (@Sendable (CANFrame) -> Fate)?

        package init() {}
    }

    /// Faults of the whole wire; changed at any time.
    package var faults = Faults()
    /// Sees each frame that is on the wire, with the end that sent it (nil for an injected one), before anybody hears it.
    package var observer: (@Sendable (CANFrame, MemoryBusEnd?, Instant) -> Void)?

    private let loop: any Loop
    private var ends: [MemoryBusEnd] = []
    private var withheld: [(frame: CANFrame, sender: MemoryBusEnd)] = []

    /// Creates a wire without ends.
    package init(loop: any Loop) { self.loop = loop }

    /// Adds an end.
    package func attach(name: String) -> MemoryBusEnd {
        let end = MemoryBusEnd(name: name, bus: self, loop: loop)
        ends.append(end)
        return end
    }

    /// Lets withheld frames leave, in the order of sending.
    package func release() {
        let waiting = withheld
        withheld = []
        for (frame, sender) in waiting { carry(frame, from: sender, isHeard: true) }
    }

    /// Throws away what the controllers hold.
    package func discardWithheld() { withheld = [] }

    /// Puts a frame on the wire that no end has sent: all hear it.
    package func inject(_ frame: CANFrame) { carry(frame, from: nil, isHeard: true) }

    // MARK: - For the ends

    func transmit(_ frame: CANFrame, from sender: MemoryBusEnd) {
        let fate = sender.state == .busOff ? .withheld : faults.fate?(frame) ?? .delivered
        switch fate {
        case .delivered: carry(frame, from: sender, isHeard: true)
        case .lost: carry(frame, from: sender, isHeard: false)
        case .withheld: withheld.append((frame, sender))
        }
    }

    /// An end is closed. What its controller has taken still leaves, as it does from the kernel's queue.
    func leave(_ end: MemoryBusEnd) { ends.removeAll { $0 === end } }

    /// An end is pulled out, with what it has not got rid of.
    func detach(_ end: MemoryBusEnd) {
        ends.removeAll { $0 === end }
        withheld.removeAll { $0.sender === end }
    }

    /// Forgets what an end has not got rid of, as setting an interface down does.
    func flush(_ end: MemoryBusEnd) { withheld.removeAll { $0.sender === end } }

    /// Lets the frames of one end leave.
    func release(_ end: MemoryBusEnd) {
        let waiting = withheld.filter { $0.sender === end }
        flush(end)
        for (frame, sender) in waiting { carry(frame, from: sender, isHeard: true) }
    }

    // MARK: - Private

    private func carry(_ frame: CANFrame, from sender: MemoryBusEnd?, isHeard: Bool) {
        let arrive: @Sendable () -> Void = { [self] in
            let now = loop.now
            if isHeard {
                observer?(frame, sender, now)
                for end in ends where end !== sender { end.hear(frame, at: now) }
            }
            sender?.confirm(frame, at: now)
        }
        if faults.delay > .zero { loop.schedule(at: loop.now + faults.delay, arrive) } else { loop.perform(arrive) }
    }
}

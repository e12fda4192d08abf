/// One end of a `MemoryBus`.
///
/// `@unchecked Sendable`: everything is touched on the loop alone, as `CANBus` asks, or on the thread that owns a
/// `VirtualLoop` while that rests.
package final class MemoryBusEnd: CANBus, @unchecked Sendable {
    package let name: String
    package private(set) var state = CANState.errorActive
    package private(set) var counters = CANCounters()
    package var hasUnconfirmed: Bool { ledger.count > 0 }
    /// Whether frames are refused as congested, as with a full kernel queue.
    package var isCongested = false

    private var bus: MemoryBus?
    private let loop: any Loop
    private var ledger = TransmitLedger()
    private var receiver: (@Sendable (CANBusEvent) -> Void)?
    private var failure: LinkError?

    init(name: String, bus: MemoryBus, loop: any Loop) { (self.name, self.bus, self.loop) = (name, bus, loop) }

    package func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) {
        self.receiver = receiver
        guard let failure else { return }
        loop.perform { [weak self] in self?.tellEnd(failure) }
    }

    package func send(_ frame: CANFrame) throws(LinkError) {
        if let failure { throw failure }
        guard let bus, state != .down else { throw .down(name) }
        guard !isCongested, !ledger.isPending(frame) else {
            counters.congested += 1
            throw .congested(name)
        }
        counters.sent += 1
        ledger.sent(frame)
        bus.transmit(frame, from: self)
    }

    package func close() {
        receiver = nil
        bus?.leave(self)
        letGo()
    }

    // MARK: - Faults

    /// Changes the controller's state and tells it: bus-off withholds what is sent, down refuses it and empties the queue.
    package func change(to state: CANState) {
        guard failure == nil, self.state != state else { return }
        self.state = state
        if state == .busOff { counters.busOff += 1 }
        if state == .down {
            ledger.clear()
            bus?.flush(self)
        }
        tellLater(.state(state))
    }

    /// Comes back from bus-off or from down; what was withheld leaves first, as it does from the kernel's queue.
    package func restart() {
        guard failure == nil else { return }
        change(to: .errorActive)
        tellLater(.restarted)
        bus?.release(self)
    }

    /// Pulls the adapter out, or deletes the interface.
    package func unplug() {
        guard failure == nil, bus != nil else { return }
        let error = LinkError.unplugged(name)
        failure = error
        bus?.detach(self)
        letGo()
        loop.perform { [self] in tellEnd(error) }
    }

    // MARK: - For the bus

    func hear(_ frame: CANFrame, at instant: Instant) {
        guard state != .down, state != .busOff else { return }
        counters.received += 1
        receiver?(.received(frame, at: instant))
    }

    func confirm(_ frame: CANFrame, at instant: Instant) {
        guard ledger.confirmed(frame) else { return }
        counters.confirmed += 1
        receiver?(.confirmed(frame, at: instant))
    }

    // MARK: - Private

    private func letGo() {
        state = .down
        ledger.clear()
        bus = nil
    }

    private func tellLater(_ event: CANBusEvent) { loop.perform { [weak self] in self?.receiver?(event) } }

    private func tellEnd(_ error: LinkError) {
        let receiver = receiver
        self.receiver = nil
        receiver?(.ended(error))
    }
}

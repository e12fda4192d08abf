/// A bus on which nothing is transmitted: what would be sent is counted, shown and confirmed at once.
///
/// `@unchecked Sendable`: everything is touched on the loop alone, as `CANBus` asks.
package final class DryBus: CANBus, @unchecked Sendable {
    package let name: String
    package private(set) var counters = CANCounters()
    /// Nothing waits for anybody.
    package let hasUnconfirmed = false
    /// There is no controller: `unknown`, `down` once closed.
    package private(set) var state = CANState.unknown

    private let loop: any Loop
    private let observer: (@Sendable (CANFrame, Instant) -> Void)?
    private var receiver: (@Sendable (CANBusEvent) -> Void)?

    /// Creates a bus.
    ///
    /// - Parameters:
    ///   - loop: Where confirmations are delivered.
    ///   - name: What the bus is called in logs.
    ///   - observer: Gets each frame as it is sent, on the loop.
    package init(
        loop: any Loop, name: String = "dry:", observer: (@Sendable (CANFrame, Instant) -> Void)? = nil
    ) {
        (self.loop, self.name, self.observer) = (loop, name, observer)
    }

    package func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) { self.receiver = receiver }

    package func send(_ frame: CANFrame) throws(LinkError) {
        guard state != .down else { throw .down(name) }
        counters.sent += 1
        let now = loop.now
        observer?(frame, now)
        // Not from within `send`: a real bus confirms later too.
        loop.perform { [weak self] in
            guard let self, self.state != .down else { return }
            self.counters.confirmed += 1
            self.receiver?(.confirmed(frame, at: now))
        }
    }

    package func close() {
        receiver = nil
        state = .down
    }
}

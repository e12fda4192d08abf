/// A CAN bus that passes everything through and hands over a record of each frame that was on the wire.
///
/// As with `candump`, our own frames are recorded when they have left, not when they were handed over.
package final class CapturingBus: CANBus {
    private let bus: any CANBus
    private let channel: String
    private let time: CaptureTime
    private let sink: @Sendable (CaptureRecord) -> Void

    /// Wraps a bus; the parameters are those of `CapturingLink`.
    package init(
        _ bus: any CANBus, channel: String, time: CaptureTime, sink: @escaping @Sendable (CaptureRecord) -> Void
    ) {
        (self.bus, self.channel, self.time, self.sink) = (bus, channel, time, sink)
    }

    package var name: String { bus.name }
    package var state: CANState { bus.state }
    package var counters: CANCounters { bus.counters }
    package var hasUnconfirmed: Bool { bus.hasUnconfirmed }

    package func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) {
        bus.listen { [channel, time, sink] event in
            func record(_ frame: CANFrame, _ instant: Instant, isOwn: Bool) {
                sink(
                    CaptureRecord(
                        microseconds: time.microseconds(at: instant), channel: channel, content: .frame(frame),
                        isOwn: isOwn))
            }
            switch event {
            case .received(let frame, let instant): record(frame, instant, isOwn: false)
            case .confirmed(let frame, let instant): record(frame, instant, isOwn: true)
            case .state, .restarted, .ended: break
            }
            receiver(event)
        }
    }

    package func send(_ frame: CANFrame) throws(LinkError) { try bus.send(frame) }
    package func close() { bus.close() }
}

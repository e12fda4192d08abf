import Glibc

/// What a kernel CAN bus knows: its state, its counters and which frames are under way. Values in, events out.
struct SocketCANMachine: Sendable {
    /// What the bus is called in errors.
    let name: String
    private(set) var state: CANState
    private(set) var counters = CANCounters()
    /// Whether a frame is under way (S41).
    var hasUnconfirmed: Bool { ledger.count > 0 }
    private var ledger = TransmitLedger()

    /// Starts with an interface that was found up, its controller in some state.
    init(name: String, state: CANState = .errorActive) { (self.name, self.state) = (name, state) }

    /// Whether a frame may be handed to the kernel (S41).
    ///
    /// - Throws: `.congested` while the identifier's last frame is unconfirmed.
    mutating func admit(_ frame: CANFrame) throws(LinkError) {
        guard !ledger.isPending(frame) else {
            counters.congested += 1
            throw .congested(name)
        }
    }

    /// The kernel took a frame; an interface that was down has come up.
    mutating func sent(_ frame: CANFrame) -> [CANBusEvent] {
        counters.sent += 1
        ledger.sent(frame)
        guard state == .down else { return [] }
        return change(to: .errorActive) + [.restarted]
    }

    /// The kernel delivered a message; `isOwn` when it is the echo of this socket's frame (`MSG_CONFIRM`).
    mutating func received(
        _ message: SocketCANMessage, isOwn: Bool, at instant: Instant
    ) -> [CANBusEvent] {
        switch message {
        case .frame(let frame) where isOwn:
            guard ledger.confirmed(frame) else { return [] }  // sent before the interface went down: given up already
            counters.confirmed += 1
            return [.confirmed(frame, at: instant)]
        case .frame(let frame):
            counters.received += 1
            // Traffic is the first that is heard of an interface that was set up again.
            let events = state == .down ? change(to: .errorActive) + [.restarted] : []
            return events + [.received(frame, at: instant)]
        case .remote:
            counters.received += 1
            return []  // no data: nothing that a listener could believe
        case .error(let report): return take(report)
        case .malformed:
            counters.errors += 1
            return []
        }
    }

    /// A read or a write failed (S42: most failures are states).
    ///
    /// - Returns: What the caller of `send` is told, the events, and whether the bus is dead.
    mutating func failed(call: String, errno: Int32) -> (error: LinkError, events: [CANBusEvent], isDead: Bool) {
        switch errno {
        case ENOBUFS, EAGAIN:
            counters.congested += 1
            return (.congested(name), [], false)
        case ENETDOWN:
            // Setting an interface down empties its queue: nothing of it will be confirmed.
            ledger.clear()
            return (.down(name), change(to: .down), false)
        case ENODEV, ENXIO: return (.unplugged(name), change(to: .down), true)
        default: return (.using(name, call: call, errno: errno), change(to: .down), true)
        }
    }

    /// The bus was closed.
    mutating func close() {
        state = .down
        ledger.clear()
    }

    // MARK: - Private

    private mutating func take(_ report: CANErrorReport) -> [CANBusEvent] {
        if !report.isRestart { counters.errors += 1 }
        if report.losesFrames { ledger.clear() }
        if report.state == .busOff, state != .busOff { counters.busOff += 1 }
        let events = report.state.map { change(to: $0) } ?? []
        return report.isRestart ? events + [.restarted] : events
    }

    private mutating func change(to state: CANState) -> [CANBusEvent] {
        guard self.state != state else { return [] }
        self.state = state
        return [.state(state)]
    }
}

import Links
import Proof

/// The inverter's CAN bus with the gateway's controller on it: what can go wrong with either, under an onlooker's eyes.
///
/// The controller outlives the processes that use it, with what it has taken from them. `@unchecked Sendable`: touched on
/// the loop of the world alone.
final class CANWire: @unchecked Sendable {
    typealias Trouble = WorldFault.BusTrouble

    /// As in the configuration.
    static let address = "socketcan:can0"
    private static let name = "can0"

    let bus: MemoryBus
    private let loop: any Loop
    private let recorder: Recorder
    private var troubles: [Trouble] = []
    private var shown: Trouble?
    /// The controller as the processes have it open.
    private var ends: [MemoryBusEnd] = []

    init(loop: any Loop, recorder: Recorder) {
        self.loop = loop
        self.recorder = recorder
        bus = MemoryBus(loop: loop)
        bus.observer = { [recorder] frame, sender, _ in
            let seen = CANFrameSeen(id: frame.identifier, data: frame.data)
            recorder.note(sender?.name == Self.name ? .frameSent(seen) : .frameHeard(seen))
        }
    }

    /// Opens the controller for a process.
    func open(for process: GatewayProcess) throws(LinkError) -> any CANBus {
        switch shown {
        case .unplugged: throw .missing(Self.name)
        case .down: throw .down(Self.name)
        default: break
        }
        let end = bus.attach(name: Self.name)
        ends.append(end)
        show(shown, on: end)
        let watched = WatchedBus(end, recorder: recorder) { [weak self] in self?.ends.removeAll { $0 === end } }
        process.opened(watched)
        return watched
    }

    /// Something goes wrong.
    func begin(_ trouble: Trouble) {
        troubles.append(trouble)
        update()
    }

    /// It is mended.
    func end(_ trouble: Trouble) {
        guard let index = troubles.firstIndex(of: trouble) else { return }
        troubles.remove(at: index)
        update()
    }

    /// Whether frames of others arrive.
    var carries: Bool { (shown ?? .congested) == .congested }

    /// How late every frame is.
    var delay: Duration {
        get { bus.faults.delay }
        set { bus.faults.delay = newValue }
    }

    // MARK: - Private

    private func update() {
        let worst = troubles.max()
        guard worst != shown else { return }
        let before = shown
        shown = worst
        bus.faults.fate = nil
        if worst == .cableOut { bus.faults.fate = { _ in .withheld } }
        if worst == .down || worst == .unplugged {
            bus.discardWithheld()
            recorder.note(.framesDiscarded)
        }
        recorder.note(.bus(isUsable: worst == nil))
        // What waited in the controller leaves in the order in which it was taken, also for processes that are gone.
        if worst == nil || worst == .congested { bus.release() }
        for end in ends {
            if before == .congested { end.isCongested = false }
            show(worst, on: end)
            guard worst == nil || worst == .congested else { continue }
            switch before {
            case .busOff, .down: end.restart()
            case .cableOut: end.change(to: .errorActive)
            case .congested, .unplugged, nil: break
            }
        }
        if worst == .unplugged { ends = [] }
    }

    private func show(_ trouble: Trouble?, on end: MemoryBusEnd) {
        switch trouble {
        case nil: break
        case .congested: end.isCongested = true
        case .cableOut: end.change(to: .errorPassive)
        case .busOff: end.change(to: .busOff)
        case .down: end.change(to: .down)
        case .unplugged: end.unplug()
        }
    }
}

/// The controller as one process has it open; it goes dead with the process, what it has taken still leaves.
final class WatchedBus: CANBus {
    private let end: MemoryBusEnd
    private let recorder: Recorder
    private let onClose: @Sendable () -> Void

    init(_ end: MemoryBusEnd, recorder: Recorder, onClose: @escaping @Sendable () -> Void) {
        (self.end, self.recorder, self.onClose) = (end, recorder, onClose)
    }

    var name: String { end.name }
    var state: CANState { end.state }
    var counters: CANCounters { end.counters }
    var hasUnconfirmed: Bool { end.hasUnconfirmed }

    func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) { end.listen(receiver) }

    func send(_ frame: CANFrame) throws(LinkError) {
        try end.send(frame)
        recorder.note(.frameTaken(CANFrameSeen(id: frame.identifier, data: frame.data)))
    }

    func close() {
        end.close()
        onClose()
    }
}

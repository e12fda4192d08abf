import InverterProtocols
package import Links
import Synchronization

/// Runs a GX on a CAN bus: sends its keepalives, hears the battery, tells each change of what it believes.
///
/// Everything happens on the loop; the lock makes the state readable from anywhere and is never held while the bus is
/// called.
package final class SimulatedGX: Sendable {
    private struct State {
        var model: GXModel
        var timer: LoopTimer?
        /// When the timer fires.
        var due: Instant?
        var isRunning = false
    }

    private let loop: any Loop
    private let bus: any CANBus
    private let state: Mutex<State>
    private let onChange: @Sendable (GXChange) -> Void
    private let onFrame: @Sendable (CANFrame, Instant) -> Void

    /// Creates a GX that says nothing yet.
    ///
    /// - Parameters:
    ///   - loop: where it runs.
    ///   - bus: its end of the bus; it becomes the bus's listener and closes it with `stop`.
    ///   - onFrame: told of every frame of another sender, on the loop.
    ///   - onChange: told of every change of belief, on the loop.
    package init(
        on loop: any Loop, bus: any CANBus,
        onFrame: @escaping @Sendable (CANFrame, Instant) -> Void = { _, _ in },
        onChange: @escaping @Sendable (GXChange) -> Void = { _ in }
    ) {
        self.loop = loop
        self.bus = bus
        self.onFrame = onFrame
        self.onChange = onChange
        state = Mutex(State(model: GXModel(started: loop.now)))
    }

    /// What the GX believes now.
    package var belief: GXBelief { state.withLock { $0.model.belief } }

    /// What it counted.
    package var statistics: GXStatistics { state.withLock { $0.model.statistics } }

    /// Begins, soon, on the loop.
    package func start() {
        loop.perform { [self] in
            state.withLock { $0.isRunning = true }
            bus.listen { [weak self] event in
                if case .received(let frame, let time) = event { self?.hear(frame, at: time) }
            }
            advance()
        }
    }

    /// Ends, soon, on the loop.
    package func stop() {
        loop.perform { [self] in
            let timer = state.withLock { state in
                state.isRunning = false
                return state.timer
            }
            if let timer { loop.cancel(timer) }
            bus.close()
        }
    }

    // MARK: - Private

    private func hear(_ frame: CANFrame, at time: Instant) {
        onFrame(frame, time)
        let changes = state.withLock {
            $0.model.receive(
                identifier: frame.identifier, data: frame.data, isExtended: frame.isExtended, at: time)
        }
        for change in changes { onChange(change) }
        schedule()
    }

    private func advance() {
        let now = loop.now
        let step = state.withLock { state in
            state.due = nil
            return state.model.advance(to: now)
        }
        for frame in step.frames {
            // A bus that takes nothing is the world's business, as for a real GX.
            if let wire = CANFrame(UInt32(frame.identifier), frame.data) { try? bus.send(wire) }
        }
        for change in step.changes { onChange(change) }
        schedule()
    }

    private func schedule() {
        let (next, due, old, running) = state.withLock { ($0.model.nextAction, $0.due, $0.timer, $0.isRunning) }
        guard !running || next != due else { return }
        if let old { loop.cancel(old) }
        guard running else { return }
        let timer = loop.schedule(at: next) { [weak self] in self?.advance() }
        state.withLock { ($0.timer, $0.due) = (timer, next) }
    }
}

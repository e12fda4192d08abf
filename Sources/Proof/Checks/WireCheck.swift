/// S2 and S41, on the wire: no CCL above 0 there 6.1 s after the last valid byte; one unconfirmed frame of each id; and what
/// sat in the controller for over a second is followed by a fresh one at once.
struct WireCheck {
    /// Frames that the controller holds, by id: of this process at most one, and those of processes before.
    private var waiting: [Waiting] = []
    /// A 0x351 was confirmed late, so that a fresh one is due.
    private var due: (since: Int64, latency: Int64)?
    /// When a frame left that had waited so long that the next could not follow in time.
    private(set) var lastLate: Int64?

    /// A frame may wait this long before it counts as late (S41).
    private static let late = second
    /// "At once", with the time of a frame on its way.
    private static let atOnce: Int64 = 300_000
    /// More than a controller holds: older ones are forgotten.
    private static let mostWaiting = 64

    private struct Waiting {
        let id: UInt32
        let since: Int64
        var isOrphan = false
        /// The bus did not work while it waited.
        var isStuck = false
    }

    mutating func processBegan() {
        due = nil
        for index in waiting.indices { waiting[index].isOrphan = true }
    }

    mutating func bus(isUsable: Bool) {
        if !isUsable { due = nil }
        for index in waiting.indices { waiting[index].isStuck = true }
    }

    mutating func discarded() { waiting.removeAll(keepingCapacity: true) }

    /// A frame was handed over.
    ///
    /// - Returns: whether it is the fresh 0x351 that was due.
    mutating func taken(_ frame: CANFrameSeen, _ scene: Scene, _ verdict: inout Verdict) -> Bool {
        let now = scene.now
        let other = waiting.first { $0.id == frame.id && !$0.isOrphan && !scene.mayPrecedeLife($0.since) }
        if let other, !scene.mayBeginAnew {
            verdict.condemn(.s41, "two", at: now) {
                "\(frame.name) handed over while one of \(seconds(now - other.since)) ago is unconfirmed"
            }
        }
        let isDue = frame.id == FrameID.limits && due != nil
        if isDue { due = nil }
        if waiting.count < Self.mostWaiting {
            waiting.append(Waiting(id: frame.id, since: now, isStuck: scene.busSince == nil))
        }
        return isDue
    }

    mutating func sent(_ frame: CANFrameSeen, _ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        guard let index = waiting.firstIndex(where: { $0.id == frame.id }) else { return }
        let waited = waiting.remove(at: index)
        let latency = now - waited.since
        if latency > Self.late / 2 { lastLate = now }
        guard frame.id == FrameID.limits, !waited.isOrphan else { return }
        if latency > Self.late {
            due = (now, latency)
        } else if !waited.isStuck, let limits = Limits(frame.data), limits.charge > 0 {
            checkAge(limits, scene, &verdict)
        }
    }

    /// Time has passed: is the fresh frame there that was due?
    mutating func pass(_ scene: Scene, _ verdict: inout Verdict) {
        if waiting.contains(where: { scene.now - $0.since > Self.late / 2 }) { lastLate = scene.now }
        guard let due, scene.now - due.since > Self.atOnce else { return }
        self.due = nil
        // A publisher that crashed or hangs sends nothing; what ends a hang is the watchdog (S54).
        guard let work = scene.workableSince(steadyFor: 5 * second), work <= due.since, !scene.mayLackKeepalive
        else { return }
        verdict.condemn(.s41, "fresh", at: scene.now) {
            "a 0x351 was confirmed \(seconds(due.latency)) late and no fresh one followed within \(seconds(Self.atOnce))"
        }
    }

    // MARK: - Private

    private func checkAge(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        guard let standards = scene.standards, let last = scene.packs.lazy.compactMap(\.lastByte).max() else { return }
        let most = standards.noCharge + Tolerance.nextFrame
        guard scene.now - last > most else { return }
        verdict.condemn(.s2, "CCL", at: scene.now) {
            "CCL \(decimal(limits.charge)) A on the wire \(seconds(scene.now - last)) after the last valid answer of any "
                + "pack (at most \(seconds(most)))"
        }
    }
}

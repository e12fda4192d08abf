/// S40 and S42: the required frames come, each second, 20 ms apart, and all of them when the bus is back.
struct CadenceCheck {
    private var lastSent = [Int64?](repeating: nil, count: FrameID.required.count)
    private var lastTaken: (at: Int64, isImmediate: Bool)?
    private var previousLimits: Limits?
    private var lastCharge: Int64?

    /// Longest gap in LIVE, and shortest distance of two frames, with what a clock may be off.
    private static let longestGap: Int64 = 2_550_000
    private static let shortestDistance: Int64 = 19_000
    /// A start takes 5 s (S55), a link is opened again every 5 s (S30).
    private static let start = 10 * second
    /// Nothing has been amiss for so long that no wait of the gateway can still act.
    private static let calm = 30 * second
    /// S40's tolerance of the period, with what a clock may be off.
    private static let jitter: Int64 = 110_000

    mutating func processBegan() {
        let sent = lastSent
        self = CadenceCheck()
        lastSent = sent
    }

    /// A frame was handed over; `isDue` where it is the fresh 0x351 that has to follow a late one (S41).
    mutating func taken(_ frame: CANFrameSeen, isDue: Bool, _ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        let limits = frame.id == FrameID.limits ? Limits(frame.data) : nil
        // A falling limit leaves at once.
        let isImmediate = isDue || limits.map { limits in previousLimits.map(limits.isLower) ?? true } ?? false
        if let lastTaken, now - lastTaken.at < Self.shortestDistance, !isImmediate, !lastTaken.isImmediate,
            !scene.mayBeginAnew
        {
            verdict.condemn(.s40, "distance", at: now) {
                "\(frame.name) handed over \(seconds(now - lastTaken.at)) after another frame (at least 0.020 s)"
            }
        }
        lastTaken = (now, isImmediate)
        if let limits { previousLimits = limits }
        if frame.id == FrameID.charge { checkPeriod(scene, &verdict) }
    }

    mutating func sent(_ frame: CANFrameSeen, _ scene: Scene) {
        if let index = FrameID.required.firstIndex(of: frame.id) { lastSent[index] = scene.now }
    }

    /// Time has passed: is every required frame there? A frame of the gateway was on its way for long at `lastLate`.
    mutating func pass(_ scene: Scene, lastLate: Int64?, _ verdict: inout Verdict) {
        // Cheap first: as long as all came lately there is nothing to look for.
        let now = scene.now
        guard lastSent.contains(where: { now - ($0 ?? 0) > Self.longestGap }), !scene.mayLackKeepalive,
            let work = scene.workableSince(steadyFor: Self.start)
        else { return }
        let quiet = max(work, lastLate ?? 0)
        for (index, id) in FrameID.required.enumerated() {
            let last = lastSent[index]
            let reference = max(max(last ?? 0, quiet + Self.start), lacked(id, scene))
            guard now - reference > Self.longestGap else { continue }
            // What waited in the controller leaves with the bus's return and is no fresh set.
            let isBack = scene.busSince == quiet && (last ?? 0) < quiet + second
            verdict.condemn(isBack ? .s42 : .s40, "gap", at: now) {
                let name = CANFrameSeen(id: id, data: []).name
                let gap = last.map { "for \(seconds(now - $0))" } ?? "at all"
                return "no \(name) \(gap), and all has been well since \(seconds(quiet)) (at most 2.5 s)"
            }
        }
    }

    // MARK: - Private

    /// When a value that a frame cannot do without was missing last (S21).
    private func lacked(_ id: UInt32, _ scene: Scene) -> Int64 {
        switch id {
        case FrameID.charge: scene.packs.lazy.map(\.lackedCharge).max() ?? 0
        case FrameID.measurements: scene.packs.lazy.map(\.lackedMeasurement).max() ?? 0
        default: 0
        }
    }

    private mutating func checkPeriod(_ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        defer { lastCharge = now }
        guard let last = lastCharge, let standards = scene.standards,
            let quiet = scene.quietSince(steadyFor: Self.start),
            last - quiet > Self.calm, abs(now - last - standards.period) > Self.jitter, !scene.mayLackKeepalive
        else { return }
        verdict.condemn(.s40, "period", at: now) {
            "two 0x355 stand \(seconds(now - last)) apart (\(seconds(standards.period)), 0.1 s more or less)"
        }
    }
}

/// S43 and S44: what is heard on the bus and what follows from it.
struct BusCheck {
    /// When the newest 0x351 of somebody else came, newest last, at most three.
    private var foreign: [Int64] = []
    /// When the newest came, also before the bus failed.
    private var lastForeign: Int64?
    /// Three came within 10 s: when the third did.
    private var duplicateSince: Int64?
    private var lastOwn: Int64?
    /// 0x351 handed over without a keepalive, in a span that began then.
    private var unheard: (began: Int64, count: Int)?

    private static let window = 10 * second
    private static let quarantine = 60 * second
    /// A fresh set is allowed when the bus is opened again, by default every 30 s; a period of frames is far more.
    private static let mostUnheard = 6

    mutating func processBegan() { self = BusCheck() }
    mutating func busFailed() { foreign.removeAll(keepingCapacity: true) }

    mutating func heard(_ frame: CANFrameSeen, _ scene: Scene) {
        let now = scene.now
        // A gateway that is not on the bus itself need not have heard it.
        guard frame.id == FrameID.limits, let lastOwn, now - lastOwn < 3 * second else { return }
        if foreign.count == 3 { foreign.removeFirst() }
        foreign.append(now)
        // A quarantine that was over before it came does not begin again by it.
        if lastForeign.map({ now - $0 >= Self.quarantine - Tolerance.wait }) ?? false { duplicateSince = nil }
        lastForeign = now
        if duplicateSince != nil { return }
        if foreign.count == 3, now - foreign[0] <= Self.window { duplicateSince = now }
    }

    mutating func sent(_ frame: CANFrameSeen, _ scene: Scene) {
        if frame.id == FrameID.limits { lastOwn = scene.now }
    }

    /// Another sender was there lately, or may have been.
    func isDuplicated(at now: Int64) -> Bool { lastForeign.map { now - $0 < 2 * Self.quarantine } ?? false }

    mutating func taken(_ limits: Limits, _ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        if let lastForeign, now - lastForeign >= Self.quarantine - Tolerance.wait { duplicateSince = nil }
        if let duplicateSince, now - duplicateSince > Tolerance.nextFrame, limits.charge > 0, let last = lastForeign {
            verdict.condemn(.s44, "CCL", at: now) {
                "CCL of \(decimal(limits.charge)) A \(seconds(now - last)) after another sender's 0x351 (0 A for 60 s)"
            }
        }
        checkKeepalive(scene, &verdict)
    }

    // MARK: - Private

    private mutating func checkKeepalive(_ scene: Scene, _ verdict: inout Verdict) {
        let now = scene.now
        guard let standards = scene.standards, let limit = standards.site.stopsWithoutKeepalive,
            let bus = scene.busSince,
            let process = scene.processSince,
            now - max(max(scene.keepalive ?? 0, scene.confirmedAt), max(process, bus)) > microseconds(limit) + 2
                * second
        else {
            unheard = nil
            return
        }
        var span = unheard ?? (now, 0)
        if now - span.began > Self.window { span = (now, 0) }
        span.count += 1
        unheard = span
        guard span.count > Self.mostUnheard else { return }
        verdict.condemn(.s43, "stop", at: now) {
            "\(span.count) times 0x351 within \(seconds(now - span.began)) although no keepalive came for more than \(decimal(limit)) s"
        }
    }
}

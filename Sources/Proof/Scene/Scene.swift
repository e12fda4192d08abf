/// What all checks look at: the site, the gateway's process, the bus, and what is known of each pack.
struct Scene {
    /// µs since the world began.
    private(set) var now: Int64 = 0
    /// What counts now; nil before the first confirmation.
    private(set) var standards: Standards?
    /// The packs of the site, in its order.
    private(set) var packs: [PackScene] = []
    /// Since when the gateway's process has lived; nil while there is none.
    private(set) var processSince: Int64?
    /// Since when the bus has worked; nil while it does not. It works until told otherwise.
    private(set) var busSince: Int64? = 0
    /// Since when no fault has acted; nil while one does. None does until told otherwise.
    private(set) var calmSince: Int64? = 0
    /// Since when no fault has acted inside the process.
    private(set) var soundSince: Int64? = 0
    private var insideFaults = 0
    /// When a site was entered or confirmed last.
    private(set) var confirmedAt: Int64 = 0
    /// When the GX was heard last (S43).
    private(set) var keepalive: Int64?
    /// When it came after such a silence that transmission may have ended.
    private var keepaliveBack: Int64?

    /// Two sites count, so that nobody knows which one the gateway follows.
    private var isChanging = false
    /// The site that counts alone when `confirmedAt` is long enough ago.
    private var settled: Standards?

    mutating func pass(to moment: Int64) {
        now = max(now, moment)
        guard let standards = settled, now - confirmedAt > Tolerance.nextFrame else { return }
        settled = nil
        isChanging = false
        use(standards)
    }

    mutating func take(_ happening: Happening) {
        let now = now
        switch happening {
        case .confirmed(let site): confirm(site)
        case .entered(let site): enter(site)
        case .processBegan:
            processSince = now
            for index in packs.indices { packs[index].processBegan() }
        case .processEnded: processSince = nil
        case .bytesToBMS(let pack, let bytes): withPack(pack) { $0.wentToBMS(bytes, at: now) }
        case .said(let pack, let saying): withPack(pack) { $0.said(saying) }
        case .bytesFromBMS(let pack, let bytes):
            let noCharge = standards?.noCharge ?? 0
            withPack(pack) { $0.cameFromBMS(bytes, at: now, noCharge: noCharge) }
        case .bus(let isUsable): busSince = isUsable ? busSince ?? now : nil
        case .fault(_, let begins, let isInside, let isCalm):
            calmSince = isCalm ? calmSince ?? now : nil
            if isInside { insideFaults = max(0, insideFaults + (begins ? 1 : -1)) }
            if isCalm { insideFaults = 0 }
            soundSince = insideFaults > 0 ? nil : soundSince ?? now
        case .frameHeard(let frame):
            // Without a bus the gateway does not hear it.
            guard frame.id == FrameID.keepalive, busSince != nil else { return }
            if lacksKeepalive { keepaliveBack = now }
            keepalive = now
        case .frameTaken(let frame):
            if frame.id == FrameID.limits, packs.count == 1 { packs[0].counted() }
        case .framesDiscarded, .frameSent, .published, .wallClockSet: break
        }
    }

    /// The packs' smallest age: that of the data which could excuse a frame; nil when there never was any.
    var youngest: Int64? { packs.lazy.compactMap { $0.age(at: now) }.min() }

    /// Since when nothing has kept the gateway from its work: a process without a fault in it, a bus, no change of the site,
    /// every pack answering for a span; nil while something does. Faults elsewhere are no excuse.
    func workableSince(steadyFor span: Int64) -> Int64? {
        guard let processSince, let busSince, let soundSince, standards?.site.isCommissioned == true, !isChanging,
            !packs.isEmpty, packs.allSatisfy({ $0.isSteady(at: now, for: span) })
        else { return nil }
        let steady = packs.lazy.compactMap(\.steadySince).max() ?? now
        return max(max(processSince, busSince), max(soundSince, confirmedAt), steady)
    }

    /// The same where no fault acts at all.
    func quietSince(steadyFor span: Int64) -> Int64? {
        calmSince.flatMap { calm in workableSince(steadyFor: span).map { max($0, calm) } }
    }

    /// A part of the process may have begun anew just now: after a change of the site, or a fault inside.
    var mayBeginAnew: Bool { isChanging || mayPrecedeLife(now) }

    /// Whether a part of the process that lives now may know nothing of what was done at a moment: it began anew since.
    func mayPrecedeLife(_ moment: Int64) -> Bool {
        guard let soundSince else { return true }
        return moment - max(confirmedAt, soundSince) < 10 * second
    }

    /// Whether transmission may have ended for want of a keepalive (S43).
    var mayLackKeepalive: Bool {
        // A bus that was closed for it is opened again every 30 s only.
        lacksKeepalive || keepaliveBack.map { now - $0 < 35 * second } ?? false
    }

    // MARK: - Private

    private var lacksKeepalive: Bool {
        guard let limit = standards?.site.stopsWithoutKeepalive, let processSince else { return false }
        return now - max(keepalive ?? 0, processSince) > microseconds(limit) - 2 * second
    }

    private mutating func confirm(_ site: Site) {
        enter(site)
        settled = Standards(site)
    }

    private mutating func enter(_ site: Site) {
        let new = Standards(site)
        use(standards.map { new.loosened(by: $0.site) } ?? new)
        // What was confirmed before counts no more for sure, until the next confirmation.
        settled = nil
        isChanging = true
        confirmedAt = now
    }

    private mutating func use(_ standards: Standards) {
        self.standards = standards
        packs.removeAll { scene in !standards.site.packs.contains { $0.pack == scene.settings.pack } }
        for pack in standards.site.packs {
            if let index = packs.firstIndex(where: { $0.settings.pack == pack.pack }) {
                packs[index].confirmed(pack)
            } else {
                packs.append(PackScene(pack))
            }
        }
    }

    private mutating func withPack(_ number: Int, _ body: (inout PackScene) -> Void) {
        for index in packs.indices where packs[index].settings.pack == number { body(&packs[index]) }
    }
}

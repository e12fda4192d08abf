@testable import Proof

/// The smallest gateway that keeps the rules, told to sin by the tests. It takes what packs are from the story directly:
/// reading bytes is the witness's part.
struct PlainGateway {
    var site: Site

    // MARK: Sins

    var spoilLimits: (inout StoryLimits) -> Void = { _ in }
    var spoilFrame: (inout CANFrameSeen) -> Void = { _ in }
    /// Frames that are not sent.
    var omits: (UInt32) -> Bool = { _ in false }
    /// Hands frames over whatever the stage is.
    var neverStops = false
    /// Takes every answer for as old as this, s; nil for the truth.
    var pretendedAge: Double?
    /// Hands a frame over although one of its id is unconfirmed.
    var fillsQueue = false
    /// µs between the frames of a set.
    var distance: Int64 = 20_000
    /// µs between sets.
    var period: Int64 = 1_000_000
    /// Publishes these instead of the truth.
    var publishes: (stage: String, age: Double?)?
    /// A part of what the packs allow that a gateway gives at most.
    var ramp = 0.1
    var snapshotsToStart = 2
    var snapshotsToReturn = 3
    var release = 10.0
    var ignoresCounter = false
    /// Sends a fresh 0x351 at once when an old one was confirmed late (S41).
    var followsUp = true

    // MARK: State

    private var beliefs: [Int: Belief] = [:]
    private(set) var last: StoryLimits?
    private var lastAt: Int64 = 0
    private var unsent: [CANFrameSeen] = []
    private var dueAt: Int64 = 0
    private var isQueued: Set<UInt32> = []

    init(site: Site) { self.site = site }

    /// What it knows of a pack.
    private struct Belief {
        var began: Int64 = 0
        var counter: [UInt16] = []
        var advanced: Int64 = 0
        var count = 0
        var countBegan: Int64 = 0
        var needs = 2
        var badAt: Int64?
        var lowAt: Int64?
        var lowSince: Int64?
        var pack = StoryPack(number: 0)

        func age(_ now: Int64) -> Int64 { began - advanced > 5_000_000 ? now - advanced : now - began }
    }

    func restarted(site: Site) -> PlainGateway {
        var fresh = self
        (fresh.site, fresh.beliefs, fresh.last, fresh.unsent, fresh.isQueued) = (site, [:], nil, [], [])
        fresh.dueAt = 0
        return fresh
    }

    mutating func believe(_ pack: StoryPack, at now: Int64) {
        var belief = beliefs[pack.number] ?? Belief()
        if belief.count > 0, belief.age(now) > noCharge { (belief.count, belief.needs) = (0, snapshotsToReturn) }
        if belief.count == 0 { belief.countBegan = now - 10_000 }
        belief.began = now - 10_000
        let counter = Array(pack.words[32...33])
        if counter != belief.counter || ignoresCounter { (belief.counter, belief.advanced) = (counter, belief.began) }
        if belief.began - belief.advanced > 5_000_000 { belief.count = 0 } else { belief.count += 1 }
        let isBad = isBad(pack)
        if isBad { belief.badAt = now }
        let isLow = pack.lowest < 2.8
        if isLow { belief.lowAt = now }
        belief.lowSince = isLow ? belief.lowSince ?? now : nil
        belief.pack = pack
        beliefs[pack.number] = belief
    }

    /// The frames that are handed over now.
    mutating func frames(at now: Int64, isBusUsable: Bool) -> [CANFrameSeen] {
        if isBusUsable { isQueued = [] }
        if now >= dueAt, now % 10_000 == 0, unsent.isEmpty {
            dueAt = (now / period + 1) * period
            unsent = makeSet(at: now)
            lastAt = now - distance
        }
        guard let next = unsent.first, now - lastAt >= distance || distance < 10_000 else { return [] }
        let batch = distance < 10_000 ? unsent : [next]
        unsent.removeFirst(batch.count)
        lastAt = now
        return batch.filter { frame in
            if isQueued.contains(frame.id), !fillsQueue { return false }
            if !isBusUsable { isQueued.insert(frame.id) }
            return !omits(frame.id)
        }
    }

    func published(_ pack: Int, at now: Int64) -> (stage: String, age: Double?) {
        if let publishes { return publishes }
        guard let belief = beliefs[pack] else { return ("no_data", nil) }
        let age = Double(belief.age(now)) / 1e6
        if age > site.silent { return ("silent", nil) }
        let stage = age > site.stop ? "stop" : age > site.noCharge ? "no_charge" : age > site.hold ? "stale" : "live"
        return (stage, age)
    }

    // MARK: - Private

    private var hold: Int64 { Int64(site.hold * 1e6) }
    private var noCharge: Int64 { Int64(site.noCharge * 1e6) }
    private var stop: Int64 { Int64(site.stop * 1e6) }

    private func isBad(_ pack: StoryPack) -> Bool {
        pack.lacksCell || pack.highest >= 3.65 || pack.lowest < 2 || (pack.externals[0] ?? pack.board ?? 99) > 45
            || pack.externals[0] == nil && pack.board == nil || (pack.externals[0] ?? (pack.board ?? -99) - 5) < 0
    }

    private mutating func makeSet(at now: Int64) -> [CANFrameSeen] {
        guard site.isCommissioned || neverStops else { return [] }
        let known = beliefs.values.filter { $0.count > 0 || $0.needs > 2 }
        let youngest = pretendedAge.map { Int64($0 * 1e6) } ?? known.map { $0.age(now) }.min()
        let started = beliefs.values.contains { $0.count >= snapshotsToStart || $0.needs != 2 }
        guard let youngest, started, Double(youngest) <= site.silent * 1e6 else {
            return neverStops ? frames(limits(at: now, age: 0), now, age: 0) : []
        }
        return frames(limits(at: now, age: youngest), now, age: youngest)
    }

    private mutating func limits(at now: Int64, age youngest: Int64) -> StoryLimits {
        var target = StoryLimits(voltage: 55.2, charge: 0, discharge: 0)
        var mayRise = true
        for pack in site.packs {
            guard let belief = beliefs[pack.pack] else { continue }
            let age = pretendedAge.map { Int64($0 * 1e6) } ?? belief.age(now)
            if age > hold, age < 60_000_000 { mayRise = false }
            let isStopped = belief.badAt.map { Double(now - $0) / 1e6 < release } ?? false
            let isBack =
                belief.count >= belief.needs
                && (belief.needs == 2 || now - belief.countBegan >= 2_000_000 || snapshotsToReturn < 3)
            if age <= noCharge, !isStopped, isBack { target.charge += pack.maximumCharge }
            guard age <= (youngest <= hold ? noCharge : stop) else { continue }
            let isLow = belief.lowAt.map { Double(now - $0) / 1e6 < 60 } ?? false
            let lasts = belief.lowSince.map { now - $0 > 2_000_000 } ?? false
            target.discharge += isLow ? (lasts ? 0 : 1) : pack.maximumDischarge
        }
        let most = site.packs.reduce(0) { $0 + $1.maximumCharge }
        let mostDischarge = site.packs.reduce(0) { $0 + $1.maximumDischarge }
        if let last {
            target.charge = min(target.charge, mayRise ? last.charge + ramp * most : last.charge)
            target.discharge = min(target.discharge, mayRise ? last.discharge + ramp * mostDischarge : last.discharge)
        } else {
            target.charge = min(target.charge, ramp * most)
        }
        if youngest > noCharge { (target.charge, target.voltage) = (0, 53.6) }
        if youngest > hold { target.voltage = min(target.voltage, last?.voltage ?? 53.6) }
        spoilLimits(&target)
        last = target
        return target
    }

    private mutating func frames(_ limits: StoryLimits, _ now: Int64, age: Int64) -> [CANFrameSeen] {
        let isOld = age > hold
        let isOffline = age > noCharge
        var frames = [
            limits.frame,
            CANFrameSeen(id: 0x355, data: [55, 0, 100, 0, 0, 0, 0, 0]),
            CANFrameSeen(id: 0x356, data: [0xA0, 0x14, 0x7D, 0, 0xFA, 0, 0, 0]),
            CANFrameSeen(
                id: 0x35A,
                data: [
                    0xAA, 0xAA, isOffline ? 0x6A : 0xAA, 0xAA, 0xAA, 0xAA, isOld ? 0x6A : 0xAA, isOffline ? 0xA6 : 0xAA,
                ]),
            CANFrameSeen(id: 0x372, data: [isOffline ? 0 : 1, 0, 0, 0, 0, 0, isOffline ? 1 : 0, 0]),
        ]
        for index in frames.indices { spoilFrame(&frames[index]) }
        return frames
    }
}

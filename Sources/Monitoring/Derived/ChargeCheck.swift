package import Battery

/// Compares the BMS's state of charge with the charge that flowed: jumps, standing still, drift. Each with its numbers.
package struct ChargeCheck: Sendable {
    /// What is compared.
    struct Sample {
        /// The BMS's, percent.
        var bms: Double?
        /// Our own, percent.
        var own: Double?
        /// Since the sample before; nil after a gap.
        var flow: Flow?
        var time: Instant
    }

    private enum Bound {
        /// A jump is more than this beyond what the charge allows within `jumpTime`, percent.
        static let jump = 3.0
        static let jumpTime: Duration = .seconds(60)
        /// It stands still when this flowed, percent of the capacity, …
        static let stuck = 5.0
        /// … and it moved less than this, percent.
        static let still = 0.5
        /// Difference to our own count, percent, at which a drift begins and ends, each for `driftTime`.
        static let drift = 10.0
        static let driftOver = 5.0
        static let driftTime: Duration = .seconds(60)
    }

    private let pack: Int
    /// Ah.
    private let capacity: Double
    /// Net charge since the start, percent of the capacity.
    private var net = 0.0
    private var jump: (bms: Double, net: Double, time: Instant)?
    private var still: (bms: Double, net: Double, time: Instant)?
    /// The state of charge that it stands at.
    private var stuckAt: Double?
    private var isDrifting = false
    private var driftSince: Instant?

    /// Has compared nothing yet.
    package init(_ specification: PackSpecification) {
        (pack, capacity) = (specification.pack, specification.capacity)
    }

    /// Takes a live sample.
    ///
    /// - Returns: what happened, began or ended.
    mutating func add(_ sample: Sample) -> [Occurrence] {
        guard capacity > 0 else { return [] }
        if let flow = sample.flow { net += flow.net / capacity * 100 } else { (jump, still) = (nil, nil) }
        guard let bms = sample.bms else {
            // What it was before says nothing about what it will be.
            (jump, still) = (nil, nil)
            return []
        }
        return lookForJump(bms, sample) + lookForStanding(bms, sample) + lookForDrift(bms, sample)
    }

    /// Ends what lasts: the pack is no longer one of the battery's, or another.
    mutating func end() -> [Occurrence] {
        var ends: [Occurrence] = []
        if stuckAt != nil { ends.append(ended("soc_stuck", "nobody follows the state of charge any more", [])) }
        if isDrifting { ends.append(ended("soc_drift", "nobody follows the state of charge any more", [])) }
        (stuckAt, isDrifting) = (nil, false)
        return ends
    }

    // MARK: - Jumps

    private mutating func lookForJump(_ bms: Double, _ sample: Sample) -> [Occurrence] {
        guard let before = jump else {
            jump = (bms, net, sample.time)
            return []
        }
        let (moved, expected) = (bms - before.bms, net - before.net)
        // Less than the charge asks for is no jump.
        let isWithin = moved * expected >= 0 && abs(moved) <= abs(expected)
        guard !isWithin, abs(moved - expected) > Bound.jump else {
            if sample.time - before.time >= Bound.jumpTime { jump = (bms, net, sample.time) }
            return []
        }
        jump = (bms, net, sample.time)
        // A BMS that corrects itself towards what we count is no news to worry about.
        let isBetter = sample.own.map { abs(bms - $0) < abs(before.bms - $0) } ?? false
        let seconds = (sample.time - before.time).seconds
        return [
            Occurrence(
                .init("soc_jump", pack: pack), isBetter ? .info : .warning, .moment,
                "the state of charge of pack \(pack) went from \(before.bms.decimal(1)) % to \(bms.decimal(1)) % in "
                    + "\(seconds.decimal(1)) s, in which \((expected * capacity / 100).decimal(2)) Ah flowed",
                cause: isBetter ? "the BMS corrected itself" : "the BMS set it anew",
                fields: [
                    field("pack", Double(pack)), field("from_percent", before.bms), field("to_percent", bms),
                    field("expected_percent", before.bms + expected), field("charge_ah", expected * capacity / 100),
                    field("seconds", seconds), field("own_percent", sample.own),
                ],
                reading: .init(moved, threshold: expected + (moved > expected ? Bound.jump : -Bound.jump), unit: "%"))
        ]
    }

    // MARK: - Standing still

    private mutating func lookForStanding(_ bms: Double, _ sample: Sample) -> [Occurrence] {
        var ends: [Occurrence] = []
        if let stuck = stuckAt, abs(bms - stuck) >= Bound.still {
            stuckAt = nil
            ends = [
                ended(
                    "soc_stuck", "the state of charge of pack \(pack) moves again", [field("to_percent", bms)])
            ]
        }
        guard var before = still, abs(bms - before.bms) < Bound.still else {
            still = (bms, net, sample.time)
            return ends
        }
        // Beyond its ends nothing is left to tell.
        if before.bms >= 100 - Bound.still { before.net = max(before.net, net) }
        if before.bms <= Bound.still { before.net = min(before.net, net) }
        still = before
        let flowed = net - before.net
        guard stuckAt == nil, abs(flowed) >= Bound.stuck else { return ends }
        stuckAt = before.bms
        let (charge, seconds) = (flowed * capacity / 100, (sample.time - before.time).seconds)
        return ends + [
            Occurrence(
                .init("soc_stuck", pack: pack), .warning, .begins,
                "the state of charge of pack \(pack) stands at \(bms.decimal(1)) % while \(charge.decimal(1)) Ah flowed",
                cause: "the BMS does not count its current",
                fields: [
                    field("pack", Double(pack)), field("from_percent", before.bms), field("to_percent", bms),
                    field("expected_percent", before.bms + flowed), field("charge_ah", charge),
                    field("seconds", seconds),
                ], reading: .init(abs(flowed), threshold: Bound.stuck, unit: "%"))
        ]
    }

    // MARK: - Drift

    private mutating func lookForDrift(_ bms: Double, _ sample: Sample) -> [Occurrence] {
        guard let own = sample.own else {
            driftSince = nil
            guard isDrifting else { return [] }
            isDrifting = false
            return [ended("soc_drift", "pack \(pack): our own count is unknown until the next full or empty", [])]
        }
        let difference = bms - own
        let asks = isDrifting ? abs(difference) <= Bound.driftOver : abs(difference) >= Bound.drift
        guard asks, sample.flow != nil else {
            driftSince = nil
            return []
        }
        let since = driftSince ?? sample.time
        driftSince = since
        guard sample.time - since >= Bound.driftTime else { return [] }
        driftSince = nil
        isDrifting.toggle()
        let fields = [
            field("pack", Double(pack)), field("bms_percent", bms), field("own_percent", own),
            field("difference_percent", difference),
        ]
        guard isDrifting else {
            return [ended("soc_drift", "the state of charge of pack \(pack) agrees with our own count again", fields)]
        }
        return [
            Occurrence(
                .init("soc_drift", pack: pack), .warning, .begins,
                "pack \(pack) tells a state of charge of \(bms.decimal(1)) %, our own count is \(own.decimal(1)) %",
                cause: "the BMS's count or ours has drifted; the next full charge tells", fields: fields,
                reading: .init(abs(difference), threshold: Bound.drift, unit: "%"))
        ]
    }

    private func ended(_ code: String, _ text: String, _ fields: [EventField]) -> Occurrence {
        Occurrence(.init(code, pack: pack), .info, .ends, text, fields: fields)
    }

    private func field(_ name: String, _ value: Double?) -> EventField {
        EventField(name, value.map { .number($0) } ?? .unknown)
    }
}

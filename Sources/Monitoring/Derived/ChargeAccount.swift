package import Battery

/// One pack's charge as we count it ourselves: throughput, own state of charge, measured capacity. Own.
///
/// The own state of charge is set at full and at empty and counted in between. A gap is not counted; what may have flowed
/// in it is added to the uncertainty, and beyond `tolerance` nothing is told until the next full or empty.
package struct ChargeAccount: Sendable {
    /// A state in which the charge is known without counting.
    package enum Anchor: String, Sendable, Hashable {
        /// The charge controller's full test, this pack's highest cell near its absorption voltage.
        case full
        /// The lowest cell, less its load, at the pack's minimum.
        case empty

        /// Percent.
        package var stateOfCharge: Double { self == .full ? 100 : 0 }
    }

    /// A capacity that was measured.
    package struct Capacity: Sendable, Hashable {
        /// Ah counted from one end to the other. Towards full it includes the charge that is lost in charging.
        package var ampereHours: Double
        /// Ah that may have flowed uncounted.
        package var uncertainty: Double
        /// The end that it was measured towards.
        package var towards: Anchor
        /// Unix milliseconds.
        package var time: Int64
    }

    /// The newest full or empty.
    package struct Synchronisation: Sendable, Hashable {
        package var anchor: Anchor
        /// Unix milliseconds.
        package var time: Int64
        /// By how much our own count was too high then, percent; nil where it was unknown.
        package var ownError: Double?
        /// By how much the BMS was too high then, percent; nil where it told nothing.
        package var bmsError: Double?
    }

    /// Everything that outlives the process.
    package struct Kept: Sendable, Hashable {
        /// Ah of all time.
        package var charged = 0.0
        /// Ah of all time.
        package var discharged = 0.0
        package var synchronisation: Synchronisation?
        /// Percent, since `synchronisation`; without one it means nothing.
        package var stateOfCharge = 0.0
        /// Ah since `synchronisation`, positive where more went in.
        package var sinceAnchor = 0.0
        /// What may have flowed uncounted since then, percent.
        package var uncertainty = 0.0
        /// The BMS's, percent, with the newest sample that was counted.
        package var bmsStateOfCharge: Double?
        package var capacity: Capacity?

        package init() {}

        /// A total that was told never falls.
        package mutating func count(atLeast told: (charged: Double, discharged: Double)) {
            (charged, discharged) = (max(charged, told.charged), max(discharged, told.discharged))
        }
    }

    /// Uncertainty beyond which a count is not told, percent.
    package static let tolerance = 5.0
    /// A gap in which the BMS's state of charge has not moved is worth this, percent: half a step of the coarsest.
    private static let leastGap = 0.5
    /// What a measured capacity may be, as fractions of the configured one: beyond, an end was not the end.
    package static let plausible = 0.2...1.5

    package private(set) var kept: Kept
    private let specification: PackSpecification
    private var meter = FlowMeter()
    /// The newest sample whose current was known.
    private var last: Instant?
    /// The BMS's state of charge with the first sample of this life, percent.
    private var first: Double?

    /// Begins to count, or goes on.
    package init(_ specification: PackSpecification, kept: Kept = Kept()) {
        (self.specification, self.kept) = (specification, kept)
    }

    /// Percent; nil before the first full or empty, and where too much may have flowed uncounted since.
    package var stateOfCharge: Double? {
        kept.synchronisation != nil && kept.uncertainty <= Self.tolerance ? kept.stateOfCharge : nil
    }

    /// Throughput by the configured capacity: half of what went in and out.
    package var equivalentCycles: Double {
        specification.capacity > 0 ? (kept.charged + kept.discharged) / 2 / specification.capacity : 0
    }

    /// Takes a live sample.
    ///
    /// - Parameters:
    ///   - current: A; nil where it is unknown.
    ///   - bms: its state of charge, percent; nil where it is unknown.
    ///   - time: when it was measured.
    ///   - gap: the longest time between two samples that belong together.
    /// - Returns: what has flowed since the sample before; nil where that is unknown.
    package mutating func add(_ current: Double?, bms: Double?, at time: Instant, gap: Duration) -> Flow? {
        let flow = meter.add(current, at: time, gap: gap)
        guard current != nil else { return nil }
        if last == nil { first = bms }
        if let flow { count(flow) } else { bridge(to: bms, after: last.map { time - $0 }) }
        (last, kept.bmsStateOfCharge) = (time, bms)
        return flow
    }

    /// What comes is not live.
    package mutating func lose() { _ = meter.add(nil, at: Instant(sinceBoot: .zero), gap: .zero) }

    /// The pack is full, or empty.
    ///
    /// - Parameters:
    ///   - anchor: which of the two.
    ///   - bms: the BMS's state of charge, percent.
    ///   - time: Unix milliseconds.
    package mutating func synchronise(_ anchor: Anchor, bms: Double?, at time: Int64) {
        if let before = kept.synchronisation, before.anchor != anchor { measure(anchor, at: time) }
        kept.synchronisation = Synchronisation(
            anchor: anchor, time: time, ownError: stateOfCharge.map { $0 - anchor.stateOfCharge },
            bmsError: bms.map { $0 - anchor.stateOfCharge })
        (kept.stateOfCharge, kept.sinceAnchor, kept.uncertainty) = (anchor.stateOfCharge, 0, 0)
    }

    /// Puts an earlier life before what has been counted in this one.
    package mutating func precede(_ earlier: Kept) {
        let own = kept
        kept = earlier
        // What flowed between the two lives nobody knows, but the BMS may.
        if last != nil { bridge(to: first, after: nil) }
        if let synchronisation = own.synchronisation {
            kept.synchronisation = synchronisation
            (kept.stateOfCharge, kept.sinceAnchor) = (own.stateOfCharge, own.sinceAnchor)
            kept.uncertainty = own.uncertainty
            kept.capacity = own.capacity ?? earlier.capacity
            kept.charged += own.charged
            kept.discharged += own.discharged
        } else {
            count(Flow(charged: own.charged, discharged: own.discharged))
            kept.uncertainty = min(kept.uncertainty + own.uncertainty, 100)
        }
        kept.bmsStateOfCharge = last == nil ? earlier.bmsStateOfCharge : own.bmsStateOfCharge
    }

    // MARK: - Private

    private func percent(_ ampereHours: Double) -> Double {
        specification.capacity > 0 ? ampereHours / specification.capacity * 100 : 0
    }

    private mutating func count(_ flow: Flow) {
        kept.charged += flow.charged
        kept.discharged += flow.discharged
        kept.sinceAnchor += flow.net
        // Beyond its ends the charge goes elsewhere, or the meter errs.
        kept.stateOfCharge = min(max(kept.stateOfCharge + percent(flow.net), 0), 100)
    }

    /// Adds what may have flowed in a gap: at most what the pack can carry in that time, and about what the BMS saw.
    private mutating func bridge(to bms: Double?, after gap: Duration?) {
        // Nothing was counted before: there is nothing that could be wrong.
        guard kept.synchronisation != nil || last != nil else { return }
        let strongest = max(specification.maximumCharge, specification.maximumDischarge)
        let byTime = gap.map { percent(strongest * max($0.seconds, 0) / 3600) } ?? .infinity
        let seen = bms.flatMap { now in kept.bmsStateOfCharge.map { max(abs(now - $0), Self.leastGap) } } ?? .infinity
        kept.uncertainty = min(kept.uncertainty + min(byTime, seen), 100)
    }

    private mutating func measure(_ anchor: Anchor, at time: Int64) {
        let counted = anchor == .full ? kept.sinceAnchor : -kept.sinceAnchor
        guard kept.uncertainty <= Self.tolerance, specification.capacity > 0,
            Self.plausible.contains(counted / specification.capacity)
        else { return }
        kept.capacity = Capacity(
            ampereHours: counted, uncertainty: kept.uncertainty / 100 * specification.capacity, towards: anchor,
            time: time)
    }
}

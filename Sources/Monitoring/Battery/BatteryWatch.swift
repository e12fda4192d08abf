package import Battery

/// Follows the battery: alerts, energy, peaks, trends. Looks at pictures that others made and changes none of them.
package struct BatteryWatch: Sendable {
    /// What is followed, and where alerts begin.
    package struct Settings: Sendable, Hashable {
        package var thresholds: AlertThresholds
        package var packs: [PackSpecification]

        package init(thresholds: AlertThresholds = AlertThresholds(), packs: [PackSpecification]) {
            self.thresholds = thresholds
            self.packs = packs
        }
    }

    /// What an earlier life counted.
    package struct Earlier: Sendable, Hashable {
        package var energy = EnergyTotals()
        /// By number of the pack.
        package var packs: [Int: EnergyTotals] = [:]
        package var peaks: Peaks?
        /// By number of the pack.
        package var measures: [Int: KeptMeasures] = [:]

        package init() {}
    }

    private var settings: Settings
    private var packs: [Int: PackWatch]
    /// Of packs that were configured once: they may come back.
    private var absent: [Int: EnergyTotals] = [:]
    private var absentMeasures: [Int: KeptMeasures] = [:]
    private var energy = EnergyTotals()
    private var trend = CurrentTrend()
    package private(set) var peaks: Peaks
    /// Since when each of the controller's alarms has been active.
    package private(set) var alarmsSince: [AlarmKind: Instant] = [:]
    /// The fault that is latched, and since when; nil for one that was latched before this life.
    package private(set) var fault: (fault: LatchedFault, since: Instant?)?
    private var lastEvidence: Instant?
    /// A decision is shown again when only the bus has changed.
    private var lastDecision: Instant?
    private var hasLooked = false
    private var newest: Decision?

    /// Begins to follow.
    package init(_ settings: Settings, at now: Moment) {
        self.settings = settings
        packs = Dictionary(
            settings.packs.map { ($0.pack, PackWatch($0, settings.thresholds, since: now.milliseconds)) },
            uniquingKeysWith: { first, _ in first })
        peaks = Peaks(since: now.milliseconds)
    }

    /// Follows other packs, or by other thresholds, from now on.
    ///
    /// - Returns: the ends of what cannot be judged any more.
    package mutating func adopt(_ settings: Settings, at now: Moment) -> [Occurrence] {
        guard settings != self.settings else { return [] }
        self.settings = settings
        var ends: [Occurrence] = []
        let before = packs
        packs = [:]
        for pack in settings.packs {
            let previous = before[pack.pack]
            if var previous, previous.specification != pack { ends += previous.endMeasures() }
            var watch = PackWatch(pack, settings.thresholds, since: now.milliseconds, after: previous)
            if previous == nil {
                watch.adopt(absent.removeValue(forKey: pack.pack) ?? EnergyTotals())
                if let measures = absentMeasures.removeValue(forKey: pack.pack) { watch.adopt(measures) }
            }
            packs[pack.pack] = watch
        }
        for number in before.keys.sorted() where packs[number] == nil {
            guard var watch = before[number] else { continue }
            ends += watch.end()
            absent[number] = watch.energy
            absentMeasures[number] = watch.measures.toKeep
        }
        return ends
    }

    /// Adds what an earlier life counted.
    package mutating func adopt(_ earlier: Earlier) {
        energy = energy + earlier.energy
        for (number, totals) in earlier.packs {
            if packs[number] == nil {
                absent[number] = (absent[number] ?? EnergyTotals()) + totals
            } else {
                packs[number]?.adopt(totals)
            }
        }
        for (number, measures) in earlier.measures {
            if packs[number]?.adopt(measures) == nil { absentMeasures[number] = measures }
        }
        if let stored = earlier.peaks { peaks.adopt(stored) }
    }

    /// What there is to keep for a later life.
    package var toKeep: Earlier {
        var kept = Earlier()
        kept.energy = energy
        kept.packs = absent.merging(packs.mapValues(\.energy)) { _, present in present }
        kept.measures = absentMeasures.merging(packs.mapValues(\.measures.toKeep)) { _, present in present }
        kept.peaks = peaks
        return kept
    }

    // MARK: - Looking

    /// Looks at a picture of the control path.
    ///
    /// - Parameters:
    ///   - decision: nil before the first step.
    ///   - reports: the packs' newest.
    ///   - latched: the fault that is latched.
    ///   - now: the moment of looking.
    /// - Returns: what began, changed or ended.
    package mutating func look(
        _ decision: Decision?, _ reports: [PackReport], latched: LatchedFault?, at now: Moment
    ) -> [Occurrence] {
        var occurrences = look(at: latched, now)
        guard let decision else { return occurrences }
        newest = decision
        followAlarms(decision.alarms, now.instant)
        let gap = decision.freshness.hold
        // A full charge that only time ended says nothing about the charge.
        let isFull =
            lastDecision != decision.made
            && decision.events.contains { if case .full(_, byTime: false) = $0 { true } else { false } }
        lastDecision = decision.made
        for report in reports {
            let stage = decision.stage(ofPack: report.pack, from: report.ageOrigin, at: decision.made)
            guard
                let news = packs[report.pack]?.take(
                    report, isLive: stage == .live, isFull: isFull, gap: gap, at: now)
            else { continue }
            energy = energy + news.energy
            occurrences += news.occurrences
        }
        followBattery(decision, now)
        return occurrences
    }

    /// What is derived from all of it at a moment.
    package func derived(at now: Instant) -> Derived {
        let battery = newest?.battery
        let isLive = newest?.stage(at: now) == .live
        let charge = isLive ? battery?.stateOfCharge : nil
        let capacity = battery?.onlineCapacity ?? 0
        return Derived(
            energy: energy, timeToFull: trend.timeToFull(stateOfCharge: charge, capacity: capacity),
            timeToEmpty: trend.timeToEmpty(stateOfCharge: charge, capacity: capacity),
            packs: packs.values.map { Derived.Pack($0, at: now) }.sorted { $0.pack < $1.pack })
    }

    // MARK: - Private

    private mutating func look(at latched: LatchedFault?, _ now: Moment) -> [Occurrence] {
        defer { hasLooked = true }
        guard latched != fault?.fault else { return [] }
        var occurrences: [Occurrence] = []
        if let old = fault { occurrences.append(.faultEnded(old.fault)) }
        if let latched { occurrences.append(.fault(latched)) }
        // What is latched at the first look was so before; since when, only the event of then can tell.
        fault = latched.map { ($0, hasLooked ? now.instant : nil) }
        return occurrences
    }

    private mutating func followAlarms(_ alarms: AlarmSet, _ now: Instant) {
        let active = alarms.active
        guard active.count != alarmsSince.count || active.contains(where: { alarmsSince[$0.kind] == nil })
        else { return }
        alarmsSince = alarmsSince.filter { alarms[$0.key] != nil }
        for (kind, _) in active where alarmsSince[kind] == nil { alarmsSince[kind] = now }
    }

    private mutating func followBattery(_ decision: Decision, _ now: Moment) {
        guard decision.stage == .live, let evidence = decision.evidence else {
            trend.add(nil, at: decision.made, gap: .zero)
            return
        }
        guard evidence != lastEvidence else { return }
        lastEvidence = evidence
        let (voltage, current) = (decision.battery.voltage, decision.battery.current)
        trend.add(current, at: evidence, gap: decision.freshness.hold)
        peaks.add(
            current: current, power: voltage.flatMap { volts in current.map { volts * $0 } }, at: now.milliseconds)
    }
}

/// What follows from the battery's values over time.
package struct Derived: Sendable, Hashable {
    /// Of one pack.
    package struct Pack: Sendable, Hashable {
        package var pack: Int
        package var energy: EnergyTotals
        /// Smoothed current, A; nil while unknown.
        package var currentMean: Double?
        /// V, now; nil while it is not live.
        package var spread: Double?
        /// V, at rest, the newest.
        package var restSpread: Double?
        /// When that was.
        package var restSpreadTime: Instant?
        /// Where the alerts of its cells begin.
        package var levels: CellAlertLevels
        /// What else is derived of it.
        package var figures: DerivedFigures

        init(_ watch: PackWatch, at now: Instant) {
            pack = watch.specification.pack
            energy = watch.energy
            currentMean = watch.trend.mean
            spread = watch.spread
            restSpread = watch.rest.newest?.volts
            restSpreadTime = watch.rest.newest?.time
            levels = watch.levels
            figures = watch.measures.figures(at: now)
        }
    }

    package var energy: EnergyTotals
    /// s; nil where it is unknown or not going there.
    package var timeToFull: Double?
    /// s.
    package var timeToEmpty: Double?
    package var packs: [Pack]
}

extension Occurrence {
    fileprivate static func fault(_ fault: LatchedFault) -> Occurrence {
        Occurrence(
            identity(fault), .alarm, .begins, "charging is forbidden until a person has looked: \(fault.sentence)",
            cause: fault.sentence, fields: fields(fault) + [EventField("to", .text(ChargeMode.fault.rawValue))],
            reading: Reading(fault.value, threshold: nil, unit: fault.kind == .overTemperature ? "°C" : "V"),
            isLatched: true)
    }

    fileprivate static func faultEnded(_ fault: LatchedFault) -> Occurrence {
        Occurrence(
            identity(fault), .info, .ends, "acknowledged, and its cause is gone: \(fault.sentence)",
            fields: fields(fault), isLatched: true)
    }

    private static func identity(_ fault: LatchedFault) -> Identity {
        Identity("mode", "fault " + fault.kind.rawValue, pack: fault.pack)
    }

    private static func fields(_ fault: LatchedFault) -> [EventField] {
        [
            EventField("fault", .text(fault.kind.rawValue)), EventField("pack", .number(Double(fault.pack))),
            EventField("value", .number(fault.value)),
        ]
    }
}

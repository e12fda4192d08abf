import Battery

/// Everything that is followed of one pack.
struct PackWatch: Sendable {
    let specification: PackSpecification
    /// Where the alerts of its cells begin.
    let levels: CellAlertLevels
    private(set) var energy = EnergyTotals()
    private(set) var trend = CurrentTrend()
    private(set) var rest = RestSpread()
    /// Of the newest live snapshot, V.
    private(set) var spread: Double?
    private(set) var measures: DerivedMeasures
    private var meter = EnergyMeter()
    private var alerts: PackAlerts
    private var lastTaken: Instant?

    init(
        _ specification: PackSpecification, _ thresholds: AlertThresholds, since now: Int64,
        after previous: PackWatch? = nil
    ) {
        self.specification = specification
        measures = DerivedMeasures(specification, since: now)
        levels = CellAlertLevels(thresholds, specification)
        alerts = PackAlerts(specification, thresholds, after: previous?.alerts)
        guard let previous else { return }
        (energy, trend, rest, spread) = (previous.energy, previous.trend, previous.rest, previous.spread)
        (meter, lastTaken) = (previous.meter, previous.lastTaken)
        if previous.specification == specification {
            measures = previous.measures
        } else {
            measures.adopt(previous.measures.toKeep)
        }
    }

    /// Looks at the pack's newest report; a snapshot that was seen before counts once.
    ///
    /// - Parameters:
    ///   - report: the newest.
    ///   - isLive: whether its data is.
    ///   - isFull: whether the charge controller has just found the battery full.
    ///   - gap: the longest time between two snapshots that belong together.
    ///   - now: the moment of looking.
    /// - Returns: what flowed since the one before, Wh, and what changed; nil for nothing new.
    mutating func take(
        _ report: PackReport, isLive: Bool, isFull: Bool, gap: Duration, at now: Moment
    ) -> (energy: EnergyTotals, occurrences: [Occurrence])? {
        guard let snapshot = report.snapshot else { return nil }
        let reading = snapshot.reading
        let isNew = lastTaken.map { reading.began > $0 } ?? true
        guard isLive else {
            // What is no longer live neither counts nor judges.
            lose(at: reading.began)
            return nil
        }
        // Told with the snapshot that it was found in, or with a later look at the same one.
        defer { if isFull { measures.full(snapshot, at: now) } }
        guard isNew else { return nil }
        lastTaken = reading.began
        let flowed = meter.add(power(reading), at: reading.began, gap: gap)
        energy = energy + flowed
        trend.add(reading.current, at: reading.began, gap: gap)
        spread = snapshot.highestCell.flatMap { high in snapshot.lowestCell.map { high.volts - $0.volts } }
        rest.add(
            spread: spread, current: reading.current, capacity: specification.capacity, at: reading.began, gap: gap)
        let charge = measures.take(reading, at: now, gap: gap)
        return (flowed, alerts.update(snapshot, gap: gap) + charge)
    }

    /// Adds what an earlier life counted.
    mutating func adopt(_ earlier: EnergyTotals) { energy = energy + earlier }

    /// Goes on from what an earlier life measured.
    mutating func adopt(_ earlier: KeptMeasures) { measures.adopt(earlier) }

    /// Ends its alerts: the pack is no longer one of the battery's.
    mutating func end() -> [Occurrence] { alerts.end() + measures.end() }

    /// Ends what is judged by the pack's specification, which is about to be another.
    mutating func endMeasures() -> [Occurrence] { measures.end() }

    // MARK: - Private

    private mutating func lose(at time: Instant) {
        _ = meter.add(nil, at: time, gap: .zero)
        trend.add(nil, at: time, gap: .zero)
        measures.lose()
        spread = nil
    }

    private func power(_ reading: PackReading) -> Double? {
        guard let voltage = reading.voltage, let current = reading.current else { return nil }
        return voltage * current
    }
}

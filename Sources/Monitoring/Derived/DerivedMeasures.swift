package import Battery

/// What follows from one pack's readings over time. Looks only: no limit depends on any of it.
///
/// Constant memory; a sample costs a few steps a cell. What a reading does not tell is unknown, and a value out of its
/// physical range (S21) is not told.
package struct DerivedMeasures: Sendable {
    private let specification: PackSpecification
    private(set) var account: ChargeAccount
    private(set) var rainflow: Rainflow
    private(set) var resistances: CellResistances
    private(set) var peaks: Peaks
    /// A state of charge whose zero is arbitrary, percent: no synchronisation looks like a cycle.
    private(set) var relative: Double
    private var means = Means()
    private var temperatures = TemperatureTrend()
    private var check: ChargeCheck
    private var empty = EmptyTest()
    private var isEmpty = false
    private var last: Instant?
    private var newest = Newest()

    /// Moving averages: current and power, over one minute and over a quarter of an hour.
    private struct Means: Sendable {
        var currentMinute = SlidingMean(window: .seconds(60))
        var currentQuarter = SlidingMean(window: .seconds(900))
        var powerMinute = SlidingMean(window: .seconds(60))
        var powerQuarter = SlidingMean(window: .seconds(900))

        mutating func add(current: Double?, power: Double?, at time: Instant, gap: Duration) {
            currentMinute.add(current, at: time, gap: gap)
            currentQuarter.add(current, at: time, gap: gap)
            powerMinute.add(power, at: time, gap: gap)
            powerQuarter.add(power, at: time, gap: gap)
        }
    }

    /// Of the newest live reading; nil throughout while there is none.
    private struct Newest: Sendable {
        var spread: Double?
        var correctedSpread: Double?
        var stateOfCharge: Double?
        var cycles: Int?
    }

    /// Follows a pack that nothing is known of.
    package init(_ specification: PackSpecification, since now: Int64) {
        self.specification = specification
        account = ChargeAccount(specification)
        rainflow = Rainflow()
        resistances = CellResistances(capacity: specification.capacity)
        peaks = Peaks(since: now)
        relative = 0
        check = ChargeCheck(specification)
    }

    /// Takes a live reading; one that is not newer than the one before is none.
    ///
    /// - Parameters:
    ///   - reading: as the BMS told it.
    ///   - now: the moment of looking; its wall clock dates peaks and synchronisations.
    ///   - gap: the longest time between two readings that belong together.
    /// - Returns: what happened to the state of charge.
    package mutating func take(_ reading: PackReading, at now: Moment, gap: Duration) -> [Occurrence] {
        let time = reading.began
        guard last.map({ time > $0 }) ?? true else { return [] }
        last = time
        let sample = MeasuredSample(reading)
        means.add(current: sample.current, power: sample.power, at: time, gap: gap)
        peaks.add(current: sample.current, power: sample.power, at: now.milliseconds)
        resistances.add(sample.cells, current: sample.current, at: time, gap: gap)
        temperatures.add(sample.temperatures, at: time)
        newest = Newest(
            spread: sample.spread, correctedSpread: resistances.spread(sample.cells, current: sample.current),
            stateOfCharge: sample.stateOfCharge, cycles: reading.cycles)
        let flow = account.add(sample.current, bms: sample.stateOfCharge, at: time, gap: gap)
        if let flow, specification.capacity > 0 {
            relative += flow.net / specification.capacity * 100
            rainflow.add(relative)
        }
        let occurrences = check.add(
            .init(bms: sample.stateOfCharge, own: account.stateOfCharge, flow: flow, time: time))
        synchroniseEmpty(sample, reading.settings?.value, at: now, gap: gap)
        return occurrences
    }

    /// What comes is not live.
    package mutating func lose() {
        guard let last else { return }
        account.lose()
        means.add(current: nil, power: nil, at: last, gap: .zero)
        resistances.add([], current: nil, at: last, gap: .zero)
        temperatures.lose()
        newest = Newest()
    }

    /// The charge controller's full test was met. It is the whole battery's: this pack is full only where its own highest
    /// cell is no more than 70 mV under its absorption voltage, which is what absorption itself asks for.
    package mutating func full(_ snapshot: PackSnapshot, at now: Moment) {
        guard let highest = snapshot.highestCell?.volts,
            highest >= specification.absorptionCell(snapshot.reading.settings?.value) - 0.070
        else { return }
        fillUp(bms: snapshot.reading.stateOfCharge, at: now)
    }

    /// The pack is full; `bms` is what the BMS says of it, percent.
    mutating func fillUp(bms: Double?, at now: Moment) { account.synchronise(.full, bms: bms, at: now.milliseconds) }

    /// Ends what lasts: the pack is no longer one of the battery's.
    package mutating func end() -> [Occurrence] { check.end() }

    /// Everything at a moment.
    package func figures(at now: Instant) -> DerivedFigures {
        var figures = DerivedFigures()
        figures.currentMinute = means.currentMinute.mean(at: now)
        figures.currentQuarter = means.currentQuarter.mean(at: now)
        figures.powerMinute = means.powerMinute.mean(at: now)
        figures.powerQuarter = means.powerQuarter.mean(at: now)
        figures.peaks = peaks
        figures.spread = newest.spread
        figures.correctedSpread = newest.correctedSpread
        figures.resistances = resistances.cells.indices.map { resistances.ohms($0) }
        figures.temperatureSpread = temperatures.spread
        figures.temperatureRate = temperatures.rate(at: now)
        figures.charged = account.kept.charged
        figures.discharged = account.kept.discharged
        figures.equivalentCycles = account.equivalentCycles
        figures.rainflow = rainflow.count
        figures.cycles = newest.cycles
        figures.stateOfCharge = newest.stateOfCharge
        figures.ownStateOfCharge = account.stateOfCharge
        figures.synchronisation = account.kept.synchronisation
        figures.uncertainty = account.kept.synchronisation == nil ? nil : account.kept.uncertainty
        figures.capacity = account.kept.capacity
        return figures
    }

    // MARK: - Over restarts

    /// What there is to keep for a later life.
    package var toKeep: KeptMeasures {
        KeptMeasures(
            account: account.kept, rainflow: rainflow.kept, relative: relative, resistances: resistances.cells,
            peaks: peaks)
    }

    /// Puts an earlier life before this one.
    package mutating func adopt(_ earlier: KeptMeasures) {
        account.precede(earlier.account)
        rainflow.precede(earlier.rainflow, endedAt: earlier.relative)
        relative += earlier.relative
        if !resistances.cells.contains(where: { $0.steps > 0 }), earlier.resistances.count == specification.cellCount {
            resistances = CellResistances(capacity: specification.capacity, cells: earlier.resistances)
        }
        if let peaks = earlier.peaks { self.peaks.adopt(peaks) }
    }

    // MARK: - Private

    private mutating func synchroniseEmpty(
        _ sample: MeasuredSample, _ settings: BMSSettings?, at now: Moment, gap: Duration
    ) {
        let wasEmpty = isEmpty
        isEmpty = empty.holds(
            sample.cells, current: sample.current, resistances: resistances, specification, settings: settings,
            at: sample.time, gap: gap)
        guard isEmpty, !wasEmpty else { return }
        account.synchronise(.empty, bms: sample.stateOfCharge, at: now.milliseconds)
    }
}

/// What of a reading is a measurement: a value that no pack can have is unknown. S21's ranges, so that one wild value
/// cannot spoil a count of years, whoever made the reading.
struct MeasuredSample {
    let time: Instant
    /// A.
    let current: Double?
    /// W.
    let power: Double?
    /// Percent.
    let stateOfCharge: Double?
    /// V.
    let cells: [Double?]
    let temperatures: [TemperatureReading]

    init(_ reading: PackReading) {
        func within(_ range: ClosedRange<Double>, _ value: Double?) -> Double? {
            value.flatMap { range.contains($0) ? $0 : nil }
        }
        time = reading.began
        let current = within(-1000...1000, reading.current)
        self.current = current
        power = within(0...1000, reading.voltage).flatMap { volts in current.map { volts * $0 } }
        stateOfCharge = within(0...100, reading.stateOfCharge)
        cells = reading.cells.map { within(0.5...5, $0) }
        temperatures = reading.temperatures.map {
            TemperatureReading(name: $0.name, place: $0.place, celsius: within(-40...120, $0.celsius))
        }
    }

    /// Highest minus lowest cell, V; nil with fewer than two, or where one is unknown.
    var spread: Double? {
        var (least, most) = (Double.infinity, -Double.infinity)
        for volts in cells {
            guard let volts else { return nil }
            (least, most) = (min(least, volts), max(most, volts))
        }
        return cells.count > 1 ? most - least : nil
    }
}

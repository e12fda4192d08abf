/// Judges readings of one pack: ranges, cross-checks, jumps, the running counter (safety.md 2, S8).
///
/// Values in, values out; the poller owns one and publishes its report after every cycle.
package struct SnapshotIntake: Sendable {
    /// What is known after the newest cycle.
    package private(set) var report: PackReport

    private let specification: PackSpecification
    /// A gap between valid snapshots that ends a run.
    private let gap: Duration
    private var crossCheckFailures = 0
    private var counter: Counter?
    private var confirmation = JumpFilter()
    private var extremes = ExtremeHistory()
    private var frozen = FrozenCells()
    private var sensors = KnownSensors()

    /// A BMS's running counter.
    private struct Counter {
        var value: UInt32
        /// When it advanced last, or was first seen.
        var advanced: Instant
        /// Whether it was ever seen to advance: a BMS that was frozen before the first reading looks like a sound one.
        var isRunning = false
    }

    /// S8: a running counter must advance within this time.
    static let counterPatience: Duration = .seconds(5)

    /// Creates an intake for one pack.
    ///
    /// - Parameters:
    ///   - specification: what the user confirmed.
    ///   - gap: age at which data stops being live (`freshness.hold_s`): a longer gap ends a run of valid snapshots.
    package init(_ specification: PackSpecification, gap: Duration) {
        self.specification = specification
        self.gap = gap
        report = PackReport(pack: specification.pack)
    }

    /// Takes the reading of a finished poll.
    ///
    /// - Returns: the snapshot, or why there is none.
    @discardableResult
    package mutating func accept(_ reading: PackReading) -> Result<PackSnapshot, SnapshotFault> {
        var clean = Plausibility.clean(reading, specification)
        do throws(SnapshotFault) {
            try checkCounter(clean)
            try checkCells(clean)
            clean.cells = frozen.removed(from: clean.cells)
            let snapshot = snapshot(from: clean)
            // Who cannot be told from a frozen buffer yet counts as one: a poller that starts again knows no counter.
            if counter?.isRunning ?? true { record(snapshot) }
            return .success(snapshot)
        } catch {
            report.refused += 1
            report.lastFault = error
            report.validRun = nil
            if case .counterFrozen = error, report.ageOrigin != nil { report.ageOrigin = counter?.advanced }
            return .failure(error)
        }
    }

    /// Notes a poll that gave no reading.
    package mutating func missed() {
        report.missed += 1
        report.validRun = nil
    }

    // MARK: - Private

    /// S8: a frozen counter voids every snapshot since its last advance, once it has stood still for the patience.
    private mutating func checkCounter(_ reading: PackReading) throws(SnapshotFault) {
        guard let value = reading.runningCounter else { return }
        guard let known = counter else { return counter = Counter(value: value, advanced: reading.began) }
        guard known.value == value else {
            return counter = Counter(value: value, advanced: reading.began, isRunning: true)
        }
        guard reading.began - known.advanced <= Self.counterPatience else { throw .counterFrozen(at: value) }
    }

    /// S21 (count) and S22; a cross-check must fail twice in a row to void a snapshot.
    private mutating func checkCells(_ reading: PackReading) throws(SnapshotFault) {
        guard reading.voltage != nil || reading.cells.contains(where: { $0 != nil }) else { throw .empty }
        if reading.promised.contains(.cellVoltages), reading.cells.count != specification.cellCount {
            throw .cellCount(got: reading.cells.count, configured: specification.cellCount)
        }
        guard let fault = Plausibility.crossCheck(reading) else { return crossCheckFailures = 0 }
        crossCheckFailures += 1
        if crossCheckFailures >= 2 { throw fault }
    }

    private mutating func snapshot(from reading: PackReading) -> PackSnapshot {
        let judged = confirmation.judge(reading)
        let highest = extreme(reading, reading.reportedMaximumCell, by: >)
        let lowest = extreme(reading, reading.reportedMinimumCell, by: <)
        let cautious = extremes.update(
            highest: highest?.volts, lowest: lowest?.volts, at: reading.began,
            worstHigh: judged.worstHigh, worstLow: judged.worstLow)
        let temperature = temperature(of: reading)
        var clean = reading
        clean.stateOfCharge = judged.stateOfCharge
        return PackSnapshot(
            reading: clean, highestCell: highest, lowestCell: lowest, cautiousHighestCell: cautious.highest,
            cautiousLowestCell: cautious.lowest,
            // What contradicts itself confirms nothing (S22, S23).
            cellsConfirmed: judged.cellsConfirmed && crossCheckFailures == 0, temperature: temperature,
            missing: missing(clean, temperature, highest), someCellMissing: reading.cells.contains { $0 == nil })
    }

    /// The extreme cell of the list, or the BMS's own extreme where that is worse or there is no list.
    private func extreme(
        _ reading: PackReading, _ reported: Double?, by worse: (Double, Double) -> Bool
    ) -> BatteryPicture.ExtremeCell? {
        var found: BatteryPicture.ExtremeCell?
        for (index, volts) in reading.cells.enumerated() {
            guard let volts, found.map({ worse(volts, $0.volts) }) ?? true else { continue }
            found = .init(pack: specification.pack, number: index + 1, volts: volts)
        }
        guard let reported, found.map({ worse(reported, $0.volts) }) ?? true else { return found }
        return .init(pack: specification.pack, number: found?.number ?? 0, volts: reported)
    }

    /// Cell sensors where there are any, else the board; a cell sensor that is known and gone is a missing input.
    private mutating func temperature(of reading: PackReading) -> PackTemperature {
        var cells: [BatteryPicture.ExtremeTemperature] = []
        var board: [BatteryPicture.ExtremeTemperature] = []
        var switches: [BatteryPicture.ExtremeTemperature] = []
        for sensor in reading.temperatures {
            guard let celsius = sensor.celsius else { continue }
            let known = BatteryPicture.ExtremeTemperature(
                pack: specification.pack, name: sensor.name, celsius: celsius)
            switch sensor.place {
            case .cells: cells.append(known)
            case .board: board.append(known)
            case .switches: switches.append(known)
            }
        }
        sensors.look(reading.temperatures)
        let lost = cells.isEmpty && !sensors.known.isEmpty
        let used = cells.isEmpty && !lost ? board : cells
        return PackTemperature(
            coldest: used.min { $0.celsius < $1.celsius }, warmest: used.max { $0.celsius < $1.celsius },
            board: board.max { $0.celsius < $1.celsius }, warmestSwitch: switches.max { $0.celsius < $1.celsius },
            mean: used.isEmpty ? nil : used.reduce(0) { $0 + $1.celsius } / Double(used.count),
            boardOnly: cells.isEmpty && !lost && !board.isEmpty)
    }

    private func missing(
        _ reading: PackReading, _ temperature: PackTemperature, _ highest: BatteryPicture.ExtremeCell?
    ) -> PackInputs {
        var missing: PackInputs = []
        if reading.cells.contains(where: { $0 == nil }) || highest == nil { missing.insert(.cellVoltages) }
        if temperature.coldest == nil { missing.insert(.temperature) }
        if reading.current == nil { missing.insert(.current) }
        if reading.voltage == nil { missing.insert(.voltage) }
        if reading.stateOfCharge == nil { missing.insert(.stateOfCharge) }
        if reading.settings == nil { missing.insert(.settings) }
        if reading.alarms == nil { missing.insert(.alarms) }
        // No cell voltage or no temperature counts whether promised or not: both are mandatory (S24).
        return missing.intersection(reading.promised.union([.cellVoltages, .temperature]))
    }

    private mutating func record(_ snapshot: PackSnapshot) {
        let began = snapshot.reading.began
        if var run = report.validRun, began - run.lastBegan <= gap {
            run.count += 1
            run.lastBegan = began
            report.validRun = run
            report.isProven = true
        } else {
            report.validRun = .init(count: 1, firstBegan: began, lastBegan: began)
        }
        report.snapshot = snapshot
        // A counter that stands still makes data old before it makes it void (S8).
        let advanced = counter?.advanced ?? began
        report.ageOrigin = began - advanced > gap ? advanced : began
    }
}

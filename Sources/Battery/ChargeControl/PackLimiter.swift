/// What one pack allows: its limit vector, one contribution a rule (charge-control.md d.4).
///
/// Soft contributions never go below the floor; only safety rules and the BMS may ask for 0.
struct PackLimiter: Sendable {
    /// One pack's part of a decision.
    struct Result: Sendable {
        var charge: [Contribution] = []
        var discharge: [Contribution] = []
        /// A promised cell voltage is missing.
        var cellsMissing = false
        /// A safety rule holds the charge current at 0 (S27).
        var chargeCut = false
        /// The end of the charge window that was left, while the safety rule on temperature acts on charging.
        var chargeTemperatureCut: WindowEnd?
        /// The same of the discharge window.
        var dischargeTemperatureCut: WindowEnd?
    }

    /// An end of a temperature window.
    enum WindowEnd: Sendable { case cold, warm }

    private(set) var specification: PackSpecification

    private var deepDischarge = false
    private var highCell = Cut()
    private var lowCell = GraceCut()
    private var chargeTemperature = Cut()
    private var dischargeTemperature = GraceCut()
    /// On the board's temperature, while it is all that is left.
    private var boardTemperature = GraceCut()
    /// Where the windows were left last: a cut that waits for its release must not be told by the present temperature.
    private var chargeEnd = WindowEnd.warm
    private var dischargeEnd = WindowEnd.warm
    private var lowVoltage = GraceCut()
    /// The cells that the cuts last looked at.
    private var highDetail = Contribution.Detail.none
    private var lowDetail = Contribution.Detail.none
    private var chargeTemperatureDetail = Contribution.Detail.none
    private var dischargeTemperatureDetail = Contribution.Detail.none
    private var boardDetail = Contribution.Detail.none
    /// Since when no cell voltage at all is known.
    private var withoutCells: Instant?
    /// The newest discharge contributions of inputs that may go missing (S24).
    private var lastDischargeCell: Contribution?
    private var lastDischargeTemperature: Contribution?

    /// S27's release margins and times.
    private enum Release {
        static let highCell = 0.030
        static let chargeTemperature = 2.0
        static let charge: Duration = .seconds(10)
        static let lowCell = 0.200
        static let dischargeTemperature = 5.0
        static let discharge: Duration = .seconds(60)
        /// Recovery of the discharge voltage cut, V a cell.
        static let dischargeVoltage = 0.1
    }

    /// Contributions of a pack to a limit, about.
    static let usualCount = 8
    /// Slower values older than this count as missing.
    private static let alarmPatience: Duration = .seconds(30)
    private static let settingsPatience: Duration = .seconds(900)
    /// A BMS's cut-off current is where its switch opens under load: stay below it (protocols/victron-can.md 8).
    private static let cutoffMargin = 0.9

    /// Knows no measurement yet, or where another limiter in the same process did, its cuts and the last contributions of
    /// inputs that may be missing now: they only lower, and end as they would have ended there (S24, S27).
    init(_ specification: PackSpecification, after previous: PackLimiter? = nil) {
        self.specification = specification
        guard let previous else { return }
        self = previous
        self.specification = specification
        highCell.takeOver()
        chargeTemperature.takeOver()
        lowCell.takeOver()
        dischargeTemperature.takeOver()
        boardTemperature.takeOver()
        lowVoltage.takeOver()
    }

    /// The limits of this pack at a moment, from its newest valid snapshot.
    ///
    /// A cut is released on live data only; at `stopAge` a pack without any cell voltage may no longer be discharged (S24).
    mutating func limits(
        _ snapshot: PackSnapshot, stage: FreshnessStage, stopAge: Duration, now: Instant
    ) -> Result {
        var result = Result()
        result.charge.reserveCapacity(Self.usualCount)
        result.discharge.reserveCapacity(Self.usualCount)
        result.charge.append(contribution(.configuredMaximum, specification.maximumCharge, .none, now))
        result.discharge.append(contribution(.configuredMaximum, specification.maximumDischarge, .none, now))
        addBMS(snapshot, to: &result, now)
        addCells(snapshot, live: stage == .live, stopAge: stopAge, to: &result, now)
        addTemperature(snapshot, live: stage == .live, to: &result, now)
        return result
    }

    // MARK: - Private

    private func contribution(
        _ rule: LimitRule, _ value: Double, _ detail: Contribution.Detail, _ now: Instant
    ) -> Contribution { Contribution(rule, max(value, 0), detail, since: now) }

    private func soft(_ value: Double) -> Double { max(value, specification.floorCurrent) }

    private mutating func addBMS(_ snapshot: PackSnapshot, to result: inout Result, _ now: Instant) {
        if let settings = snapshot.reading.settings, now - settings.taken <= Self.settingsPatience {
            if let cutoff = settings.value.chargeCutoffCurrent {
                result.charge.append(contribution(.bmsLimit, Self.cutoffMargin * cutoff, .amperes(cutoff), now))
            }
            if let cutoff = settings.value.dischargeCutoffCurrent {
                result.discharge.append(contribution(.bmsLimit, Self.cutoffMargin * cutoff, .amperes(cutoff), now))
            }
        } else if snapshot.reading.promised.contains(.settings) {
            result.charge.append(contribution(.bmsSettingsMissing, 0, .pack(specification.pack), now))
        }
        addAlarms(snapshot, to: &result, now)
        if snapshot.reading.chargeEnabled == false {
            result.charge.append(contribution(.bmsSwitchOpen, 0, .pack(specification.pack), now))
        }
        if snapshot.reading.dischargeEnabled == false {
            result.discharge.append(contribution(.bmsSwitchOpen, 0, .pack(specification.pack), now))
        }
    }

    private mutating func addAlarms(_ snapshot: PackSnapshot, to result: inout Result, _ now: Instant) {
        guard let alarms = snapshot.reading.alarms, now - alarms.taken <= Self.alarmPatience else {
            if snapshot.reading.promised.contains(.alarms) {
                result.charge.append(contribution(.bmsAlarmsMissing, 0, .pack(specification.pack), now))
            }
            return
        }
        guard alarms.value.forbidsCharge || alarms.value.forbidsDischarge else { return }
        let worst = alarms.value.active.first { $0.severity == .alarm }?.kind ?? .bmsInternal
        let detail = Contribution.Detail.alarm(pack: specification.pack, worst)
        if alarms.value.forbidsCharge { result.charge.append(contribution(.bmsAlarm, 0, detail, now)) }
        if alarms.value.forbidsDischarge { result.discharge.append(contribution(.bmsAlarm, 0, detail, now)) }
    }

    private mutating func addCells(
        _ snapshot: PackSnapshot, live: Bool, stopAge: Duration, to result: inout Result, _ now: Instant
    ) {
        if snapshot.missing.contains(.cellVoltages) {
            result.charge.append(contribution(.cellVoltageMissing, 0, .pack(specification.pack), now))
            result.cellsMissing = true
        }
        if let highest = snapshot.highestCell { addHighCell(highest, snapshot, live: live, to: &result, now) }
        if let lowest = snapshot.lowestCell { addLowCell(lowest, snapshot, live: live, to: &result, now) }
        addCellCuts(to: &result, now)
        // Inputs that are missing keep their last contribution: it may not rise, nor black out a house (S24).
        if snapshot.missing.contains(.cellVoltages), let last = lastDischargeCell { result.discharge.append(last) }
        withoutCells = snapshot.lowestCell == nil ? withoutCells ?? now : nil
        if let since = withoutCells, now - since >= stopAge {
            result.discharge.append(contribution(.cellVoltageMissing, 0, .pack(specification.pack), now))
        }
        addDischargeVoltage(snapshot, live: live, to: &result, now)
    }

    /// What the cells' cuts ask for, whether or not the cell that tripped them can still be read.
    private func addCellCuts(to result: inout Result, _ now: Instant) {
        if highCell.isActive { result.charge.append(contribution(.cellVoltageHigh, 0, highDetail, now)) }
        if let value = lowCell.allowed {
            result.discharge.append(contribution(.cellVoltageLow, value, lowDetail, now))
        }
        if deepDischarge {
            result.charge.append(contribution(.deepDischarge, 0, lowDetail, now))
        }
        if highCell.isActive || deepDischarge { result.chargeCut = true }
    }

    private mutating func addHighCell(
        _ highest: BatteryPicture.ExtremeCell, _ snapshot: PackSnapshot, live: Bool, to result: inout Result,
        _ now: Instant
    ) {
        let detail = Contribution.Detail.cell(pack: highest.pack, number: highest.number, volts: highest.volts)
        let target = specification.absorptionCell(snapshot.reading.settings?.value)
        let over = (snapshot.cautiousHighestCell ?? highest.volts) - target
        let fraction = DeratingCurves.highestCell(over)
        result.charge.append(
            contribution(.cellVoltageCurve, soft(fraction * specification.maximumCharge), detail, now))
        highCell.update(
            trips: highest.volts >= specification.maximumCell,
            clears: live && highest.volts <= specification.maximumCell - Release.highCell, rest: Release.charge,
            now: now)
        highDetail = detail
    }

    private mutating func addLowCell(
        _ lowest: BatteryPicture.ExtremeCell, _ snapshot: PackSnapshot, live: Bool, to result: inout Result,
        _ now: Instant
    ) {
        let detail = Contribution.Detail.cell(pack: lowest.pack, number: lowest.number, volts: lowest.volts)
        let above = (snapshot.cautiousLowestCell ?? lowest.volts) - specification.minimumCell
        let fraction = DeratingCurves.lowestCell(above)
        let curve = contribution(.cellVoltageCurve, soft(fraction * specification.maximumDischarge), detail, now)
        result.discharge.append(curve)
        if !snapshot.someCellMissing { lastDischargeCell = curve }
        lowCell.update(
            trips: lowest.volts <= specification.minimumCell,
            clears: live && lowest.volts >= specification.minimumCell + Release.lowCell, rest: Release.discharge,
            now: now)
        lowDetail = detail
        deepDischarge = lowest.volts < specification.deepDischargeCell
    }

    /// The discharge voltage limit is displayed by the inverter, not obeyed: the current limit must enforce it.
    private mutating func addDischargeVoltage(
        _ snapshot: PackSnapshot, live: Bool, to result: inout Result, _ now: Instant
    ) {
        guard let volts = snapshot.reading.voltage else { return }
        let cut = Self.dischargeVoltage(specification, snapshot.reading.settings?.value)
        let clear = cut + Release.dischargeVoltage * Double(specification.cellCount)
        lowVoltage.update(trips: volts <= cut, clears: live && volts >= clear, rest: Release.discharge, now: now)
        guard let value = lowVoltage.allowed else { return }
        result.discharge.append(contribution(.dischargeVoltage, value, .volts(volts), now))
    }

    /// V: the BMS's empty voltage or the configured minimum, whichever is higher.
    static func dischargeVoltage(_ specification: PackSpecification, _ settings: BMSSettings?) -> Double {
        Double(specification.cellCount) * max(specification.minimumCell, settings?.emptyCell ?? 0)
    }

    private mutating func addTemperature(
        _ snapshot: PackSnapshot, live: Bool, to result: inout Result, _ now: Instant
    ) {
        if let hot = snapshot.temperature.warmestSwitch {
            let fraction = DeratingCurves.switches(hot.celsius)
            let detail = Contribution.Detail.sensor(pack: hot.pack, name: hot.name, celsius: hot.celsius)
            result.charge.append(
                contribution(.switchTemperatureCurve, soft(fraction * specification.maximumCharge), detail, now))
            result.discharge.append(
                contribution(.switchTemperatureCurve, soft(fraction * specification.maximumDischarge), detail, now))
        }
        guard let cold = snapshot.temperature.coldest, let warm = snapshot.temperature.warmest else {
            result.charge.append(contribution(.temperatureMissing, 0, .pack(specification.pack), now))
            if let last = lastDischargeTemperature { result.discharge.append(last) }
            // What nobody sees is not clear of anything.
            chargeTemperature.update(trips: false, clears: false, rest: Release.charge, now: now)
            dischargeTemperature.update(trips: false, clears: false, rest: Release.discharge, now: now)
            addBoard(snapshot.temperature.board, live: live, to: &result, now)
            addTemperatureCuts(to: &result, now)
            return
        }
        addBoard(nil, live: live, to: &result, now)
        // The board is warmer than the cells, so a cold limit read there is stricter (S27).
        let shift = snapshot.temperature.boardOnly ? 5.0 : 0.0
        addChargeTemperature(cold, warm, shift, live: live, to: &result, now)
        addDischargeTemperature(cold, warm, live: live, to: &result, now)
        addTemperatureCuts(to: &result, now)
    }

    /// S27 where the sensors on the cells are gone and the board's temperature is known: it can only lower.
    private mutating func addBoard(
        _ board: BatteryPicture.ExtremeTemperature?, live: Bool, to result: inout Result, _ now: Instant
    ) {
        let window = specification.dischargeWindow
        let margin = Release.dischargeTemperature
        let inside = window.lowerBound + margin...max(window.upperBound - margin, window.lowerBound + margin)
        boardTemperature.update(
            trips: board.map { !window.contains($0.celsius) } ?? false,
            clears: live && board.map { inside.contains($0.celsius) } ?? true, rest: Release.discharge, now: now)
        guard let value = boardTemperature.allowed else { return }
        if let board { boardDetail = Self.detail(board) }
        result.discharge.append(contribution(.temperatureWindow, value, boardDetail, now))
    }

    private func addTemperatureCuts(to result: inout Result, _ now: Instant) {
        if chargeTemperature.isActive {
            result.charge.append(contribution(.temperatureWindow, 0, chargeTemperatureDetail, now))
            result.chargeCut = true
            result.chargeTemperatureCut = chargeEnd
        }
        if let value = dischargeTemperature.allowed {
            result.discharge.append(contribution(.temperatureWindow, value, dischargeTemperatureDetail, now))
            result.dischargeTemperatureCut = dischargeEnd
        }
    }

    private mutating func addChargeTemperature(
        _ cold: BatteryPicture.ExtremeTemperature, _ warm: BatteryPicture.ExtremeTemperature, _ shift: Double,
        live: Bool, to result: inout Result, _ now: Instant
    ) {
        let window = specification.chargeWindow
        let low = window.lowerBound + shift
        let over = cold.celsius - low
        let coldLimit = min(
            DeratingCurves.chargeCold(over) * specification.maximumCharge,
            DeratingCurves.chargeColdRate(over) * specification.capacity)
        let warmLimit = DeratingCurves.chargeWarm(warm.celsius) * specification.maximumCharge
        let detail = Self.detail(coldLimit <= warmLimit ? cold : warm)
        result.charge.append(contribution(.temperatureCurve, soft(min(coldLimit, warmLimit)), detail, now))
        let margin = Release.chargeTemperature
        chargeTemperature.update(
            trips: cold.celsius < low || warm.celsius > window.upperBound,
            clears: live && cold.celsius >= low + margin && warm.celsius <= window.upperBound - margin,
            rest: Release.charge, now: now)
        if let end = Self.end(cold, warm, beyond: low...window.upperBound) { chargeEnd = end }
        chargeTemperatureDetail = Self.detail(chargeEnd == .warm ? warm : cold)
    }

    /// The end at which a window is left, nil inside it.
    private static func end(
        _ cold: BatteryPicture.ExtremeTemperature, _ warm: BatteryPicture.ExtremeTemperature,
        beyond window: ClosedRange<Double>
    ) -> WindowEnd? {
        if warm.celsius > window.upperBound { return .warm }
        return cold.celsius < window.lowerBound ? .cold : nil
    }

    private static func detail(_ sensor: BatteryPicture.ExtremeTemperature) -> Contribution.Detail {
        .sensor(pack: sensor.pack, name: sensor.name, celsius: sensor.celsius)
    }

    private mutating func addDischargeTemperature(
        _ cold: BatteryPicture.ExtremeTemperature, _ warm: BatteryPicture.ExtremeTemperature, live: Bool,
        to result: inout Result, _ now: Instant
    ) {
        let window = specification.dischargeWindow
        let coldLimit = DeratingCurves.dischargeCold(cold.celsius - window.lowerBound)
        let warmLimit = DeratingCurves.dischargeWarm(warm.celsius)
        let decider = coldLimit <= warmLimit ? cold : warm
        let curve = contribution(
            .temperatureCurve, soft(min(coldLimit, warmLimit) * specification.maximumDischarge),
            .sensor(pack: decider.pack, name: decider.name, celsius: decider.celsius), now)
        result.discharge.append(curve)
        lastDischargeTemperature = curve
        let margin = Release.dischargeTemperature
        dischargeTemperature.update(
            trips: cold.celsius < window.lowerBound || warm.celsius > window.upperBound,
            clears: live && cold.celsius >= window.lowerBound + margin && warm.celsius <= window.upperBound - margin,
            rest: Release.discharge, now: now)
        if let end = Self.end(cold, warm, beyond: window) { dischargeEnd = end }
        dischargeTemperatureDetail = Self.detail(dischargeEnd == .warm ? warm : cold)
    }
}

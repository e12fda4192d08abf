package import Battery

/// The alerts of one pack: our own thresholds and what the BMS itself reports, the worse of the two.
package struct PackAlerts: Sendable {
    /// One alert as it stands.
    private struct Standing: Sendable, Hashable {
        var severity: EventSeverity
        /// The rule that gives the severity; nil where it is the BMS's word.
        var rule: AlertRule.Name?
    }

    private let pack: PackSpecification
    private let debounce: Duration
    private let spreadRate: Double
    private let rules: [AlertRule]
    /// One a rule, in their order: looked at with every reading.
    private var states: [AlertState]
    private var standing: [AlarmKind: Standing] = [:]
    private var lastTaken: Instant?

    /// Whether a kind of alarm is none of a pack's measurements: the charge controller knows it.
    package static func leaves(_ kind: AlarmKind) -> Bool { kind == .bmsInternal || kind == .limitNotObeyed }

    /// Begins with nothing raised, or with what was raised under other thresholds.
    package init(_ pack: PackSpecification, _ thresholds: AlertThresholds, after previous: PackAlerts? = nil) {
        self.pack = pack
        debounce = thresholds.debounce
        spreadRate = thresholds.spreadRate
        let rules = AlertRule.all(thresholds, pack)
        self.rules = rules
        states = rules.map { rule in
            previous?.rules.firstIndex { $0.name == rule.name }.flatMap { previous?.states[$0] } ?? AlertState()
        }
        guard let previous else { return }
        (standing, lastTaken) = (previous.standing, previous.lastTaken)
    }

    /// Looks at a live snapshot.
    ///
    /// - Parameters:
    ///   - snapshot: the newest.
    ///   - gap: time between two snapshots beyond which one says nothing about the time before it.
    /// - Returns: alerts that began, changed their severity, or ended.
    package mutating func update(_ snapshot: PackSnapshot, gap: Duration) -> [Occurrence] {
        let time = snapshot.reading.began
        let isAfterGap = lastTaken.map { time - $0 > gap } ?? false
        lastTaken = time
        let sample = Sample(snapshot, pack, spreadRate)
        var present: [AlarmKind: Standing] = [:]
        for (index, rule) in rules.enumerated() {
            let (value, shift) = sample.value(of: rule.quantity)
            states[index].update(value, rule, shift: shift, debounce: debounce, isAfterGap: isAfterGap, at: time)
            guard states[index].isActive, present[rule.name.kind].map({ $0.severity < rule.name.severity }) ?? true
            else {
                continue
            }
            present[rule.name.kind] = Standing(severity: rule.name.severity, rule: rule.name)
        }
        for (kind, severity) in snapshot.reading.alarms?.value.active ?? [] where !Self.leaves(kind) {
            let severity = EventSeverity(severity)
            guard present[kind].map({ $0.severity < severity }) ?? true else { continue }
            present[kind] = Standing(severity: severity, rule: nil)
        }
        return changes(to: present, sample)
    }

    /// Ends everything: the pack is no longer one of the battery's.
    package mutating func end() -> [Occurrence] { changes(to: [:], nil) }

    // MARK: - Private

    private mutating func changes(to present: [AlarmKind: Standing], _ sample: Sample?) -> [Occurrence] {
        defer { standing = present }
        guard present != standing else { return [] }
        // In one order, so that two runs of one seed tell the same.
        return AlarmKind.allCases.compactMap { kind in
            guard present[kind] != standing[kind] else { return nil }
            return present[kind].map { raised(kind, $0, sample) } ?? cleared(kind)
        }
    }

    private func raised(_ kind: AlarmKind, _ standing: Standing, _ sample: Sample?) -> Occurrence {
        let rule = standing.rule.flatMap { name in rules.first { $0.name == name } }
        let (value, shift) = rule.flatMap { sample?.value(of: $0.quantity) } ?? (nil, 0)
        var reading: Occurrence.Reading?
        var cause = "the BMS reports it"
        var fields = common(kind) + [EventField("severity", .text(standing.severity.name))]
        if let rule, let value {
            let (unit, places) = (rule.quantity.unit, rule.quantity.places)
            let threshold = rule.raise + shift
            reading = Occurrence.Reading(value, threshold: threshold, unit: unit)
            cause =
                "\(sample?.place(of: rule.quantity) ?? "")\(value.decimal(places)) \(unit), threshold "
                + "\(threshold.decimal(places)) \(unit)"
            fields += [
                EventField("value", .number(value)), EventField("threshold", .number(threshold)),
                EventField("unit", .text(unit)),
            ]
            if let cell = sample?.cell(of: rule.quantity) { fields.append(EventField("cell", .number(Double(cell)))) }
        }
        return Occurrence(
            identity(kind), standing.severity, .begins,
            "\(standing.severity.name): \(kind.rawValue) of pack \(pack.pack), \(cause)", cause: cause, fields: fields,
            reading: reading)
    }

    private func cleared(_ kind: AlarmKind) -> Occurrence {
        Occurrence(identity(kind), .info, .ends, "over: \(kind.rawValue) of pack \(pack.pack)", fields: common(kind))
    }

    private func identity(_ kind: AlarmKind) -> Occurrence.Identity {
        .init("alarm_raised", kind.rawValue, pack: pack.pack)
    }

    private func common(_ kind: AlarmKind) -> [EventField] {
        [EventField("alarm", .text(kind.rawValue)), EventField("pack", .number(Double(pack.pack)))]
    }
}

/// What the rules look at, of one snapshot.
private struct Sample {
    private let snapshot: PackSnapshot
    private let current: Double?
    private let stateOfCharge: Double?
    private let pack: PackSpecification
    private let spreadRate: Double

    init(_ snapshot: PackSnapshot, _ pack: PackSpecification, _ spreadRate: Double) {
        self.snapshot = snapshot
        // Once: it is a copy of everything that the reading holds.
        let reading = snapshot.reading
        (current, stateOfCharge) = (reading.current, reading.stateOfCharge)
        self.pack = pack
        self.spreadRate = spreadRate
    }

    /// The measurement, nil where it is unknown, and by how much its threshold lies higher at present.
    func value(of quantity: AlertRule.Quantity) -> (Double?, shift: Double) {
        switch quantity {
        case .highestCell: (snapshot.highestCell?.volts, 0)
        case .lowestCell: (snapshot.lowestCell?.volts, 0)
        case .spread: (spread, 0)
        case .stateOfCharge: (stateOfCharge, 0)
        case .warmest: (snapshot.temperature.warmest?.celsius, 0)
        // A board is warmer than its cells (S27).
        case .coldest: (snapshot.temperature.coldest?.celsius, snapshot.temperature.boardOnly ? 5 : 0)
        case .chargeCurrent: (current, 0)
        case .dischargeCurrent: (current.map { -$0 }, 0)
        }
    }

    /// Number of the cell that it is about; nil where it is about none.
    func cell(of quantity: AlertRule.Quantity) -> Int? {
        switch quantity {
        case .highestCell: snapshot.highestCell?.number
        case .lowestCell: snapshot.lowestCell?.number
        default: nil
        }
    }

    /// Where it was measured, in words that a number follows.
    func place(of quantity: AlertRule.Quantity) -> String {
        if let cell = cell(of: quantity), cell > 0 { return "cell \(cell) at " }
        return switch quantity {
        case .warmest: snapshot.temperature.warmest.map { "sensor \($0.name) at " } ?? ""
        case .coldest: snapshot.temperature.coldest.map { "sensor \($0.name) at " } ?? ""
        default: ""
        }
    }

    private var spread: Double? {
        guard let current, abs(current) < spreadRate * pack.capacity,
            let high = snapshot.highestCell?.volts, let low = snapshot.lowestCell?.volts
        else { return nil }
        return high - low
    }
}

extension EventSeverity {
    /// The severity of an alarm.
    package init(_ severity: AlarmSeverity) { self = severity == .alarm ? .alarm : .warning }
}

extension ChargeControl {
    /// The mode that people see: Degraded and Fault lie over the charge's own mode.
    var presentedMode: ChargeMode {
        if stage == .noData { return .initial }
        if stage >= .noCharge { return .degraded }
        return fault != nil ? .fault : mode.mode
    }

    /// The battery's stage is its freshest pack's; packs beyond NO-CHARGE are absent while another is live (S9).
    mutating func updateStage(age: Duration?) -> [ControlEvent] {
        let next = packs.indices.map { packs[$0].freshness.stage }.min() ?? .noData
        guard next != stage else { return [] }
        defer { stage = next }
        return [.stage(from: stage, to: next, age: age?.seconds)]
    }

    /// Latches a fault on live data; lets go when it was acknowledged and its cause is gone.
    mutating func updateFault(_ members: [Aggregate.Member], acknowledged: Bool) -> [ControlEvent] {
        let cause = members.lazy.filter(\.isOnline).compactMap(Self.faultCause).first
        if let cause {
            guard fault == nil else { return [] }
            fault = cause
            return [.mode(from: mode.mode, to: .fault, cause: cause.sentence)]
        }
        guard acknowledged, fault != nil, stage == .live else { return [] }
        fault = nil
        return [.mode(from: .fault, to: mode.mode, cause: "acknowledged, cause gone")]
    }

    /// A cell 100 mV over its maximum or below deep discharge, or 15 K over the charge window.
    private static func faultCause(_ member: Aggregate.Member) -> LatchedFault? {
        let pack = member.specification
        // One glitch must not call for a person; the limits obey it at once all the same (S23, S27).
        if member.snapshot.cellsConfirmed, let high = member.snapshot.highestCell?.volts, high >= pack.maximumCell + 0.1
        {
            return LatchedFault(kind: .cellOverVoltage, pack: pack.pack, value: high)
        }
        if member.snapshot.cellsConfirmed, let low = member.snapshot.lowestCell?.volts, low < pack.deepDischargeCell {
            return LatchedFault(kind: .deepDischarge, pack: pack.pack, value: low)
        }
        if let warm = member.snapshot.temperature.warmest?.celsius, warm >= pack.chargeWindow.upperBound + 15 {
            return LatchedFault(kind: .overTemperature, pack: pack.pack, value: warm)
        }
        return nil
    }

    /// Alarms of the gateway itself: lost data, limits not obeyed (safety.md 1's table, column of the other frames).
    func addOwnAlarms(_ situation: Situation, _ limits: Limits, to alarms: inout AlarmSet) {
        switch stage {
        case .noData, .live: break
        case .stale: alarms.raise(.bmsInternal, .warning)
        case .noCharge, .stop, .silent: alarms.raise(.bmsInternal, .alarm)
        }
        if situation.members.contains(where: { !$0.isOnline || bank.standing(of: $0.specification.pack) == .apart }) {
            alarms.raise(.bmsInternal, .warning)
        }
        if limits.notObeyed { alarms.raise(.limitNotObeyed, .warning) }
        if silencedByDisobedience { alarms.raise(.limitNotObeyed, .alarm) }
    }

    /// One event a change (S90): limits that fall to another rule, alarms that come and go.
    mutating func changes(_ limits: Limits, _ alarms: AlarmSet) -> [ControlEvent] {
        var events: [ControlEvent] = []
        shown.voltage.note(limits.voltage, as: "cvl", &events)
        shown.charge.note(limits.charge, as: "ccl", &events)
        shown.discharge.note(limits.discharge, as: "dcl", &events)
        guard alarms != shown.alarms else { return events }
        // In one order, so that two runs of one seed tell the same.
        for kind in AlarmKind.allCases where alarms[kind] != shown.alarms[kind] {
            events.append(alarms[kind].map { .alarmRaised(kind, $0) } ?? .alarmCleared(kind))
        }
        shown.alarms = alarms
        return events
    }
}

extension ChargeControl.Shown.Limit {
    /// Takes a step's limit; tells one that fell to another rule.
    fileprivate mutating func note(_ limit: Limit, as name: String, _ events: inout [ControlEvent]) {
        guard let reason = limit.contributions.first else { return }
        // A twentieth less is no change worth a line, nor is what the last digit does not show; a stop always is.
        let least = name == "cvl" ? 0.1 : max(0.1, 0.05 * value)
        if let rule, rule != reason.rule, limit.value <= value - least || limit.value == 0 && value > 0 {
            events.append(
                .limitFell(limit: name, from: value, to: limit.value, rule: reason.rule, evidence: reason.evidence))
        }
        (value, rule) = (limit.value, reason.rule)
    }
}

extension LatchedFault {
    /// The fault in words.
    package var sentence: String {
        switch kind {
        case .cellOverVoltage: "a cell of pack \(pack) stood at \(value.decimal(3)) V"
        case .deepDischarge: "a cell of pack \(pack) was discharged to \(value.decimal(3)) V"
        case .overTemperature: "pack \(pack) was at \(value.decimal(1)) °C"
        }
    }
}

extension ChargeControl {
    /// The three limits, each the minimum of its published list (invariant 6).
    mutating func decide(_ situation: Situation, _ events: inout [ControlEvent]) -> Limits {
        guard stage != .noData, let first = situation.members.first else {
            let none = Limit(value: 0, contributions: [])
            return Limits(voltage: none, charge: none, discharge: none)
        }
        guard bank.hasQuorum else {
            // Not a step of any ramp: what begins later must not have to rise from 0 (S5).
            let detail = Contribution.Detail.packs(live: bank.live, configured: packs.count)
            let wait = Limit(value: 0, contributions: [Contribution(.quorum, 0, detail, since: situation.now)])
            return Limits(voltage: wait, charge: wait, discharge: wait)
        }
        let meanCell = situation.members.lazy.compactMap(\.snapshot.meanCell).max()
        let rest =
            situation.members.lazy.map { $0.specification.restVoltage(meanCell: meanCell) }.min()
            ?? first.specification.restVoltage(meanCell: meanCell)
        let voltage = decideVoltage(situation, rest: rest, &events)
        let charge = decideCharge(situation)
        let discharge = decideDischarge(situation)
        let exhausted = voltage.exhausted && situation.members.contains { $0.limits.chargeCut }
        silencedByDisobedience =
            configuration.hasGrid
            && (exhausted || (silencedByDisobedience && situation.members.contains { $0.limits.chargeCut }))
        return Limits(
            voltage: voltage.limit, charge: charge, discharge: discharge, notObeyed: voltage.notObeyed)
    }

    /// V: the highest of the packs' discharge voltages, so that none is drawn below its own.
    func dischargeVoltage(_ members: [Aggregate.Member]) -> Double {
        let cuts = members.lazy.map {
            PackLimiter.dischargeVoltage($0.specification, $0.snapshot.reading.settings?.value)
        }
        return cuts.max() ?? 0
    }

    // MARK: - Charge voltage

    private mutating func decideVoltage(
        _ situation: Situation, rest: Double, _ events: inout [ControlEvent]
    ) -> (limit: Limit, notObeyed: Bool, exhausted: Bool) {
        let now = situation.now
        let packs = configuration.packs
        let absorption = situation.members.lazy.map { Double($0.specification.cellCount) * Self.target($0) }.min() ?? 0
        let float = packs.lazy.map { Double($0.cellCount) * $0.floatCell }.min() ?? 0
        let live = stage == .live
        if live, fault == nil { events += stepMode(situation, float: float, now) }
        let output = voltage.step(
            .init(
                absorption: absorption, float: float, rest: rest, cellCount: Double(packs.first?.cellCount ?? 1),
                highestOverTarget: live ? highestOverTarget(connected(situation.members)) : nil,
                voltage: situation.picture.voltage, capacity: situation.picture.onlineCapacity,
                current: live ? situation.picture.current : nil,
                publishedCharge: charge.published, maximumCharge: configuration.maximumCharge, mode: mode.mode,
                fault: fault != nil),
            now: now)
        var list = [
            Contribution(.configuredMaximum, configuration.maximumVoltage, .none, since: now),
            Contribution(.chargeTarget, output.target, .none, since: now),
            Contribution(.highestCellController, output.highestCell, cellDetail(situation), since: now),
        ]
        if let ceiling = output.ceiling {
            list.append(Contribution(.ceiling, ceiling, chargeDetail(situation), since: now))
        }
        if mode.mode == .balanceHold {
            list.append(Contribution(.balanceHold, output.target, .none, since: now))
        }
        for member in situation.members {
            guard let full = member.snapshot.reading.settings?.value.fullCell else { continue }
            let bound = Double(member.specification.cellCount) * (full - PackSpecification.fullCellMargin)
            list.append(Contribution(.bmsLimit, bound, .volts(full), since: now))
        }
        if situation.members.contains(where: { $0.isOnline && $0.limits.cellsMissing }) {
            // The cell that cannot be read may be the highest: no more than what a full pack is held at.
            list.append(Contribution(.cellVoltageMissing, max(float, rest), .none, since: now))
        }
        if let lever = output.lever { list.append(Contribution(.limitNotObeyed, lever, .none, since: now)) }
        addStage(to: &list, situation, value: rest)
        if let last = lastVoltage?.value {
            // Up slowly from whatever brought it down; while data is old, not at all.
            let elapsed = min(max((now - (lastStep ?? now)).seconds, 0), 1)
            let rise = Double(packs.first?.cellCount ?? 1) * VoltageController.riseRate * elapsed
            list.append(
                situation.mayRise
                    ? Contribution(.ramp, last + rise, .none, since: now)
                    : Contribution(.holdStale, min(last, heardVoltage ?? last), ageDetail(situation), since: now))
        }
        lastStep = now
        let limit = Self.finish(list, ceiling: configuration.maximumVoltage, &shown.voltage, now)
        lastVoltage = limit
        return (limit, output.notObeyed, output.leverExhausted)
    }

    private mutating func stepMode(_ situation: Situation, float: Double, _ now: Instant) -> [ControlEvent] {
        let members = connected(situation.members.filter(\.isOnline))
        guard let over = highestOverTarget(members) else { return [] }
        let overRebulk =
            members.lazy.compactMap { member in
                member.snapshot.highestCell.map { $0.volts - (member.specification.floatCell - 0.05) }
            }.max() ?? over
        let input = ModeMachine.Input(
            highestOverTarget: over, highestOverRebulk: overRebulk, overFullLine: overFullLine(members),
            current: situation.picture.current, capacity: situation.picture.onlineCapacity,
            stateOfCharge: situation.picture.stateOfCharge, cautiousStateOfCharge: Self.cautiousCharge(members),
            lowestOverMinimum: Self.lowestOverMinimum(members),
            packSpread: Self.widest(members) { $0.snapshot.spread }, restSpread: Self.widest(members, \.restSpread),
            spread: spread(situation.picture))
        // The charge voltage is sent in steps of 0.1 V: closer than that is there.
        let reached = (lastVoltage?.value ?? .infinity) <= float + 0.05
        return mode.step(input, configuration, floatReached: reached, now: now)
    }

    /// The packs that the charge voltage reaches: one that stays apart and carries nothing would end a charge it has no
    /// part in.
    private func connected(_ members: [Aggregate.Member]) -> [Aggregate.Member] {
        packs.count > 1 ? members.filter { !bank.isIdleApart($0) } : members
    }

    private func highestOverTarget(_ members: [Aggregate.Member]) -> Double? {
        members.lazy.compactMap { member in
            member.snapshot.highestCell.map { $0.volts - Self.target(member) }
        }.max()
    }

    private static func target(_ member: Aggregate.Member) -> Double {
        member.specification.absorptionCell(member.snapshot.reading.settings?.value)
    }

    /// Percent: what is promised and missing counts as full (S24); nil where nobody knows any.
    private static func cautiousCharge(_ members: [Aggregate.Member]) -> Double? {
        var (sum, weight) = (0.0, 0.0)
        for member in members {
            let reading = member.snapshot.reading
            let missing: Double? = reading.promised.contains(.stateOfCharge) ? 100 : nil
            guard let charge = reading.stateOfCharge ?? missing else { continue }
            sum += charge * member.specification.capacity
            weight += member.specification.capacity
        }
        return weight > 0 ? sum / weight : nil
    }

    private static func lowestOverMinimum(_ members: [Aggregate.Member]) -> Double? {
        guard !members.contains(where: \.snapshot.someCellMissing) else { return nil }
        return members.lazy.compactMap { member in
            member.snapshot.lowestCell.map { $0.volts - member.specification.minimumCell }
        }.min()
    }

    /// d.2's line: a cell is full where its voltage, less what the current lifts it by, reaches the line's start.
    private func overFullLine(_ members: [Aggregate.Member]) -> Double? {
        members.lazy.compactMap { member -> Double? in
            guard let current = member.snapshot.reading.current, current >= 0,
                let highest = member.snapshot.highestCell
            else { return nil }
            let line = member.specification.chemistry.fullLine
            let resistance = (line.upperBound - line.lowerBound) / (0.05 * member.specification.capacity)
            return highest.volts - resistance * current - line.lowerBound
        }.max()
    }

    private func spread(_ picture: BatteryPicture) -> Double? {
        guard let high = picture.maximumCell?.volts, let low = picture.minimumCell?.volts else { return nil }
        return high - low
    }

    private func cellDetail(_ situation: Situation) -> Contribution.Detail {
        situation.picture.maximumCell.map { .cell(pack: $0.pack, number: $0.number, volts: $0.volts) } ?? .none
    }

    /// The widest spread, V; nil where one is not known.
    private static func widest(
        _ members: [Aggregate.Member], _ spread: (Aggregate.Member) -> Double?
    ) -> Double? {
        let known = members.compactMap(spread)
        return known.count == members.count ? known.max() : nil
    }

    private func chargeDetail(_ situation: Situation) -> Contribution.Detail {
        situation.picture.stateOfCharge.map { .stateOfCharge($0) } ?? .none
    }

    private func ageDetail(_ situation: Situation) -> Contribution.Detail {
        situation.age.map { .age(seconds: $0.seconds) } ?? .none
    }

    // MARK: - Charge current

    private mutating func decideCharge(_ situation: Situation) -> Limit {
        let now = situation.now
        var list = Aggregate.combine(
            situation.members.filter(\.isOnline), bank, chargeSharing, \.charge, now: now)
        list.append(Contribution(.configuredMaximum, configuration.maximumCharge, .none, since: now))
        addStage(to: &list, situation, value: 0)
        if fault != nil { list.append(Contribution(.faultLatched, 0, .none, since: now)) }
        if mode.mode == .ceiling {
            list.append(Contribution(.ceiling, floorCurrent(situation), chargeDetail(situation), since: now))
        }
        if mode.mode == .balanceHold {
            let joined = Double(situation.members.count { $0.isOnline && bank.isJoined($0) })
            list.append(Contribution(.balanceHold, 3 * configuration.balanceCurrent * joined, .none, since: now))
        }
        if situation.duplicateBMS { list.append(Contribution(.duplicateBMS, 0, .none, since: now)) }
        let isFirst = charge.published == nil
        let target = list.lazy.map(\.value).min() ?? 0
        let cap = charge.cap(
            target: target, maximum: configuration.maximumCharge, mayRise: situation.mayRise,
            start: CurrentRamp.rate * configuration.maximumCharge, now: now)
        list.append(Contribution(capRule(isFirst), cap, .amperes(cap), since: now))
        return Self.finish(list, ceiling: configuration.maximumCharge, &shown.charge, now)
    }

    /// A: not 0, on which an inverter may trip, and loads on the DC side are to be carried.
    private func floorCurrent(_ situation: Situation) -> Double {
        situation.members.filter { $0.isOnline && bank.isJoined($0) }.reduce(0) { $0 + $1.specification.floorCurrent }
    }

    private func capRule(_ isFirst: Bool) -> LimitRule {
        if isFirst { return .startLimit }
        return stage == .live ? .ramp : .holdStale
    }

    // MARK: - Discharge current

    private mutating func decideDischarge(_ situation: Situation) -> Limit {
        let now = situation.now
        let isFirst = discharge.published == nil
        var list = Aggregate.combine(
            discharging(situation, isFirst: isFirst), bank, dischargeSharing, \.discharge, now: now)
        list.append(Contribution(.configuredMaximum, configuration.maximumDischarge, .none, since: now))
        if stage >= .stop { list.append(Contribution(.stop, 0, ageDetail(situation), since: now)) }
        let target = list.lazy.map(\.value).min() ?? 0
        // Never ramped from 0 at the start: that switches an island off (S5).
        let cap = discharge.cap(
            target: target, maximum: configuration.maximumDischarge, mayRise: situation.mayRise,
            start: configuration.maximumDischarge, now: now)
        list.append(Contribution(isFirst ? .startLimit : capRule(false), cap, .amperes(cap), since: now))
        return Self.finish(list, ceiling: configuration.maximumDischarge, &shown.discharge, now)
    }

    /// The packs whose contributions count for discharging. Where none is live DCL stays as it was; but one that answers
    /// again and has only to prove itself lowers it at once (S27), and a controller made anew knows no last one.
    private func discharging(_ situation: Situation, isFirst: Bool) -> [Aggregate.Member] {
        let online = situation.members.filter(\.isOnline)
        guard online.isEmpty else { return online }
        let answering = situation.members.filter(\.isAnswering)
        return answering.isEmpty && isFirst ? situation.members : answering
    }

    // MARK: - Lists

    /// Adds what the stage takes away: NO-CHARGE and worse (safety.md 1).
    private func addStage(to list: inout [Contribution], _ situation: Situation, value: Double) {
        guard stage >= .noCharge else { return }
        list.append(
            Contribution(stage == .noCharge ? .noCharge : .stop, value, ageDetail(situation), since: situation.now))
    }

    /// Sorts a list by value, dates each contribution that restricts, and takes the minimum.
    private static func finish(
        _ list: [Contribution], ceiling: Double, _ shown: inout Shown.Limit, _ now: Instant
    ) -> Limit {
        var list = list
        list.sort { comes($0, before: $1, ceiling: ceiling) }
        for index in list.indices {
            let (rule, restricts) = (list[index].rule, list[index].value < ceiling)
            let before = restricts ? shown.contributions.first { $0.rule == rule && $0.value < ceiling } : nil
            list[index].since = before?.since ?? now
        }
        shown.contributions = list
        return Limit(value: max(list.first?.value ?? 0, 0), contributions: list)
    }

    /// Whether one contribution explains a limit better than another: the lower one; of equal ones at the ceiling the
    /// maximum itself, below it what acts, before hold and ramp, which only keep it there.
    private static func comes(_ one: Contribution, before other: Contribution, ceiling: Double) -> Bool {
        guard one.value == other.value else { return one.value < other.value }
        if one.value >= ceiling { return one.rule == .configuredMaximum && other.rule != .configuredMaximum }
        return one.rule.precedence < other.rule.precedence
    }
}

extension LimitRule {
    /// Smaller is the better explanation of the same value.
    fileprivate var precedence: Int {
        switch self {
        case .ramp, .holdStale, .startLimit: 2
        case .configuredMaximum, .chargeTarget: 1
        case .sharing: -1
        default: 0
        }
    }
}

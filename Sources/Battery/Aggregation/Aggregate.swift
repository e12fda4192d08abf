/// Several packs as one battery: what is summed, what is the worst, what is averaged.
enum Aggregate {
    /// One admitted pack with data. A class, because a step hands it on a dozen times and it is large.
    final class Member: Sendable {
        let specification: PackSpecification
        let snapshot: PackSnapshot
        /// Whether its data is younger than NO-CHARGE, and the pack not on its way back from there.
        let isOnline: Bool
        /// Whether its data is that young, proven or not.
        let isAnswering: Bool
        let limits: PackLimiter.Result
        /// Spread of its cells in this very snapshot, V, if they have rested for long enough; else nil.
        let restSpread: Double?

        init(
            specification: PackSpecification, snapshot: PackSnapshot, isOnline: Bool, isAnswering: Bool,
            limits: PackLimiter.Result, restSpread: Double? = nil
        ) {
            self.specification = specification
            self.snapshot = snapshot
            self.isOnline = isOnline
            self.isAnswering = isAnswering
            self.limits = limits
            self.restSpread = restSpread
        }
    }

    /// The picture of the members; a pack that is offline or apart counts in the module counts only, unless all are. What
    /// an apart one measures of cells, temperatures and current is shown all the same.
    static func picture(
        _ members: [Member], _ bank: PackBank, configured: [PackSpecification]
    ) -> BatteryPicture {
        var picture = BatteryPicture()
        picture.installedCapacity = configured.reduce(0) { $0 + $1.capacity }
        let online = members.filter(\.isOnline)
        let joined = online.filter(bank.isJoined)
        let shown = online.isEmpty ? members : online
        picture.onlineCapacity = joined.reduce(0) { $0 + $1.specification.capacity }
        picture.modulesOnline = joined.count
        picture.modulesOffline = configured.count - joined.count
        picture.modulesBlockingCharge = joined.count { blocks($0.limits.charge) }
        picture.modulesBlockingDischarge = joined.count { blocks($0.limits.discharge) }
        var (voltage, temperature) = (Mean(), Mean())
        var (stateOfCharge, stateOfHealth) = (Mean(), Mean())
        picture.current = shown.isEmpty ? nil : 0
        for member in shown {
            let (snapshot, capacity) = (member.snapshot, member.specification.capacity)
            // A sum with an unknown part is unknown: it must not look smaller than it is.
            if let sum = picture.current { picture.current = snapshot.reading.current.map { sum + $0 } }
            addExtremes(snapshot, to: &picture)
            guard joined.isEmpty || bank.isJoined(member) else { continue }
            voltage.add(snapshot.reading.voltage)
            temperature.add(snapshot.temperature.mean)
            stateOfCharge.add(snapshot.reading.stateOfCharge, weight: capacity)
            stateOfHealth.add(snapshot.reading.stateOfHealth, weight: capacity)
        }
        picture.voltage = voltage.value
        picture.temperature = temperature.value
        picture.stateOfCharge = stateOfCharge.value
        picture.stateOfHealth = stateOfHealth.value
        // Of a battery without a live pack nothing is known, not nothing left.
        picture.remainingCapacity =
            picture.onlineCapacity > 0 ? picture.stateOfCharge.map { $0 / 100 * picture.onlineCapacity } : nil
        picture.identity = (joined.first ?? shown.first)?.snapshot.reading.identity
        return picture
    }

    /// Packs' limits as one list: each pack's decider, divided by its share of the current (charge-control.md d.4).
    ///
    /// The least of them keeps every pack inside its own limit. Shares start from the capacity; a tenth is kept back until
    /// they are known as measured. A pack that stays apart adds nothing; what it carries all the same counts against the
    /// whole, and its protections always do.
    static func combine(
        _ members: [Member], _ bank: PackBank, _ sharing: CurrentSharing,
        _ contributions: (PackLimiter.Result) -> [Contribution], now: Instant
    ) -> [Contribution] {
        guard let only = members.first else { return [] }
        var list: [Contribution] = []
        // Room for what the battery as a whole adds.
        list.reserveCapacity(members.count * PackLimiter.usualCount + PackLimiter.usualCount)
        guard members.count > 1 else {
            list += contributions(only.limits)
            return list
        }
        // Where none is part of the bank, as with all of them lost, all count alike.
        let joined = members.contains(where: bank.isJoined) ? members.filter(bank.isJoined) : members
        let capacity = joined.reduce(0) { $0 + $1.specification.capacity }
        let isShared = joined.count > 1
        var least: (value: Double, detail: Contribution.Detail)?
        for member in members {
            let (pack, own) = (member.specification.pack, member.specification.capacity)
            let isPart = joined.contains { $0 === member }
            let whole = isPart ? capacity : capacity + own
            let part = whole > 0 ? own / whole : 1 / Double(members.count)
            let strain = isPart && isShared ? sharing.strain(of: pack) : 1
            let share = sharing.isKnown ? part * strain : part
            let protectionsOnly = bank.isIdleApart(member)
            for var contribution in contributions(member.limits) {
                if protectionsOnly, !contribution.rule.isProtection { continue }
                let allowed = contribution.value
                contribution.value = share > 0 ? allowed / share : allowed
                // Among several packs a bare maximum would not say whose it is.
                if contribution.rule == .configuredMaximum { contribution.detail = .pack(pack) }
                list.append(contribution)
                guard isPart, isShared, part * strain > 0 else { continue }
                let shared = allowed / (part * strain)
                if shared < least?.value ?? .infinity {
                    // A share explains a limit where it was measured, is above the pack's part, and nothing else is short.
                    let isSeen =
                        strain > (sharing.isKnown ? 1.02 : 1 / CurrentSharing.unknown)
                        && contribution.rule == .configuredMaximum
                    least = (shared, isSeen ? .share(pack: pack, percent: 100 * part * strain) : .none)
                }
            }
        }
        if let least, !sharing.isKnown || least.detail != .none {
            list.append(Contribution(.sharing, least.value, least.detail, since: now))
        }
        return list
    }

    // MARK: - Private

    private static func blocks(_ contributions: [Contribution]) -> Bool { contributions.contains { $0.value <= 0 } }

    /// The worst of each kind; of equal ones the first pack's.
    private static func addExtremes(_ snapshot: PackSnapshot, to picture: inout BatteryPicture) {
        if let cell = snapshot.highestCell, picture.maximumCell.map({ $0.volts < cell.volts }) ?? true {
            picture.maximumCell = cell
        }
        if let cell = snapshot.lowestCell, picture.minimumCell.map({ $0.volts > cell.volts }) ?? true {
            picture.minimumCell = cell
        }
        if let sensor = snapshot.temperature.warmest,
            picture.maximumTemperature.map({ $0.celsius < sensor.celsius }) ?? true
        {
            picture.maximumTemperature = sensor
        }
        if let sensor = snapshot.temperature.coldest,
            picture.minimumTemperature.map({ $0.celsius > sensor.celsius }) ?? true
        {
            picture.minimumTemperature = sensor
        }
        if let cycles = snapshot.reading.cycles { picture.cycles = max(picture.cycles ?? cycles, cycles) }
    }

    /// The mean of what is known, by weight.
    private struct Mean {
        private var sum = 0.0
        private var weight = 0.0

        mutating func add(_ value: Double?, weight: Double = 1) {
            guard let value else { return }
            sum += value * weight
            self.weight += weight
        }

        /// nil when nothing was known.
        var value: Double? { weight > 0 ? sum / weight : nil }
    }
}

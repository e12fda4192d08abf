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

        init(
            specification: PackSpecification, snapshot: PackSnapshot, isOnline: Bool, isAnswering: Bool,
            limits: PackLimiter.Result
        ) {
            self.specification = specification
            self.snapshot = snapshot
            self.isOnline = isOnline
            self.isAnswering = isAnswering
            self.limits = limits
        }
    }

    /// The picture of the members; a pack that is offline counts in the module counts only, unless all are.
    static func picture(_ members: [Member], configured: [PackSpecification]) -> BatteryPicture {
        var picture = BatteryPicture()
        picture.installedCapacity = configured.reduce(0) { $0 + $1.capacity }
        let online = members.filter(\.isOnline)
        let shown = online.isEmpty ? members : online
        picture.onlineCapacity = online.reduce(0) { $0 + $1.specification.capacity }
        picture.modulesOnline = online.count
        picture.modulesOffline = configured.count - online.count
        picture.modulesBlockingCharge = online.count { blocks($0.limits.charge) }
        picture.modulesBlockingDischarge = online.count { blocks($0.limits.discharge) }
        var (voltage, temperature) = (Mean(), Mean())
        var (stateOfCharge, stateOfHealth) = (Mean(), Mean())
        picture.current = shown.isEmpty ? nil : 0
        for member in shown {
            let (snapshot, capacity) = (member.snapshot, member.specification.capacity)
            voltage.add(snapshot.reading.voltage)
            temperature.add(snapshot.temperature.mean)
            stateOfCharge.add(snapshot.reading.stateOfCharge, weight: capacity)
            stateOfHealth.add(snapshot.reading.stateOfHealth, weight: capacity)
            // A sum with an unknown part is unknown: it must not look smaller than it is.
            if let sum = picture.current { picture.current = snapshot.reading.current.map { sum + $0 } }
            addExtremes(snapshot, to: &picture)
        }
        picture.voltage = voltage.value
        picture.temperature = temperature.value
        picture.stateOfCharge = stateOfCharge.value
        picture.stateOfHealth = stateOfHealth.value
        // Of a battery without a live pack nothing is known, not nothing left.
        picture.remainingCapacity =
            picture.onlineCapacity > 0 ? picture.stateOfCharge.map { $0 / 100 * picture.onlineCapacity } : nil
        picture.identity = shown.first?.snapshot.reading.identity
        return picture
    }

    /// Packs' limits as one list: each pack's decider, divided by its share of the capacity (charge-control.md d.4).
    ///
    /// The least of them keeps every pack inside its own limit. With several packs a tenth is kept back until the real
    /// shares are known.
    static func combine(
        _ members: [Member], _ contributions: (PackLimiter.Result) -> [Contribution], now: Instant
    ) -> [Contribution] {
        guard let only = members.first else { return [] }
        var list: [Contribution] = []
        // Room for what the battery as a whole adds.
        list.reserveCapacity(members.count * PackLimiter.usualCount + PackLimiter.usualCount)
        guard members.count > 1 else {
            list += contributions(only.limits)
            return list
        }
        let capacity = members.reduce(0) { $0 + $1.specification.capacity }
        for member in members {
            let share = capacity > 0 ? member.specification.capacity / capacity : 1 / Double(members.count)
            for var contribution in contributions(member.limits) {
                contribution.value /= share
                // Among several packs a bare maximum would not say whose it is.
                if contribution.rule == .configuredMaximum { contribution.detail = .pack(member.specification.pack) }
                list.append(contribution)
            }
        }
        guard let least = list.lazy.map(\.value).min() else { return [] }
        list.append(Contribution(.sharing, 0.9 * least, .none, since: now))
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

/// Several packs as one battery: what is summed, what is the worst, what is averaged.
enum Aggregate {
    /// One admitted pack with data.
    struct Member {
        var specification: PackSpecification
        var snapshot: PackSnapshot
        /// Whether its data is younger than NO-CHARGE.
        var isOnline: Bool
        var limits: PackLimiter.Result
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
        picture.voltage = mean(shown.map { $0.snapshot.reading.voltage })
        picture.current = sum(shown.map { $0.snapshot.reading.current })
        picture.stateOfCharge = weighted(shown.map { ($0.snapshot.reading.stateOfCharge, $0.specification.capacity) })
        picture.stateOfHealth = weighted(shown.map { ($0.snapshot.reading.stateOfHealth, $0.specification.capacity) })
        picture.temperature = mean(shown.map(\.snapshot.temperature.mean))
        picture.maximumCell = shown.compactMap(\.snapshot.highestCell).max { $0.volts < $1.volts }
        picture.minimumCell = shown.compactMap(\.snapshot.lowestCell).min { $0.volts < $1.volts }
        picture.maximumTemperature = shown.compactMap(\.snapshot.temperature.warmest).max { $0.celsius < $1.celsius }
        picture.minimumTemperature = shown.compactMap(\.snapshot.temperature.coldest).min { $0.celsius < $1.celsius }
        picture.cycles = shown.compactMap { $0.snapshot.reading.cycles }.max()
        picture.remainingCapacity = picture.stateOfCharge.map { $0 / 100 * picture.onlineCapacity }
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
        let online = members.filter(\.isOnline)
        guard let only = online.first else { return [] }
        guard online.count > 1 else { return contributions(only.limits) }
        let capacity = online.reduce(0) { $0 + $1.specification.capacity }
        var list: [Contribution] = []
        for member in online {
            let share = capacity > 0 ? member.specification.capacity / capacity : 1 / Double(online.count)
            for var contribution in contributions(member.limits) {
                contribution.value /= share
                list.append(contribution)
            }
        }
        guard let least = list.map(\.value).min() else { return [] }
        list.append(Contribution(.sharing, 0.9 * least, .none, since: now))
        return list
    }

    // MARK: - Private

    private static func blocks(_ contributions: [Contribution]) -> Bool { contributions.contains { $0.value <= 0 } }

    private static func mean(_ values: [Double?]) -> Double? {
        let known = values.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// A sum with an unknown part is unknown: it must not look smaller than it is.
    private static func sum(_ values: [Double?]) -> Double? {
        guard !values.isEmpty else { return nil }
        return values.reduce(0.0 as Double?) { total, value in
            guard let total, let value else { return nil }
            return total + value
        }
    }

    private static func weighted(_ values: [(value: Double?, weight: Double)]) -> Double? {
        var total = 0.0
        var weight = 0.0
        for case (let value?, let share) in values {
            total += value * share
            weight += share
        }
        return weight > 0 ? total / weight : nil
    }
}

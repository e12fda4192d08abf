/// How much more than its part of the capacity each pack carries, as measured in one direction of the current
/// (charge-control.md d.4).
///
/// Packs of unlike resistance share a current unlike their capacities. What is seen above is believed at once, what is seen
/// below slowly, and nothing that stops being measured lets a limit rise (S24).
struct CurrentSharing: Sendable {
    /// Part of a limit that several packs get while their shares are not known well.
    static let unknown = 0.9
    /// Least that a pack is taken to carry, times its part of the capacity: one whose switch was open may carry at any
    /// moment.
    private static let least = 0.5
    /// Current of the whole from which shares are measured, as a fraction of the capacity per hour.
    private static let leastRate = 0.05
    /// Packs are polled one after another: means of this time see the same current.
    private static let meanTime = 5.0
    /// Time of such a current before a share is believed where it is above, …
    private static let settling: Duration = .seconds(10)
    /// … and before the shares count as known.
    private static let proof: Duration = .seconds(60)
    /// Time in which a share that was seen too high comes down.
    private static let relaxation = 300.0
    /// Shares that were not measured for this long are unknown again: temperature and charge have moved.
    private static let memory: Duration = .seconds(3600)
    private static let longestStep = 1.0

    /// Times its part of the capacity, a pack; of one that was never measured none.
    private var strain: [Int: Double] = [:]
    private var means: [Int: Double] = [:]
    private var packs: [Int] = []
    private var enough = Persistence()
    private var measured: Instant?
    private var stepped: Instant?
    /// Whether the shares are known for the packs that are there.
    private(set) var isKnown = false

    /// Looks at the packs of the bank; `sign` is 1 for charging, −1 for discharging, `isLive` whether all data is.
    mutating func step(_ members: [Aggregate.Member], sign: Double, isLive: Bool, now: Instant) {
        let elapsed = min(max((now - (stepped ?? now)).seconds, 0), Self.longestStep)
        stepped = now
        let numbers = members.map(\.specification.pack)
        if numbers != packs {
            // Another bank: what was seen too high stays, the rest is unknown.
            (packs, measured) = (numbers, nil)
            forgetMeans()
        }
        defer { isKnown = measured.map { now - $0 < Self.memory } ?? false }
        let currents = members.compactMap(\.snapshot.reading.current)
        guard isLive, members.count > 1, currents.count == members.count else { return forgetMeans() }
        for (number, current) in zip(numbers, currents) {
            let mean = means[number] ?? sign * current
            means[number] = mean + (sign * current - mean) * min(elapsed / Self.meanTime, 1)
        }
        let capacity = members.reduce(0) { $0 + $1.specification.capacity }
        let total = means.values.reduce(0, +)
        guard enough.holds(total >= Self.leastRate * capacity, for: Self.settling, now: now), total > 0 else { return }
        for member in members { note(member, total: total, capacity: capacity, elapsed) }
        if let began = enough.began, now - began >= Self.proof { measured = now }
    }

    /// What a pack carries of the whole, times its part of the capacity: 1 where nothing else is known.
    ///
    /// Until the shares are known never under 1 / 0.9: the tenth that is kept back.
    func strain(of pack: Int) -> Double {
        let seen = strain[pack] ?? 1
        return isKnown ? seen : max(seen, 1 / Self.unknown)
    }

    // MARK: - Private

    private mutating func forgetMeans() {
        means = [:]
        enough = Persistence()
    }

    private mutating func note(_ member: Aggregate.Member, total: Double, capacity: Double, _ elapsed: Double) {
        let (pack, own) = (member.specification.pack, member.specification.capacity)
        guard own > 0 else { return }
        let now = max(max(means[pack] ?? 0, 0) / total * capacity / own, Self.least)
        guard let last = strain[pack], last > now else {
            strain[pack] = now
            return
        }
        strain[pack] = last + (now - last) * min(elapsed / Self.relaxation, 1)
    }
}

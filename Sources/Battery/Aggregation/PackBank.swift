/// Where a pack stands towards the bank. The raw value is the name in API and log.
package enum PackStanding: String, Sendable, Hashable, CaseIterable {
    /// No data, or lost: it adds nothing.
    case absent
    /// Its data is good, its voltage does not match the bank's: it adds nothing, its alarms count all the same.
    case apart
    /// Part of the bank.
    case joined
}

/// Which packs make the bank: nothing begins before the quorum, and a pack joins only where its voltage matches.
///
/// A pack whose voltage differs is not on the busbar, or its BMS measures wrongly: either way nobody may count on it.
struct PackBank: Sendable {
    /// Current under which a pack that stays apart is not on the busbar, as a fraction of the capacity per hour.
    private static let idleRate = 0.01

    /// Whether enough packs were live at once since the start.
    private(set) var hasQuorum: Bool
    /// Packs that were live at the newest look.
    private(set) var live = 0
    private var standings: [Int: PackStanding] = [:]
    private var firstLive: Instant?
    private var isFormed = false

    /// Knows no pack yet; a controller that took over from one that transmitted has had its quorum.
    init(isTakenOver: Bool = false) { hasQuorum = isTakenOver }

    func standing(of pack: Int) -> PackStanding { standings[pack] ?? .absent }

    func isJoined(_ member: Aggregate.Member) -> Bool { standing(of: member.specification.pack) == .joined }

    /// Whether a pack stays apart and carries nothing, so that only its protections say anything of the bank. One whose
    /// current is unknown may carry some.
    func isIdleApart(_ member: Aggregate.Member) -> Bool {
        guard standing(of: member.specification.pack) == .apart, let current = member.snapshot.reading.current else {
            return false
        }
        return abs(current) < Self.idleRate * member.specification.capacity
    }

    /// Looks at the packs that have data.
    mutating func step(
        _ members: [Aggregate.Member], _ configuration: ControlConfiguration, now: Instant
    ) -> [ControlEvent] {
        let online = members.filter(\.isOnline)
        live = online.count
        let all = configuration.packs.count
        guard all > 1 else {
            hasQuorum = true
            standings = Dictionary(uniqueKeysWithValues: online.map { ($0.specification.pack, .joined) })
            return []
        }
        if firstLive == nil, live > 0 { firstLive = now }
        let hasWaited = firstLive.map { now - $0 >= configuration.quorumWait } ?? false
        var events = join(online, distance: configuration.joinDistance)
        // Until all had their chance the first one to answer must not decide who the others have to match.
        if live == all || hasWaited { isFormed = true }
        if !hasQuorum, live > 0, live >= configuration.quorum ?? (hasWaited ? 1 : all) {
            hasQuorum = true
            if live < all { events.append(.quorum(live: live, configured: all)) }
        }
        return events
    }

    // MARK: - Private

    private mutating func join(_ online: [Aggregate.Member], distance: Double) -> [ControlEvent] {
        var joined = isFormed ? online.filter(isJoined) : []
        if joined.isEmpty, let first = Self.first(online, distance) { joined = [first] }
        let known = joined.compactMap(\.cellVoltage)
        let bank = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        for member in online where !joined.contains(where: { $0 === member }) {
            if Self.matches(member, bank, distance) { joined.append(member) }
        }
        var next: [Int: PackStanding] = [:]
        for member in online {
            next[member.specification.pack] = joined.contains { $0 === member } ? .joined : .apart
        }
        defer { standings = next }
        return Set(next.keys).union(standings.keys).sorted().compactMap { pack in
            let (from, to) = (standing(of: pack), next[pack] ?? .absent)
            guard from != to else { return nil }
            let own = online.first { $0.specification.pack == pack }?.snapshot.reading.voltage
            return .pack(pack, from: from, to: to, voltage: own, bank: bank)
        }
    }

    /// Who the bank begins with: the pack that most others match; of several the one that carries most, then the first.
    private static func first(_ online: [Aggregate.Member], _ distance: Double) -> Aggregate.Member? {
        var best: (member: Aggregate.Member, peers: Int, rate: Double)?
        for member in online {
            let peers = online.count { matches($0, member.cellVoltage, distance) }
            let rate = abs(member.snapshot.reading.current ?? 0) / max(member.specification.capacity, 1)
            guard let other = best else {
                best = (member, peers, rate)
                continue
            }
            if peers > other.peers || peers == other.peers && rate > other.rate + idleRate {
                best = (member, peers, rate)
            }
        }
        return best?.member
    }

    /// Whether a pack's voltage is near enough; an unknown one is not, save where the family knows none (S24).
    private static func matches(_ member: Aggregate.Member, _ bank: Double?, _ distance: Double) -> Bool {
        guard let own = member.cellVoltage else { return !member.snapshot.reading.promised.contains(.voltage) }
        return bank.map { abs(own - $0) <= distance } ?? false
    }
}

extension Aggregate.Member {
    /// Pack voltage in V a cell.
    fileprivate var cellVoltage: Double? {
        snapshot.reading.voltage.map { $0 / Double(max(specification.cellCount, 1)) }
    }
}

/// What a gateway is held against: the site as confirmed, ages in µs.
///
/// For 1.1 s after a change (S6: a decrease leaves within a second) the looser of the old and the new site counts: what
/// the old one allowed may still leave, what the new one allows may already.
struct Standards {
    private(set) var site: Site
    private(set) var hold: Int64
    private(set) var noCharge: Int64
    private(set) var stop: Int64
    private(set) var silent: Int64
    private(set) var period: Int64
    /// A, over all packs.
    private(set) var maximumCharge: Double
    private(set) var maximumDischarge: Double

    init(_ site: Site) {
        self.site = site
        hold = microseconds(site.hold)
        noCharge = microseconds(site.noCharge)
        stop = microseconds(site.stop)
        silent = microseconds(site.silent)
        period = microseconds(site.period)
        maximumCharge = site.packs.reduce(0) { $0 + $1.maximumCharge }
        maximumDischarge = site.packs.reduce(0) { $0 + $1.maximumDischarge }
    }

    /// Whatever either of two sites allows.
    func loosened(by other: Site) -> Standards {
        var both = site
        both.isCommissioned = both.isCommissioned || other.isCommissioned
        both.hold = max(both.hold, other.hold)
        both.noCharge = max(both.noCharge, other.noCharge)
        both.stop = max(both.stop, other.stop)
        both.silent = max(both.silent, other.silent)
        both.period = max(both.period, other.period)
        if let limit = both.stopsWithoutKeepalive {
            both.stopsWithoutKeepalive = other.stopsWithoutKeepalive.map { max(limit, $0) }
        }
        for pack in other.packs {
            if let index = both.packs.firstIndex(where: { $0.pack == pack.pack }) {
                both.packs[index] = both.packs[index].loosened(by: pack)
            } else {
                both.packs.append(pack)
            }
        }
        return Standards(both)
    }
}

extension SitePack {
    fileprivate func loosened(by other: SitePack) -> SitePack {
        var both = self
        both.cells = max(cells, other.cells)
        both.maximumCharge = max(maximumCharge, other.maximumCharge)
        both.maximumDischarge = max(maximumDischarge, other.maximumDischarge)
        both.maximumCell = max(maximumCell, other.maximumCell)
        both.minimumCell = min(minimumCell, other.minimumCell)
        both.deepDischarge = min(deepDischarge, other.deepDischarge)
        both.restVoltage = restVoltage.flatMap { rest in other.restVoltage.map { max(rest, $0) } }
        both.chargeWindow = Self.joined(chargeWindow, other.chargeWindow)
        both.dischargeWindow = Self.joined(dischargeWindow, other.dischargeWindow)
        both.pollInterval = max(pollInterval, other.pollInterval)
        both.mayIgnoreCounter = mayIgnoreCounter || other.mayIgnoreCounter
        both.mayLackCurrent = mayLackCurrent || other.mayLackCurrent
        both.readingTime = readingTime.map { max($0, other.readingTime ?? 0) }
        return both
    }
    private static func joined(_ one: ClosedRange<Double>, _ other: ClosedRange<Double>) -> ClosedRange<Double> {
        min(one.lowerBound, other.lowerBound)...max(one.upperBound, other.upperBound)
    }
}

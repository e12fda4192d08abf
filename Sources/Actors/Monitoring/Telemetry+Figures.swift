import Monitoring
import Storage

/// Names of the figures in the store.
private enum FigureName {
    static let charged = "energy.charged_wh"
    static let discharged = "energy.discharged_wh"
    static let peaksSince = "peak.since"
    static let boots = "boot.count"

    /// A pack's own counter.
    static func of(_ name: String, pack: Int) -> String { "\(name).pack.\(pack)" }

    /// The pack of a name that `of` made.
    static func pack(_ name: String, _ stem: String) -> Int? {
        name.hasPrefix(stem + ".pack.") ? Int(name.dropFirst(stem.count + 6)) : nil
    }

    /// Peaks by their names. Not a key path: those are put together at run time.
    static let peaks: [(name: String, of: @Sendable (Peaks) -> Peaks.Peak?)] = [
        ("peak.charge_a", { $0.chargeCurrent }), ("peak.discharge_a", { $0.dischargeCurrent }),
        ("peak.charge_w", { $0.chargePower }), ("peak.discharge_w", { $0.dischargePower }),
    ]
}

extension [String: StoredFigure] {
    /// What a later life needs.
    init(_ kept: BatteryWatch.Earlier, boots: Int, at time: Int64) {
        self.init()
        add(kept.energy, pack: nil, time)
        for (number, totals) in kept.packs { add(totals, pack: number, time) }
        add(kept.measures, time)
        self[FigureName.boots] = StoredFigure(Double(boots), time: time)
        guard let peaks = kept.peaks else { return }
        self[FigureName.peaksSince] = StoredFigure(0, time: peaks.since)
        for peak in FigureName.peaks {
            guard let value = peak.of(peaks) else { continue }
            self[peak.name] = StoredFigure(value.value, time: value.time)
        }
    }

    /// What an earlier life counted. A number that no counter can have is none.
    var earlier: BatteryWatch.Earlier {
        var earlier = BatteryWatch.Earlier()
        earlier.energy = totals(FigureName.charged, FigureName.discharged)
        for name in keys {
            guard let pack = FigureName.pack(name, FigureName.charged) ?? FigureName.pack(name, FigureName.discharged)
            else { continue }
            earlier.packs[pack] = totals(
                FigureName.of(FigureName.charged, pack: pack), FigureName.of(FigureName.discharged, pack: pack))
        }
        earlier.measures = measures
        if let since = self[FigureName.peaksSince]?.time {
            var peaks = Peaks(since: since)
            peaks.chargeCurrent = peak("peak.charge_a")
            peaks.dischargeCurrent = peak("peak.discharge_a")
            peaks.chargePower = peak("peak.charge_w")
            peaks.dischargePower = peak("peak.discharge_w")
            earlier.peaks = peaks
        }
        return earlier
    }

    /// Starts of the process before this one.
    var boots: Int { Int(exactly: counter(FigureName.boots)) ?? 0 }

    // MARK: - Private

    private mutating func add(_ totals: EnergyTotals, pack: Int?, _ time: Int64) {
        func name(_ stem: String) -> String { pack.map { FigureName.of(stem, pack: $0) } ?? stem }
        self[name(FigureName.charged)] = StoredFigure(totals.charged, time: time)
        self[name(FigureName.discharged)] = StoredFigure(totals.discharged, time: time)
    }

    private func totals(_ charged: String, _ discharged: String) -> EnergyTotals {
        EnergyTotals(charged: counter(charged), discharged: counter(discharged))
    }

    private func counter(_ name: String) -> Double {
        guard let value = self[name]?.value, value.isFinite, value > 0, value < 1e15 else { return 0 }
        return value
    }

    private func peak(_ name: String) -> Peaks.Peak? {
        guard let figure = self[name], figure.value.isFinite, figure.value > 0 else { return nil }
        return Peaks.Peak(figure.value, time: figure.time)
    }
}

extension [StoredStatistic] {
    init(_ statistics: AlertStatistics) {
        self = statistics.figures.sorted { $0.key < $1.key }.map { kind, figures in
            StoredStatistic(
                code: kind.code, variant: kind.variant, count: figures.count, total: figures.total,
                longest: figures.longest, last: figures.last)
        }
    }

    var statistics: AlertStatistics {
        var statistics = AlertStatistics()
        for entry in self {
            var figures = AlertStatistics.Figures()
            (figures.count, figures.total) = (Swift.max(entry.count, 0), Swift.max(entry.total, 0))
            (figures.longest, figures.last) = (Swift.max(entry.longest, 0), entry.last)
            statistics.set(.init(code: entry.code, variant: entry.variant), figures)
        }
        return statistics
    }
}

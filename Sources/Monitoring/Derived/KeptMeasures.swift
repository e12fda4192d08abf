/// What outlives the process of one pack's measures, as numbers under names.
///
/// A figure that a later life must not read again is overwritten, not left out: a store of figures forgets nothing.
package struct KeptMeasures: Sendable, Hashable {
    /// Of the names and their meaning. Figures of another version are not read.
    package static let version = 1.0

    package var account: ChargeAccount.Kept
    package var rainflow: Rainflow.Kept
    /// Percent.
    package var relative: Double
    package var resistances: [CellResistances.Cell]
    package var peaks: Peaks?

    package init(
        account: ChargeAccount.Kept = .init(), rainflow: Rainflow.Kept = .init(), relative: Double = 0,
        resistances: [CellResistances.Cell] = [], peaks: Peaks? = nil
    ) {
        self.account = account
        self.rainflow = rainflow
        self.relative = relative
        self.resistances = resistances
        self.peaks = peaks
    }

    /// Cells that are kept; no pack has more.
    private static let mostCells = 64
    /// Where the half cycles, the turns and the cells begin: `rainflow.half.3`.
    private enum Stem {
        static let half = "rainflow.half."
        static let point = "rainflow.point."
        static let cell = "cell."
    }

    // MARK: - As figures

    /// Every number, by its name.
    package var figures: [String: Double] {
        var figures = ["version": Self.version, "relative_percent": relative]
        add(account, to: &figures)
        for (bin, halves) in rainflow.halves.enumerated() { figures[Stem.half + "\(bin)"] = Double(halves) }
        figures["rainflow.depth"] = Double(rainflow.depth)
        figures["rainflow.points"] = Double(rainflow.points.count)
        for (place, point) in rainflow.points.enumerated() { figures[Stem.point + "\(place)"] = Double(point) }
        figures["rainflow.extreme"] = Double(rainflow.extreme ?? 0)
        figures["rainflow.direction"] = rainflow.isRising.map { $0 ? 1 : -1 } ?? 0
        figures["cells"] = Double(min(resistances.count, Self.mostCells))
        for (index, cell) in resistances.prefix(Self.mostCells).enumerated() {
            figures[Stem.cell + "\(index).ohms"] = cell.ohms
            figures[Stem.cell + "\(index).weight"] = cell.weight
            figures[Stem.cell + "\(index).steps"] = Double(cell.steps)
        }
        for (name, peak) in Self.peaks(peaks) {
            figures["peak.\(name)"] = peak?.value ?? 0
            figures["peak.\(name)_ms"] = Double(peak?.time ?? 0)
        }
        figures["peak.since_ms"] = Double(peaks?.since ?? 0)
        return figures
    }

    /// Reads what `figures` made. What is not within its bounds is begun anew, part by part.
    ///
    /// - Returns: nil for what another version wrote, or nobody.
    package init?(figures: [String: Double]) {
        guard figures["version"] == Self.version else { return nil }
        let read = FigureReader(figures: figures)
        account = Self.account(read)
        rainflow = Self.rainflow(read) ?? .init()
        relative = read.number("relative_percent", -Rainflow.limit...Rainflow.limit) ?? 0
        resistances = Self.resistances(read) ?? []
        peaks = Self.peaks(read)
    }

    // MARK: - Private

    private func add(_ account: ChargeAccount.Kept, to figures: inout [String: Double]) {
        figures["charged_ah"] = account.charged
        figures["discharged_ah"] = account.discharged
        let anchor = account.synchronisation
        figures["anchor"] = anchor.map { $0.anchor == .full ? 1 : -1 } ?? 0
        figures["anchor.time_ms"] = Double(anchor?.time ?? 0)
        figures["anchor.own_error"] = anchor?.ownError ?? Self.none
        figures["anchor.bms_error"] = anchor?.bmsError ?? Self.none
        figures["own_percent"] = account.stateOfCharge
        figures["since_anchor_ah"] = account.sinceAnchor
        figures["uncertainty_percent"] = account.uncertainty
        figures["bms_percent"] = account.bmsStateOfCharge ?? Self.none
        let capacity = account.capacity
        figures["capacity"] = capacity.map { $0.towards == .full ? 1 : -1 } ?? 0
        figures["capacity_ah"] = capacity?.ampereHours ?? 0
        figures["capacity.uncertainty_ah"] = capacity?.uncertainty ?? 0
        figures["capacity.time_ms"] = Double(capacity?.time ?? 0)
    }

    /// Stands for what is unknown: out of every bound.
    private static let none = -1e300

    private static func account(_ read: FigureReader) -> ChargeAccount.Kept {
        var account = ChargeAccount.Kept()
        account.charged = read.number("charged_ah", 0...1e12) ?? 0
        account.discharged = read.number("discharged_ah", 0...1e12) ?? 0
        account.bmsStateOfCharge = read.number("bms_percent", 0...100)
        if let anchor = read.anchor("anchor"), let time = read.time("anchor.time_ms"),
            let own = read.number("own_percent", 0...100), let since = read.number("since_anchor_ah", -1e12...1e12),
            let uncertainty = read.number("uncertainty_percent", 0...100)
        {
            account.synchronisation = .init(
                anchor: anchor, time: time, ownError: read.number("anchor.own_error", -100...100),
                bmsError: read.number("anchor.bms_error", -100...100))
            (account.stateOfCharge, account.sinceAnchor, account.uncertainty) = (own, since, uncertainty)
        }
        if let towards = read.anchor("capacity"), let time = read.time("capacity.time_ms"),
            let charge = read.number("capacity_ah", 1e-3...1e6),
            let uncertainty = read.number("capacity.uncertainty_ah", 0...1e6)
        {
            account.capacity = .init(ampereHours: charge, uncertainty: uncertainty, towards: towards, time: time)
        }
        return account
    }

    /// All of it or nothing: its parts mean nothing without each other.
    private static func rainflow(_ read: FigureReader) -> Rainflow.Kept? {
        var kept = Rainflow.Kept()
        let limit = Int(Rainflow.limit * 4)
        for bin in kept.halves.indices {
            guard let halves = read.integer(Stem.half + "\(bin)", 0...1_000_000_000) else { return nil }
            kept.halves[bin] = halves
        }
        guard let depth = read.integer("rainflow.depth", 0...1_000_000_000_000_000),
            let count = read.integer("rainflow.points", 0...Rainflow.mostPoints),
            let extreme = read.integer("rainflow.extreme", -limit...limit),
            let direction = read.integer("rainflow.direction", -1...1)
        else { return nil }
        for place in 0..<count {
            guard let point = read.integer(Stem.point + "\(place)", -limit...limit) else { return nil }
            kept.points.append(point)
        }
        kept.depth = depth
        // Before the first value there is no turn, and after it there always is one.
        guard count > 0 else { return direction == 0 ? kept : nil }
        kept.extreme = extreme
        kept.isRising = direction == 0 ? nil : direction > 0
        return kept
    }

    private static func resistances(_ read: FigureReader) -> [CellResistances.Cell]? {
        guard let count = read.integer("cells", 0...mostCells) else { return nil }
        return (0..<count).map { index in
            let stem = Stem.cell + "\(index)."
            guard let ohms = read.number(stem + "ohms", 0...10), let weight = read.number(stem + "weight", 0...1e9),
                let steps = read.integer(stem + "steps", 0...CellResistances.proof)
            else { return CellResistances.Cell() }
            return CellResistances.Cell(ohms: ohms, weight: weight, steps: steps)
        }
    }

    private static func peaks(_ peaks: Peaks?) -> [(String, Peaks.Peak?)] {
        [
            ("charge_a", peaks?.chargeCurrent), ("discharge_a", peaks?.dischargeCurrent),
            ("charge_w", peaks?.chargePower), ("discharge_w", peaks?.dischargePower),
        ]
    }

    private static func peaks(_ read: FigureReader) -> Peaks? {
        guard let since = read.time("peak.since_ms") else { return nil }
        func peak(_ name: String) -> Peaks.Peak? {
            guard let value = read.number("peak.\(name)", 1e-9...1e7), let time = read.time("peak.\(name)_ms") else {
                return nil
            }
            return Peaks.Peak(value, time: time)
        }
        var peaks = Peaks(since: since)
        (peaks.chargeCurrent, peaks.dischargeCurrent) = (peak("charge_a"), peak("discharge_a"))
        (peaks.chargePower, peaks.dischargePower) = (peak("charge_w"), peak("discharge_w"))
        return peaks
    }
}

/// Reads figures within their bounds.
private struct FigureReader {
    let figures: [String: Double]

    /// nil where there is none, or one that cannot be.
    func number(_ name: String, _ bounds: ClosedRange<Double>) -> Double? {
        guard let value = figures[name], bounds.contains(value) else { return nil }
        return value
    }

    func integer(_ name: String, _ bounds: ClosedRange<Int>) -> Int? {
        guard let value = figures[name].flatMap({ Int(exactly: $0) }), bounds.contains(value) else { return nil }
        return value
    }

    /// Unix milliseconds, from 1970 to the year 5138.
    func time(_ name: String) -> Int64? { integer(name, 1...100_000_000_000_000).map { Int64($0) } }

    func anchor(_ name: String) -> ChargeAccount.Anchor? {
        switch figures[name] {
        case 1: .full
        case -1: .empty
        default: nil
        }
    }
}

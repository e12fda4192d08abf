/// When a pack is so far from every limit that nothing but a mistake keeps its limits at zero (S7), and what may keep a
/// latched fault although all is well again.
enum Health {
    /// Cells in the middle of their range, a mild temperature, and a BMS that objects to nothing. The distances cover the
    /// curves and alarms of charge-control.md d.4 for every chemistry.
    static func isFine(_ values: LiveValues, _ pack: SitePack) -> Bool {
        guard values.isComplete, values.isConsistent, let highest = values.highest, let lowest = values.lowest,
            !values.objects, values.current != nil, values.stateOfCharge != nil, !values.isBoardWarm
        else { return false }
        let coldest = pack.chargeWindow.lowerBound + 7
        let mild = coldest...max(coldest, pack.chargeWindow.upperBound - 4)
        return highest <= pack.maximumCell - 0.25 && lowest >= pack.minimumCell + 0.35
            && values.temperatures.allSatisfy { mild.contains($0) && pack.dischargeWindow.contains($0) }
    }

    /// Whether the BMS may hold its discharge switch open; nil where the values do not change what was known. A cell below
    /// the empty voltage of any chemistry's BMS opens it, a charger closes it (tinybms.md 16), and a load shows it closed.
    static func mayBeEmpty(_ values: LiveValues, _ pack: SitePack) -> Bool? {
        if values.lowest.map({ $0 < pack.minimumCell + 0.35 }) ?? false { return true }
        return abs(values.current ?? 0) > 5 ? false : nil
    }

    /// Values that may have latched a fault (S27, charge-control.md d.4), which only a user ends.
    static func mayLatch(_ values: LiveValues, _ pack: SitePack) -> Bool {
        if let highest = values.highest, highest > pack.maximumCell + 0.09 { return true }
        if let lowest = values.lowest, lowest < pack.deepDischarge + 0.05 { return true }
        let far = pack.chargeWindow.lowerBound - 14...pack.chargeWindow.upperBound + 14
        return (values.externals + [values.board ?? 0]).contains { !far.contains($0) }
    }

    /// Values at which the alarm "high voltage" or "low voltage" of any kind is a lie (d.4's warnings, with distance).
    static func isFarFromVoltageAlarms(_ values: LiveValues, _ pack: SitePack) -> Bool {
        guard let highest = values.highest, let lowest = values.lowest, !values.lacksCell,
            !values.isFaulty, let charge = values.stateOfCharge
        else { return false }
        return highest < pack.maximumCell - 0.15 && lowest > pack.minimumCell + 0.3 && charge > 26
    }
}

extension ConfigurationRules {
    /// A charge that is forced beyond the ceiling would end where another mode forbids it.
    func forceProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        guard let level = reader.float(ifKnown: "charge.force_below_soc_percent"), level > 0,
            let rise = reader.float(ifKnown: "charge.force_rise_percent"),
            let ceiling = reader.float(ifKnown: "charge.ceiling_soc_percent"), level + rise > ceiling
        else { return [] }
        return [
            ValidationProblem(
                "charge.force_below_soc_percent",
                "charge.force_below_soc_percent and charge.force_rise_percent add up to \(text(level + rise)) %; they must "
                    + "not exceed charge.ceiling_soc_percent, \(text(ceiling)) %: lower one of them.")
        ]
    }

    /// A quorum that can never be reached would keep the inverter waiting for ever.
    func bankProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        let packs = reader.values.packNumbers.count
        guard let quorum = reader.int(ifKnown: "bank.quorum_packs"), packs > 0, quorum > packs else { return [] }
        return [
            ValidationProblem(
                "bank.quorum_packs",
                "bank.quorum_packs is \(quorum), but \(packs) \(packs == 1 ? "pack is" : "packs are") configured: lower it "
                    + "or configure the others.")
        ]
    }
}

extension ConfigurationRules {
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

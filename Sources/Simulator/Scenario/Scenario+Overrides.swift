extension Scenario {
    /// The scenario with some numbers of its pack replaced, as in `sim:NAME?cells=8&capacity_ah=100`.
    ///
    /// A built-in scenario fits every pack: voltages follow the chemistry, a cell that the pack lacks becomes its last one.
    /// - Parameter parameters: names `cells`, `capacity_ah`, `soc_percent`, `chemistry`, `temperature_c`; others are the
    ///   caller's own and ignored.
    /// - Returns: the changed scenario.
    /// - Throws: `ScenarioError` for a value that cannot be read or is out of range.
    package func overriding(_ parameters: [String: String]) throws(ScenarioError) -> Scenario {
        var scenario = self
        if let number = try Self.number("cells", parameters, in: 4...24) {
            guard let cells = Int(exactly: number) else {
                throw ScenarioError("The parameter cells is \(number) but must be a whole number.")
            }
            scenario.pack.cells = cells
        }
        if let capacity = try Self.number("capacity_ah", parameters, in: 1...655) { scenario.pack.capacity = capacity }
        if let percent = try Self.number("soc_percent", parameters, in: 0...100) {
            scenario.pack.stateOfCharge = percent
            scenario.pack.reportedStateOfCharge = nil
        }
        if let celsius = try Self.number("temperature_c", parameters, in: -40...90) {
            scenario.pack.temperature = celsius
        }
        if let word = parameters["chemistry"] {
            guard let chemistry = CellChemistry(rawValue: word) else {
                throw ScenarioError("The parameter chemistry is \"\(word)\" but must be lfp, nmc or lto.")
            }
            scenario.change(to: chemistry)
        }
        for index in scenario.faults.indices where scenario.faults[index].misbehaviour.cell > scenario.pack.cells {
            scenario.faults[index].misbehaviour.cell = scenario.pack.cells
        }
        return scenario
    }

    // MARK: - Private

    private mutating func change(to chemistry: CellChemistry) {
        let shift = chemistry.overVoltageCell - pack.chemistry.overVoltageCell
        for index in faults.indices where faults[index].misbehaviour.kind == .cellVoltage {
            faults[index].misbehaviour.value += shift
        }
        if profile.chargeCellVoltage != nil, chemistry != pack.chemistry {
            profile.chargeCellVoltage = chemistry.fullCell - 0.1
        }
        pack.chemistry = chemistry
    }

    private static func number(
        _ name: String, _ parameters: [String: String], in range: ClosedRange<Double>
    ) throws(ScenarioError) -> Double? {
        guard let text = parameters[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw ScenarioError(
                "The parameter \(name) is \"\(text)\" but must be a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return value
    }
}

/// The one function that says whether a configuration may be used (S63): page, REST, MQTT, import and start-up ask it.
package struct ConfigurationRules: Sendable {
    package let schema: Schema
    /// Cell voltages by chemistry, for targets that the user left to it; empty where only given values are compared.
    package let chemistries: [PackChemistry: CellVoltages]
    /// Children that a change touches beyond what the schema says of its keys: what is made of several settings is known
    /// where it is made.
    private let touched: Touched

    /// From the configuration before to the one after.
    package typealias Touched = @Sendable (GatewayConfiguration, GatewayConfiguration) -> Set<ConfigurationChild>

    /// The cell voltages that a chemistry brings along, V.
    package struct CellVoltages: Sendable, Hashable {
        package var minimum: Double
        package var float: Double
        package var absorption: Double
        package var maximum: Double
        /// What a user may set any of them to.
        package var limits: ClosedRange<Double>

        package init(
            minimum: Double, float: Double, absorption: Double, maximum: Double, limits: ClosedRange<Double>
        ) {
            self.minimum = minimum
            self.float = float
            self.absorption = absorption
            self.maximum = maximum
            self.limits = limits
        }
    }

    package init(
        schema: Schema = .gateway, chemistries: [PackChemistry: CellVoltages] = [:],
        touched: @escaping Touched = { _, _ in [] }
    ) {
        self.schema = schema
        self.chemistries = chemistries
        self.touched = touched
    }

    /// Children that start anew when some keys change.
    package func restarts(
        _ keys: Set<String>, from old: GatewayConfiguration, to new: GatewayConfiguration
    ) -> Set<ConfigurationChild> {
        var restarts = touched(old, new)
        for key in keys { restarts.formUnion(schema.definition(for: key)?.restarts ?? []) }
        // The publisher follows its pollers (S51).
        if restarts.contains(.acquisition) { restarts.insert(.inverter) }
        return restarts
    }

    /// Everything that is wrong with a whole configuration; empty when it may be used.
    package func validate(_ values: ConfigurationValues) -> [ValidationProblem] {
        let alone = values.keys.compactMap { key in values[key].flatMap { schema.problem(with: $0, for: key) } }
        // Rules between values make sense only among values that are right by themselves.
        guard alone.isEmpty else { return alone }
        let reader = ConfigurationReader(values, schema)
        var problems = freshnessProblems(reader)
        for number in values.packNumbers {
            problems += voltageProblems(reader, number) + temperatureProblems(reader, number)
        }
        problems +=
            bankProblems(reader) + forceProblems(reader) + linkProblems(reader) + identityProblems(reader)
            + alertProblems(reader)
        return problems + commissioningProblems(reader) + webProblems(reader)
    }

    /// Checks a whole configuration.
    ///
    /// - Throws: `ConfigurationRefusal` with every problem.
    package func require(_ values: ConfigurationValues) throws(ConfigurationRefusal) -> GatewayConfiguration {
        let problems = validate(values)
        guard problems.isEmpty else { throw ConfigurationRefusal(problems) }
        return try GatewayConfiguration(values, schema: schema)
    }

    // MARK: - S1

    /// HOLD 1 … NO-CHARGE, NO-CHARGE 2 … 10, STOP max(10, NO-CHARGE) … 60, SILENT STOP … 120 s; HOLD and NO-CHARGE at
    /// least two poll periods. The fixed ends are in the schema.
    private func freshnessProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        guard let thresholds = FreshnessConfiguration(reader) else { return [] }
        let (hold, noCharge, stop, silent) = thresholds.inSeconds
        var problems: [ValidationProblem] = []
        func require(_ holds: Bool, _ field: String, _ value: Double, atLeast least: Double, _ why: String) {
            guard !holds else { return }
            problems.append(
                ValidationProblem(
                    field, "\(field) is \(text(value)) s; it must be at least \(text(least)) s, \(why)."))
        }
        if hold > noCharge {
            problems.append(
                ValidationProblem(
                    "freshness.hold_s",
                    "freshness.hold_s is \(text(hold)) s; it must be at most freshness.no_charge_s, "
                        + "\(text(noCharge)) s: lower it or raise the other."))
        }
        require(stop >= noCharge, "freshness.stop_s", stop, atLeast: noCharge, "the value of freshness.no_charge_s")
        require(silent >= stop, "freshness.silent_s", silent, atLeast: stop, "the value of freshness.stop_s")
        for number in reader.values.packNumbers {
            let key = "pack.\(number).poll_interval_ms"
            guard let poll = reader.int(ifKnown: key) else { continue }
            let two = Double(poll) * 2 / 1000
            let why = "two poll periods: raise it or lower \(key) from \(poll) ms"
            require(hold >= two, "freshness.hold_s", hold, atLeast: two, why)
            // Holds by itself while polls take at most a second and NO-CHARGE at least two; said because S1 says it.
            require(noCharge >= two, "freshness.no_charge_s", noCharge, atLeast: two, why)
        }
        return problems
    }

    // MARK: - Packs

    /// What the chemistry can bear, and minimum < float ≤ absorption ≤ maximum, of what is given or follows from it.
    private func voltageProblems(_ reader: ConfigurationReader, _ number: Int) -> [ValidationProblem] {
        let pack = "pack.\(number)."
        let chemistry = reader.string(ifKnown: pack + "chemistry").flatMap(PackChemistry.init(rawValue:))
        let preset = chemistry.flatMap { chemistries[$0] }
        let steps: [(key: String, volts: Double?)] = [
            (pack + "min_cell_v", reader.float(ifKnown: pack + "min_cell_v") ?? preset?.minimum),
            (pack + "float_cell_v", reader.float(ifKnown: pack + "float_cell_v") ?? preset?.float),
            (pack + "absorption_cell_v", reader.float(ifKnown: pack + "absorption_cell_v") ?? preset?.absorption),
            (pack + "max_cell_v", reader.float(ifKnown: pack + "max_cell_v") ?? preset?.maximum),
        ]
        let known = steps.compactMap { step in step.volts.map { (key: step.key, volts: $0) } }
        if let preset, let chemistry {
            let unbearable = known.filter { !preset.limits.contains($0.volts) }.map { step in
                ValidationProblem(
                    step.key,
                    "\(step.key) is \(text(step.volts)) V; it must be \(text(preset.limits.lowerBound)) … "
                        + "\(text(preset.limits.upperBound)) V, which \(chemistry.rawValue) cells bear: change it, or "
                        + "\(pack)chemistry if the cells are of another.")
            }
            guard unbearable.isEmpty else { return unbearable }
        }
        var problems: [ValidationProblem] = []
        for (lower, upper) in zip(known, known.dropFirst()) {
            // The minimum must be below what follows, or charge and discharge would both be forbidden for ever.
            let isStrict = lower.key.hasSuffix("min_cell_v")
            guard lower.volts > upper.volts || (isStrict && lower.volts == upper.volts) else { continue }
            // Blame what the user set, not what the chemistry brought.
            let isLowerGiven = reader.values[lower.key] != nil
            let (field, other) = isLowerGiven ? (lower, upper) : (upper, lower)
            let relation = isLowerGiven ? (isStrict ? "below" : "at most") : (isStrict ? "above" : "at least")
            problems.append(
                ValidationProblem(
                    field.key,
                    "\(field.key) is \(text(field.volts)) V; it must be \(relation) \(other.key), "
                        + "\(text(other.volts)) V: change one of the two."))
        }
        return problems
    }

    private func temperatureProblems(_ reader: ConfigurationReader, _ number: Int) -> [ValidationProblem] {
        let pack = "pack.\(number)."
        var problems: [ValidationProblem] = []
        let chemistry = reader.string(ifKnown: pack + "chemistry")
        let lowest = reader.float(ifKnown: pack + "charge_min_c")
        if let lowest, lowest < 0, chemistry != PackChemistry.lto.rawValue {
            problems.append(
                ValidationProblem(
                    pack + "charge_min_c",
                    "\(pack)charge_min_c is \(text(lowest)) °C; it must be at least 0 °C, as only LTO cells (chemistry "
                        + "lto) bear being charged in frost."))
        }
        return problems
    }

    // MARK: - The whole

    /// One device has one user.
    private func linkProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        var users: [String: String] = [:]
        var problems: [ValidationProblem] = []
        for key in reader.values.packNumbers.map({ "pack.\($0).link" }) + ["can.link"] {
            guard let address = reader.string(ifKnown: key), let device = LinkSyntax.device(address) else { continue }
            guard let other = users[device] else {
                users[device] = key
                continue
            }
            problems.append(
                ValidationProblem(
                    key, "\(key) is '\(address)', which \(other) uses already; give each its own device."))
        }
        return problems
    }

    /// Names that make a GX apply another maker's quirks, such as 40 A where 0 A was asked for
    /// (protocols/victron-can.md 7).
    private func identityProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        ["can.identity.manufacturer", "can.identity.battery_name", "can.identity.family"].compactMap { key in
            guard let name = reader.string(ifKnown: key) else { return nil }
            let words = name.lowercased().split { !$0.isLetter }
            let borrowed = words.contains { word in
                ["pylon", "byd", "pelio", "pytes", "resu", "lynx"].contains { word.hasPrefix($0) } || word == "lg"
            }
            guard borrowed else { return nil }
            return ValidationProblem(
                key,
                "\(key) is '\(name)', a maker for whom the GX changes the limits it is sent; choose a name of your own."
            )
        }
    }

    /// A warning that comes after its alarm warns of nothing.
    private func alertProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        let pairs = [
            ("alerts.cell_high_warning_v", "alerts.cell_high_alarm_v", "V"),
            ("alerts.cell_low_alarm_v", "alerts.cell_low_warning_v", "V"),
            ("alerts.soc_alarm_percent", "alerts.soc_warning_percent", "%"),
        ]
        return pairs.compactMap { lower, upper, unit in
            guard let low = reader.float(ifKnown: lower), let high = reader.float(ifKnown: upper), low > high else {
                return nil
            }
            // Blame what the user set.
            let (field, value, relation, other, bound) =
                reader.values[lower] != nil
                ? (lower, low, "at most", upper, high) : (upper, high, "at least", lower, low)
            return ValidationProblem(
                field,
                "\(field) is \(text(value)) \(unit); it must be \(relation) \(other), \(text(bound)) \(unit): change one "
                    + "of the two.")
        }
    }

    /// S64: commissioned means that every pack is known.
    private func commissioningProblems(_ reader: ConfigurationReader) -> [ValidationProblem] {
        guard reader.bool(ifKnown: "system.commissioned") == true else { return [] }
        let packs = reader.values.packNumbers
        guard !packs.isEmpty else {
            return [
                ValidationProblem(
                    "system.commissioned",
                    "system.commissioned is true, but no pack is configured; set pack.1.link and what belongs to it first."
                )
            ]
        }
        return packs.flatMap { number in
            PackConfiguration.confirmedKeys.compactMap { name in
                let key = "pack.\(number).\(name)"
                guard reader.values[key] == nil else { return nil }
                return ValidationProblem(
                    key, "\(key) is not set, but system.commissioned is true; set it, or unset the other.")
            }
        }
    }

    func text(_ value: Double) -> String { SettingValue.float(value).text }
}

import Battery
package import JSONText

extension GXChange {
    /// One line of `simulate gx --json`.
    package var json: JSONValue {
        .object([.init("time_s", .number((time.seconds * 1000).rounded() / 1000))] + belief.members)
    }

    /// One line for people.
    package var line: String {
        var words = [fixed(time.seconds, 1) + " s", belief.state.rawValue]
        if let name = belief.name { words.append("\"\(name)\"") }
        let values: [(String, Double?, Int, String)] = [
            ("", belief.voltage, 2, " V"), ("", belief.current, 1, " A"), ("", belief.stateOfCharge, 0, " %"),
            ("CVL ", belief.chargeVoltageLimit, 1, " V"), ("CCL ", belief.chargeCurrentLimit, 1, " A"),
            ("DCL ", belief.dischargeCurrentLimit, 1, " A"),
        ]
        for (label, value, digits, unit) in values {
            if let value { words.append(label + fixed(value, digits) + unit) }
        }
        if belief.isOnline == false { words.append("BMS offline") }
        if !belief.alarms.isEmpty { words.append("ALARM " + belief.alarms.joined(separator: ", ")) }
        if !belief.warnings.isEmpty { words.append("warning " + belief.warnings.joined(separator: ", ")) }
        if let brand = belief.takenFor { words.append("taken for " + brand) }
        if !belief.observations.isEmpty {
            words.append("note " + belief.observations.map(\.rawValue).sorted().joined(separator: ", "))
        }
        return words.joined(separator: "  ")
    }

    // MARK: - Private

    /// A number with a fixed count of decimals.
    private func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = [1.0, 10, 100][min(max(digits, 0), 2)]
        guard value.isFinite, value.magnitude < 1e12 else { return "-" }
        let count = Int((value.magnitude * scale).rounded())
        let whole = "\(count / Int(scale))"
        let sign = value < 0 && count > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let fraction = "\(count % Int(scale))"
        return sign + whole + "." + String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
    }
}

extension GXBelief {
    /// The belief as members of a JSON object, named as everywhere in the API.
    package var members: [JSONValue.Member] {
        [
            .init("state", .string(state.rawValue)), .init("connected", .bool(isConnected)),
            .init("name", JSONValue(name)), .init("voltage_v", JSONValue(voltage)),
            .init("current_a", JSONValue(current)), .init("temperature_c", JSONValue(temperature)),
            .init("soc_percent", JSONValue(stateOfCharge)), .init("soh_percent", JSONValue(stateOfHealth)),
            .init("cvl_v", JSONValue(chargeVoltageLimit)), .init("ccl_a", JSONValue(chargeCurrentLimit)),
            .init("dcl_a", JSONValue(dischargeCurrentLimit)), .init("dvl_v", JSONValue(dischargeVoltageLimit)),
            .init("applied", appliedJSON), .init("bms_online", JSONValue(isOnline)),
            .init("alarms", Self.list(alarms)), .init("warnings", Self.list(warnings)),
            .init("not_shown", Self.list(notShown)), .init("modules", modulesJSON), .init("cells", cellsJSON),
            .init("installed_capacity_ah", JSONValue(installedCapacity)),
            .init("online_capacity_ah", JSONValue(onlineCapacity)),
            .init("charged_wh", JSONValue(chargedEnergy)), .init("discharged_wh", JSONValue(dischargedEnergy)),
            .init("immediate_charge", JSONValue(immediateCharge)),
            .init("manufacturer", JSONValue(manufacturer)), .init("family", JSONValue(family)),
            .init("serial", JSONValue(serial)), .init("firmware", JSONValue(firmware)),
            .init("taken_for", JSONValue(takenFor)),
            .init("observations", Self.list(observations.map(\.rawValue).sorted())),
        ]
    }

    // MARK: - Private

    private static func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }

    private var appliedJSON: JSONValue {
        guard let applied else { return .null }
        return [
            "cvl_v": JSONValue(applied.chargeVoltage), "ccl_a": JSONValue(applied.chargeCurrent),
            "dcl_a": JSONValue(applied.dischargeCurrent), "dvl_v": JSONValue(applied.dischargeVoltage),
        ]
    }

    private var modulesJSON: JSONValue {
        guard let modules else { return .null }
        return [
            "online": JSONValue(modules.online), "offline": JSONValue(modules.offline),
            "blocking_charge": JSONValue(modules.blockingCharge),
            "blocking_discharge": JSONValue(modules.blockingDischarge),
        ]
    }

    private var cellsJSON: JSONValue {
        guard let cells else { return .null }
        return [
            "min_v": JSONValue(cells.minimum), "max_v": JSONValue(cells.maximum),
            "min_c": JSONValue(cells.coldest), "max_c": JSONValue(cells.warmest),
            "min_cell": JSONValue(cells.minimumName), "max_cell": JSONValue(cells.maximumName),
            "min_sensor": JSONValue(cells.coldestName), "max_sensor": JSONValue(cells.warmestName),
        ]
    }
}

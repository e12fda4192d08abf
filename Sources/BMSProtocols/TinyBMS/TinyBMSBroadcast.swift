package import JSONText

/// The text that a TinyBMS pushes between answers when register 342 is not 0 (tinybms.md 14).
///
/// For people and tests: nothing in the control path reads it, because nothing protects it from a bit error.
package enum TinyBMSBroadcast {
    /// Decodes one line, with or without its end.
    ///
    /// - Throws: `bad_length` for a line that is neither format, `out_of_range` for a field that is no number.
    package static func decode(_ line: [UInt8]) throws(DecodeError) -> [JSONValue.Member] {
        let text = String(decoding: line.filter { $0 != 0x0D && $0 != 0x0A && $0 < 0x80 }, as: UTF8.self)
        let fields = text.split(separator: "\t", omittingEmptySubsequences: true)
        if fields.count == 13, fields.allSatisfy({ Double($0)?.isFinite == true }) { return cycleAnalyst(fields) }
        guard !fields.isEmpty, fields.allSatisfy({ $0.contains(":") }) else {
            throw DecodeError(.badLength, "neither ASCII nor CA V3 text")
        }
        var members = [JSONValue.Member("protocol", "ASCII")]
        for field in fields { members += try ascii(field) }
        return members
    }

    // MARK: - Private

    private static let quantities: [String: String] = [
        "BPV": "pack_voltage_V", "MINCV": "min_cell_V", "MAXCV": "max_cell_V", "BPC": "pack_current_A",
        "SOC": "soc_percent", "BMST": "internal_C", "EXT1": "external1_C", "EXT2": "external2_C",
    ]
    /// Type and state of the switches: load, charger, and the one of single port mode.
    private static let switches: [String: String] = [
        "LST": "load_switch_type", "LSS": "load_switch_on", "CST": "charger_switch_type", "CSS": "charger_switch_on",
        "ST": "single_port_switch_type", "SS": "single_port_switch_on",
    ]

    private static func ascii(_ field: Substring) throws(DecodeError) -> [JSONValue.Member] {
        let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw DecodeError(.badLength, "field without a value") }
        let key = String(parts[0])
        let value = String(parts[1])
        if key == "CB" { return [JSONValue.Member("balancing_bits", .string(value))] }
        guard let number = Double(value), number.isFinite else {
            throw DecodeError(.outOfRange, key + " is no number")
        }
        if let name = quantities[key] { return [JSONValue.Member(name, .number(number))] }
        if let name = switches[key] {
            if name.hasSuffix("_on") { return [JSONValue.Member(name, .bool(number != 0))] }
            return [JSONValue.Member(name, .string(number == 0 ? "FET" : "external"))]
        }
        guard key == "OS" else { return [JSONValue.Member(key, .number(number))] }
        let status = UInt16(exactly: number).flatMap(TinyBMSStatus.init(rawValue:))
        return [
            JSONValue.Member("online_status", .number(number)),
            JSONValue.Member("online_status_name", .string(status?.name ?? "unknown")),
        ]
    }

    /// Thirteen numbers, of which the last seven are always zero.
    private static func cycleAnalyst(_ fields: [Substring]) -> [JSONValue.Member] {
        let names = [
            "remaining_Ah", "pack_voltage_V", "pack_current_A", "speed_kmh", "distance_km", "max_temperature_C",
        ]
        return [JSONValue.Member("protocol", "CA V3")]
            + zip(names, fields).map { JSONValue.Member($0, JSONValue(Double($1))) }
    }
}

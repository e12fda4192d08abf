import JSONText

/// `docs/pgn-conversions.md`, made from the table that encodes.
extension VictronMapping {
    /// The whole page as Markdown.
    package static func documentation() -> String {
        var page = introduction + scheduleTable
        for plan in VictronFramePlan.all {
            page += "\n## \(plan.id.text): \(plan.id.title)\n\n"
            if !plan.remark.isEmpty { page += plan.remark + "\n\n" }
            page += table(of: rows.filter { $0.frame == plan.id })
        }
        return page
    }

    // MARK: - Private

    private static let introduction = """
        # What is sent to the inverter, field by field

        Generated from `Sources/InverterProtocols/Victron/Mapping`, the table that encodes the frames; do not edit.
        Regenerate with `CELLBRIDGE_WRITE_DOCS=1 swift test --filter InverterProtocolsTests`.

        All identifiers have 11 bits, at 500 kbit/s. All fields are little-endian save the firmware word of 0x35F. Current is
        positive while charging; both current limits are positive. A value outside the range that is sent is brought to its
        nearer end, never wrapped. CVL, CCL and DCL are rounded down, everything else to the nearest count. A value that is
        unknown is never sent as 0: "unknown" says what happens instead. Pairs of 0x35A: 0b01 active, 0b10 OK, 0b00 and
        0b11 not supported.

        Nothing at all is sent before the first valid data and once data is too old (stages INIT and SILENT).


        """

    private static var scheduleTable: String {
        var table = "| Frame | Carries | Sent |\n| --- | --- | --- |\n"
        for plan in VictronFramePlan.all {
            table += "| \(plan.id.text) | \(plan.id.title) | \(words(plan.cadence)) |\n"
        }
        return table
    }

    private static func words(_ cadence: VictronFramePlan.Cadence) -> String {
        switch cadence {
        case .required: "every period (1 s), first"
        case .everyPeriod: "every period (1 s), after the first four"
        case .every(let period): "every \(period.components.seconds) s"
        }
    }

    private static func table(of rows: [VictronMappingRow]) -> String {
        guard !rows.isEmpty else { return "" }
        var table = "| Place | Field | Source | Type | Count | Range sent | Rounding | Unknown | Remark |\n"
        table += "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        for row in rows {
            let cells = [place(row), row.name, row.source] + coding(row) + [words(row), row.remark]
            table += "| " + cells.map { $0.isEmpty ? "–" : $0 }.joined(separator: " | ") + " |\n"
        }
        return table
    }

    private static func place(_ row: VictronMappingRow) -> String {
        switch row.target {
        case .number(let field): return "byte \(field.offset)"
        case .pair(let pair):
            let (byte, bit) = VictronAlarms.position(of: pair)
            return "byte \(byte), bits \(bit)-\(bit + 1)"
        case .text: return "byte 0"
        }
    }

    /// Type, count, range, rounding.
    private static func coding(_ row: VictronMappingRow) -> [String] {
        switch row.target {
        case .pair: return ["pair", "", "0b01, 0b10", ""]
        case .text(let first): return ["ASCII", "", "characters \(first + 1) to \(first + 8)", ""]
        case .number(let field):
            let unit = field.unit.isEmpty ? "" : " " + field.unit
            let step = JSONValue.number(1 / field.countsPerUnit).text + unit
            let bias = field.bias == 0 ? "" : ", value + \(JSONValue.number(field.bias).text)"
            let range =
                JSONValue.number(field.clamp.lowerBound).text + " to "
                + JSONValue.number(field.clamp.upperBound).text + unit
            return [field.width.rawValue, step + bias, range, field.rounding.rawValue]
        }
    }

    private static func words(_ row: VictronMappingRow) -> String {
        guard case .number = row.target else {
            if case .text = row.target { return "no frame" }
            return ""
        }
        switch row.unknown {
        case .omitFrame: return "no frame"
        case .endFrame: return "the frame ends here"
        case .send(let count): return "\(count) is sent"
        }
    }
}

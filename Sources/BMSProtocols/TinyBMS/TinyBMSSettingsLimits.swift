/// Between which values a setting may be, and what it was delivered with, as the BMS itself reports it (command 0x1D).
///
/// One paper alone tells of the command, and not at which register its answer begins (tinybms.md 4): so nothing of it is
/// believed unless its current values are those of the registers, and nothing of a setting for which it contradicts itself
/// or the catalogue. What is believed only ever narrows what the catalogue allows.
package struct TinyBMSSettingsLimits: Sendable, Hashable {
    /// What is known of one setting, raw values.
    private struct Entry: Sendable, Hashable {
        var range: ClosedRange<Int>
        var standard: Int?
    }

    private var entries: [String: Entry] = [:]

    /// Nothing is known but the catalogue.
    package init() {}

    /// Judges what the BMS reports.
    ///
    /// - Parameters:
    ///   - pages: its answers by option, each from register 300 on.
    ///   - registers: registers 300 to 343 as they were read by another command.
    package init(_ pages: [TinyBMSSettingsOption: TinyBMSRegisterWords], registers: TinyBMSRegisterWords) {
        guard let minimum = pages[.minimum], let maximum = pages[.maximum], let defaults = pages[.defaults],
            let current = pages[.current],
            TinyBMSRegister.settings.allSatisfy({ $0.raw(in: current) == $0.raw(in: registers) })
        else { return }
        for row in TinyBMSRegister.settings {
            entries[row.name] = Self.entry(row, row.raw(in: minimum), row.raw(in: maximum), row.raw(in: defaults))
        }
    }

    /// Whether the BMS's own limits of a setting are known.
    package func isReported(_ row: TinyBMSRegister) -> Bool { entries[row.name] != nil }

    /// Raw values that may be written as far as BMS and catalogue know: the narrower of both.
    package func range(of row: TinyBMSRegister) -> ClosedRange<Int> { entries[row.name]?.range ?? row.catalogued }

    /// Raw value that the BMS calls the setting's default; nil where it tells none.
    package func standard(of row: TinyBMSRegister) -> Int? { entries[row.name]?.standard }

    /// The limits that the BMS reports, by the setting's name.
    package var ranges: [String: ClosedRange<Int>] { entries.mapValues(\.range) }

    // MARK: - Private

    /// One setting; nil where what is reported contradicts itself or the catalogue. A BMS that does not have it reports 0
    /// for both ends.
    private static func entry(_ row: TinyBMSRegister, _ low: Int?, _ high: Int?, _ standard: Int?) -> Entry? {
        guard let low, let high, let standard, low < high, row.catalogued.overlaps(low...high),
            standard == row.missing || (low...high).contains(standard)
        else { return nil }
        let range = (low...high).clamped(to: row.catalogued)
        let isKnown = standard != row.missing && range.contains(standard) && row.allows(standard)
        return Entry(range: range, standard: isKnown ? standard : nil)
    }
}

extension TinyBMSRegister {
    /// Raw values that the catalogue allows.
    package var catalogued: ClosedRange<Int> { range ?? rawSpan }
}

package import Battery

extension BMSSettings {
    /// The limits in a settings record; 0 is no limit but one that was never set. Source: jk.md 2.3.
    package init(jkPB record: JKPBRecord) {
        self.init()
        func positive(_ offset: Int, per divisor: Double) -> Double? {
            let raw = record.signedLong(offset)
            return raw > 0 ? Double(raw) / divisor : nil
        }
        cellCount = positive(114, per: 1).flatMap { $0 <= Double(JKPBRecord.slots) ? Int($0) : nil }
        capacity = positive(130, per: 1000)
        overVoltageCell = positive(18, per: 1000)
        underVoltageCell = positive(10, per: 1000)
        // The board knows no other full and empty: at these it opens its switches.
        fullCell = overVoltageCell
        emptyCell = underVoltageCell
        chargeCutoffCurrent = positive(50, per: 1000)
        dischargeCutoffCurrent = positive(62, per: 1000)
        overHeat = [positive(82, per: 10), positive(90, per: 10)].compactMap(\.self).min()
        lowTemperatureCharge = Double(record.signedLong(98)) / 10
    }
}

extension PackIdentity {
    /// Who the board is, by its about record. Its PIN is not read. Source: jk.md 2.4.
    package init(jkPB record: JKPBRecord) {
        self.init(family: JKPBDriver.familyName)
        func text(_ offset: Int, _ width: Int) -> String? {
            let text = record.text(offset, width)
            return text.isEmpty ? nil : text
        }
        hardware = [text(6, 16), text(22, 8)].compactMap(\.self).joined(separator: " ")
        if hardware?.isEmpty ?? true { hardware = nil }
        firmware = text(30, 8)
        firmwareCode = firmware.flatMap { Self.code($0) }
        serial = text(46, 16)
    }
}

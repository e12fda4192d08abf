import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS register catalogue` {
    @Test func `names are unique and registers lie in their areas`() {
        let rows = TinyBMSRegister.all
        #expect(TinyBMSRegister.named.count == rows.count)
        for area in TinyBMSRegister.Area.allCases {
            for row in area.rows {
                #expect(row.area == area, "\(row.name)")
                #expect(row.number + UInt16(row.width) - 1 <= area.range.upperBound, "\(row.name)")
            }
        }
    }

    @Test func `no two rows share a bit`() {
        var taken: [UInt16: UInt16] = [:]
        for row in TinyBMSRegister.all {
            for offset in 0..<UInt16(row.width) {
                var mask: UInt16 = 0xFFFF
                if case .bits = row.form { mask = row.word(setting: row.rawSpan.upperBound, in: 0) ?? 0 }
                // A signed field's largest value leaves its sign bit out.
                if case .bits(let shift, let width, true) = row.form { mask |= 1 << UInt16(shift + width - 1) }
                #expect(taken[row.number + offset, default: 0] & mask == 0, "\(row.name)")
                taken[row.number + offset, default: 0] |= mask
            }
        }
    }

    @Test func `only settings are writable, and each has its limits but the one no source gives`() {
        for row in TinyBMSRegister.all {
            #expect(row.isWritable == (300...399).contains(row.number))
            guard row.isWritable else { continue }
            if case .bits(_, 1, _) = row.form { continue }
            #expect((row.range == nil) == (row.number == 305), "\(row.name)")
        }
    }

    @Test func `limits and choices decide what may be written`() throws {
        let full = try #require(TinyBMSRegister.named["fully_charged_mV"])
        #expect(!full.allows(1199) && full.allows(1200) && full.allows(4500) && !full.allows(4501))
        let cold = try #require(TinyBMSRegister.named["low_temp_charge_C"])
        #expect(cold.allows(-40) && !cold.allows(-41) && cold.word(setting: -5, in: 0) == 0xFFFB)
        let precharge = try #require(TinyBMSRegister.named["precharge_output"])
        #expect(precharge.allows(0) && !precharge.allows(1) && precharge.allows(0x10) && !precharge.allows(0x0A))
        #expect(!full.allows(70_000))
    }

    @Test func `a field is read back as it was written, whatever stands beside it`() {
        var random = SeededRandom(seed: 41)
        for row in TinyBMSRegister.settings where row.width == 1 {
            for _ in 0..<100 {
                let span = row.rawSpan
                let raw = span.lowerBound + Int(random.next() % UInt64(span.count))
                let before = UInt16(truncatingIfNeeded: random.next())
                let word = row.word(setting: raw, in: before)
                #expect(word.flatMap { row.raw(in: .init(first: row.number, [$0])) } == raw, "\(row.name)")
            }
        }
    }

    @Test func `event ids, their recoveries and ranges fit together`() {
        #expect(TinyBMSEvent.all.count == 34)
        for (identifier, event) in TinyBMSEvent.all {
            #expect(identifier == event.identifier && TinyBMSEvent.severity(of: identifier) != nil)
            if let recovery = event.recovery {
                #expect(TinyBMSEvent.all[recovery]?.name.hasPrefix("recovered") == true, "\(event.name)")
            }
            if TinyBMSEvent.severity(of: identifier) == .fault {
                #expect(event.alarm != nil && (event.forbidsCharge || event.forbidsDischarge), "\(event.name)")
            }
        }
    }
}

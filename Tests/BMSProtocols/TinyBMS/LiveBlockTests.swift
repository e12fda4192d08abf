import Battery
import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS live block` {
    /// A reading of 56 registers: cells in tenths of a millivolt, the rest as given.
    private func reading(
        cells: [UInt16], detected: UInt16, configured: Int? = nil, order: TinyBMSCellOrder = .register0First,
        _ others: [Int: UInt16] = [:]
    ) throws -> PackReading {
        var words = cells + [UInt16](repeating: 0, count: 56 - cells.count)
        words[53] = detected
        for (register, word) in others { words[register] = word }
        let block = try TinyBMSLiveBlock(frame: TinyBMSAnswer.registers(words).bytes)
        let now = Instant(sinceBoot: .seconds(1_000_000))
        return block.reading(pack: 2, began: now, completed: now, order: order, seriesCells: configured)
    }

    private func slots(_ range: Range<Int>) -> [UInt16] {
        (0..<16).map { range.contains($0) ? UInt16(33_000 + 10 * $0) : 0 }
    }

    private func volts(_ slots: Range<Int>) -> [Double?] { slots.map { Double(33_000 + 10 * $0) / 10_000 } }

    @Test(arguments: [0, 1, 55, 57, 127]) func `S20: an answer of another length is no live block`(registers: Int) {
        let frame = TinyBMSAnswer.registers([UInt16](repeating: 1, count: registers)).bytes
        #expect(throws: DecodeError.self) { try TinyBMSLiveBlock(frame: frame) }
        #expect(throws: DecodeError.self) { try TinyBMSLiveBlock(frame: []) }
    }

    @Test func `unused slots are dropped at the end, and at the beginning`() throws {
        #expect(try reading(cells: slots(0..<14), detected: 14).cells == volts(0..<14))
        #expect(try reading(cells: slots(2..<16), detected: 14).cells == volts(2..<16))
        #expect(try reading(cells: slots(1..<15), detected: 14).cells == volts(1..<15))
    }

    @Test func `reversed order begins with the highest used register`() throws {
        let reversed: [Double?] = volts(2..<16).reversed()
        #expect(try reading(cells: slots(2..<16), detected: 14, order: .reversed).cells == reversed)
    }

    @Test func `a zero in the middle is a missing cell`() throws {
        var cells = slots(0..<16)
        cells[7] = 0
        let got = try reading(cells: cells, detected: 16).cells
        #expect(got.count == 16 && got[7] == nil && got.compactMap(\.self).count == 15)
        let fewer = try reading(cells: cells, detected: 15, configured: 16).cells
        #expect(fewer == got)
    }

    @Test func `a zero at an end is a missing cell when the count says so`() throws {
        for lost in [0, 15] {
            var cells = slots(0..<16)
            cells[lost] = 0
            // The BMS may count a lost cell out: the setting still counts it.
            for detected: UInt16 in [15, 16] {
                let got = try reading(cells: cells, detected: detected, configured: 16).cells
                #expect(got.count == 16 && got[lost] == nil)
            }
        }
    }

    @Test func `unused slots and a lost cell at the other end are told apart`() throws {
        var cells = slots(2..<16)
        cells[15] = 0
        let got = try reading(cells: cells, detected: 13, configured: 14).cells
        #expect(got.count == 14 && got.last == .some(nil) && got.first == 3.302)
    }

    @Test func `without a count nothing is dropped`() throws {
        for detected: UInt16 in [0, 17, 0xFFFF] {
            let got = try reading(cells: slots(0..<14), detected: detected).cells
            #expect(got.count == 16 && got[14] == nil && got[15] == nil)
        }
    }

    @Test func `no count however wrong drops a cell with a voltage`() throws {
        for detected in UInt16(0)...16 {
            let got = try reading(cells: slots(0..<16), detected: detected).cells
            #expect(detected == 0 || got.compactMap(\.self).count >= Int(detected))
        }
        #expect(try reading(cells: slots(0..<16), detected: 4).cells.count == 16)
    }

    @Test func `NaN and infinities are no value`() throws {
        for pattern in [Float.nan.bitPattern, Float.infinity.bitPattern, (-Float.infinity).bitPattern] {
            let low = UInt16(truncatingIfNeeded: pattern)
            let high = UInt16(truncatingIfNeeded: pattern >> 16)
            let got = try reading(
                cells: slots(0..<16), detected: 16, [36: low, 37: high, 38: low, 39: high])
            #expect(got.voltage == nil && got.current == nil)
        }
    }

    @Test func `sensors that are not connected, unknown health and unset extremes are nil`() throws {
        let got = try reading(
            cells: slots(0..<16), detected: 16, [42: 0x8000, 43: 0xFF9B, 48: 0x8000, 45: 0, 50: 0x42])
        #expect(got.temperatures.map(\.celsius) == [nil, -10.1, nil])
        #expect(got.temperatures.map(\.name) == ["EXT1", "EXT2", "BMS"])
        #expect(got.temperatures.map(\.place) == [.cells, .cells, .board])
        #expect(got.stateOfHealth == nil && got.reportedMinimumCell == nil && got.reportedMaximumCell == nil)
        #expect(got.activity == .unknown)
        #expect(try reading(cells: slots(0..<16), detected: 16, [45: 50_001]).stateOfHealth == nil)
    }

    @Test func `balancing follows the bits, first cell first`() throws {
        let got = try reading(cells: slots(0..<14), detected: 14, [52: 0b10_0000_0000_0101])
        #expect(got.balancing?.enumerated().filter(\.element).map(\.offset) == [0, 2, 13])
    }

    @Test func `the captured block of a 14-cell unit`() throws {
        let vector = try #require(Vector.all.first { $0.name == "modbus_read_56_live_response" })
        let now = Instant(sinceBoot: .seconds(1_000_000))
        let got = try TinyBMSLiveBlock(frame: vector.bytes).reading(
            pack: 1, began: now, completed: now, order: .reversed, seriesCells: nil)
        #expect(got.cells.count == 14 && got.cells.first == 3.988 && got.cells.last == 3.98)
        #expect(got.voltage.map { abs($0 - 55.78) < 1e-5 } == true && got.current == 0)
        #expect(got.reportedMinimumCell == 3.98 && got.reportedMaximumCell == 3.99)
        #expect(got.stateOfCharge == 83.554824 && got.stateOfHealth == nil && got.runningCounter == 16_683_981)
    }

    @Test func `frames of another length or with a bad checksum are refused`() throws {
        let frame = TinyBMSAnswer.registers(Array(repeating: 1, count: 56)).bytes
        for length in frame.indices {
            #expect(throws: DecodeError.self) { try TinyBMSLiveBlock(frame: Array(frame.prefix(length))) }
        }
        for index in frame.indices {
            var damaged = frame
            damaged[index] ^= 1
            #expect(throws: DecodeError.self) { try TinyBMSLiveBlock(frame: damaged) }
        }
    }
}

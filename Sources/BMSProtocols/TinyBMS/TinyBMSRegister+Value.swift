package import JSONText

/// The words of some consecutive registers, as one answer carried them.
package struct TinyBMSRegisterWords: Sendable, Hashable {
    /// Number of the first register.
    package var first: UInt16
    package var words: [UInt16]

    package init(first: UInt16, _ words: [UInt16]) {
        self.first = first
        self.words = words
    }

    /// The word of a register; nil outside the block.
    package subscript(number: UInt16) -> UInt16? {
        guard number >= first, Int(number - first) < words.count else { return nil }
        return words[Int(number - first)]
    }

    /// Two registers as a 32-bit number, low word at the lower number.
    package func long(at number: UInt16) -> UInt32? {
        guard let low = self[number], let high = self[number &+ 1] else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// Every catalogued value that lies wholly inside, in the order of the map; the cell slots as one list.
    package var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        let cells = cellVoltages
        if !cells.isEmpty { members.append(JSONValue.Member("cell_voltages_V", .array(cells))) }
        let end = Int(first) + words.count
        for area in TinyBMSRegister.Area.allCases
        where Int(area.range.lowerBound) < end && area.range.upperBound >= first {
            for row in area.rows {
                guard let value = row.json(in: self) else { continue }
                members.append(JSONValue.Member(row.name, value))
            }
        }
        return members
    }

    /// The words of cell slots 0 to 15 in V, as they stand: which are cells, and in which order, is not theirs to say.
    package var cellVoltages: [JSONValue] {
        words.prefix(max(0, TinyBMSLiveBlock.slots - Int(first))).map { .number(Double($0) / 10_000) }
    }
}

extension TinyBMSRegister.Area {
    /// The rows of the area, cell slots excepted.
    package var rows: [TinyBMSRegister] {
        switch self {
        case .live: TinyBMSRegister.live
        case .statistics: TinyBMSRegister.statistics
        case .settings: TinyBMSRegister.settings
        case .version: TinyBMSRegister.version
        }
    }
}

extension TinyBMSRegister {
    /// The raw value; nil when the words do not hold it, or for a float or a serial number.
    package func raw(in words: TinyBMSRegisterWords) -> Int? {
        switch form {
        case .word: words[number].map(Int.init)
        case .signedWord: words[number].map { Int(Int16(bitPattern: $0)) }
        case .long: words.long(at: number).map(Int.init)
        case .bits(let shift, let width, let signed): words[number].map { extract($0, shift, width, signed) }
        case .float, .serial: nil
        }
    }

    /// The value in `unit`; nil when it is not there, means "no value", or is not finite.
    package func value(in words: TinyBMSRegisterWords) -> Double? {
        if form == .float {
            guard let value = words.long(at: number).map(Float.init(bitPattern:)), value.isFinite else { return nil }
            return Double(value)
        }
        guard let raw = raw(in: words), raw != missing else { return nil }
        return Double(raw) / divisor
    }

    /// The register with this field set to a raw value and its other bits as they were; nil for a value that does not
    /// fit, and for values of more than one register.
    package func word(setting raw: Int, in word: UInt16) -> UInt16? {
        guard rawSpan.contains(raw) else { return nil }
        switch form {
        case .word, .signedWord: return UInt16(truncatingIfNeeded: raw)
        case .bits(let shift, let width, _):
            let mask = UInt16(truncatingIfNeeded: ((1 << width) - 1) << shift)
            return (word & ~mask) | (UInt16(truncatingIfNeeded: raw << shift) & mask)
        case .long, .float, .serial: return nil
        }
    }

    /// The value for `decode`: a number, the name of a choice, or null for "no value"; nil when it is not there.
    package func json(in words: TinyBMSRegisterWords) -> JSONValue? {
        switch form {
        case .float: return words.long(at: number).map { .float(Float(bitPattern: $0)) }
        case .serial: return serial(in: words).map(JSONValue.string)
        default: break
        }
        guard let raw = raw(in: words) else { return nil }
        guard raw != missing else { return .null }
        if !choices.isEmpty { return .string(choices[raw] ?? "unknown (\(raw))") }
        if case .bits(_, 1, _) = form { return .bool(raw != 0) }
        return divisor == 1 ? .integer(raw) : .number(Double(raw) / divisor)
    }

    /// The serial number as 24 hexadecimal digits in register order.
    package func serial(in words: TinyBMSRegisterWords) -> String? {
        guard form == .serial else { return nil }
        var text = ""
        for offset in 0..<UInt16(6) {
            guard let word = words[number + offset] else { return nil }
            let digits = String(word, radix: 16, uppercase: true)
            text += String(repeating: "0", count: 4 - digits.count) + digits
        }
        return text
    }

    // MARK: - Private

    private func extract(_ word: UInt16, _ shift: Int, _ width: Int, _ signed: Bool) -> Int {
        let bits = Int(word) >> shift & ((1 << width) - 1)
        return signed && bits >= 1 << (width - 1) ? bits - (1 << width) : bits
    }
}

extension JSONValue {
    /// A single-precision number with the digits that it has: 55.78, not 55.77999877929688. Null when not finite.
    static func float(_ value: Float) -> JSONValue {
        guard value.isFinite else { return .null }
        return .number(Double(value.description) ?? Double(value))
    }
}

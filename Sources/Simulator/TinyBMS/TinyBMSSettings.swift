package import BMSProtocols

/// The settings of a TinyBMS, registers 300 to 399, with the bounds and the order that it enforces.
package struct TinyBMSSettings: Sendable, Hashable {
    static let first: UInt16 = 300

    /// The words of registers 300...399.
    package private(set) var words: [UInt16]

    /// Creates the settings that an installer would give the BMS of a pack.
    package init(_ parameters: PackParameters) {
        let chemistry = parameters.chemistry
        self = Self.factory
        self[300] = UInt16(saturating: chemistry.fullCell * 1000)
        self[301] = UInt16(saturating: chemistry.emptyCell * 1000)
        self[303] = UInt16(saturating: chemistry.balanceAbove * 1000)
        self[304] = UInt16(saturating: min(max(parameters.capacity * 20, 100), 5000))
        self[305] = UInt16(saturating: parameters.dischargeCutoff * 1.2)
        self[306] = UInt16(saturating: min(max(parameters.capacity * 100, 10), 65500))
        self[307] = UInt16(saturating: Double(parameters.cells))
        self[315] = UInt16(saturating: chemistry.overVoltageCell * 1000)
        self[316] = UInt16(saturating: chemistry.underVoltageCell * 1000)
        self[317] = UInt16(saturating: min(max(parameters.dischargeCutoff, 1), 750))
        self[318] = UInt16(saturating: min(max(parameters.chargeCutoff, 1), 750))
        self[320] = UInt16(bitPattern: Int16(saturating: chemistry.lowTemperatureCharge))
    }

    /// What `1D 03` reads: plausible defaults for 16 LFP cells. No paper gives the real ones.
    package static let factory: TinyBMSSettings = {
        var settings = TinyBMSSettings(words: [UInt16](repeating: 0, count: 100))
        let values: [(UInt16, UInt16)] = [
            (300, 3600), (301, 2900), (303, 3400), (304, 1000), (305, 300), (306, 10000), (307, 16), (308, 15),
            (310, 5), (311, 0), (312, 1), (313, 0), (314, 1), (315, 3750), (316, 2500), (317, 250), (318, 200),
            (319, 60), (320, 1), (321, 80), (322, 3000), (323, 0xFFFF), (328, 0xFFFF), (329, 0), (330, 0x0201),
            (331, 0), (332, 5), (333, 1), (334, 0), (335, 1), (336, 0), (337, 0), (338, 3), (339, 0), (340, 0),
            (341, 0), (342, 0), (343, 1),
        ]
        for (register, value) in values { settings[register] = value }
        return settings
    }()

    /// What `1D 01` reads: the smallest values that may be written.
    package static let minimum = bounds { $0.lowerBound }
    /// What `1D 02` reads: the largest values that may be written.
    package static let maximum = bounds { $0.upperBound }

    /// Registers whose maximum the BMS moves with its current sensor, of those in A (tinybms.md 10).
    static let currents: Set<UInt16> = [317, 318]

    /// These as maxima of a BMS whose sensor measures up to so many A.
    func limited(to current: UInt16) -> TinyBMSSettings {
        var limited = self
        for register in Self.currents { limited[register] = min(limited[register], current) }
        return limited
    }

    /// The word of a register; 0 outside 300...399, where setting does nothing.
    package private(set) subscript(register: UInt16) -> UInt16 {
        get { words.indices.contains(Int(register) - 300) ? words[Int(register) - 300] : 0 }
        set {
            guard words.indices.contains(Int(register) - 300) else { return }
            words[Int(register) - 300] = newValue
        }
    }

    /// What a write did besides changing words.
    package struct Effect: Sendable, Hashable {
        /// State of charge to count from, percent.
        package var stateOfCharge: Double?
        /// State of health to show, percent.
        package var stateOfHealth: Double?
        /// The mode changed: the BMS restarts.
        package var restarts = false
    }

    /// Writes registers, all or none.
    ///
    /// - Returns: nil when any register is outside 300...399, any value outside its bounds, a reserved register or bit is
    ///   not 0, or the order of the voltages would break (tinybms.md 10).
    package mutating func write(_ writes: [TinyBMSRegisterValue]) -> Effect? {
        var next = self
        var touched: Set<UInt16> = []
        for write in writes {
            guard TinyBMSRegister.writable.contains(write.address) else { return nil }
            next[write.address] = write.value
            touched.insert(write.address)
        }
        guard touched.allSatisfy(next.isValid), next.isLadderInOrder else { return nil }
        var effect = Effect()
        effect.restarts = next[340] != self[340]
        if touched.contains(328) { effect.stateOfCharge = Double(next[328]) / 500 }
        if touched.contains(323) { effect.stateOfHealth = Double(next[323]) / 500 }
        // "Reads 0xFFFF once accepted."
        next[328] = 0xFFFF
        next[323] = 0xFFFF
        self = next
        return effect
    }

    /// The limits that follow from the settings.
    package func limits(for parameters: PackParameters) -> ProtectionLimits {
        var limits = ProtectionLimits(parameters)
        limits.fullCell = Double(self[300]) / 1000
        limits.emptyCell = Double(self[301]) / 1000
        limits.balanceAbove = Double(self[303]) / 1000
        limits.finishedCurrent = Double(self[304]) / 1000
        limits.peakDischargeCurrent = self[305] == 0 ? nil : Double(self[305])
        limits.capacity = Double(self[306]) / 100
        limits.allowedSpread = Double(self[308]) / 1000
        limits.chargerStartDelay = Double(self[310])
        limits.overVoltageCell = Double(self[315]) / 1000
        limits.underVoltageCell = Double(self[316]) / 1000
        limits.dischargeCurrent = Double(self[317])
        limits.chargeCurrent = Double(self[318])
        limits.overHeat = Double(Int16(bitPattern: self[319]))
        limits.lowTemperatureCharge = Double(Int16(bitPattern: self[320]))
        limits.restartLevel = self[329] & 4 != 0 ? Double(self[321]) : nil
        limits.dischargeCurrentDelay = Double(self[330] >> 8)
        limits.recoveryTime = self[332] & 0xFF == 0 ? nil : Double(self[332] & 0xFF)
        limits.isSinglePort = self[340] & 0xFF == 1
        return limits
    }

    /// Period of the broadcast text (register 342); nil when it is off.
    package var broadcastPeriod: Duration? {
        switch self[342] & 0xFF {
        case 1: .milliseconds(100)
        case 2: .milliseconds(200)
        case 3: .milliseconds(500)
        case 4: .seconds(1)
        case 5: .seconds(2)
        case 6: .seconds(5)
        case 7: .seconds(10)
        default: nil
        }
    }

    // MARK: - Private

    private init(words: [UInt16]) { self.words = words }

    /// Rows of the register catalogue by register: several where a register packs fields, none where it is reserved.
    private static let rows: [UInt16: [TinyBMSRegister]] = {
        var rows: [UInt16: [TinyBMSRegister]] = [:]
        for row in TinyBMSRegister.settings {
            for offset in 0..<row.width { rows[row.number + UInt16(offset), default: []].append(row) }
        }
        return rows
    }()

    private func isValid(_ register: UInt16) -> Bool {
        guard let rows = Self.rows[register] else { return self[register] == 0 }
        let block = TinyBMSRegisterWords(first: Self.first, words)
        var used: UInt16 = 0
        for row in rows {
            guard let raw = row.raw(in: block), row.allows(raw) else { return false }
            guard case .bits(let shift, let width, _) = row.form else { return true }
            used |= UInt16(truncatingIfNeeded: ((1 << width) - 1) << shift)
        }
        return self[register] & ~used == 0
    }

    /// Under-voltage cutoff < fully discharged < fully charged < over-voltage cutoff, a step apart.
    private var isLadderInOrder: Bool {
        let rungs = TinyBMSRegister.voltageLadder.map { Int(self[$0]) }
        return zip(rungs, rungs.dropFirst()).allSatisfy { $1 - $0 >= TinyBMSRegister.voltageStep }
    }

    private static func bounds(_ end: (ClosedRange<Int>) -> Int) -> TinyBMSSettings {
        var bounds = TinyBMSSettings(words: [UInt16](repeating: 0, count: 100))
        for row in TinyBMSRegister.settings {
            let raw = end(row.range ?? row.rawSpan)
            if row.form == .long {
                bounds[row.number] = UInt16(truncatingIfNeeded: raw)
                bounds[row.number + 1] = UInt16(truncatingIfNeeded: raw >> 16)
            } else if let word = row.word(setting: raw, in: bounds[row.number]) {
                bounds[row.number] = word
            }
        }
        return bounds
    }
}

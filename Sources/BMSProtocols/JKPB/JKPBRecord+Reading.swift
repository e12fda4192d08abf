package import Battery

/// The status record as what it means. Source: jk.md 2.2.
extension JKPBRecord {
    /// What every reading of this family promises (S24).
    package static let promised: PackInputs = [
        .cellVoltages, .temperature, .current, .voltage, .stateOfCharge, .settings, .alarms, .runningCounter,
    ]

    /// Slots for cells.
    package static let slots = 32
    /// A sensor that is not there reads this, whatever the bits of present sensors say.
    static let noSensor: Int16 = -2000
    /// Below it nothing is believed, 0.1 °C.
    static let coldest: Int16 = -500

    /// Bit mask of the cells that are there.
    package var cellMask: UInt32 { long(70) }

    /// Time since the board was started, s.
    package var runTime: UInt32 { long(194) }

    /// The record as a reading: live values only, settings and identity stay nil.
    ///
    /// The list holds as many cells as the settings say, where they were read: one whose sense wire came off stays in it, as
    /// missing.
    package func reading(pack: Int, began: Instant, completed: Instant, seriesCells: Int?) -> PackReading {
        var reading = PackReading(pack: pack, began: began, completed: completed, promised: Self.promised)
        reading.voltage = long(150) == 0 ? nil : Double(long(150)) / 1000
        reading.current = Double(signedLong(158)) / 1000
        reading.cells = cells(seriesCells: seriesCells)
        reading.stateOfCharge = Double(byte(173))
        // A board that does not know its health reads 0.
        reading.stateOfHealth = byte(190) == 0 ? nil : Double(byte(190))
        reading.temperatures = Self.sensors.map { sensor in
            TemperatureReading(name: sensor.name, place: sensor.place, celsius: celsius(sensor))
        }
        reading.chargeEnabled = byte(198) != 0
        reading.dischargeEnabled = byte(199) != 0
        reading.remainingCapacity = Double(long(174)) / 1000
        reading.cycles = Int(long(182))
        reading.runningCounter = runTime
        let milliamperes = signedLong(158)
        reading.activity = milliamperes > 0 ? .charging : milliamperes < 0 ? .discharging : .idle
        reading.alarms = Aged(JKPBAlarms(rawValue: long(166)).alarmSet, taken: began)
        return reading
    }

    // MARK: - Private

    private struct Sensor: Sendable {
        var name: SensorName
        var place: TemperatureReading.Place
        /// Its bit of present sensors.
        var bit: UInt8
        var offset: Int
    }

    private static let sensors = [
        Sensor(name: "T1", place: .cells, bit: 1, offset: 162), Sensor(name: "T2", place: .cells, bit: 2, offset: 164),
        Sensor(name: "T3", place: .cells, bit: 3, offset: 256), Sensor(name: "T4", place: .cells, bit: 4, offset: 258),
        Sensor(name: "MOS", place: .switches, bit: 0, offset: 144),
    ]

    private func celsius(_ sensor: Sensor) -> Double? {
        let raw = signed(sensor.offset)
        guard byte(214) & 1 << sensor.bit != 0, raw >= Self.coldest else { return nil }
        return Double(raw) / 10
    }

    private func cells(seriesCells: Int?) -> [Double?] {
        let present = UInt32.bitWidth - cellMask.leadingZeroBitCount
        let count = max(present, min(max(seriesCells ?? 0, 0), Self.slots))
        return (0..<count).map { index in
            let millivolts = word(6 + 2 * index)
            return cellMask & 1 << UInt32(index) == 0 || millivolts == 0 ? nil : Double(millivolts) / 1000
        }
    }
}

extension JKPBRecord {
    /// Whether two status records of nearly the same moment confirm each other: what cannot change in a moment is the same,
    /// what can lies close together.
    ///
    /// Tolerances: 20 mV a cell, 0.5 V pack, 5 A and a tenth of the current, 1 K, 1 % charge, 5 s.
    package func agrees(with other: JKPBRecord) -> Bool {
        guard kind == other.kind else { return false }
        guard kind == .status else { return isSame(as: other) }
        guard cellMask == other.cellMask, long(166) == other.long(166), byte(214) == other.byte(214),
            byte(198) == other.byte(198), byte(199) == other.byte(199), byte(190) == other.byte(190)
        else { return false }
        for index in 0..<Self.slots where !near(Int(word(6 + 2 * index)), Int(other.word(6 + 2 * index)), 20) {
            return false
        }
        for offset in [144, 162, 164, 256, 258] where !near(Int(signed(offset)), Int(other.signed(offset)), 10) {
            return false
        }
        return near(Int(long(150)), Int(other.long(150)), 500) && near(Int(byte(173)), Int(other.byte(173)), 1)
            && near(Int(runTime), Int(other.runTime), 5)
            && near(Int(long(174)), Int(other.long(174)), Int(long(178)) / 100 + 1000)
            && near(Int(signedLong(158)), Int(other.signedLong(158)), 5000 + abs(Int(signedLong(158))) / 10)
    }

    /// Without byte 5, which counts, the sum, and of the about record the running time.
    private func isSame(as other: JKPBRecord) -> Bool {
        (6..<Self.length - 1).allSatisfy { offset in
            bytes.byte(at: offset) == other.bytes.byte(at: offset) || kind == .about && (38..<42).contains(offset)
        }
    }

    private func near(_ one: Int, _ two: Int, _ tolerance: Int) -> Bool { abs(one - two) <= tolerance }

    /// Whether a status record is one of a battery: its cells are cells, and their sum is the pack (auto-detect.md 4).
    var isPlausible: Bool {
        let volts = cells(seriesCells: nil)
        guard !volts.isEmpty, volts.allSatisfy({ $0.map((1.0...5.0).contains) ?? true }) else { return false }
        let sum = volts.reduce(0) { $0 + ($1 ?? 0) }
        return abs(sum - Double(long(150)) / 1000) <= sum / 20
    }
}

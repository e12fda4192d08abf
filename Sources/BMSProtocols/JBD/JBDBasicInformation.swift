/// The data of register 0x03: everything but the cell voltages (jbd.md 3). Raw values as on the wire.
package struct JBDBasicInformation: Sendable, Hashable {
    /// Bytes before the temperatures.
    static let fixedLength = 23
    /// Bytes that newer firmware adds behind the temperatures.
    static let tailLength = 9

    /// 10 mV.
    package var voltage: UInt16 = 0
    /// 10 mA, positive while charging.
    package var current: Int16 = 0
    /// Charge left, 10 mAh.
    package var remainingCapacity: UInt16 = 0
    /// Full capacity, 10 mAh.
    package var fullCapacity: UInt16 = 0
    package var cycles: UInt16 = 0
    /// Year, month and day of production, packed.
    package var productionDate: UInt16 = 0
    /// Cells that are being balanced, bit 0 for cell 1.
    package var balancing: UInt32 = 0
    package var protections = JBDProtections()
    /// High nibble, dot, low nibble.
    package var version: UInt8 = 0
    /// Percent.
    package var stateOfCharge: UInt8 = 0
    package var closedSwitches = JBDClosedSwitches()
    package var cellCount: UInt8 = 0
    /// 0.1 K each.
    package var temperatures: [UInt16] = []
    /// What follows the temperatures: nothing, or nine bytes.
    package var tail: [UInt8] = []

    package init() {}

    /// Whether the data are long enough for the temperatures that they announce.
    static func isWhole(_ data: [UInt8]) -> Bool {
        data.count >= fixedLength && data.count >= fixedLength + 2 * Int(data.byte(at: 22))
    }

    /// Reads the data.
    ///
    /// - Throws: `bad_length` when they are too short.
    package init(_ data: [UInt8]) throws(DecodeError) {
        guard Self.isWhole(data) else {
            let sensors = Int(data.byte(at: 22))
            throw DecodeError(.badLength, "\(data.count) bytes of basic information with \(sensors) sensors")
        }
        voltage = data.big16(at: 0)
        current = Int16(bitPattern: data.big16(at: 2))
        remainingCapacity = data.big16(at: 4)
        fullCapacity = data.big16(at: 6)
        cycles = data.big16(at: 8)
        productionDate = data.big16(at: 10)
        // Each word counts from its lowest bit, and the lower cells come first (jbd.md 11).
        balancing = UInt32(data.big16(at: 12)) | UInt32(data.big16(at: 14)) << 16
        protections = JBDProtections(rawValue: data.big16(at: 16))
        version = data.byte(at: 18)
        stateOfCharge = data.byte(at: 19)
        closedSwitches = JBDClosedSwitches(rawValue: data.byte(at: 20))
        cellCount = data.byte(at: 21)
        temperatures = (0..<Int(data.byte(at: 22))).map { data.big16(at: Self.fixedLength + 2 * $0) }
        tail = Array(data.dropFirst(Self.fixedLength + 2 * temperatures.count))
    }

    /// The data as they stand on the wire.
    package var data: [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(Self.fixedLength + 2 * temperatures.count + tail.count)
        for word in [voltage, UInt16(bitPattern: current), remainingCapacity, fullCapacity, cycles, productionDate] {
            data.append(big: word)
        }
        data.append(big: UInt16(truncatingIfNeeded: balancing))
        data.append(big: UInt16(truncatingIfNeeded: balancing >> 16))
        data.append(big: protections.rawValue)
        let sensors = temperatures.prefix(255)
        data += [
            version, stateOfCharge, closedSwitches.rawValue, cellCount, UInt8(truncatingIfNeeded: sensors.count),
        ]
        for raw in sensors { data.append(big: raw) }
        return data + tail
    }

    /// Raw temperature of 0 °C.
    package static let freezing = 2731

    /// A date of the wire as year, month and day.
    package static func date(_ raw: UInt16) -> (year: Int, month: Int, day: Int) {
        (2000 + Int(raw >> 9), Int(raw >> 5 & 15), Int(raw & 31))
    }
}

/// The state of the switches: a set bit conducts.
package struct JBDClosedSwitches: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let charge = JBDClosedSwitches(rawValue: 1 << 0)
    package static let discharge = JBDClosedSwitches(rawValue: 1 << 1)
}

/// Why a JBD board holds a switch open.
package struct JBDProtections: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let cellOvervoltage = JBDProtections(rawValue: 1 << 0)
    package static let cellUndervoltage = JBDProtections(rawValue: 1 << 1)
    package static let packOvervoltage = JBDProtections(rawValue: 1 << 2)
    package static let packUndervoltage = JBDProtections(rawValue: 1 << 3)
    package static let chargeOvertemperature = JBDProtections(rawValue: 1 << 4)
    package static let chargeUndertemperature = JBDProtections(rawValue: 1 << 5)
    package static let dischargeOvertemperature = JBDProtections(rawValue: 1 << 6)
    package static let dischargeUndertemperature = JBDProtections(rawValue: 1 << 7)
    package static let chargeOvercurrent = JBDProtections(rawValue: 1 << 8)
    package static let dischargeOvercurrent = JBDProtections(rawValue: 1 << 9)
    package static let shortCircuit = JBDProtections(rawValue: 1 << 10)
    package static let frontEndError = JBDProtections(rawValue: 1 << 11)
    /// A host holds a switch open (0xE1).
    package static let hostLock = JBDProtections(rawValue: 1 << 12)

    /// Protections that open the charge switch.
    package static let blockCharge: JBDProtections = [
        .cellOvervoltage, .packOvervoltage, .chargeOvertemperature, .chargeUndertemperature, .chargeOvercurrent,
        .frontEndError,
    ]
    /// Protections that open the discharge switch.
    package static let blockDischarge: JBDProtections = [
        .cellUndervoltage, .packUndervoltage, .dischargeOvertemperature, .dischargeUndertemperature,
        .dischargeOvercurrent, .shortCircuit, .frontEndError,
    ]

    /// Names by bit; the upper three have none of their own.
    package static let names = [
        "cell_overvoltage", "cell_undervoltage", "pack_overvoltage", "pack_undervoltage", "charge_overtemperature",
        "charge_undertemperature", "discharge_overtemperature", "discharge_undertemperature", "charge_overcurrent",
        "discharge_overcurrent", "short_circuit", "afe_ic_error", "mos_software_lock", "bit13", "bit14", "bit15",
    ]
}

/// The two register maps of newer Daly boards; one board may speak both (daly.md 10).
package enum DalyModbusVariant: String, Sendable, Hashable, CaseIterable {
    case d2
    case p81

    /// First byte of a request.
    package var requestAddress: UInt8 { self == .d2 ? 0xD2 : 0x81 }
    /// First byte of an answer.
    package var answerAddress: UInt8 { self == .d2 ? 0xD2 : 0x51 }

    package init?(requestAddress: UInt8) {
        guard let variant = Self.allCases.first(where: { $0.requestAddress == requestAddress }) else { return nil }
        self = variant
    }

    package init?(answerAddress: UInt8) {
        guard let variant = Self.allCases.first(where: { $0.answerAddress == answerAddress }) else { return nil }
        self = variant
    }

    /// Where the values stand.
    package var map: DalyModbusMap { self == .d2 ? .d2 : .p81 }

    /// The reads that bring everything live, as the vendor's own programs make them.
    package var liveReads: [DalyModbusRequest] {
        switch self {
        case .d2: [.read(self, 0x0000, 62)]
        case .p81: [.read(self, 0x0000, 64), .read(self, 0x0041, 62)]
        }
    }

    /// The read behind the live ones: what newer boards have besides.
    package var slowRead: DalyModbusRequest? { self == .d2 ? .read(self, 0x003E, 9) : nil }

    /// Voltage to sensor count: a short read whose values must fit those of a long one.
    package var shortRead: DalyModbusRequest {
        .read(self, map.voltage, Int(map.sensorCount - map.voltage) + 1)
    }

    /// Short reads of different lengths, so that no answer fits another's request (S32).
    package var markers: [DalyModbusRequest] { [2, 3, 4, 5, 7, 8, 10].map { .read(self, map.voltage, $0) } }
}

/// Register numbers of one variant. A value that a variant has not is nil.
package struct DalyModbusMap: Sendable, Hashable {
    /// What a register reads that the board does not have.
    package static let absent: UInt16 = 0xFFFF
    /// Registers of temperatures of cells.
    package static let mostSensors = 8

    package var mostCells: Int
    /// mV, cell 1 first.
    package var cells: UInt16
    /// °C + 40.
    package var temperatures: UInt16
    /// 0.1 V.
    package var voltage: UInt16
    /// 30000 is none, 0.1 A a step, more is charging.
    package var current: UInt16
    /// 0.1 %.
    package var charge: UInt16
    /// Goes round while the board lives.
    package var heartbeat: UInt16?
    package var cellCount: UInt16
    package var sensorCount: UInt16
    /// mV.
    package var highestCell: UInt16
    package var highestCellNumber: UInt16?
    /// mV.
    package var lowestCell: UInt16
    /// °C + 40.
    package var highestTemperature: UInt16
    /// °C + 40.
    package var lowestTemperature: UInt16
    /// A `DalyState`.
    package var state: UInt16
    /// 0.1 Ah.
    package var remaining: UInt16
    package var cycles: UInt16
    /// 0 while nothing is balanced.
    package var balancer: UInt16
    package var chargeSwitch: UInt16
    package var dischargeSwitch: UInt16
    /// mV.
    package var meanCell: UInt16
    /// mV.
    package var cellDifference: UInt16?
    /// W, without a sign.
    package var power: UInt16
    /// Four words whose bits nobody knows for sure.
    package var alarms: UInt16
    /// mA + 30000.
    package var balanceCurrent: UInt16
    /// °C + 40.
    package var switchTemperature: UInt16
    /// °C + 40.
    package var boardTemperature: UInt16
    /// Register that opens (0) and closes (1) the charge switch.
    package var setChargeSwitch: UInt16
    /// The same for the discharge switch.
    package var setDischargeSwitch: UInt16

    package static let d2 = DalyModbusMap(
        mostCells: 32, cells: 0x00, temperatures: 0x20, voltage: 0x28, current: 0x29, charge: 0x2A, heartbeat: nil,
        cellCount: 0x31, sensorCount: 0x32, highestCell: 0x2B, highestCellNumber: nil, lowestCell: 0x2C,
        highestTemperature: 0x2D, lowestTemperature: 0x2E, state: 0x2F, remaining: 0x30, cycles: 0x33, balancer: 0x34,
        chargeSwitch: 0x35, dischargeSwitch: 0x36, meanCell: 0x37, cellDifference: 0x38, power: 0x39, alarms: 0x3A,
        balanceCurrent: 0x40, switchTemperature: 0x42, boardTemperature: 0x43, setChargeSwitch: 0xA5,
        setDischargeSwitch: 0xA6)

    package static let p81 = DalyModbusMap(
        mostCells: 48, cells: 0x00, temperatures: 0x30, voltage: 0x38, current: 0x39, charge: 0x3A, heartbeat: 0x3B,
        cellCount: 0x3C, sensorCount: 0x3D, highestCell: 0x3E, highestCellNumber: 0x3F, lowestCell: 0x40,
        highestTemperature: 0x43, lowestTemperature: 0x45, state: 0x48, remaining: 0x4B, cycles: 0x4C, balancer: 0x4D,
        chargeSwitch: 0x52, dischargeSwitch: 0x53, meanCell: 0x57, cellDifference: nil, power: 0x58, alarms: 0x6D,
        balanceCurrent: 0x4E, switchTemperature: 0x5A, boardTemperature: 0x5B, setChargeSwitch: 0x121,
        setDischargeSwitch: 0x122)
}

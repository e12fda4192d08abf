/// Everything that this gateway knows of the protocol's commands (daly.md 4, 6 and 7).
///
/// Others are not to be tried: 0x00 to 0x4F and 0xA0 to 0xFF change something.
package enum DalyCommand: UInt8, Sendable, Hashable, CaseIterable {
    case setStateOfCharge = 0x21
    case ratedCapacity = 0x50
    case boards = 0x51
    case lifetimeCharge = 0x52
    case batteryInformation = 0x53
    case firmwareIndex = 0x54
    case batteryCode = 0x57
    case cellVoltageLimits = 0x59
    case packVoltageLimits = 0x5A
    case currentLimits = 0x5B
    case temperatureLimits = 0x5C
    case stateOfChargeLimits = 0x5D
    case differenceLimits = 0x5E
    case balanceSettings = 0x5F
    case shortCircuit = 0x60
    case softwareVersion = 0x62
    case hardwareVersion = 0x63
    case packState = 0x90
    case cellExtremes = 0x91
    case temperatureExtremes = 0x92
    case switches = 0x93
    case status = 0x94
    case cellVoltages = 0x95
    case temperatures = 0x96
    case balance = 0x97
    case failures = 0x98
    case setDischargeSwitch = 0xD9
    case setChargeSwitch = 0xDA

    /// Most frames of an answer: more than one carry a number in data byte 0.
    package var mostFrames: Int {
        switch self {
        case .cellVoltages: 16
        case .temperatures: 3
        case .batteryCode: 5
        case .softwareVersion, .hardwareVersion: 2
        default: 1
        }
    }

    /// Whether the frames of an answer carry a number in data byte 0.
    package var isNumbered: Bool { mostFrames > 1 }

    /// Whether it changes something in the board.
    package var isWrite: Bool {
        self == .setDischargeSwitch || self == .setChargeSwitch || self == .setStateOfCharge
    }
}

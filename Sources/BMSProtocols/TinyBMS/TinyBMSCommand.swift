/// The commands of the TinyBMS. Source: Enepaq communication protocols Rev D, tinybms.md 4 and 5.
package enum TinyBMSCommand: UInt8, Sendable, Hashable, CaseIterable {
    /// Clear events, clear statistics or reset.
    case control = 0x02
    /// Modbus-like read of consecutive registers, high byte first.
    case readRegisters = 0x03
    /// Native read of consecutive registers, low byte first; at most 31 (tinybms.md 4.1).
    case readBlock = 0x07
    /// Native read of single registers; at most 15.
    case readIndividual = 0x09
    /// Native write of consecutive registers; its length byte is ambiguous (tinybms.md 4.2).
    case writeBlock = 0x0B
    /// Native write of single registers.
    case writeIndividual = 0x0D
    /// Modbus-like write of consecutive registers.
    case writeRegisters = 0x10
    case newestEvents = 0x11
    case allEvents = 0x12
    case packVoltage = 0x14
    case packCurrent = 0x15
    case maximumCell = 0x16
    case minimumCell = 0x17
    case onlineStatus = 0x18
    case lifetime = 0x19
    case stateOfCharge = 0x1A
    case temperatures = 0x1B
    case cellVoltages = 0x1C
    /// Minimum, maximum, default or current values of the settings from 300 on.
    case settings = 0x1D
    case version = 0x1E
    case extendedVersion = 0x1F
    case trip = 0x20
}

/// What command 0x02 does.
package enum TinyBMSControl: UInt8, Sendable, Hashable, CaseIterable {
    case clearEvents = 1
    case clearStatistics = 2
    case reset = 5
}

/// Which values of the settings command 0x1D reads.
package enum TinyBMSSettingsOption: UInt8, Sendable, Hashable, CaseIterable {
    case minimum = 1
    case maximum = 2
    case defaults = 3
    case current = 4
}

/// What the BMS says that it is doing (register 50, command 0x18). Other codes exist for nobody: do not guess.
package enum TinyBMSStatus: UInt16, Sendable, Hashable, CaseIterable {
    case charging = 0x91
    case fullyCharged = 0x92
    case discharging = 0x93
    case regeneration = 0x96
    case idle = 0x97
    case fault = 0x9B

    /// The name in `decode`, the same as in the golden vectors.
    package var name: String {
        switch self {
        case .charging: "charging"
        case .fullyCharged: "fully_charged"
        case .discharging: "discharging"
        case .regeneration: "regeneration"
        case .idle: "idle"
        case .fault: "fault"
        }
    }
}

/// A register and the word in it.
package struct TinyBMSRegisterValue: Sendable, Hashable {
    /// 0...65535; 300...399 are writable.
    package var address: UInt16
    package var value: UInt16

    package init(_ address: UInt16, _ value: UInt16) {
        self.address = address
        self.value = value
    }
}

/// One record of the event log.
package struct TinyBMSEventRecord: Sendable, Hashable {
    /// BMS time in seconds, modulo 2^24.
    package var timestamp: UInt32
    package var identifier: UInt8

    package init(timestamp: UInt32, identifier: UInt8) {
        self.timestamp = timestamp & 0xFF_FFFF
        self.identifier = identifier
    }
}

/// Version numbers of commands 0x1E and 0x1F.
package struct TinyBMSVersion: Sendable, Hashable {
    package var hardware: UInt8
    package var hardwareChanges: UInt8
    package var firmwarePublic: UInt8
    package var firmwareInternal: UInt16
    /// Only in the extended answer.
    package var bootloader: UInt8?
    /// Only in the extended answer.
    package var registerMap: UInt8?

    package init(
        hardware: UInt8, hardwareChanges: UInt8, firmwarePublic: UInt8, firmwareInternal: UInt16,
        bootloader: UInt8? = nil, registerMap: UInt8? = nil
    ) {
        self.hardware = hardware
        self.hardwareChanges = hardwareChanges
        self.firmwarePublic = firmwarePublic
        self.firmwareInternal = firmwareInternal
        self.bootloader = bootloader
        self.registerMap = registerMap
    }
}

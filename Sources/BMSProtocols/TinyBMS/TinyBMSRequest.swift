/// Everything a host can ask a TinyBMS. `bytes` builds, `decode` reads; the two are inverse to each other.
package enum TinyBMSRequest: Sendable, Hashable {
    case control(TinyBMSControl)
    /// 0x03; count 1...127.
    case readRegisters(address: UInt16, count: Int)
    /// 0x07; count 1...31.
    case readBlock(address: UInt16, count: Int)
    /// 0x09; 1...15 registers.
    case readIndividual([UInt16])
    /// 0x0B; `countsAddress` tells which reading of the length byte is meant (tinybms.md 4.2).
    case writeBlock(address: UInt16, values: [UInt16], countsAddress: Bool)
    /// 0x0D; 1...15 registers.
    case writeIndividual([TinyBMSRegisterValue])
    /// 0x10; 1...100 values.
    case writeRegisters(address: UInt16, values: [UInt16])
    case newestEvents
    case allEvents
    case packVoltage
    case packCurrent
    case maximumCell
    case minimumCell
    case onlineStatus
    case lifetime
    case stateOfCharge
    case temperatures
    case cellVoltages
    /// 0x1D; count 1...100 settings from register 300 on.
    case settings(TinyBMSSettingsOption, count: Int)
    case version
    case extendedVersion
    case trip

    /// The command byte.
    package var command: TinyBMSCommand {
        switch self {
        case .control: .control
        case .readRegisters: .readRegisters
        case .readBlock: .readBlock
        case .readIndividual: .readIndividual
        case .writeBlock: .writeBlock
        case .writeIndividual: .writeIndividual
        case .writeRegisters: .writeRegisters
        case .newestEvents: .newestEvents
        case .allEvents: .allEvents
        case .packVoltage: .packVoltage
        case .packCurrent: .packCurrent
        case .maximumCell: .maximumCell
        case .minimumCell: .minimumCell
        case .onlineStatus: .onlineStatus
        case .lifetime: .lifetime
        case .stateOfCharge: .stateOfCharge
        case .temperatures: .temperatures
        case .cellVoltages: .cellVoltages
        case .settings: .settings
        case .version: .version
        case .extendedVersion: .extendedVersion
        case .trip: .trip
        }
    }

    /// The frame, checksum included.
    ///
    /// Counts beyond what the protocol allows are sent truncated to their byte and refused by the BMS; nothing traps.
    package var bytes: [UInt8] {
        var body: [UInt8] = [command.rawValue]
        switch self {
        case .control(let option): body.append(option.rawValue)
        case .readRegisters(let address, let count):
            body.append(big: address)
            body.append(big: UInt16(UInt8(truncatingIfNeeded: count)))
        case .readBlock(let address, let count):
            body.append(UInt8(truncatingIfNeeded: count))
            body.append(little: address)
        case .readIndividual(let addresses):
            body.append(UInt8(truncatingIfNeeded: 2 * addresses.count))
            for address in addresses { body.append(little: address) }
        case .writeBlock(let address, let values, let countsAddress):
            body.append(UInt8(truncatingIfNeeded: 2 * values.count + (countsAddress ? 2 : 0)))
            body.append(little: address)
            for value in values { body.append(little: value) }
        case .writeIndividual(let writes):
            body.append(UInt8(truncatingIfNeeded: 4 * writes.count))
            for write in writes {
                body.append(little: write.address)
                body.append(little: write.value)
            }
        case .writeRegisters(let address, let values):
            body.append(big: address)
            body.append(big: UInt16(UInt8(truncatingIfNeeded: values.count)))
            body.append(UInt8(truncatingIfNeeded: 2 * values.count))
            for value in values { body.append(big: value) }
        case .settings(let option, let count):
            body += [option.rawValue, 0, UInt8(truncatingIfNeeded: count)]
        default: break
        }
        return TinyBMSFrame.sealed(body)
    }

    /// Whether a good answer is a bare acknowledgement.
    package var isAcknowledged: Bool {
        switch self {
        case .control, .writeBlock, .writeIndividual: true
        default: false
        }
    }
}

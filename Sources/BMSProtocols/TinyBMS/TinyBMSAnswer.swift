/// Everything a TinyBMS can answer. `bytes` builds (for the simulator), `decode` reads; the two are inverse.
package enum TinyBMSAnswer: Sendable, Hashable {
    /// `AA 01 CMD`.
    case acknowledged(command: UInt8)
    /// `AA 00 CMD ERR`: 0 command error, 1 CRC error; no other code is documented.
    case refused(command: UInt8, code: UInt8)
    /// 0x03; 1...127 words.
    case registers([UInt16])
    /// 0x07, the last (in practice only) packet; 1...31 words.
    case block([UInt16])
    /// 0x07 or 0x09, a packet that more follow; the payload is kept as it came (tinybms.md 4.1).
    case partial(command: UInt8, packet: UInt8, payload: [UInt8])
    /// 0x09; 1...15 registers.
    case individual([TinyBMSRegisterValue])
    /// 0x10.
    case written(address: UInt16, count: UInt16)
    /// 0x11; BMS time in seconds.
    case newestEvents(bmsTime: UInt32, [TinyBMSEventRecord])
    /// 0x12; BMS time in seconds.
    case allEvents(bmsTime: UInt32, [TinyBMSEventRecord])
    /// V.
    case packVoltage(Float)
    /// A, positive while charging.
    case packCurrent(Float)
    /// mV.
    case maximumCell(UInt16)
    /// mV.
    case minimumCell(UInt16)
    /// A code of `TinyBMSStatus`, or one nobody knows.
    case onlineStatus(UInt16)
    /// Seconds.
    case lifetime(UInt32)
    /// 0.000001 %.
    case stateOfCharge(UInt32)
    /// 0.1 °C each; -32768 is a sensor that is not connected.
    case temperatures(internal: Int16, external1: Int16, external2: Int16)
    /// 0.1 mV each.
    case cellVoltages([UInt16])
    /// 0x1D; registers from 300 on.
    case settings([UInt16])
    case version(TinyBMSVersion)
    case extendedVersion(TinyBMSVersion)
    /// Speed in km/h, distance left in km, time left in s.
    case trip(speed: Float, distanceLeft: UInt32, timeLeft: UInt32)

    /// The code that means that our frame was damaged.
    package static let checksumRefusal: UInt8 = 1
    /// The code that means that the command is not possible.
    package static let commandRefusal: UInt8 = 0

    /// The command that is answered.
    package var command: UInt8 {
        switch self {
        case .acknowledged(let command): command
        case .refused(let command, _): command
        case .partial(let command, _, _): command
        case .registers: 0x03
        case .block: 0x07
        case .individual: 0x09
        case .written: 0x10
        case .newestEvents: 0x11
        case .allEvents: 0x12
        case .packVoltage: 0x14
        case .packCurrent: 0x15
        case .maximumCell: 0x16
        case .minimumCell: 0x17
        case .onlineStatus: 0x18
        case .lifetime: 0x19
        case .stateOfCharge: 0x1A
        case .temperatures: 0x1B
        case .cellVoltages: 0x1C
        case .settings: 0x1D
        case .version: 0x1E
        case .extendedVersion: 0x1F
        case .trip: 0x20
        }
    }

    /// The frame, checksum included. Lists longer than the protocol allows are cut to what their length byte can say.
    package var bytes: [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(TinyBMSFrame.longestAnswer)
        body.append(command)
        switch self {
        case .acknowledged(let command): body = [0x01, command]
        case .refused(let command, let code): body = [0x00, command, code]
        case .registers(let words):
            let words = words.prefix(TinyBMSFrame.mostRegistersRead)
            body.append(UInt8(2 * words.count))
            for word in words { body.append(big: word) }
        case .block(let words): Self.append(words.prefix(TinyBMSFrame.mostBlockRegisters), to: &body)
        case .cellVoltages(let words), .settings(let words):
            Self.append(words.prefix(TinyBMSFrame.mostRegistersWritten), to: &body)
        case .partial(_, let packet, let payload):
            body.append(0x80 | (packet & 0x3F))
            body += payload.prefix(63)
        case .individual(let pairs):
            let pairs = pairs.prefix(TinyBMSFrame.mostIndividualRegisters)
            body.append(UInt8(4 * pairs.count))
            for pair in pairs {
                body.append(little: pair.address)
                body.append(little: pair.value)
            }
        case .written(let address, let count):
            body.append(big: address)
            body.append(big: count)
        case .newestEvents(let time, let records), .allEvents(let time, let records):
            let records = records.prefix(49)
            body.append(UInt8(4 + 4 * records.count))
            body.append(little: time)
            for record in records {
                body.append(little: record.timestamp & 0xFF_FFFF | UInt32(record.identifier) << 24)
            }
        case .packVoltage(let value), .packCurrent(let value): body.append(little: value.bitPattern)
        case .maximumCell(let value), .minimumCell(let value), .onlineStatus(let value): body.append(little: value)
        case .lifetime(let value), .stateOfCharge(let value): body.append(little: value)
        case .temperatures(let board, let external1, let external2):
            body.append(6)
            for value in [board, external1, external2] { body.append(little: UInt16(bitPattern: value)) }
        case .version(let version), .extendedVersion(let version): Self.append(version, to: &body)
        case .trip(let speed, let distance, let time):
            for value in [speed.bitPattern, distance, time] { body.append(little: value) }
        }
        return TinyBMSFrame.sealed(body)
    }

    // MARK: - Private

    private static func append(_ words: ArraySlice<UInt16>, to body: inout [UInt8]) {
        body.append(UInt8(2 * words.count))
        for word in words { body.append(little: word) }
    }

    private static func append(_ version: TinyBMSVersion, to body: inout [UInt8]) {
        let extended = body.first == 0x1F
        body += [extended ? 7 : 5, version.hardware, version.hardwareChanges, version.firmwarePublic]
        body.append(little: version.firmwareInternal)
        if extended { body += [version.bootloader ?? 0, version.registerMap ?? 0] }
    }
}

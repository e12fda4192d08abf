extension TinyBMSRequest {
    /// Length of a good answer; nil where the BMS decides (events, cell voltages).
    package var answerLength: Int? {
        switch self {
        case .control, .writeBlock, .writeIndividual: 5
        case .readRegisters(_, let count), .readBlock(_, let count), .settings(_, let count): 2 * count + 5
        case .readIndividual(let addresses): 4 * addresses.count + 5
        case .newestEvents, .allEvents, .cellVoltages: nil
        case .writeRegisters, .packVoltage, .packCurrent, .lifetime, .stateOfCharge: 8
        case .maximumCell, .minimumCell, .onlineStatus: 6
        case .temperatures: 11
        case .version: 10
        case .extendedVersion: 12
        case .trip: 16
        }
    }

    /// Whether a whole, good frame answers this request: its command, its registers and its length fit, or it refuses it
    /// (S32).
    package func isAnswered(by frame: [UInt8]) -> Bool { mismatch(with: frame) == nil }

    /// What makes a whole, good frame no answer to this request; nil when it is one.
    package func mismatch(with frame: [UInt8]) -> DecodeError? {
        let second = frame.byte(at: 1)
        let expected = isAcknowledged ? 0x01 : command.rawValue
        let named = second <= 1 ? frame.byte(at: 2) : second
        guard named == command.rawValue, second == 0x00 || second == expected else {
            let asked = hexadecimal(command.rawValue)
            return DecodeError(.unexpectedCommand, "answer to " + hexadecimal(named) + ", asked was " + asked)
        }
        if second == 0x00 { return nil }
        if let length = answerLength, length != frame.count {
            return DecodeError(.badLength, "\(frame.count) bytes, the request yields \(length)")
        }
        switch self {
        case .writeRegisters(let address, let values):
            if frame.big16(at: 2) == address, Int(frame.big16(at: 4)) == values.count { return nil }
        case .readIndividual(let addresses):
            if addresses.indices.allSatisfy({ frame.little16(at: 3 + 4 * $0) == addresses[$0] }) { return nil }
        default: return nil
        }
        return DecodeError(.outOfRange, "other registers than asked for")
    }
}

import BMSProtocols

/// What a driver's attack needs to know of its family: how answers are made that pass for good ones.
protocol WildFamily: Sendable {
    associatedtype Request

    /// The word of `pack.N.family`.
    static var name: String { get }

    static func request(_ bytes: [UInt8]) -> Request?
    static func isWrite(_ request: Request) -> Bool

    /// An answer with any content and the head and end of a good one.
    static func answer(to request: Request, _ content: [UInt8]) -> [UInt8]

    /// Bytes with the end that fits them.
    static func sealed(_ bytes: [UInt8]) -> [UInt8]
}

enum WildTinyBMS: WildFamily {
    static let name = TinyBMSDriver.familyName

    static func request(_ bytes: [UInt8]) -> TinyBMSRequest? { try? TinyBMSRequest.decode(bytes) }

    static func isWrite(_ request: TinyBMSRequest) -> Bool {
        switch request {
        case .control, .writeBlock, .writeIndividual, .writeRegisters: true
        default: false
        }
    }

    static func answer(to request: TinyBMSRequest, _ content: [UInt8]) -> [UInt8] { CRC16.sealed([0xAA] + content) }
    static func sealed(_ bytes: [UInt8]) -> [UInt8] { CRC16.sealed(Array(bytes.dropLast(2))) }
}

enum WildJBD: WildFamily {
    static let name = JBDDriver.familyName

    static func request(_ bytes: [UInt8]) -> JBDRequest? { try? JBDRequest.decode(bytes) }
    static func isWrite(_ request: JBDRequest) -> Bool { request.access == .write }

    static func answer(to request: JBDRequest, _ content: [UInt8]) -> [UInt8] {
        JBDAnswer(request.register, content).bytes
    }

    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 7 else { return bytes }
        return JBDAnswer(bytes[1], status: bytes[2], Array(bytes[4..<(bytes.count - 3)])).bytes
    }
}

enum WildDaly: WildFamily {
    static let name = DalyDriver.familyName

    static func request(_ bytes: [UInt8]) -> DalyRequest? { try? DalyRequest.decode(bytes) }
    static func isWrite(_ request: DalyRequest) -> Bool { request.command.isWrite }

    static func answer(to request: DalyRequest, _ content: [UInt8]) -> [UInt8] {
        let payloads = stride(from: 0, to: max(1, content.count), by: 8)
            .map { DalyPayload(content.dropFirst($0).prefix(8)) }
        return DalyAnswer(request.command, payloads).bytes
    }

    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bytes.count, by: DalyFrame.length).flatMap { start -> [UInt8] in
            let frame = bytes[start..<min(start + DalyFrame.length, bytes.count)].dropLast()
            return frame + [frame.reduce(0, &+)]
        }
    }
}

enum WildDalyModbus: WildFamily {
    static let name = DalyModbusDriver.familyName

    static func request(_ bytes: [UInt8]) -> DalyModbusRequest? { try? DalyModbusRequest.decode(bytes) }

    static func isWrite(_ request: DalyModbusRequest) -> Bool {
        if case .write = request.action { true } else { false }
    }

    static func answer(to request: DalyModbusRequest, _ content: [UInt8]) -> [UInt8] {
        CRC16.sealed([request.variant.answerAddress, request.function, UInt8(content.count)] + content)
    }

    static func sealed(_ bytes: [UInt8]) -> [UInt8] { CRC16.sealed(Array(bytes.dropLast(2))) }
}

enum WildJK: WildFamily {
    static let name = JKDriver.familyName

    static func request(_ bytes: [UInt8]) -> JKRequest? { try? JKRequest.decode(bytes) }
    static func isWrite(_ request: JKRequest) -> Bool { request.command != .read && request.command != .readAll }

    static func answer(to request: JKRequest, _ content: [UInt8]) -> [UInt8] {
        JKFrame.sealed(command: request.command, source: .bms, kind: .reply, data: content)
    }

    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 4 else { return bytes }
        let sum = bytes.dropLast(4).reduce(0) { $0 + Int($1) }
        return bytes.dropLast(2) + [UInt8(sum >> 8 & 0xFF), UInt8(sum & 0xFF)]
    }
}

enum WildJKPB: WildFamily {
    static let name = JKPBDriver.familyName

    static func request(_ bytes: [UInt8]) -> JKPBRequest? { try? JKPBRequest.decode(bytes) }

    static func isWrite(_ request: JKPBRequest) -> Bool {
        if case .write = request { true } else { false }
    }

    static func answer(to request: JKPBRequest, _ content: [UInt8]) -> [UInt8] {
        guard case .record(let kind, _) = request else { return CRC16.sealed(content) }
        let record = JKPBRecord.sealed(kind, counter: 0) { record in
            record.replaceSubrange(6..<(6 + content.count), with: content)
        }
        return record + request.acknowledgement
    }

    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= JKPBRecord.length else { return CRC16.sealed(Array(bytes.dropLast(2))) }
        let record = bytes.prefix(JKPBRecord.length - 1)
        return record + [record.reduce(0, &+)] + bytes.dropFirst(JKPBRecord.length)
    }
}

extension CRC16 {
    /// Bytes with their checksum behind them.
    fileprivate static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        seal(&bytes)
        return bytes
    }
}

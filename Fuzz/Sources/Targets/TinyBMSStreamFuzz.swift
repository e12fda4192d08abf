import BMSProtocols

/// The stream parser: nothing with a wrong checksum comes out, every byte is accounted for, portions do not matter (S31).
enum TinyBMSStreamFuzz {
    private static let requests: [TinyBMSRequest?] = [
        nil, TinyBMSLiveBlock.request, .allEvents, .newestEvents, .readRegisters(address: 300, count: 44),
        .readRegisters(address: 500, count: 12), .readRegisters(address: 7, count: 1), .control(.reset),
        .writeRegisters(address: 315, values: [3650, 2500]), .readBlock(address: 0, count: 16),
        .readIndividual([36, 37]), .cellVoltages, .temperatures, .version, .packVoltage, .trip,
    ]

    /// The answer that is put behind the garbage.
    private static let answers: [TinyBMSRequest: [UInt8]] = [
        TinyBMSLiveBlock.request: TinyBMSAnswer.registers(Array(repeating: 0x1234, count: 56)).bytes,
        .allEvents: TinyBMSAnswer.allEvents(bmsTime: 1, []).bytes,
        .control(.reset): TinyBMSAnswer.acknowledged(command: 2).bytes,
        .packVoltage: TinyBMSAnswer.packVoltage(52).bytes,
        .readRegisters(address: 7, count: 1): TinyBMSAnswer.registers([33_000]).bytes,
    ]

    private static let search = StreamFuzz<TinyBMSFormat>(longest: TinyBMSFrame.longestAnswer) { frame, pending in
        guard frame.count >= 5 && frame.first == 0xAA && hasGoodChecksum(frame) else { return "is no frame" }
        guard let command = pending?.command.rawValue else { return nil }
        let isAnswer = frame[1] == command || (frame[1] <= 1 && frame[2] == command)
        return isAnswer ? nil : "is handed out as the answer to \(command)"
    }

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let pending = requests[Int(input.byte()) % requests.count]
        let portion = 1 + Int(input.byte())
        let good = pending.flatMap { request in answers[request].map { (request, $0) } }
        let parser = search.search(input.rest(), for: pending, portion: portion, then: good)
        if let good { acceptsAfterGarbage(parser, good.1) }
    }

    // MARK: - Private

    /// A good answer right behind garbage is found, unless a frame that began in the garbage reaches into it.
    private static func acceptsAfterGarbage(_ parser: TinyBMSStreamParser, _ answer: [UInt8]) {
        var parser = parser
        let discarded = parser.counters.discardedFrames
        // Whatever a head in the garbage announces, it is over after the longest answer.
        let frames = parser.receive(answer + [UInt8](repeating: 0, count: TinyBMSFrame.longestAnswer))
        require(
            frames.contains(answer) || !frames.isEmpty || parser.counters.discardedFrames > discarded,
            "a good answer behind garbage is lost")
    }

    /// CRC-16/MODBUS bit by bit, so that it cannot err with the table.
    private static func hasGoodChecksum(_ frame: [UInt8]) -> Bool {
        var remainder: UInt16 = 0xFFFF
        for byte in frame.dropLast(2) {
            remainder ^= UInt16(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 0 ? remainder >> 1 : (remainder >> 1) ^ 0xA001 }
        }
        return frame[frame.count - 2] == remainder & 0xFF && frame[frame.count - 1] == remainder >> 8
    }
}

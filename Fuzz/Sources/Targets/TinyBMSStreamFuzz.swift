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

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let pending = requests[Int(input.byte()) % requests.count]
        let portion = 1 + Int(input.byte())
        let stream = input.rest()

        var whole = TinyBMSStreamParser(pending: pending)
        let frames = whole.receive(stream)
        check(frames, in: stream, for: pending)
        account(whole, frames, stream)

        var divided = TinyBMSStreamParser(pending: pending)
        var dividedFrames: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            dividedFrames += divided.receive(Array(stream[start..<min(start + portion, stream.count)]))
            require(divided.held <= TinyBMSFrame.longestAnswer + 256, "\(divided.held) bytes are held")
        }
        account(divided, dividedFrames, stream)
        require(dividedFrames == frames, "portions of \(portion) bytes make \(dividedFrames) of \(frames)")
        require(
            divided.counters == whole.counters, "portions of \(portion) count \(divided.counters), \(whole.counters)")

        acceptsAfterGarbage(whole, pending)
        whole.reset()
        require(whole.held == 0, "a reset keeps bytes")
        acceptsAtOnce(whole, pending)
    }

    // MARK: - Private

    /// Each frame stands in the stream, behind the one before, with a good checksum, and answers what was asked.
    private static func check(_ frames: [[UInt8]], in stream: [UInt8], for pending: TinyBMSRequest?) {
        var from = 0
        for frame in frames {
            require(frame.count >= 5 && frame.first == 0xAA && hasGoodChecksum(frame), "no frame: \(frame)")
            if let pending {
                let command = pending.command.rawValue
                require(
                    frame[1] == command || (frame[1] <= 1 && frame[2] == command),
                    "\(frame) is handed out as the answer to \(command)")
            }
            var place = from
            while place + frame.count <= stream.count, !stream[place...].starts(with: frame) { place += 1 }
            require(place + frame.count <= stream.count, "\(frame) is not in the stream")
            from = place + frame.count
        }
    }

    private static func account(_ parser: TinyBMSStreamParser, _ frames: [[UInt8]], _ stream: [UInt8]) {
        let accepted = frames.reduce(0) { $0 + $1.count }
        require(
            parser.counters.skippedBytes + accepted + parser.held == stream.count,
            "\(parser.counters.skippedBytes) skipped + \(accepted) accepted + \(parser.held) held of \(stream.count)")
    }

    /// A good answer right behind garbage is found, unless a frame that began in the garbage reaches into it.
    private static func acceptsAfterGarbage(_ parser: TinyBMSStreamParser, _ pending: TinyBMSRequest?) {
        guard let pending, let answer = answers[pending] else { return }
        var parser = parser
        let discarded = parser.counters.discardedFrames
        // Whatever a head in the garbage announces, it is over after the longest answer.
        let frames = parser.receive(answer + [UInt8](repeating: 0, count: TinyBMSFrame.longestAnswer))
        require(
            frames.contains(answer) || !frames.isEmpty || parser.counters.discardedFrames > discarded,
            "a good answer behind garbage is lost")
    }

    private static func acceptsAtOnce(_ parser: TinyBMSStreamParser, _ pending: TinyBMSRequest?) {
        guard let pending, let answer = answers[pending] else { return }
        var parser = parser
        require(parser.receive(answer) == [answer], "a good answer after a reset is lost")
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

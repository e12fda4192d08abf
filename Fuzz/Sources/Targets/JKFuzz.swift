import BMSProtocols
import Battery
import JSONText

/// Both JK families: what decodes holds what it promises, streams account for every byte, lines become one line of JSON.
enum JKFuzz {
    /// Frames and records, whose sums no fuzzer guesses: most inputs get theirs for nothing.
    static func frame(_ bytes: [UInt8]) {
        guard let mode = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        nw(rest)
        pb(rest)
        let command = JKCommand.allCases[Int(mode >> 2) % JKCommand.allCases.count]
        let kind: JKFrame.Kind = mode & 3 == 0 ? .request : mode & 3 == 1 ? .report : .reply
        nw(JKFrame.sealed(command: command, source: .bms, kind: kind, data: rest))
        let record = record(mode, rest)
        pb(record)
        pb(record + JKPBRequest.record(.status, address: mode & 15).acknowledgement)
        var modbus = rest
        CRC16.seal(&modbus)
        pb(modbus)
    }

    /// Streams in portions, with the answer that is waited for behind whatever came.
    static func stream(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let (choice, portion) = (input.byte(), 1 + Int(input.byte()))
        let stream = input.rest()
        let nwRequest: JKRequest = choice & 1 == 0 ? .readAll : .read(0x83)
        let value: [UInt8] = choice & 1 == 0 ? [0x79, 3, 1, 0x0C, 0xE4] : [0x83, 0x14, 0xA0]
        let nwAnswer = JKFrame.sealed(command: nwRequest.command, source: .bms, kind: .reply, data: value)
        follow(JKStreamParser(pending: nwRequest), stream, portion, most: JKFrame.longest, then: nwAnswer)
        let pbRequest = JKPBRequest.record(.status, address: choice & 15)
        let pbAnswer = JKPBRecord.sealed(.status, counter: 0) { _ in } + pbRequest.acknowledgement
        follow(JKPBStreamParser(pending: pbRequest), stream, portion, most: JKPBAnswer.longest, then: pbAnswer)
    }

    /// `cellbridge decode jk`.
    static func line(_ bytes: [UInt8]) {
        check(JKLineDecoder.decode(line: bytes), bytes)
        let nw = hexadecimal(JKFrame.sealed(command: .readAll, source: .bms, kind: .reply, data: bytes))
        let pb = hexadecimal(record(bytes.first ?? 0, bytes))
        for line in [nw, pb] { check(JKLineDecoder.decode(line: line), bytes) }
        check(JKLineDecoder.decode(line: hexadecimal(JKRequest.readAll.bytes) + " > " + nw), bytes)
        var modbus = bytes
        CRC16.seal(&modbus)
        for line in [hexadecimal(modbus), hexadecimal(modbus) + " >"] { check(JKLineDecoder.decode(line: line), bytes) }
    }

    // MARK: - Private

    private static let now = Instant(sinceBoot: .seconds(1_000_000))

    private static func nw(_ frame: [UInt8]) {
        if let request = try? JKRequest.decode(frame) {
            require((try? JKRequest.decode(request.bytes)) == request, "\(frame) becomes \(request.bytes)")
        }
        guard let answer = try? JKAnswer(frame: frame) else { return }
        let sum = frame.dropLast(4).reduce(0) { $0 + Int($1) } & 0xFFFF
        require(frame.suffix(2).reduce(0) { $0 << 8 | Int($1) } == sum, "an answer with a wrong sum is read: \(frame)")
        let reading = answer.reading(pack: 1, began: now, completed: now)
        require(reading.isFinite, "a value of \(reading) is not finite")
        require(reading.cells.count <= JKAnswer.mostCells, "\(reading.cells.count) cells")
        require(answer.agrees(with: answer), "an answer does not agree with itself")
        require(answer.text(JKIdentifier.password) == nil, "a password is read")
    }

    private static func pb(_ bytes: [UInt8]) {
        if let request = try? JKPBRequest.decode(bytes) {
            require(request.bytes == bytes, "\(bytes) becomes \(request.bytes)")
        }
        guard case .record(let record, _) = try? JKPBAnswer.decode(bytes) else { return }
        let sum = bytes.prefix(299).reduce(0) { $0 + Int($1) } & 0xFF
        require(Int(bytes[299]) == sum, "a record with a wrong sum is read: \(bytes)")
        for count in [nil, 0, 16, 33, Int.max, Int.min] {
            let reading = record.reading(pack: 1, began: now, completed: now, seriesCells: count)
            require(reading.isFinite, "a value of \(reading) is not finite")
            require(reading.cells.count <= JKPBRecord.slots, "\(reading.cells.count) cells")
        }
        require(record.agrees(with: record), "a record does not agree with itself")
        _ = (BMSSettings(jkPB: record), PackIdentity(jkPB: record))
    }

    /// A record of any kind around some bytes.
    private static func record(_ mode: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        let kind = JKPBRecord.Kind.allCases[Int(mode) % JKPBRecord.Kind.allCases.count]
        return JKPBRecord.sealed(kind, counter: mode) { record in
            for (offset, byte) in bytes.prefix(JKPBRecord.length - 7).enumerated() { record[6 + offset] = byte }
        }
    }

    private static func follow<Format: FrameFormat>(
        _ fresh: FrameFinder<Format>, _ stream: [UInt8], _ portion: Int, most: Int, then answer: [UInt8]
    ) {
        var parser = fresh
        var accepted = 0
        for start in stride(from: 0, to: stream.count, by: portion) {
            let frames = parser.receive(Array(stream[start..<min(start + portion, stream.count)]))
            accepted += frames.reduce(0) { $0 + $1.count }
            require(parser.held <= most + 256, "\(parser.held) bytes are held")
        }
        let counted = parser.counters.skippedBytes + accepted + parser.held
        require(counted == stream.count, "\(counted) bytes are accounted for of \(stream.count)")
        parser.reset()
        require(parser.held == 0, "a reset keeps bytes")
        require(parser.receive(answer) == [answer], "a good answer after a reset is lost")
    }

    private static func check(_ value: JSONValue, _ input: [UInt8]) {
        let text = value.text
        require(JSONCheck.isOneLine(text), "\(input) becomes \(text)")
        let isGood = text.hasPrefix(#"{"ok":true,"fields":{"#)
        require(isGood || text.hasPrefix(#"{"ok":false,"error":""#), "\(input) becomes \(text)")
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}

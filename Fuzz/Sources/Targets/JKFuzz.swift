import BMSProtocols
import Battery

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
        nwSearch.search(stream, for: nwRequest, portion: portion, then: (nwRequest, nwAnswer))
        let pbRequest = JKPBRequest.record(.status, address: choice & 15)
        let pbAnswer = JKPBRecord.sealed(.status, counter: 0) { _ in } + pbRequest.acknowledgement
        pbSearch.search(stream, for: pbRequest, portion: portion, then: (pbRequest, pbAnswer))
    }

    /// `cellbridge decode jk`.
    static func line(_ bytes: [UInt8]) {
        LineFuzz.check(JKLineDecoder.decode(line: bytes), bytes)
        let nw = LineFuzz.hexadecimal(JKFrame.sealed(command: .readAll, source: .bms, kind: .reply, data: bytes))
        let pb = LineFuzz.hexadecimal(record(bytes.first ?? 0, bytes))
        for line in [nw, pb] { LineFuzz.check(JKLineDecoder.decode(line: line), bytes) }
        LineFuzz.check(JKLineDecoder.decode(line: LineFuzz.hexadecimal(JKRequest.readAll.bytes) + " > " + nw), bytes)
        var modbus = bytes
        CRC16.seal(&modbus)
        for line in [LineFuzz.hexadecimal(modbus), LineFuzz.hexadecimal(modbus) + " >"] {
            LineFuzz.check(JKLineDecoder.decode(line: line), bytes)
        }
    }

    // MARK: - Private

    private static let now = Instant(sinceBoot: .seconds(1_000_000))

    private static func nw(_ frame: [UInt8]) {
        if let request = try? JKRequest.decode(frame) {
            require((try? JKRequest.decode(request.bytes)) == request, "\(frame) becomes \(request.bytes)")
        }
        guard let answer = try? JKAnswer(frame: frame) else { return }
        require(hasGoodSum(frame), "an answer with a wrong sum is read: \(frame)")
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
        require(hasGoodRecordSum(bytes), "a record with a wrong sum is read: \(bytes)")
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

    private static let nwSearch = StreamFuzz<JKFormat>(longest: JKFrame.longest) { frame, request in
        guard hasGoodSum(frame) else { return "is no frame" }
        return frame.byte(at: 8) == request?.command.rawValue ? nil : "is handed out as the answer to another command"
    }

    /// A record with its acknowledgement behind it, or a refusal.
    private static let pbSearch = StreamFuzz<JKPBFormat>(longest: JKPBAnswer.longest) { frame, request in
        guard frame.count >= JKPBRecord.length else {
            return frame.byte(at: 1) == 0x90 && frame.count == 5 ? nil : "is neither a record nor a refusal"
        }
        guard hasGoodRecordSum(frame) else { return "is no record" }
        return frame.byte(at: 4) == 0x02 ? nil : "is another record than the one that was asked for"
    }

    /// The sum of `NW` anew: all but the last four bytes, modulo 0x10000.
    private static func hasGoodSum(_ frame: [UInt8]) -> Bool {
        let sum = frame.dropLast(4).reduce(0) { $0 + Int($1) } & 0xFFFF
        return frame.suffix(2).reduce(0) { $0 << 8 | Int($1) } == sum
    }

    /// The sum of a record anew: its first 299 bytes, modulo 0x100.
    private static func hasGoodRecordSum(_ bytes: [UInt8]) -> Bool {
        Int(bytes[299]) == bytes.prefix(299).reduce(0) { $0 + Int($1) } & 0xFF
    }
}

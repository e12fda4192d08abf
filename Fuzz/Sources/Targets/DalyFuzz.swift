import BMSProtocols

/// The decoders of both Daly protocols: what is read writes to the same bytes, nothing with a wrong sum comes out of a
/// stream, and every line becomes one line.
enum DalyFuzz {
    // MARK: 13-byte frames

    static func frame(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let command = DalyCommand.allCases[Int(input.byte()) % DalyCommand.allCases.count]
        // No fuzzer guesses a sum: these frames get theirs for nothing, and numbers in turn where they have one.
        var payloads: [DalyPayload] = []
        repeat {
            var payload = DalyPayload(input.take(8))
            if command.isNumbered, payloads.count % 2 == 0 { payload[0] = UInt8(payloads.count + 1) }
            payloads.append(payload)
        } while !input.isEmpty && payloads.count < command.mostFrames
        let answer = DalyAnswer(command, payloads)
        require((try? DalyAnswer.decode(answer.bytes)) == answer, "\(answer) does not come back")
        require(answer.agrees(with: answer), "\(answer) is not like itself")
        LineFuzz.check(DalyLineDecoder.decode(line: Array(LineFuzz.hexadecimal(answer.bytes).utf8)), answer.bytes)
        let failures = DalyFailures(answer.payload)
        require(DalyFailures(bits: failures.bits, faultCode: failures.faultCode) == failures, "\(failures.bits)")
        _ = failures.alarms
        let status = DalyStatus(answer.payload)
        for form in DalyBalance.Form.allCases {
            let flags = DalyBalance.flags(answer.payload, cells: Int(status.cells), form: form)
            require(
                flags.map { $0.count == Int(status.cells) } ?? true, "\(String(describing: flags)) of \(status.cells)")
        }
        if let request = try? DalyRequest.decode(bytes) {
            require(request.bytes == bytes, "\(bytes) becomes \(request.bytes)")
        }
        if let read = try? DalyAnswer.decode(bytes) { require(read.bytes == bytes, "\(bytes) becomes \(read.bytes)") }
    }

    static func stream(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let command = DalyCommand.allCases[Int(input.byte()) % DalyCommand.allCases.count]
        let request = DalyRequest(command, frames: 1 + Int(input.byte()) % 16)
        let portion = 1 + Int(input.byte())
        let stream = input.rest()

        let (whole, counters) = answers(to: request, in: stream, portion: max(1, stream.count))
        let (divided, dividedCounters) = answers(to: request, in: stream, portion: portion)
        require(whole.first == divided.first, "portions of \(portion) bytes make another answer")
        if whole.isEmpty { require(counters == dividedCounters, "portions of \(portion) count \(dividedCounters)") }
        for answer in whole + divided { check(answer, in: stream, for: request) }
    }

    // MARK: Modbus

    private static let modbusSearch = StreamFuzz<DalyModbusFormat>(longest: 255) { frame, request in
        request?.isAnswered(by: frame) ?? true ? nil : "is no answer to what was asked"
    }

    static func modbus(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let variant: DalyModbusVariant = input.byte() & 1 == 0 ? .d2 : .p81
        let request = DalyModbusRequest.read(
            variant, input.byte() < 128 ? 0 : input.word(), 1 + Int(input.byte()) % 125)
        let portion = 1 + Int(input.byte())
        let stream = input.rest()
        if let answer = try? DalyModbusAnswer.decode(stream) {
            require(answer.bytes == stream, "\(stream) becomes \(answer.bytes)")
        }
        if let request = try? DalyModbusRequest.decode(stream) {
            require(request.bytes == stream, "\(stream) becomes \(request.bytes)")
        }

        modbusSearch.search(stream, for: request, portion: portion, then: nil)

        // The rest as registers: whatever they hold, there is a line, and they are like themselves.
        let words = (0..<(stream.count / 2)).prefix(125).map { stream.big16(at: 2 * $0) }
        guard !words.isEmpty else { return }
        let registers = DalyModbusRegisters(variant, first: request.register, words)
        require(registers.agrees(with: registers), "\(words) are not like themselves")
        let asked = DalyModbusRequest.read(variant, request.register, words.count).bytes
        let answer = DalyModbusAnswer(variant, .registers(words)).bytes
        let line = LineFuzz.hexadecimal(asked) + ">" + LineFuzz.hexadecimal(answer)
        LineFuzz.check(DalyModbusLineDecoder.decode(line: Array(line.utf8)), answer)
    }

    // MARK: Lines

    static func line(_ bytes: [UInt8]) {
        LineFuzz.check(DalyLineDecoder.decode(line: bytes), bytes)
        LineFuzz.check(DalyModbusLineDecoder.decode(line: bytes), bytes)
    }

    // MARK: - Private

    private static func answers(
        to request: DalyRequest, in stream: [UInt8], portion: Int
    ) -> ([DalyAnswer], StreamCounters) {
        var parser = DalyStreamParser()
        parser.expect(request)
        var answers: [DalyAnswer] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            if let answer = parser.receive(Array(stream[start..<min(start + portion, stream.count)])) {
                answers.append(answer)
            }
            require(answers.count > 0 || parser.held < DalyFrame.length, "\(parser.held) bytes are held")
        }
        return (answers, parser.counters)
    }

    /// Each frame of an answer stands in the stream, behind the one before, and the numbers are in turn.
    private static func check(_ answer: DalyAnswer, in stream: [UInt8], for request: DalyRequest) {
        require(
            answer.command == request.command && answer.payloads.count == request.frames, "\(answer) for \(request)")
        var from = 0
        var number = answer.payload[0]
        for payload in answer.payloads {
            let frame = DalyFrame(address: DalyFrame.board, command: answer.command.rawValue, payload: payload).bytes
            var place = from
            while place + frame.count <= stream.count, !stream[place...].starts(with: frame) { place += 1 }
            require(place + frame.count <= stream.count, "\(frame) is not in the stream")
            from = place + frame.count
            guard request.command.isNumbered else { continue }
            require(payload[0] == number, "frame \(payload[0]) instead of \(number)")
            number &+= 1
        }
    }
}

import BMSProtocols
import Battery
import JSONText
import Links

/// The decoders of JBD boards: what is read writes to the same bytes, nothing with a wrong sum comes out of a stream, and
/// every line becomes one line.
enum JBDFuzz {
    // MARK: Single frames

    static func frame(_ bytes: [UInt8]) {
        guard let mode = bytes.first else { return }
        // No fuzzer guesses a sum: most inputs get theirs for nothing.
        let body = Array(bytes.dropFirst())
        let sealed = JBDAnswer(body.byte(at: 0), status: mode & 0x80, Array(body.dropFirst())).bytes
        let frame = mode & 3 == 0 ? body : sealed
        if let answer = try? JBDAnswer.decode(frame) {
            require(answer.bytes == frame && isSummedUp(frame), "\(frame) becomes \(answer.bytes)")
            if let information = try? JBDBasicInformation(answer.data) {
                require(information.data == answer.data, "\(answer.data) becomes \(information.data)")
                require(information.agrees(with: information), "\(information) is not like itself")
                let now = Instant(sinceBoot: .zero)
                let reading = information.reading(pack: 1, began: now, completed: now, cells: answer.words)
                require(reading.isFinite, "a value of \(reading) is not finite")
                require(reading.cells.count == reading.balancing?.count, "cells without balancing: \(reading)")
                _ = information.identity(hardware: nil)
            }
        }
        if let request = try? JBDRequest.decode(frame) {
            require(request.bytes == frame && isSummedUp(frame), "\(frame) becomes \(request.bytes)")
        }
    }

    // MARK: Streams

    private static let requests: [JBDRequest?] = [
        nil, .basicInformation, .cellVoltages, .hardwareName, .counters, JBDRequest(.read, 0x24),
        JBDRequest(.read, 0xA1), .hold(.charge), .enterFactoryMode,
    ]

    static func stream(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let pending = requests[Int(input.byte()) % requests.count]
        let portion = 1 + Int(input.byte())
        let stream = input.rest()

        var whole = JBDStreamParser(pending: pending)
        let frames = whole.receive(stream)
        check(frames, in: stream, for: pending)
        account(whole, frames, stream)

        var divided = JBDStreamParser(pending: pending)
        var dividedFrames: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            dividedFrames += divided.receive(Array(stream[start..<min(start + portion, stream.count)]))
            require(divided.held <= JBDFrame.longest + 256, "\(divided.held) bytes are held")
        }
        account(divided, dividedFrames, stream)
        require(dividedFrames == frames, "portions of \(portion) bytes make \(dividedFrames) of \(frames)")

        whole.reset()
        let good = JBDAnswer(0x04, [0x0C, 0xE4]).bytes
        whole.pending = .cellVoltages
        require(whole.held == 0 && whole.receive(good) == [good], "a good answer after a reset is lost")
    }

    // MARK: Lines

    static func line(_ bytes: [UInt8]) {
        check(JBDLineDecoder.decode(line: bytes), bytes)
        let register = bytes.byte(at: 0)
        let frame = JBDAnswer(register, Array(bytes.dropFirst())).bytes
        let request = JBDRequest(register & 1 == 0 ? .read : .write, register, Array(bytes.dropFirst().prefix(2)))
        let (answerHex, requestHex) = (hexadecimal(frame), hexadecimal(request.bytes))
        for line in [answerHex, requestHex + ">", requestHex + " > " + answerHex] {
            check(JBDLineDecoder.decode(line: line), frame)
        }
    }

    // MARK: - Private

    /// Each frame stands in the stream, behind the one before, with a good sum, and answers what was asked.
    private static func check(_ frames: [[UInt8]], in stream: [UInt8], for pending: JBDRequest?) {
        var from = 0
        for frame in frames {
            require(isSummedUp(frame), "no frame: \(frame)")
            let register = pending?.register ?? frame[1]
            require(frame[1] == register, "\(frame) is handed out as the answer to \(register)")
            var place = from
            while place + frame.count <= stream.count, !stream[place...].starts(with: frame) { place += 1 }
            require(place + frame.count <= stream.count, "\(frame) is not in the stream")
            from = place + frame.count
        }
    }

    private static func account(_ parser: JBDStreamParser, _ frames: [[UInt8]], _ stream: [UInt8]) {
        let accepted = frames.reduce(0) { $0 + $1.count }
        require(
            parser.counters.skippedBytes + accepted + parser.held == stream.count,
            "\(parser.counters.skippedBytes) skipped + \(accepted) accepted + \(parser.held) held of \(stream.count)")
    }

    /// The sum anew: bytes from the third on, with their checksum, add up to 0 modulo 0x10000.
    private static func isSummedUp(_ frame: [UInt8]) -> Bool {
        guard frame.count >= 7, frame[0] == 0xDD, frame[frame.count - 1] == 0x77 else { return false }
        let checksum = Int(frame[frame.count - 3]) * 256 + Int(frame[frame.count - 2])
        return (frame[2..<(frame.count - 3)].reduce(0) { $0 + Int($1) } + checksum) % 0x10000 == 0
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

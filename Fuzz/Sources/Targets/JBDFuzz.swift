import BMSProtocols
import Battery
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

    private static let search = StreamFuzz<JBDFormat>(longest: JBDFrame.longest) { frame, pending in
        guard isSummedUp(frame) else { return "is no frame" }
        return pending.map { $0.register == frame[1] } ?? true ? nil : "is handed out as the answer to another register"
    }

    static func stream(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let pending = requests[Int(input.byte()) % requests.count]
        let portion = 1 + Int(input.byte())
        search.search(
            input.rest(), for: pending, portion: portion,
            then: (.cellVoltages, JBDAnswer(0x04, [0x0C, 0xE4]).bytes))
    }

    // MARK: Lines

    static func line(_ bytes: [UInt8]) {
        LineFuzz.check(JBDLineDecoder.decode(line: bytes), bytes)
        let register = bytes.byte(at: 0)
        let frame = JBDAnswer(register, Array(bytes.dropFirst())).bytes
        let request = JBDRequest(register & 1 == 0 ? .read : .write, register, Array(bytes.dropFirst().prefix(2)))
        let (answerHex, requestHex) = (LineFuzz.hexadecimal(frame), LineFuzz.hexadecimal(request.bytes))
        for line in [answerHex, requestHex + ">", requestHex + " > " + answerHex] {
            LineFuzz.check(JBDLineDecoder.decode(line: line), frame)
        }
    }

    // MARK: - Private

    /// The sum anew: bytes from the third on, with their checksum, add up to 0 modulo 0x10000.
    private static func isSummedUp(_ frame: [UInt8]) -> Bool {
        guard frame.count >= 7, frame[0] == 0xDD, frame[frame.count - 1] == 0x77 else { return false }
        let checksum = Int(frame[frame.count - 3]) * 256 + Int(frame[frame.count - 2])
        return (frame[2..<(frame.count - 3)].reduce(0) { $0 + Int($1) } + checksum) % 0x10000 == 0
    }
}

import Testing

@testable import BMSProtocols

/// S20: whatever the bytes, a value or a typed error, and no trap.
@Suite(.timeLimit(.minutes(2))) struct `S20 JBD decoders are total` {
    @Test func `200,000 random byte strings`() {
        var random = SeededRandom(seed: 0xDD)
        var good = 0
        for number in 0..<200_000 {
            var bytes = random.bytes(Int(random.byte() % 48))
            if number % 2 == 0, bytes.count >= JBDFrame.overhead {
                // A frame around them, the register one that has a body.
                let registers: [UInt8] = [0x03, 0x04, 0x05, 0xAA, 0x15, 0x29, 0xA1, 0xE1, random.byte()]
                let register = registers[Int(random.byte()) % registers.count]
                bytes = JBDAnswer(register, status: number % 8 == 0 ? 0x80 : 0, bytes).bytes
            }
            if let answer = try? JBDAnswer.decode(bytes) {
                good += 1
                _ = answer.words
                if let information = try? JBDBasicInformation(answer.data) {
                    #expect(information.data == answer.data)
                }
            }
            _ = try? JBDRequest.decode(bytes)
            if number % 10 == 0 {
                let hex = bytes.map { hexadecimal($0).dropFirst(2) }.joined()
                _ = JBDLineDecoder.decode(line: hex + (number % 20 == 0 ? ">" : ""))
            }
            if number % 20 == 1 { _ = JBDLineDecoder.decode(line: bytes) }
        }
        // The well-formed ones among them prove that the bodies were reached.
        #expect(good > 50_000)
    }

    @Test func `data beyond a frame's length are cut, not trapped on`() {
        #expect(JBDRequest(.write, 0xFA, [UInt8](repeating: 7, count: 1000)).bytes.count == JBDFrame.longest)
        var information = JBDBasicInformation()
        information.temperatures = [UInt16](repeating: 1, count: 300)
        #expect(JBDAnswer(0x03, information.data).bytes.count == JBDFrame.longest)
    }
}

import Testing

@testable import Links

@Suite struct SLCANLineTests {
    private func lines(_ text: String) -> [SLCANLine] {
        var parser = SLCANParser()
        return parser.feed(Array(text.utf8))
    }

    @Test func `frames are written as the manual has them`() throws {
        let standard = frame(0x351, [0x20, 0x02, 0xE8])
        #expect(SLCANCommand.transmit(standard).bytes == Array("t35132002E8\r".utf8))
        let extended = frame(0x1234_ABCD, [], isExtended: true)
        #expect(SLCANCommand.transmit(extended).bytes == Array("T1234ABCD0\r".utf8))
        #expect(SLCANCommand.bitRate(500_000).bytes == Array("S6\r".utf8))
        #expect(SLCANCommand.bitRate(123).bytes == nil)
        #expect(SLCANCommand.open.bytes == Array("O\r".utf8) && SLCANCommand.close.bytes == Array("C\r".utf8))
    }

    @Test func `every line of the manual is understood`() throws {
        let expected = frame(0x305, [0xAB, 0xCD])
        let extended = frame(0x1FFF_FFFF, [1], isExtended: true)
        #expect(lines("t3052ABCD\r") == [.frame(expected)])
        #expect(lines("t3052abcd1F2E\r") == [.frame(expected)])
        #expect(lines("T1FFFFFFF101\r") == [.frame(extended)])
        #expect(lines("r3518\r") == [.remote(identifier: 0x351, isExtended: false, length: 8)])
        #expect(lines("R0000035120000\r") == [.remote(identifier: 0x351, isExtended: true, length: 2)])
        #expect(lines("\rz\rZ\r\u{7}F80\r") == [.done, .transmitted, .transmitted, .refused, .status(0x80)])
        #expect(lines("V1013\rNA123\r\r\n") == [.other, .other, .done])
    }

    @Test(arguments: [
        "t35\r", "t3519\r", "t35120\r", "t351200EX\r", "t8001FF\r", "T200000000\r", "t3512AABBC\r", "F\r", "FZZ\r",
        "zz\r",
        "t3510000\u{1}\r", "0\r", "t351800112233445566770\r", "r3519\r", "t35120011223\r",
    ])
    func `what is no line is malformed`(text: String) { #expect(lines(text) == [.malformed]) }

    @Test func `a line cut short costs itself and the next line is read`() throws {
        let expected = frame(0x305, [1])
        #expect(lines("5112\rt305101\r") == [.malformed, .frame(expected)])
        #expect(lines("t35\u{7}t305101\r") == [.malformed, .refused, .frame(expected)])
        let flood = String(repeating: "t", count: 10_000)
        #expect(lines(flood + "\rt305101\r") == [.malformed, .frame(expected)])
    }

    @Test func `bytes may come in any portions`() throws {
        let text = Array("t3052ABCD\rz\r\u{7}T1FFFFFFF101\r".utf8)
        var whole = SLCANParser()
        let expected = whole.feed(text)
        for size in 1...text.count {
            var parser = SLCANParser()
            var lines: [SLCANLine] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += parser.feed(Array(text[start..<min(start + size, text.count)]))
            }
            #expect(lines == expected)
        }
    }

    @Test func `what is written reads back, and random bytes never trap`() throws {
        var generator = SplitMix(seed: 351)
        for _ in 0..<2000 {
            let isExtended = Bool.random(using: &generator)
            let identifier = UInt32.random(in: 0...(isExtended ? 0x1FFF_FFFF : 0x7FF), using: &generator)
            let data = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let expected = frame(identifier, data, isExtended: isExtended)
            var parser = SLCANParser()
            #expect(parser.feed(SLCANCommand.transmit(expected).bytes ?? []) == [.frame(expected)])
        }
        var parser = SLCANParser()
        let alphabet = Array("tTrRzZF0123456789ABCDEFabcdef\r\r\u{7}\n".utf8)
        for _ in 0..<20_000 {
            let isText = Bool.random(using: &generator)
            _ = parser.feed(
                (0..<17).map { _ in
                    isText
                        ? alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                        : UInt8.random(in: 0...255, using: &generator)
                })
        }
        _ = parser.feed([13])
        let expected = frame(0x305, [1])
        #expect(parser.feed(Array("t305101\r".utf8)) == [.frame(expected)])
    }
}

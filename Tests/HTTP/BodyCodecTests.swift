import HTTP
import Testing

@Suite struct ChunkedReaderTests {
    @Test func `chunks are put together wherever they are cut`() throws {
        let text = Array("5;name=x\r\nhello\r\n1\r\n \r\n00a\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nNEXT".utf8)
        for cut in 0...text.count {
            var reader = ChunkedReader()
            var out: [UInt8] = []
            let first = try reader.read(text[..<cut], to: &out)
            let rest = try reader.read(text[first...], to: &out)
            #expect(String(decoding: out, as: UTF8.self) == "hello 0123456789")
            #expect(reader.isDone)
            #expect(first + rest == text.count - 4)
        }
    }

    @Test(
        "what is no chunk is refused",
        arguments: [
            "x\r\n", "\r\n", "5\nhello", "5\r\nhelloX", "-1\r\n", "fffffffffffff\r\n", "5;a\nb\r\n", "0\r\nX\n\r\n",
        ])
    func refusals(text: String) {
        var reader = ChunkedReader()
        var out: [UInt8] = []
        #expect(throws: Problem.self) { _ = try reader.read(Array(text.utf8)[...], to: &out) }
    }

    @Test func `an endless extension is refused`() {
        var reader = ChunkedReader()
        var out: [UInt8] = []
        let text = Array("1;".utf8) + [UInt8](repeating: 97, count: 5000)
        #expect(throws: Problem.self) { _ = try reader.read(text[...], to: &out) }
    }
}

@Suite struct WebSocketReaderTests {
    private func frame(_ first: UInt8, _ payload: [UInt8], mask: [UInt8]? = [1, 2, 3, 4]) -> [UInt8] {
        var out = [first]
        let bit: UInt8 = mask == nil ? 0 : 0x80
        if payload.count < 126 {
            out.append(bit | UInt8(payload.count))
        } else {
            out += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        }
        if let mask { out += mask }
        return out + payload.enumerated().map { $1 ^ (mask?[$0 & 3] ?? 0) }
    }

    @Test func `messages are put together, with control frames between their parts`() throws {
        var reader = WebSocketReader(limit: 1000)
        var bytes =
            frame(0x01, Array("hel".utf8)) + frame(0x89, [7]) + frame(0x80, Array("lo".utf8)) + frame(0x82, [1, 2])
        #expect(try reader.read(&bytes) == .ping([7]))
        #expect(try reader.read(&bytes) == .text("hello"))
        #expect(try reader.read(&bytes) == .binary([1, 2]))
        #expect(try reader.read(&bytes) == nil)
        #expect(bytes.isEmpty)
    }

    @Test func `a frame that comes byte by byte waits until it is whole`() throws {
        let whole = frame(0x81, Array(repeating: 97, count: 200))
        var reader = WebSocketReader(limit: 1000)
        for count in 0..<whole.count {
            var bytes = Array(whole[..<count])
            #expect(try reader.read(&bytes) == nil)
            #expect(bytes.count == count)
        }
        var bytes = whole
        #expect(try reader.read(&bytes) == .text(String(repeating: "a", count: 200)))
    }

    @Test(
        "a frame that breaks the rules ends the connection with its code",
        arguments: [
            ([0x81, 0x01, 97], 1002), ([0xC1, 0x81, 1, 2, 3, 4, 0], 1002), ([0x83, 0x80, 1, 2, 3, 4], 1002),
            ([0x80, 0x80, 1, 2, 3, 4], 1002), ([0x09, 0x80, 1, 2, 3, 4], 1002), ([0x89, 0xFE, 0, 126], 1002),
            ([0x81, 0xFE, 0xFF, 0xFF], 1009), ([0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], 1009),
            ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007), ([0x88, 0x81, 0, 0, 0, 0, 3], 1002),
            ([0x88, 0x82, 0, 0, 0, 0, 3, 0xED], 1002),
            ([0x88, 0x83, 0, 0, 0, 0, 3, 0xE8, 0xFF], 1007), ([0x81, 0xFE, 0, 125], 1002),
            ([0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002), ([0x81, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0], 1002),
        ] as [([UInt8], UInt16)])
    func failures(bytes: [UInt8], code: UInt16) {
        var reader = WebSocketReader(limit: 1000)
        var bytes = bytes
        #expect {
            _ = try reader.read(&bytes)
        } throws: {
            ($0 as? WebSocketReader.Failure)?.code == code
        }
    }

    @Test func `parts of a message count together`() throws {
        var reader = WebSocketReader(limit: 10)
        var bytes = frame(0x01, Array(repeating: 97, count: 8)) + frame(0x80, Array(repeating: 97, count: 8))
        #expect(throws: WebSocketReader.Failure.self) { _ = try reader.read(&bytes) }
    }

    @Test func `a close has its code and a reason that fits`() {
        let frame = WebSocketFrame.close(code: 1001, reason: String(repeating: "é", count: 100))
        #expect(frame.count <= 127)
        #expect(Array(frame[2..<4]) == [0x03, 0xE9])
        #expect(String(validating: frame[4...], as: UTF8.self) != nil)
    }
}

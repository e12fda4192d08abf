import Testing

@testable import Links

@Suite struct CaptureRecordTests {
    @Test(arguments: [
        ("(1436509052.249713) can0 351#2002", CaptureRecord.Content.frame(frame351)),
        ("(1436509052.249713) can0 000#", .frame(frame(0, []))),
        (
            "(1436509052.249713) can0 1ABCDEF0#0102030405060708",
            .frame(frame(0x1ABC_DEF0, [1, 2, 3, 4, 5, 6, 7, 8], isExtended: true))
        ),
        ("(1436509052.249713) can0 00000351#", .frame(frame(0x351, [], isExtended: true))),
        ("(1436509052.249713) can0 351#R", .remote(identifier: 0x351, isExtended: false, length: 0)),
        ("(1436509052.249713) can0 00000351#R8", .remote(identifier: 0x351, isExtended: true, length: 8)),
        (
            "(1436509052.249713) can0 20000040#0000000000000000",
            .error(errorClass: 0x40, data: [0, 0, 0, 0, 0, 0, 0, 0])
        ),
        ("(1436509052.249713) uart.1 < AA1B00", .received([0xAA, 0x1B, 0])),
        ("(1436509052.249713) uart.1 > AA07", .sent([0xAA, 0x07])),
    ])
    func `lines are those of candump -L, and read back`(line: String, content: CaptureRecord.Content) throws {
        let channel = line.contains("uart") ? "uart.1" : "can0"
        let record = CaptureRecord(microseconds: 1_436_509_052_249_713, channel: channel, content: content)
        #expect(record.line == line)
        #expect(try CaptureRecord(line: line) == record)
        #expect(try CaptureRecord(line: line + "\r\n") == record)
    }

    @Test func `short times are padded, and lower case, blanks and directions of other versions are read`() throws {
        let record = CaptureRecord(microseconds: 12_000_034, channel: "can0", content: .frame(frame351))
        #expect(record.line == "(0000000012.000034) can0 351#2002")
        #expect(try CaptureRecord(line: "(12.000034)  can0  351#2002 T") == record)
        #expect(try CaptureRecord(line: "(0.000001) uart.1 < aa 1b").content == .received([0xAA, 0x1B]))
        #expect(CaptureRecord(microseconds: -5, channel: "x", content: .sent([])).line == "(0000000000.000000) x > ")
    }

    @Test(arguments: [
        ("", CaptureError.badTime), ("can0 351#00", .badTime), ("(1.5) can0 351#", .badTime),
        ("(.000000) can0", .badTime),
        ("(99999999999999999999.000000) can0 351#", .badTime), ("(1.000000)", .noChannel),
        ("(1.000000) can0", .badContent("nothing follows the channel")),
        ("(1.000000) can0 351", .badContent("a CAN frame is written ID#DATA, bytes after < or >")),
        ("(1.000000) can0 0351#00", .badContent("a CAN identifier has 3 or 8 digits")),
        ("(1.000000) can0 800#00", .badContent("the CAN identifier is out of range")),
        ("(1.000000) can0 FFFFFFFF#R", .badContent("a remote frame is written ID#R or ID#R and a length up to 8")),
        ("(1.000000) can0 351##100", .badContent("CAN FD frames are not known here")),
        ("(1.000000) can0 351#000102030405060708", .badContent("a CAN frame has at most 8 bytes")),
        ("(1.000000) can0 351#0", .badContent("a byte has two hexadecimal digits")),
        ("(1.000000) uart.1 < 0G", .badContent("a byte has two hexadecimal digits")),
    ])
    func `what is no record says why`(line: String, error: CaptureError) {
        #expect(throws: error) { _ = try CaptureRecord(line: line) }
    }

    @Test func `random records read back, and random lines never trap`() throws {
        var generator = SplitMix(seed: 9)
        let alphabet = Array("()#<>R. 0123456789ABCDEFcanuart\n\u{e9}")
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let line = String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
            _ = try? CaptureRecord(line: line)
            _ = try? CaptureRecord(line: "(1.000000) can0 " + line)
        }
        for _ in 0..<1000 {
            let bytes = (0..<Int.random(in: 1...300, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let record = CaptureRecord(
                microseconds: .random(in: 0...4_000_000_000_000_000, using: &generator), channel: "uart.2",
                content: Bool.random(using: &generator) ? .sent(bytes) : .received(bytes))
            #expect(try CaptureRecord(line: record.line) == record)
        }
    }
}

@Suite struct CapturingTests {
    let loop = VirtualLoop()
    let lines = Trace()

    private var time: CaptureTime { CaptureTime(origin: loop.now, microseconds: 1_000_000) }

    @Test func `a link passes everything through and leaves a record of what it took`() throws {
        let (near, far) = MemoryLink.pair(loop: loop)
        let link = CapturingLink(near, channel: "uart.1", loop: loop, time: time) { [lines] in lines.add($0.line) }
        let seen = Trace()
        link.listen { seen.add("\($0)".contains("received") ? "received" : "ended") }
        far.listen { seen.add("\($0)".contains("received") ? "taken" : "ended") }
        try link.write([0xAA, 0x07])
        near.faults.isCongested = true
        #expect(throws: LinkError.congested(near.name)) { try link.write([1]) }
        loop.run(for: .milliseconds(1500))
        try far.write([0x1B])
        loop.runUntilIdle()
        #expect(lines.lines == ["(0000000001.000000) uart.1 > AA07", "(0000000002.500000) uart.1 < 1B"])
        #expect(seen.lines == ["taken", "received"] && link.name == near.name && link.unsent == 0)
        link.close()
        loop.runUntilIdle()
        #expect(seen.lines.last == "ended")
    }

    @Test func `a bus is recorded as candump would: foreign frames, and our own when they have left`() throws {
        let wire = MemoryBus(loop: loop)
        let near = wire.attach(name: "near")
        let bus = CapturingBus(near, channel: "can0", time: time) { [lines] in lines.add($0.line) }
        let seen = Trace()
        bus.listen { seen.add("\($0)".prefix(9).description) }
        wire.faults.delay = .seconds(1)
        try bus.send(frame351)
        loop.runUntilIdle()
        #expect(lines.count == 0)
        wire.inject(frame(0x305, [0]))
        loop.run(for: .seconds(2))
        #expect(lines.lines == ["(0000000002.000000) can0 351#2002", "(0000000002.000000) can0 305#00"])
        #expect(seen.lines == ["confirmed", "received("] && bus.counters.sent == 1 && bus.state == .errorActive)
        bus.close()
        #expect(near.state == .down)
    }
}

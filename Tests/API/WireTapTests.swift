import Actors
import JSONText
import Links
import Testing

@testable import API
@testable import WebServer

@Suite("The wires for the pages")
struct WireTapTests {
    private let loop = VirtualLoop()
    private let captures = Broadcast<CaptureRecord>()
    private let tap: WireTap

    init() {
        tap = WireTap(
            executor: loop.executor, clock: LoopClock(loop), captures: captures, microseconds: { 10_000_000 })
        _ = Task(executorPreference: loop.taskExecutor) { [tap] in await tap.run() }
        loop.runUntilIdle()
    }

    private func join(_ wire: WireTap.Wire) -> WebSocket {
        let socket = WebSocket(limit: 1 << 20, tell: {})
        _ = Task(executorPreference: loop.taskExecutor) { [tap] in await tap.join(socket, wire) }
        loop.runUntilIdle()
        return socket
    }

    private func frames() -> JSONTree {
        let found = Latest<JSONValue>()
        _ = Task(executorPreference: loop.taskExecutor) { [tap] in found.store(.object(await tap.frames)) }
        loop.runUntilIdle()
        return JSONTree((found.value ?? .null).text.utf8) ?? .null
    }

    private func frame(_ id: UInt32, _ byte: UInt8 = 0, at time: Int64 = 9_000_000, own: Bool = true) throws
        -> CaptureRecord
    {
        let frame = try #require(CANFrame(id, [byte, 2, 0x2C, 1, 0x2C, 1, 0, 0]))
        return CaptureRecord(microseconds: time, channel: "can0", content: .frame(frame), isOwn: own)
    }

    @Test func `who watches the bus gets what crossed it, decoded, ten times a second`() throws {
        let socket = join(.can)
        let other = join(.uart)
        captures.send(try frame(0x351, 0x28))
        captures.send(try frame(0x305, own: false))
        captures.send(CaptureRecord(microseconds: 9_000_001, channel: "uart.1", content: .sent([0xAA, 0x14])))
        #expect(socket.messages.isEmpty)
        loop.run(for: .milliseconds(100))
        let message = try #require(socket.messages.first)
        let records = message["records"].elements
        #expect(records.map { $0["id"].string } == ["351", "305"])
        #expect(records.map { $0["direction"].string } == ["sent", "received"])
        #expect(records.first?["text"].string?.contains("55.2") == true)
        #expect(message["dropped"].number == 0)
        let bytes = try #require(other.messages.first)["records"].elements
        #expect(bytes.count == 1)
        #expect(bytes.first?["pack"].number == 1)
        #expect(bytes.first?["data"].string == "AA14")
        loop.run(for: .seconds(1))
        #expect(socket.messages.isEmpty, "nothing is told where nothing happens")
    }

    @Test func `more than fits is counted, and the newest are shown`() throws {
        let socket = join(.can)
        for number in 0..<(WireTap.capacity + 10) { captures.send(try frame(0x351, UInt8(number % 256))) }
        loop.run(for: .milliseconds(100))
        let message = try #require(socket.messages.first)
        #expect(message["records"].elements.count == WireTap.batch)
        #expect(message["dropped"].number == Double(WireTap.capacity + 10 - WireTap.batch))
        let last = try #require(message["records"].elements.last?["data"].string)
        #expect(last.hasPrefix(FrameText.hexadecimal([UInt8((WireTap.capacity + 9) % 256)])))
    }

    @Test func `the newest frame of each identifier is known, ours and those of others, with age and period`() throws {
        captures.send(try frame(0x351, 1, at: 8_000_000))
        captures.send(try frame(0x351, 2, at: 9_000_000))
        captures.send(try frame(0x351, 3, at: 9_500_000, own: false))
        loop.run(for: .milliseconds(100))
        let frames = frames()
        let sent = try #require(frames["sent"].elements.first)
        #expect(sent["data"].string?.hasPrefix("02") == true)
        #expect(sent["age_s"].number == 1)
        #expect(sent["period_s"].number == 1)
        #expect(sent["count"].number == 2)
        #expect(frames["received"].elements.first?["count"].number == 1)
    }

    @Test func `another bus begins a new list, and foreign identifiers are bounded`() throws {
        for id in 0..<400 { captures.send(try frame(UInt32(0x100 + id), own: false)) }
        loop.run(for: .milliseconds(100))
        #expect(frames()["received"].elements.count == FrameBook.capacity)
        var other = try frame(0x305, own: false)
        other.channel = "slcan0"
        captures.send(other)
        loop.run(for: .milliseconds(100))
        #expect(frames()["received"].elements.map { $0["id"].string } == ["305"])
    }

    @Test func `who has left is told nothing`() {
        let socket = join(.can)
        _ = Task(executorPreference: loop.taskExecutor) { [tap] in await tap.leave(socket) }
        loop.runUntilIdle()
        captures.send(CaptureRecord(microseconds: 1, channel: "uart.1", content: .received([1])))
        loop.run(for: .seconds(1))
        #expect(socket.messages.isEmpty)
    }
}

extension WebSocket {
    /// The texts that would go out next.
    fileprivate var messages: [JSONTree] {
        guard case .frames(let bytes) = nextOut() else { return [] }
        var rest = bytes[...]
        var texts: [JSONTree] = []
        // Frames of a server: one byte of kind, the length in 7, 16 or 64 bits, no mask (RFC 6455, 5.2).
        while rest.count >= 2 {
            let short = Int(rest[rest.startIndex + 1])
            let digits = short == 127 ? 8 : short == 126 ? 2 : 0
            let length =
                digits == 0 ? short : rest.dropFirst(2).prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            texts.append(JSONTree(Array(rest.dropFirst(2 + digits).prefix(length))) ?? .null)
            rest = rest.dropFirst(2 + digits + length)
        }
        return texts
    }
}

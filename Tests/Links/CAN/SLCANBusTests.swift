import Synchronization
import Testing

@testable import Links

/// A scripted adapter at the far end of a link: takes lines apart and answers each as its script says.
private final class Adapter: Sendable {
    /// What to answer to a line (without its carriage return); empty for silence.
    typealias Script = @Sendable (String) -> String

    let heard = Trace()
    private let link: any ByteLink
    private let script: Mutex<Script>
    private let pending = Mutex("")

    init(_ link: any ByteLink, _ script: @escaping Script) {
        self.link = link
        self.script = Mutex(script)
    }

    func start() {
        link.listen { [self] event in
            guard case .received(let bytes, _) = event else { return }
            let lines = pending.withLock { pending in
                pending += String(decoding: bytes, as: UTF8.self)
                let parts = pending.split(separator: "\r", omittingEmptySubsequences: false)
                pending = parts.last.map(String.init) ?? ""
                return parts.dropLast().map(String.init)
            }
            for line in lines {
                heard.add(line)
                say(script.withLock { $0 }(line))
            }
        }
    }

    func behave(_ script: @escaping Script) { self.script.withLock { $0 = script } }

    func say(_ text: String) { if !text.isEmpty { try? link.write(Array(text.utf8)) } }
}

/// Answers like Lawicel's own adapter.
private let lawicel: Adapter.Script = { line in
    switch line.first {
    case "C": "\u{7}"  // it was closed already
    case "t": "z\r"
    case "T": "Z\r"
    default: "\r"
    }
}

@Suite(.timeLimit(.minutes(1))) struct SLCANBusTests {
    let loop = VirtualLoop()
    let events = Trace()

    /// A bus over a memory link in virtual time.
    private func open(_ script: @escaping Adapter.Script) throws -> (SLCANBus, Adapter, MemoryLink) {
        let (near, far) = MemoryLink.pair(loop: loop)
        let adapter = Adapter(far, script)
        adapter.start()
        let box = Box()
        _ = Task(executorPreference: loop.taskExecutor) { [loop] in
            do throws(LinkError) {
                box.put(.success(try await SLCANBus.open(over: near, bitRate: 500_000, loop: loop)))
            } catch {
                box.put(.failure(error))
            }
        }
        loop.run(for: .seconds(1))
        let bus = try #require(box.result).get()
        let origin = loop.now
        bus.listen { [loop, events] event in
            let time = origin.duration(to: loop.now) / Duration.milliseconds(1)
            switch event {
            case .confirmed(let frame, _): events.add("\(Int(time)) confirmed \(String(frame.identifier, radix: 16))")
            case .received(let frame, _): events.add("\(Int(time)) received \(String(frame.identifier, radix: 16))")
            case .state(let state): events.add("\(Int(time)) \(state.rawValue)")
            case .restarted: events.add("\(Int(time)) restarted")
            case .ended(let error): events.add("\(Int(time)) ended \(error)")
            }
        }
        return (bus, adapter, near)
    }

    private final class Box: Sendable {
        private let store = Mutex<Result<SLCANBus, LinkError>?>(nil)
        var result: Result<SLCANBus, LinkError>? { store.withLock { $0 } }
        func put(_ result: Result<SLCANBus, LinkError>) { store.withLock { $0 = result } }
    }

    @Test func `opening closes, sets the bit rate and opens, whether or not the adapter answers`() throws {
        #expect(try open(lawicel).1.heard.lines == ["C", "S6", "O"])
        #expect(try open { _ in "" }.1.heard.lines == ["C", "S6", "O"])
    }

    @Test func `an adapter that refuses is no device for us`() throws {
        #expect(throws: LinkError.notADevice("slcan:memory:near", reason: "")) {
            do { _ = try open { $0.hasPrefix("S") ? "\u{7}" : "\r" } } catch LinkError.notADevice(_, let reason) {
                #expect(reason.contains("500000"))
                throw LinkError.notADevice("slcan:memory:near", reason: "")
            }
        }
        #expect(throws: LinkError.self) { _ = try open { $0 == "O" ? "\u{7}" : "\r" } }
    }

    /// An adapter that answers when the test says so, and the opening that waits for it.
    private func beginOpening() -> (Adapter, Box) {
        let (near, far) = MemoryLink.pair(loop: loop)
        let adapter = Adapter(far) { _ in "" }
        adapter.start()
        let box = Box()
        _ = Task(executorPreference: loop.taskExecutor) { [loop] in
            guard let bus = try? await SLCANBus.open(over: near, bitRate: 500_000, loop: loop) else { return }
            box.put(.success(bus))
        }
        loop.runUntilIdle()
        return (adapter, box)
    }

    @Test func `a bus behind an adapter that never answers is open after 75 ms`() {
        let (adapter, box) = beginOpening()
        #expect(adapter.heard.lines == ["C"])
        loop.run(for: .milliseconds(50))
        #expect(adapter.heard.lines == ["C", "S6", "O"])
        #expect(box.result == nil)
        loop.run(for: .milliseconds(25))
        #expect(box.result != nil)
    }

    @Test func `a slow adapter's refusal to be closed is not taken for one of the bit rate`() {
        let (adapter, box) = beginOpening()
        loop.run(for: .milliseconds(40))
        adapter.say("\u{7}")
        loop.runUntilIdle()
        #expect(adapter.heard.lines == ["C", "S6", "S6"])
        adapter.say("\r")
        loop.run(for: .milliseconds(30))
        #expect(adapter.heard.lines == ["C", "S6", "S6", "O"])
        #expect(box.result != nil)
    }

    @Test(arguments: ["\r", "z\r", "Z\r"])
    func `an acknowledgement confirms frames in the order of sending (S41)`(answer: String) throws {
        let (bus, adapter, _) = try open { $0.hasPrefix("t") ? "" : "\r" }
        adapter.behave { $0.hasPrefix("t") ? answer : "" }
        try bus.send(frame351)
        try bus.send(frame355)
        loop.run(for: .seconds(5))
        #expect(events.lines == ["0 confirmed 351", "0 confirmed 355"])
        #expect(adapter.heard.lines.suffix(2) == ["t35122002", "t35523200"])
        #expect(bus.counters.sent == 2 && bus.counters.confirmed == 2)
    }

    @Test func `a second frame of one identifier is refused until the first is confirmed (S41)`() throws {
        let (bus, adapter, _) = try open(lawicel)
        try bus.send(frame351)
        loop.run(for: .milliseconds(10))  // now the adapter has answered once
        adapter.behave { _ in "" }
        try bus.send(frame351)
        loop.run(for: .milliseconds(1000))
        #expect(throws: LinkError.congested(bus.name)) { try bus.send(frame351) }
        try bus.send(frame355)
        #expect(bus.counters.congested == 1)
        #expect(adapter.heard.lines.filter { $0.hasPrefix("t351") }.count == 2)
        adapter.say("z\r")
        loop.runUntilIdle()
        #expect(events.lines.last?.hasSuffix("confirmed 351") == true)
        try bus.send(frame351)
    }

    @Test func `without acknowledgements the drained tty confirms, and not before (S41)`() throws {
        let (bus, _, near) = try open { _ in "" }
        near.faults.isStalled = true
        try bus.send(frame351)
        loop.run(for: .milliseconds(500))
        #expect(events.lines.isEmpty)
        #expect(throws: LinkError.congested(bus.name)) { try bus.send(frame351) }
        near.faults.isStalled = false
        loop.run(for: .milliseconds(10))
        #expect(events.count == 1 && events.lines[0].hasSuffix("confirmed 351"))
        for _ in 0..<100 {
            try bus.send(frame351)
            loop.run(for: .milliseconds(20))
        }
        #expect(bus.counters.confirmed == 101)
    }

    @Test func `the first answers of a slow adapter are not taken for those of later frames (S41)`() throws {
        let (bus, adapter, _) = try open { _ in "" }
        try bus.send(frame351)
        loop.run(for: .milliseconds(10))
        #expect(events.lines == ["5 confirmed 351"])  // drained
        try bus.send(frame355)
        adapter.say("z\r")  // for 351
        loop.run(for: .milliseconds(1))
        #expect(events.count == 1)
        adapter.say("z\r")
        loop.run(for: .milliseconds(1))
        #expect(events.lines.last == "11 confirmed 355" || events.lines.last == "12 confirmed 355")
    }

    @Test func `a refused frame is not confirmed and may be sent again`() throws {
        let (bus, adapter, _) = try open(lawicel)
        adapter.behave { _ in "\u{7}" }
        try bus.send(frame351)
        loop.run(for: .milliseconds(10))
        #expect(events.lines.isEmpty && bus.counters.congested == 1)
        try bus.send(frame351)
    }

    @Test func `a lost answer delays its neighbours once and then no more`() throws {
        let (bus, adapter, _) = try open(lawicel)
        try bus.send(frame351)
        loop.run(for: .milliseconds(20))
        adapter.behave { $0.hasPrefix("t351") ? "" : "z\r" }
        try bus.send(frame351)
        loop.run(for: .milliseconds(20))
        try bus.send(frame355)
        loop.run(for: .milliseconds(400))
        #expect(bus.counters.errors == 1)  // 355's answer was taken for 351's; 355 is given up
        adapter.behave(lawicel)
        let before = bus.counters.confirmed
        try bus.send(frame351)
        try bus.send(frame355)
        loop.run(for: .milliseconds(20))
        #expect(bus.counters.confirmed == before + 2)
    }

    @Test func `an adapter that stopped answering is opened afresh, so that no old frame leaves late (S41, S42)`()
        throws
    {
        let (bus, adapter, _) = try open(lawicel)
        try bus.send(frame351)
        loop.run(for: .milliseconds(100))
        adapter.behave { _ in "" }
        try bus.send(frame351)
        loop.run(for: .seconds(4))
        #expect(adapter.heard.lines.suffix(3) == ["C", "S6", "O"])
        #expect(events.lines.suffix(3).map { $0.split(separator: " ").last } == ["down", "unknown", "restarted"])
        adapter.behave(lawicel)
        try bus.send(frame351)
        loop.run(for: .milliseconds(10))
        #expect(events.lines.last?.hasSuffix("confirmed 351") == true)
    }

    @Test func `a tty that takes nothing for 3 s ends the bus, which throws the old frame away (S41)`() throws {
        let (bus, _, near) = try open { _ in "" }
        near.faults.isStalled = true
        try bus.send(frame351)
        loop.run(for: .seconds(4))
        #expect(events.count == 1 && events.lines[0].contains("ended"))
        #expect(throws: LinkError.congested(bus.name)) { try bus.send(frame351) }
        #expect(bus.state == .down)
    }

    @Test func `frames are reported, rubbish and remote requests are only counted`() throws {
        let (bus, adapter, _) = try open(lawicel)
        adapter.say("t30580000000000000000\rt35\rr3518\rT0000030510")
        adapter.say("0\r")
        loop.runUntilIdle()
        #expect(events.lines == ["0 received 305", "0 received 305"])
        #expect(bus.counters.errors == 1 && bus.counters.received == 3)
    }

    @Test func `an adapter pulled out ends the bus once`() throws {
        let (bus, _, near) = try open(lawicel)
        near.unplug()
        loop.run(for: .seconds(1))
        #expect(events.count == 1 && events.lines[0].contains("ended"))
        #expect(throws: LinkError.unplugged(near.name)) { try bus.send(frame351) }
    }

    @Test func `an adapter behind a pseudo-terminal carries frames both ways`() async throws {
        let loop = try EventLoop(name: "slcan")
        let device = try await Pseudoterminal.open(loop: loop)
        let adapter = Adapter(device, lawicel)
        await loop.run { adapter.start() }
        let bus = try await LinkOpener.openCANBus(.slcan(path: device.slavePath, bitRate: 250_000), loop: loop)
        #expect(adapter.heard.lines == ["C", "S5", "O"])
        #expect(bus.name == "slcan:\(device.slavePath)")
        let events = Mailbox<CANBusEvent>()
        try await loop.run { () throws(LinkError) in
            bus.listen { events.put($0) }
            try bus.send(frame351)
        }
        guard case .confirmed(frame351, _) = await events.first() else {
            Issue.record("not confirmed")
            return
        }
        // A drained tty may have confirmed before the adapter could answer; its answer must not fall into the next line.
        while adapter.heard.lines.last != "t35122002" { await loop.run {} }
        await loop.run { adapter.say("t3558000000") }
        await loop.run { adapter.say("0000000000\r") }
        let answer = frame(0x355, [0, 0, 0, 0, 0, 0, 0, 0])
        guard case .received(answer, _) = await events.first() else {
            Issue.record("not received")
            return
        }
        await loop.run { device.close() }
        guard case .ended(.unplugged) = await events.first() else {
            Issue.record("not ended")
            return
        }
        loop.stop()
    }
}

import Testing

@testable import Links

@Suite struct MemoryLinkTests {
    let loop = VirtualLoop()
    let events = Trace()

    private func pair() -> (MemoryLink, MemoryLink) {
        let (near, far) = MemoryLink.pair(loop: loop)
        let origin = loop.now
        far.listen { [events] event in
            switch event {
            case .received(let bytes, let instant):
                events.add("\(Int(origin.duration(to: instant) / .milliseconds(1))) \(bytes)")
            case .ended(let error): events.add("\(error == .unplugged("memory:far") ? "ended" : "\(error)")")
            }
        }
        return (near, far)
    }

    @Test func `bytes arrive in order, also when the delay shrinks`() throws {
        let (near, _) = pair()
        try near.write([1])
        near.faults.delay = .milliseconds(20)
        try near.write([2])
        near.faults.delay = .zero
        try near.write([3])
        loop.run(for: .seconds(1))
        #expect(events.lines == ["0 [1]", "20 [2]", "20 [3]"])
    }

    @Test func `faults drop, change, hold and refuse bytes`() throws {
        let (near, _) = pair()
        near.faults.alter = { $0.first == 9 ? [] : $0.map { $0 ^ 0xFF } }
        try near.write([9])
        try near.write([0x0F])
        near.faults.alter = nil
        near.faults.isStalled = true
        try near.write([5])
        #expect(near.unsent == 1)
        loop.runUntilIdle()
        #expect(events.lines == ["0 [240]"])
        #expect(throws: LinkError.congested(near.name)) { try near.write([UInt8](repeating: 0, count: 4096)) }
        near.faults.isStalled = false
        loop.runUntilIdle()
        #expect(events.lines.last == "0 [5]" && near.unsent == 0)
        near.faults.isCongested = true
        #expect(throws: LinkError.congested(near.name)) { try near.write([1]) }
    }

    @Test func `a pulled cable ends both ends once, and what was under way never arrives`() throws {
        let (near, far) = pair()
        near.faults.delay = .milliseconds(5)
        try near.write([1])
        near.unplug()
        loop.run(for: .seconds(1))
        #expect(events.lines == ["ended"])
        #expect(throws: LinkError.unplugged(near.name)) { try near.write([1]) }
        #expect(throws: LinkError.unplugged(far.name)) { try far.write([1]) }
    }

    @Test func `closing one end ends the other`() {
        let (near, _) = pair()
        near.close()
        loop.runUntilIdle()
        #expect(events.lines == ["ended"])
    }
}

@Suite struct MemoryBusTests {
    let loop = VirtualLoop()
    let events = Trace()

    private func end(of bus: MemoryBus, _ name: String) -> MemoryBusEnd {
        let end = bus.attach(name: name)
        end.listen { [events] event in
            switch event {
            case .received(let frame, _): events.add("\(name) received \(String(frame.identifier, radix: 16))")
            case .confirmed(let frame, _): events.add("\(name) confirmed \(String(frame.identifier, radix: 16))")
            case .state(let state): events.add("\(name) \(state.rawValue)")
            case .restarted: events.add("\(name) restarted")
            case .ended: events.add("\(name) ended")
            }
        }
        return end
    }

    @Test func `a frame is heard by all others and confirmed to its sender`() throws {
        let bus = MemoryBus(loop: loop)
        let ends = ["a", "b", "c"].map { end(of: bus, $0) }
        try ends[0].send(frame351)
        loop.runUntilIdle()
        #expect(events.lines == ["b received 351", "c received 351", "a confirmed 351"])
        bus.inject(frame305)
        loop.runUntilIdle()
        #expect(events.lines.suffix(3) == ["a received 305", "b received 305", "c received 305"])
        #expect(ends[0].counters.sent == 1 && ends[0].counters.confirmed == 1 && ends[1].counters.received == 2)
    }

    @Test func `a withheld frame keeps its identifier busy until it leaves (S41)`() throws {
        let bus = MemoryBus(loop: loop)
        let (one, _) = (end(of: bus, "a"), end(of: bus, "b"))
        bus.faults.fate = { $0 == frame351 ? .withheld : .lost }
        try one.send(frame351)
        try one.send(frame305)
        loop.run(for: .seconds(1))
        #expect(events.lines == ["a confirmed 305"])
        #expect(throws: LinkError.congested("a")) { try one.send(frame351) }
        bus.release()
        loop.runUntilIdle()
        #expect(events.lines.suffix(2) == ["b received 351", "a confirmed 351"])
    }

    @Test func `a delay holds frame and confirmation back`() throws {
        let bus = MemoryBus(loop: loop)
        let (one, _) = (end(of: bus, "a"), end(of: bus, "b"))
        bus.faults.delay = .seconds(5)
        try one.send(frame351)
        loop.run(for: .seconds(4))
        #expect(events.count == 0)
        loop.run(for: .seconds(2))
        #expect(events.lines == ["b received 351", "a confirmed 351"])
    }

    @Test func `bus-off, down, congestion and unplugging show as they do on a real bus (S42)`() throws {
        let bus = MemoryBus(loop: loop)
        let (one, _) = (end(of: bus, "a"), end(of: bus, "b"))
        one.change(to: .busOff)
        try one.send(frame351)
        bus.inject(frame305)
        loop.runUntilIdle()
        #expect(events.lines == ["a bus_off", "b received 305"] && one.counters.busOff == 1)
        one.restart()
        loop.runUntilIdle()
        #expect(events.lines.suffix(4) == ["a error_active", "a restarted", "b received 351", "a confirmed 351"])
        one.isCongested = true
        #expect(throws: LinkError.congested("a")) { try one.send(frame351) }
        one.isCongested = false
        one.change(to: .down)
        #expect(throws: LinkError.down("a")) { try one.send(frame351) }
        one.restart()
        one.unplug()
        loop.runUntilIdle()
        #expect(events.lines.suffix(4) == ["a down", "a error_active", "a restarted", "a ended"])
        #expect(throws: LinkError.unplugged("a")) { try one.send(frame351) }
    }
}

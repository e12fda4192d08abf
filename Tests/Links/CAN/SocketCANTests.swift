import CLinux
import Glibc
import Testing

@testable import Links

@Suite struct SocketCANMessageTests {
    @Test func `a frame is laid out as the kernel's struct and reads back`() throws {
        #expect(
            SocketCANMessage.bytes(of: frame351) == [0x51, 0x03, 0, 0, 2, 0, 0, 0, 0x20, 0x02, 0, 0, 0, 0, 0, 0])
        let extended = frame(0x1ABC_DEF0, [1, 2, 3, 4, 5, 6, 7, 8], isExtended: true)
        #expect(SocketCANMessage.bytes(of: extended).prefix(4) == [0xF0, 0xDE, 0xBC, 0x9A])
        for frame in [frame351, extended] {
            #expect(SocketCANMessage(SocketCANMessage.bytes(of: frame)) == .frame(frame))
        }
    }

    @Test func `a remote request is told from an empty frame`() {
        #expect(
            SocketCANMessage([0x51, 0x03, 0, 0x40, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
                == .remote(identifier: 0x351, isExtended: false, length: 8))
        #expect(
            SocketCANMessage([0x51, 0x03, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
                == .remote(identifier: 0x351, isExtended: true, length: 0))
    }

    @Test func `random bytes never trap`() {
        var generator = SplitMix(seed: 42)
        for _ in 0..<50_000 {
            let count = Bool.random(using: &generator) ? 16 : Int.random(in: 0...80, using: &generator)
            _ = SocketCANMessage((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        #expect(SocketCANMessage([]) == .malformed)
        #expect(SocketCANMessage([UInt8](repeating: 0, count: 72)) == .malformed)  // CAN FD
        #expect(SocketCANMessage([0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) == .malformed)
    }

    @Test(
        arguments: [
            // class, data, state, restart
            (0x040, [], CANState.busOff, false),
            (0x100, [], .errorActive, true),
            (0x004, [0, 0x04], .errorWarning, false),
            (0x004, [0, 0x08], .errorWarning, false),
            (0x004, [0, 0x10], .errorPassive, false),
            (0x004, [0, 0x30], .errorPassive, false),
            (0x004, [0, 0x0C | 0x20], .errorPassive, false),
            (0x004, [0, 0x40], .errorActive, false),
            (0x004, [0, 0x01], nil, false),
            (0x204, [0, 0, 0, 0, 0, 0, 96, 0], .errorWarning, false),
            (0x200, [0, 0, 0, 0, 0, 0, 0, 200], .errorPassive, false),
            (0x200, [0, 0, 0, 0, 0, 0, 5, 5], .errorActive, false),
            (0x0A8, [0, 0, 8, 0x19], nil, false),
            (0x044, [0, 0x30], .busOff, false),
            (0x001, [], nil, false),
        ] as [(UInt32, [UInt8], CANState?, Bool)])
    func `kernel error frames tell the controller's state (S42)`(
        errorClass: UInt32, data: [UInt8], state: CANState?, isRestart: Bool
    ) {
        let report = CANErrorReport(errorClass: errorClass, data: data)
        #expect(report.state == state && report.isRestart == isRestart)
        #expect(report.losesFrames == (isRestart || errorClass & 1 != 0))
    }
}

@Suite struct SocketCANMachineTests {
    let now = Instant.now

    private func error(_ errorClass: UInt32, _ data: [UInt8] = []) -> SocketCANMessage {
        .error(CANErrorReport(errorClass: errorClass, data: data))
    }

    @Test func `one frame of an identifier is under way until its echo is back (S41)`() throws {
        var machine = SocketCANMachine(name: "can")
        try machine.admit(frame351)
        #expect(machine.sent(frame351).isEmpty)
        #expect(throws: LinkError.congested("can")) { try machine.admit(frame351) }
        try machine.admit(frame355)
        // Another program's frame of the same identifier is no echo.
        #expect(machine.received(.frame(frame351), isOwn: false, at: now) == [.received(frame351, at: now)])
        #expect(throws: LinkError.congested("can")) { try machine.admit(frame351) }
        #expect(machine.received(.frame(frame351), isOwn: true, at: now) == [.confirmed(frame351, at: now)])
        try machine.admit(frame351)
        #expect(machine.counters.sent == 1 && machine.counters.confirmed == 1 && machine.counters.received == 1)
        #expect(machine.counters.congested == 2)
    }

    @Test func `a full queue is congestion, an interface that is down a state, and neither ends the bus (S42)`() throws
    {
        var machine = SocketCANMachine(name: "can")
        var failure = machine.failed(call: "write", errno: ENOBUFS)
        #expect(failure.error == .congested("can") && failure.events.isEmpty && !failure.isDead)
        _ = machine.sent(frame351)
        failure = machine.failed(call: "read", errno: ENETDOWN)
        #expect(failure.error == .down("can") && failure.events == [.state(.down)] && !failure.isDead)
        #expect(machine.failed(call: "write", errno: ENETDOWN).events.isEmpty)
        // What was in the queue of an interface that went down will never be confirmed.
        try machine.admit(frame351)
        #expect(machine.sent(frame351) == [.state(.errorActive), .restarted])
    }

    @Test func `bus-off is a state, and coming back from it asks for a fresh set (S42)`() throws {
        var machine = SocketCANMachine(name: "can")
        _ = machine.sent(frame351)
        #expect(machine.received(error(0x004, [0, 0x20]), isOwn: false, at: now) == [.state(.errorPassive)])
        #expect(machine.received(error(0x040), isOwn: false, at: now) == [.state(.busOff)])
        #expect(machine.received(error(0x040), isOwn: false, at: now).isEmpty)
        #expect(machine.state == .busOff && machine.counters.busOff == 1)
        #expect(throws: LinkError.congested("can")) { try machine.admit(frame351) }
        #expect(machine.received(error(0x100), isOwn: false, at: now) == [.state(.errorActive), .restarted])
        try machine.admit(frame351)
        #expect(machine.counters.errors == 3)
    }

    @Test func `a controller that is bus-off already when it is opened is known as such (S42)`() throws {
        var machine = SocketCANMachine(name: "can", state: .busOff)
        #expect(machine.state == .busOff)
        #expect(machine.received(error(0x100), isOwn: false, at: now) == [.state(.errorActive), .restarted])
    }

    @Test func `a deleted interface ends the bus (S42)`() {
        for errno in [ENODEV, ENXIO] {
            var machine = SocketCANMachine(name: "can")
            let failure = machine.failed(call: "read", errno: errno)
            #expect(failure.error == .unplugged("can") && failure.isDead && machine.state == .down)
        }
    }

    @Test func `remote requests are counted, never reported as frames`() {
        var machine = SocketCANMachine(name: "can")
        let remote = SocketCANMessage.remote(identifier: 0x305, isExtended: false, length: 8)
        #expect(machine.received(remote, isOwn: false, at: now).isEmpty && machine.counters.received == 1)
        #expect(machine.received(.malformed, isOwn: false, at: now).isEmpty && machine.counters.errors == 1)
    }
}

@Suite struct CANInterfacesTests {
    /// What the kernel's sysfs shows: a controller hangs on a device, a virtual interface on none. The bit rate of one that
    /// is down is not asked for.
    @Test func `a controller is told from a virtual interface, also where it has no bit rate yet`() throws {
        var template = Array("/tmp/cellbridge-links-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        let folder = String(cString: made)
        func write(_ text: String, _ path: String) {
            let file = fopen("\(folder)/\(path)", "w")
            fputs(text, file)
            fclose(file)
        }
        defer {
            for name in ["can7", "vcan7"] {
                for file in ["type", "flags", "tx_queue_len", "device"] { unlink("\(folder)/\(name)/\(file)") }
                rmdir("\(folder)/\(name)")
            }
            rmdir(folder)
        }
        for name in ["can7", "vcan7"] {
            mkdir("\(folder)/\(name)", 0o700)
            write("280\n", name + "/type")
            write("0x40080\n", name + "/flags")
            write("10\n", name + "/tx_queue_len")
        }
        write("", "can7/device")
        let reports = CANInterfaces.list(network: folder)
        #expect(reports.map(\.name) == ["can7", "vcan7"])
        #expect(reports.map(\.bitRate) == [0, nil])
        #expect(reports.allSatisfy { !$0.isUp && $0.queueLength == 10 })
    }
}

@Suite(.timeLimit(.minutes(1))) struct SocketCANBusTests {
    @Test func `without the interface, or without CAN in the kernel, one clear error says so`() async throws {
        let loop = try EventLoop(name: "can")
        let error = await #expect(throws: LinkError.self) {
            _ = try await SocketCANBus.open(interface: "nocan7", bitRate: 500_000, loop: loop)
        }
        let probe = socket(29, cellbridge_raw_socket, 1)
        if probe < 0 {
            guard case .notADevice("socketcan:nocan7", let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("this kernel has no CAN"))
        } else {
            close(probe)
            #expect(error == .missing("socketcan:nocan7"))
        }
        loop.stop()
    }

    /// A pair of packet sockets stands for the raw socket: it keeps frames apart, though it knows no echo.
    @Test func `frames pass through the socket, and its end ends the bus`() async throws {
        let loop = try EventLoop(name: "can")
        let pair = SocketPair(type: cellbridge_sequenced_socket)
        let events = Mailbox<CANBusEvent>()
        let bus = try await loop.run { () throws(LinkError) in
            let bus = try SocketCANBus(Descriptor(owning: dup(pair.near)), name: "socketcan:test", loop: loop)
            bus.listen { events.put($0) }
            try bus.send(frame351)
            return bus
        }
        var bytes = [UInt8](repeating: 0, count: 64)
        #expect(recv(pair.far, &bytes, 64, 0) == 16)
        #expect(SocketCANMessage(Array(bytes[..<16])) == .frame(frame351))
        await #expect(throws: LinkError.congested("socketcan:test")) {
            try await loop.run { () throws(LinkError) in try bus.send(frame351) }
        }
        pair.send(SocketCANMessage.bytes(of: frame355))
        guard case .received(frame355, _) = await events.first() else {
            Issue.record("not received")
            return
        }
        pair.send([0x40, 0, 0, 0x20, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(await events.first() == .state(.busOff))
        pair.send([0x00, 1, 0, 0x20, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(await events.first() == .state(.errorActive))
        #expect(await events.first() == .restarted)
        shutdown(pair.far, Int32(SHUT_RDWR))
        #expect(await events.first() == .state(.down))
        #expect(await events.first() == .ended(.unplugged("socketcan:test")))
        await loop.run {}
        #expect(await loop.run { bus.state } == .down)
        loop.stop()
    }

    @Test func `create, use, destroy, a hundred times`() async throws {
        let loop = try EventLoop(name: "can")
        for round in 0..<100 {
            let pair = SocketPair(type: cellbridge_sequenced_socket)
            let events = Mailbox<CANBusEvent>()
            let bus = try await loop.run { () throws(LinkError) in
                let bus = try SocketCANBus(Descriptor(owning: dup(pair.near)), name: "socketcan:test", loop: loop)
                bus.listen { events.put($0) }
                return bus
            }
            pair.send(SocketCANMessage.bytes(of: frame355))
            _ = await events.first()
            if round % 2 == 0 { await loop.run { bus.close() } }
        }
        loop.stop()
    }
}

@Suite struct DryBusTests {
    @Test func `a dry bus transmits nothing, shows everything and confirms at once`() throws {
        let loop = VirtualLoop()
        let shown = Trace()
        let events = Trace()
        let bus = DryBus(loop: loop) { frame, _ in shown.add(String(frame.identifier, radix: 16)) }
        bus.listen { if case .confirmed(let frame, _) = $0 { events.add(String(frame.identifier, radix: 16)) } }
        try bus.send(frame351)
        try bus.send(frame351)
        #expect(events.lines.isEmpty)  // not from within `send`
        loop.runUntilIdle()
        #expect(shown.lines == ["351", "351"] && events.lines == ["351", "351"])
        #expect(bus.counters.sent == 2 && bus.counters.confirmed == 2)
        bus.close()
        #expect(throws: LinkError.down("dry:")) { try bus.send(frame351) }
    }
}

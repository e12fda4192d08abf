import CLinux
import Glibc
import Testing

@testable import Links

@Suite(.timeLimit(.minutes(1))) struct SerialLinkTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "serial") }

    private func listen(_ link: any ByteLink) async -> Mailbox<ByteLinkEvent> {
        let events = Mailbox<ByteLinkEvent>()
        await loop.run { link.listen { events.put($0) } }
        return events
    }

    private func write(_ bytes: [UInt8], to link: any ByteLink) async throws {
        try await loop.run { () throws(LinkError) in try link.write(bytes) }
    }

    @Test func `every byte value passes unchanged, both ways`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: 9600, loop: loop)
        let (atGateway, atDevice) = (await listen(link), await listen(device))
        let all = (0...255).map { UInt8($0) }
        try await write(all, to: link)
        #expect(await atDevice.bytes(256) == all)
        try await write(all, to: device)
        #expect(await atGateway.bytes(256) == all)
        #expect(await loop.run { link.unsent } == 0)
    }

    @Test(arguments: [9600, 19200, 115_200, 921_600]) func `the port runs at the baud rate asked for`(baud: Int)
        async throws
    {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: baud, loop: loop)
        let slave = Descriptor(owning: open(device.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC))
        var settings = try SerialSettings.read(slave, name: "test")
        #expect(cfgetospeed(&settings) == SerialSettings.rates[baud])
        #expect(settings.c_lflag & tcflag_t(ECHO | ICANON | ISIG) == 0)
        await loop.run { link.close() }
    }

    @Test func `a plug pulled in the middle of a frame ends the link once, after its bytes (S30)`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        let events = await listen(link)
        try await write([0xAA, 0x1B], to: device)
        #expect(await events.bytes(2) == [0xAA, 0x1B])
        await loop.run { device.close() }
        #expect(await events.end() == .unplugged(device.slavePath))
        await #expect(throws: LinkError.unplugged(device.slavePath)) { try await write([1], to: link) }
        await loop.run {}
        #expect(events.all.count == 2)
    }

    @Test func `a port that went away costs no wake-ups (S30)`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        let events = await listen(link)
        await loop.run { device.close() }
        #expect(await events.end() != nil)
        #expect(try await wakeUps(during: .milliseconds(200)) <= 3)
        _ = link
    }

    /// As the driver of a USB adapter lets it; the master's end of a pseudo-terminal knows no other end.
    @Test func `a read that fails is the end of the link (S30)`() async throws {
        let terminal = RawTerminal()
        let slave = open(terminal.path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        let stream = try await loop.run { [loop] () throws(LinkError) in
            try DescriptorStream(Descriptor(owning: dup(terminal.master)), kind: .tty, name: "usb", loop: loop)
        }
        let events = Mailbox<ByteLinkEvent>()
        await loop.run { stream.listen { events.put($0) } }
        close(slave)
        for _ in 0..<1000 where events.all.isEmpty { await loop.run {} }
        #expect(events.all == [.ended(.unplugged("usb"))])
        await loop.run { stream.close() }
    }

    @Test func `a listener that comes after the end still hears of it`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        await loop.run { device.close() }
        while (try? await write([1], to: link)) != nil { await Task.yield() }
        #expect(await listen(link).end() == .unplugged(device.slavePath))
    }

    @Test func `a port is opened again by its stable name when it is back (S30)`() async throws {
        let folder = TemporaryFolder()
        let name = "\(folder.path)/by-id"
        for round in 0..<3 {
            let device = try await Pseudoterminal.open(loop: loop)
            #expect(symlink(device.slavePath, name) == 0)
            let link = try await SerialLink.open(path: name, baud: 115_200, loop: loop)
            let events = await listen(link)
            try await write([UInt8(round)], to: device)
            #expect(await events.bytes(1) == [UInt8(round)])
            await loop.run { device.close() }
            #expect(await events.end() == .unplugged(name))
            unlink(name)  // as udev does
            await #expect(throws: LinkError.missing(name)) {
                _ = try await SerialLink.open(path: name, baud: 115_200, loop: loop)
            }
        }
    }

    @Test func `a port in use is busy until it is closed`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        await #expect(throws: LinkError.busy(device.slavePath)) {
            _ = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        }
        await loop.run { link.close() }
        let again = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        await loop.run { again.close() }
    }

    @Test func `a link that is dropped unclosed lets go of its port`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        var opened = 0
        while opened < 3 {  // the loop may hold the last reference a moment longer than we do
            let link = try? await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
            if link != nil { opened += 1 }
            await loop.run {}
        }
    }

    @Test(arguments: [
        ("/dev/null", LinkError.notADevice("/dev/null", reason: "it is not a serial port")),
        ("/etc/passwd", LinkError.notADevice("/etc/passwd", reason: "it is not a serial port")),
        ("/tmp", LinkError.notADevice("/tmp", reason: "Is a directory")),
        ("/dev/ttyNONE7", LinkError.missing("/dev/ttyNONE7")),
    ])
    func `what is no port says so`(path: String, error: LinkError) async {
        await #expect(throws: error) { _ = try await SerialLink.open(path: path, baud: 9600, loop: loop) }
    }

    @Test func `a full queue refuses a write whole and loses nothing of the others`() async throws {
        let terminal = RawTerminal()
        let link = try await SerialLink.open(path: terminal.path, baud: 115_200, loop: loop)
        var taken: [UInt8] = []
        var refusal: LinkError?
        for number in 0..<1000 where refusal == nil {
            let block = [UInt8](repeating: UInt8(number % 251), count: 700)
            do {
                try await write(block, to: link)
                taken += block
            } catch { refusal = error as? LinkError }
        }
        #expect(refusal == .congested(terminal.path))
        #expect(await loop.run { link.unsent } <= 4096)
        var received: [UInt8] = []
        while received.count < taken.count {
            received += terminal.read()
            await loop.run {}
        }
        #expect(received == taken)
        #expect(await loop.run { link.unsent } == 0)
    }

    @Test func `input that arrived before the opening and before a discard is forgotten`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        try await write([1, 2, 3], to: device)
        let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
        let events = Mailbox<ByteLinkEvent>()
        try await loop.run { () throws(LinkError) in
            link.listen { events.put($0) }
            try device.write([4, 5, 6])
            link.discardInput()  // in the same turn, so that the loop has not read yet
        }
        try await write([7], to: device)
        let seen = await events.bytes(1)
        #expect(seen.last == 7 && !seen.contains(1) && !seen.contains(4))
    }

    @Test func `a device that nobody has opened waits in silence and outlives its visitors`() async throws {
        let device = try await Pseudoterminal.open(loop: loop)
        let events = await listen(device)
        #expect(try await wakeUps(during: .milliseconds(100)) <= 3)
        for round in 0..<3 {
            let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
            try await write([UInt8(round)], to: link)
            #expect(await events.bytes(1) == [UInt8(round)])
            await loop.run { link.close() }
        }
        #expect(try await wakeUps(during: .milliseconds(100)) <= 3)
        #expect(!events.all.contains { if case .ended = $0 { true } else { false } })
    }

    @Test func `create, use, destroy, a hundred times`() async throws {
        for round in 0..<100 {
            let device = try await Pseudoterminal.open(loop: loop)
            let link = try await SerialLink.open(path: device.slavePath, baud: 115_200, loop: loop)
            let events = await listen(link)
            try await write([UInt8(round)], to: device)
            #expect(await events.bytes(1) == [UInt8(round)])
            await loop.run { if round % 2 == 0 { link.close() } else { device.close() } }
        }
        loop.stop()
    }

    /// How often the loop woke up within a span of real time; the span is what is measured.
    private func wakeUps(during span: Duration) async throws -> Int {
        await loop.run {}
        let before = loop.wakeUps
        let over = Mailbox<Bool>()
        loop.schedule(at: loop.now + span) { over.put(true) }
        _ = await over.first()
        return loop.wakeUps - before
    }
}

@Suite struct ReopenBackoffTests {
    @Test func `waits are 0.5, 1, 2 and then 5 s for ever, from the start after a success (S30)`() {
        var backoff = ReopenBackoff()
        let waits = (0..<6).map { _ in backoff.next() }
        #expect(waits == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(5), .seconds(5)])
        backoff.reset()
        #expect(backoff.next() == .milliseconds(500))
    }
}

@Suite struct SerialPortsTests {
    @Test func `ports are listed once, under their stable names first, and a ttyS only with hardware`() {
        let folder = TemporaryFolder()
        let script = """
            cd \(folder.path) && mkdir -p dev/serial/by-id dev/serial/by-path class/ttyS0 class/ttyS1 &&
            touch dev/ttyUSB0 dev/ttyACM0 dev/ttyAMA0 dev/ttyS0 dev/ttyS1 dev/tty1 dev/null &&
            ln -s ../../ttyUSB0 dev/serial/by-id/usb-FTDI && ln -s ../../ttyUSB0 dev/serial/by-path/pci-1 &&
            ln -s ../../gone dev/serial/by-id/usb-gone && echo 4 > class/ttyS0/type && echo 0 > class/ttyS1/type
            """
        #expect(system(script) == 0)
        let ports = SerialPorts.list(devices: "\(folder.path)/dev", classes: "\(folder.path)/class")
        #expect(ports.map(\.device) == ["ttyACM0", "ttyAMA0", "ttyS0", "ttyUSB0"].map { "\(folder.path)/dev/\($0)" })
        #expect(ports.last?.preferredName == "\(folder.path)/dev/serial/by-id/usb-FTDI")
        #expect(ports.last?.stableNames.count == 2)
        #expect(ports.first?.preferredName == "\(folder.path)/dev/ttyACM0")
    }
}

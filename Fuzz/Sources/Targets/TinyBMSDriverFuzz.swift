import BMSProtocols
import Battery
import Links

/// The driver against a device that answers well, badly, late or not at all, as the input says: every poll ends in time
/// with a reading or a typed error, and every reading that is taken holds numbers.
enum TinyBMSDriverFuzz {
    static func run(_ bytes: [UInt8]) {
        let loop = VirtualLoop(origin: origin)
        let device = WildDevice(FuzzInput(bytes), loop: loop)
        let user = DriverUser(device, loop: loop)
        let task = Task(executorPreference: loop.taskExecutor) { await user.poll(times: 4) }
        defer { task.cancel() }
        let began = loop.now
        loop.runUntilIdle()
        while !device.isDone, let next = loop.nextTimer {
            loop.run(until: next)
            require(loop.now < began + .seconds(120), "a poll does not end")
        }
        loop.runUntilIdle()
        require(device.isDone, "a poll hangs")
    }

    /// One moment for all runs: nothing may depend on when the process started.
    private static let origin = Instant.now
}

/// Owns the driver on its loop.
private actor DriverUser {
    private let driver: TinyBMSDriver
    private let device: WildDevice
    private let loop: VirtualLoop
    private var intake: SnapshotIntake

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    init(_ device: WildDevice, loop: VirtualLoop) {
        (self.device, self.loop) = (device, loop)
        driver = TinyBMSDriver(pack: 1, link: device, loop: loop)
        let specification = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 100)
        intake = SnapshotIntake(specification, gap: .seconds(2))
    }

    func poll(times: Int) async {
        for _ in 0..<times {
            do throws(BMSError) { take(try await driver.poll()) } catch { intake.missed() }
            device.pass()
            try? await LoopClock(loop).sleep(until: loop.now + .milliseconds(500), tolerance: nil)
        }
        device.isDone = true
    }

    private func take(_ reading: PackReading) {
        require(reading.isFinite, "a value of \(reading) is not finite")
        require(reading.began <= reading.completed, "a reading is complete before it began")
        require(device.sentLiveBlock, "a reading without a live block")
        if case .success(let snapshot) = intake.accept(reading) {
            let extremes = [snapshot.highestCell?.volts, snapshot.lowestCell?.volts, snapshot.meanCell]
            require(extremes.allSatisfy { $0?.isFinite ?? true }, "an extreme of \(extremes) is not finite")
        }
    }
}

/// A TinyBMS whose every answer is up to the input. Used on its loop alone, as `ByteLink` asks.
private final class WildDevice: ByteLink, @unchecked Sendable {
    let name = "wild"
    var isDone = false
    /// Whether anything that passes for a live block was ever sent.
    private(set) var sentLiveBlock = false

    private let loop: VirtualLoop
    private var input: FuzzInput
    private var registers = [UInt16](repeating: 0, count: 65_536 + 128)
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    init(_ input: FuzzInput, loop: VirtualLoop) {
        (self.input, self.loop) = (input, loop)
        for cell in 0..<16 { registers[cell] = 33_000 }
        set(32, 20_000_000)
        set(36, Float(52.8).bitPattern)
        set(38, Float(-3.5).bitPattern)
        (registers[40], registers[41], registers[45], registers[50], registers[53]) = (3300, 3300, 49_500, 0x97, 16)
        (registers[42], registers[43], registers[48]) = (210, 215, 231)
        set(46, 83_000_000)
        (registers[306], registers[307], registers[315], registers[316]) = (28_000, 16, 3650, 2700)
    }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }
    var unsent: Int { 0 }
    func discardInput() {}
    func close() { receiver = nil }

    /// The BMS's clock goes on, unless the input stops it.
    func pass() { registers[32] &+= UInt16(input.byte() & 3) }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        guard let request = try? TinyBMSRequest.decode(bytes) else { return }
        let good = answer(to: request).bytes
        let choice = input.byte()
        var delay = Duration.milliseconds(12)
        if choice & 0x80 != 0 { delay = .milliseconds(Int(input.byte())) }
        switch choice & 7 {
        case 0, 1: send(good, after: delay)
        case 2: break
        case 3:
            var damaged = good
            let place = Int(input.byte()) % damaged.count
            damaged[place] ^= input.byte()
            send(damaged, after: delay)
        case 4:
            send(input.take(Int(input.byte())), after: delay)
            send(good, after: delay + .milliseconds(1))
        case 5:
            var wild = [0xAA] + input.take(Int(input.byte()))
            CRC16.seal(&wild)
            send(wild, after: delay)
        case 6:
            registers[Int(input.word()) % 512] = input.word()
            send(answer(to: request).bytes, after: delay)
        default:
            if choice & 0x40 != 0 {
                receiver?(.ended(.unplugged(name)))
            } else {
                let half = good.count / 2
                send(Array(good[..<half]), after: delay)
                send(Array(good[half...]), after: delay + .milliseconds(Int(input.byte())))
            }
        }
    }

    // MARK: - Private

    private func send(_ bytes: [UInt8], after delay: Duration) {
        guard !bytes.isEmpty else { return }
        sentLiveBlock = sentLiveBlock || bytes.count >= TinyBMSLiveBlock.frameLength || bytes.first == 0xAA
        loop.schedule(at: loop.now + delay) { [self] in receiver?(.received(bytes, at: loop.now)) }
    }

    private func answer(to request: TinyBMSRequest) -> TinyBMSAnswer {
        switch request {
        case .readRegisters(let address, let count): .registers(Array(registers[Int(address)...].prefix(count)))
        case .allEvents:
            .allEvents(
                bmsTime: UInt32(registers[33]) << 16 | UInt32(registers[32]),
                TinyBMSEventRecord.records(in: TinyBMSRegisterWords(first: 200, Array(registers[200..<298]))))
        default: .refused(command: request.command.rawValue, code: 0)
        }
    }

    private func set(_ register: Int, _ value: UInt32) {
        registers[register] = UInt16(truncatingIfNeeded: value)
        registers[register + 1] = UInt16(truncatingIfNeeded: value >> 16)
    }
}

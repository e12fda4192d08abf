import Battery
import Links

@testable import BMSProtocols

/// A TinyBMS as bytes: registers, an event log, and a script for what goes wrong. Runs on the loop of its bench.
final class FakeTinyBMS: ByteLink, @unchecked Sendable {
    let name = "fake"
    let loop: any Loop
    /// Registers 0...511.
    var registers = [UInt16](repeating: 0, count: 512)
    var events: [TinyBMSEventRecord] = []
    /// What 0x1D reads, registers 300 to 343; nil where the BMS does not know the command.
    var reported: [TinyBMSSettingsOption: [UInt16]]?
    /// Requests as they came.
    var requests: [TinyBMSRequest] = []
    /// When they came.
    var times: [Instant] = []
    /// What to send instead of the good answer: bytes with their delay; nil for the good answer, empty for silence.
    var script: ((TinyBMSRequest, _ good: [UInt8]) -> [(delay: Duration, bytes: [UInt8])]?)?
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    init(loop: any Loop) {
        self.loop = loop
        for cell in 0..<16 { registers[cell] = UInt16(33_000 + 10 * cell) }
        set(long: 32, 20_000_000)
        set(float: 36, 52.92)
        set(float: 38, -3.5)
        registers[40] = 3300
        registers[41] = 3315
        registers[42] = 0x8000
        registers[43] = 215
        registers[45] = 49_500
        set(long: 46, 83_554_824)
        registers[48] = 231
        registers[50] = 0x97
        registers[53] = 16
        let settings: [(Int, UInt16)] = [
            (300, 3600), (301, 2900), (303, 3400), (304, 1000), (306, 28_000), (307, 16), (308, 15), (312, 1), (314, 1),
            (315, 3650), (316, 2700), (317, 150), (318, 100), (319, 60), (320, 1), (328, 0xFFFF), (330, 0x0301),
            (332, 5), (333, 1), (335, 1),
        ]
        for (register, value) in settings { registers[register] = value }
        for (offset, word) in [0x0102, 0x0301, 0x00F2, 0x0418, 0x1122, 0x3344, 0x5566, 0x7788, 0x99AA, 0xBBCC]
            .enumerated()
        { registers[500 + offset] = UInt16(word) }
    }

    func set(long register: Int, _ value: UInt32) {
        registers[register] = UInt16(truncatingIfNeeded: value)
        registers[register + 1] = UInt16(truncatingIfNeeded: value >> 16)
    }

    func set(float register: Int, _ value: Float) { set(long: register, value.bitPattern) }

    var lifetime: UInt32 { UInt32(registers[33]) << 16 | UInt32(registers[32]) }

    /// The frame of registers 0 to 55 as they stand.
    var liveFrame: [UInt8] { TinyBMSAnswer.registers(Array(registers[0..<56])).bytes }

    func answer(to request: TinyBMSRequest) -> TinyBMSAnswer {
        switch request {
        case .readRegisters(let address, let count): return .registers(Array(registers[Int(address)...].prefix(count)))
        case .writeRegisters(let address, let values):
            for (offset, value) in values.enumerated() { registers[Int(address) + offset] = value }
            return .written(address: address, count: UInt16(values.count))
        case .allEvents: return .allEvents(bmsTime: lifetime, events)
        case .settings(let option, let count):
            guard let reported else { return .refused(command: request.command.rawValue, code: 0) }
            let words = option == .current ? Array(registers[300..<344]) : reported[option] ?? []
            return .settings(Array(words.prefix(count)))
        case .control: return .acknowledged(command: request.command.rawValue)
        default: return .refused(command: request.command.rawValue, code: 0)
        }
    }

    // MARK: ByteLink

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        guard let request = try? TinyBMSRequest.decode(bytes) else { return }
        requests.append(request)
        times.append(loop.now)
        let good = answer(to: request).bytes
        for (delay, bytes) in script?(request, good) ?? [(.milliseconds(12), good)] { send(bytes, after: delay) }
    }

    func send(_ bytes: [UInt8], after delay: Duration) {
        guard !bytes.isEmpty else { return }
        loop.schedule(at: loop.now + delay) { [self] in receiver?(.received(bytes, at: loop.now)) }
    }

    func unplug() { receiver?(.ended(.unplugged(name))) }

    var unsent: Int { 0 }
    func discardInput() {}
    func close() {}
}

extension TinyBMSRequest {
    /// A request whose answer nothing else could be (S32).
    static func marker(_ count: Int) -> TinyBMSRequest { .readRegisters(address: 32, count: count) }

    /// What is asked of a BMS of which nothing else is expected.
    var isForLiveValues: Bool {
        guard self != TinyBMSLiveBlock.request, case .readRegisters(32, _) = self else {
            return self == TinyBMSLiveBlock.request
        }
        return true
    }
}

/// A driver and its fake BMS on one virtual loop.
actor Bench {
    nonisolated let loop = VirtualLoop()
    nonisolated let bms: FakeTinyBMS
    let driver: TinyBMSDriver

    init(_ options: TinyBMSDriver.Options = .init(), _ prepare: (FakeTinyBMS) -> Void = { _ in }) {
        bms = FakeTinyBMS(loop: loop)
        prepare(bms)
        driver = TinyBMSDriver(pack: 1, link: bms, loop: loop, options: options)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Runs a body on the loop, moving virtual time as far as it needs.
    nonisolated func run<Value: Sendable>(_ body: @escaping @Sendable (isolated Bench) async -> Value) -> Value? {
        loop.result { await body(self) }
    }

    /// One poll; the clock of the BMS follows the loop's.
    nonisolated func poll() -> Result<PackReading, BMSError>? {
        run { bench in
            do throws(BMSError) { return .success(try await bench.driver.poll()) } catch { return .failure(error) }
        }
    }

    nonisolated func reading() -> PackReading? { try? poll()?.get() }

    nonisolated var statistics: DriverStatistics? { run { $0.driver.statistics } }

    /// Lets time pass, the BMS's counter with it.
    nonisolated func pass(_ duration: Duration) {
        loop.run(for: duration)
        bms.set(long: 32, bms.lifetime + UInt32(duration.components.seconds))
    }
}

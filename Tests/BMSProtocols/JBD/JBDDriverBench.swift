import Battery
import Links

@testable import BMSProtocols

/// A JBD board as bytes: two live registers, an EEPROM, and a script for what goes wrong. Runs on the loop of its bench.
final class FakeJBD: ByteLink, @unchecked Sendable {
    let name = "fake"
    let loop: any Loop
    var information = JBDBasicInformation()
    /// mV.
    var cells: [UInt16] = (0..<16).map { 3300 + 2 * $0 }
    /// Registers that can be read without factory mode.
    var eeprom: [UInt8: UInt16] = [:]
    var held = JBDHeldSwitches()
    /// Switches that a protection opens.
    var blocked = JBDClosedSwitches()
    /// Whether 0xE1 is taken in factory mode only.
    var isStrict = false
    var isInFactoryMode = false
    var hasName = true
    /// Requests as they came.
    var requests: [JBDRequest] = []
    /// What to send instead of the good answer: bytes with their delay; nil for the good answer, empty for silence.
    var script: ((JBDRequest, _ good: [UInt8]) -> [(delay: Duration, bytes: [UInt8])]?)?
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    init(loop: any Loop) {
        self.loop = loop
        information.voltage = 5304
        information.current = -350
        information.remainingCapacity = 16_800
        information.fullCapacity = 28_000
        information.cycles = 12
        information.productionDate = 0x2C7C
        information.balancing = 0b10
        information.version = 0x80
        information.stateOfCharge = 60
        information.cellCount = 16
        information.temperatures = [2731 + 215, 2731 - 52]
    }

    func answer(to request: JBDRequest) -> JBDAnswer {
        switch (request.access, request.register) {
        case (.read, 0x03):
            var told = information
            told.closedSwitches = JBDClosedSwitches([.charge, .discharge]).subtracting(blocked)
            told.closedSwitches.subtract(JBDClosedSwitches(rawValue: held.rawValue))
            if !held.isEmpty { told.protections.insert(.hostLock) }
            return JBDAnswer(0x03, told.data)
        case (.read, 0x04):
            var data: [UInt8] = []
            for cell in cells { data.append(big: cell) }
            return JBDAnswer(0x04, data)
        case (.read, 0x05) where hasName: return JBDAnswer(0x05, Array("JBD-TEST".utf8))
        case (.read, let register):
            guard let word = eeprom[register] else { return JBDAnswer(register, status: 0x81) }
            return JBDAnswer(register, [UInt8(word >> 8), UInt8(word & 0xFF)])
        case (.write, 0x00): isInFactoryMode = true
        case (.write, 0x01): isInFactoryMode = false
        case (.write, 0xE1) where isInFactoryMode || !isStrict: held = JBDHeldSwitches(rawValue: request.data[1])
        default: return JBDAnswer(request.register, status: 0x80)
        }
        return JBDAnswer(request.register)
    }

    // MARK: ByteLink

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        guard let request = try? JBDRequest.decode(bytes) else { return }
        requests.append(request)
        let good = answer(to: request).bytes
        for (delay, bytes) in script?(request, good) ?? [(.milliseconds(40), good)] { send(bytes, after: delay) }
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

/// A driver and its fake board on one virtual loop.
actor JBDDriverBench {
    nonisolated let loop = VirtualLoop()
    nonisolated let bms: FakeJBD
    let driver: JBDDriver

    init(_ prepare: (FakeJBD) -> Void = { _ in }) {
        bms = FakeJBD(loop: loop)
        prepare(bms)
        driver = JBDDriver(pack: 1, link: bms, loop: loop)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Runs a body on the loop, moving virtual time as far as it needs.
    nonisolated func run<Value: Sendable>(
        _ body: @escaping @Sendable (isolated JBDDriverBench) async -> Value
    ) -> Value? {
        loop.result { await body(self) }
    }

    nonisolated func poll() -> Result<PackReading, BMSError>? {
        run { bench in
            do throws(BMSError) { return .success(try await bench.driver.poll()) } catch { return .failure(error) }
        }
    }

    nonisolated func reading() -> PackReading? { try? poll()?.get() }

    nonisolated func identify() -> Result<PackIdentity, BMSError>? {
        run { bench in
            do throws(BMSError) {
                return .success(try await bench.driver.identify(within: bench.loop.now + .seconds(5)))
            } catch { return .failure(error) }
        }
    }

    /// Nil when the switch is as asked.
    nonisolated func set(_ one: PackSwitch, closed: Bool) -> BMSError? {
        run { bench -> BMSError? in
            do throws(BMSError) {
                try await bench.driver.setSwitch(one, closed: closed, within: bench.loop.now + .seconds(5))
                return nil
            } catch { return error }
        } ?? nil
    }

    nonisolated var statistics: DriverStatistics? { run { $0.driver.statistics } }

    /// Registers asked for by the next poll after a pause.
    nonisolated func registersOfNextPoll(after pause: Duration = .milliseconds(500)) -> [UInt8] {
        bms.requests = []
        loop.run(for: pause)
        _ = poll()
        return bms.requests.map(\.register)
    }
}

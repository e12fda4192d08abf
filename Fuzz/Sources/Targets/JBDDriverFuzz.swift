import BMSProtocols
import Battery
import Links

/// The driver against a board that answers well, badly, late or not at all, as the input says: every poll ends in time with
/// a reading or a typed error, no poll writes, and every reading that is taken holds numbers.
enum JBDDriverFuzz {
    static func run(_ bytes: [UInt8]) {
        let loop = VirtualLoop(origin: origin)
        let board = WildBoard(FuzzInput(bytes), loop: loop)
        let user = JBDDriverUser(board, loop: loop)
        let task = Task(executorPreference: loop.taskExecutor) { await user.poll(times: 4) }
        defer { task.cancel() }
        let began = loop.now
        loop.runUntilIdle()
        while !board.isDone, let next = loop.nextTimer {
            loop.run(until: next)
            require(loop.now < began + .seconds(240), "a poll does not end")
        }
        loop.runUntilIdle()
        require(board.isDone, "a poll hangs")
    }

    /// One moment for all runs: nothing may depend on when the process started.
    private static let origin = Instant.now
}

/// Owns the driver on its loop.
private actor JBDDriverUser {
    private let driver: JBDDriver
    private let board: WildBoard
    private let loop: VirtualLoop
    private var intake: SnapshotIntake

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    init(_ board: WildBoard, loop: VirtualLoop) {
        (self.board, self.loop) = (board, loop)
        driver = JBDDriver(pack: 1, link: board, loop: loop)
        let specification = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 100)
        intake = SnapshotIntake(specification, gap: .seconds(2))
    }

    func poll(times: Int) async {
        for _ in 0..<times {
            do throws(BMSError) { take(try await driver.poll()) } catch { intake.missed() }
            try? await LoopClock(loop).sleep(until: loop.now + .milliseconds(500), tolerance: nil)
        }
        require(!board.wasWritten, "a poll writes")
        if board.asksForSwitch {
            try? await driver.setSwitch(.charge, closed: false, within: loop.now + .seconds(3))
            _ = try? await driver.identify(within: loop.now + .seconds(3))
        }
        board.isDone = true
    }

    private func take(_ reading: PackReading) {
        require(reading.began <= reading.completed, "a reading is complete before it began")
        require(reading.isFinite, "a value of \(reading) is not finite")
        if case .success(let snapshot) = intake.accept(reading) {
            let extremes = [snapshot.highestCell?.volts, snapshot.lowestCell?.volts, snapshot.meanCell]
            require(extremes.allSatisfy { $0?.isFinite ?? true }, "an extreme of \(extremes) is not finite")
        }
    }
}

/// A board whose every answer is up to the input. Used on its loop alone, as `ByteLink` asks.
private final class WildBoard: ByteLink, @unchecked Sendable {
    let name = "wild"
    var isDone = false
    let asksForSwitch: Bool
    /// Whether anything was written to it.
    private(set) var wasWritten = false

    private let loop: VirtualLoop
    private var input: FuzzInput
    private var information = JBDBasicInformation()
    private var cells = [UInt8](repeating: 13, count: 32)
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    init(_ input: FuzzInput, loop: VirtualLoop) {
        (self.input, self.loop) = (input, loop)
        asksForSwitch = self.input.byte() & 1 != 0
        information.voltage = 5346
        information.stateOfCharge = 60
        information.cellCount = 16
        information.closedSwitches = [.charge, .discharge]
        information.temperatures = [2950, 2950]
    }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }
    var unsent: Int { 0 }
    func discardInput() {}
    func close() { receiver = nil }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        guard let request = try? JBDRequest.decode(bytes) else { return }
        wasWritten = wasWritten || request.access == .write
        let good = answer(to: request).bytes
        let choice = input.byte()
        var delay = Duration.milliseconds(12)
        if choice & 0x80 != 0 { delay = .milliseconds(2 * Int(input.byte())) }
        switch choice & 7 {
        case 0, 1: send(good, after: delay)
        case 2: break
        case 3:
            var damaged = good
            damaged[Int(input.byte()) % damaged.count] ^= input.byte()
            send(damaged, after: delay)
        case 4:
            send(input.take(Int(input.byte())), after: delay)
            send(good, after: delay + .milliseconds(1))
        case 5: send(JBDAnswer(request.register, input.take(Int(input.byte()))).bytes, after: delay)
        case 6:
            cells[Int(input.byte()) % cells.count] = input.byte()
            information.voltage = input.word()
            information.protections = JBDProtections(rawValue: input.word())
            information.closedSwitches = JBDClosedSwitches(rawValue: input.byte())
            send(answer(to: request).bytes, after: delay)
        default:
            guard choice & 0x40 == 0 else {
                receiver?(.ended(.unplugged(name)))
                return
            }
            send(request.bytes + good[..<(good.count / 2)], after: delay)
            send(Array(good[(good.count / 2)...]), after: delay + .milliseconds(Int(input.byte())))
        }
    }

    // MARK: - Private

    private func send(_ bytes: [UInt8], after delay: Duration) {
        guard !bytes.isEmpty else { return }
        loop.schedule(at: loop.now + delay) { [self] in receiver?(.received(bytes, at: loop.now)) }
    }

    private func answer(to request: JBDRequest) -> JBDAnswer {
        switch (request.access, request.register) {
        case (.read, 0x03): JBDAnswer(0x03, information.data)
        case (.read, 0x04): JBDAnswer(0x04, cells)
        case (.read, 0x05): JBDAnswer(0x05, Array("WILD".utf8))
        case (.read, 0x24): JBDAnswer(0x24, [0x0E, 0x42])
        case (.write, _): JBDAnswer(request.register)
        default: JBDAnswer(request.register, status: 0x81)
        }
    }
}

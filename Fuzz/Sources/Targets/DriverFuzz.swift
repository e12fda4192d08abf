import BMSProtocols
import Battery
import Links
import Simulator

/// A driver against a board that answers well, badly, late or not at all, as the input says: every poll ends in time with a
/// reading or a typed error, no poll writes, and every reading that is taken holds numbers.
enum DriverFuzz {
    static func target<Family: WildFamily>(_ family: Family.Type) -> FuzzTarget {
        FuzzTarget(name: Family.name + "-driver") { run(family, $0) }
    }

    // MARK: - Private

    /// Longest time of four polls and what follows them, each question of which is asked in vain.
    private static let patience = Duration.seconds(120)
    /// One moment for all runs: nothing may depend on when the process started.
    private static let origin = Instant.now

    private static func run<Family: WildFamily>(_ family: Family.Type, _ bytes: [UInt8]) {
        guard let spoken = SpokenFamily.named(family.name), let make = SimulatedFamily.named(family.name) else {
            return require(false, "\(family.name) is spoken and simulated")
        }
        let loop = VirtualLoop(origin: origin)
        let board = WildBoard<Family>(make(PackParameters(), 1), FuzzInput(bytes), loop: loop)
        let user = DriverUser(spoken.makeDriver(1, board, loop, .init()), of: board, loop: loop)
        let task = Task(executorPreference: loop.taskExecutor) { await user.poll(times: 4) }
        defer { task.cancel() }
        let began = loop.now
        loop.runUntilIdle()
        while !board.isDone, let next = loop.nextTimer {
            loop.run(until: next)
            require(loop.now < began + patience, "a poll does not end")
        }
        loop.runUntilIdle()
        require(board.isDone, "a poll hangs")
    }
}

/// Owns the driver on its loop.
private actor DriverUser<Family: WildFamily> {
    private let driver: any BMSDriver
    private let board: WildBoard<Family>
    private let loop: VirtualLoop
    private var intake: SnapshotIntake

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    init(_ driver: sending any BMSDriver, of board: WildBoard<Family>, loop: VirtualLoop) {
        (self.driver, self.board, self.loop) = (driver, board, loop)
        let specification = PackSpecification(
            chemistry: .lfp, cellCount: 16, capacity: 280, maximumCharge: 100, maximumDischarge: 100)
        intake = SnapshotIntake(specification, gap: .seconds(2))
    }

    func poll(times: Int) async {
        for _ in 0..<times {
            do throws(BMSError) { take(try await driver.poll()) } catch { intake.missed() }
            board.pass()
            try? await LoopClock(loop).sleep(until: loop.now + .milliseconds(500), tolerance: nil)
        }
        require(!board.wasWritten, "a poll writes")
        if board.asksForMore {
            try? await (driver as? any SwitchControl)?.setSwitch(.charge, closed: false, within: loop.now + .seconds(3))
            _ = try? await driver.identify(within: loop.now + .seconds(3))
        }
        board.isDone = true
    }

    private func take(_ reading: PackReading) {
        require(board.hasAnswered, "a reading out of nothing")
        require(reading.began <= reading.completed, "a reading is complete before it began")
        require(reading.isFinite, "a value of \(reading) is not finite")
        if case .success(let snapshot) = intake.accept(reading) {
            let extremes = [snapshot.highestCell?.volts, snapshot.lowestCell?.volts, snapshot.meanCell]
            require(extremes.allSatisfy { $0?.isFinite ?? true }, "an extreme of \(extremes) is not finite")
        }
    }
}

/// A board whose every answer is up to the input. Used on its loop alone, as `ByteLink` asks.
private final class WildBoard<Family: WildFamily>: ByteLink, @unchecked Sendable {
    let name = "wild"
    var isDone = false
    /// Whether more is wanted of the driver than polls.
    let asksForMore: Bool
    /// Whether anything was written to it.
    private(set) var wasWritten = false
    /// Whether it ever sent anything.
    private(set) var hasAnswered = false

    private let loop: VirtualLoop
    private var bms: any SimulatedBMS
    private var input: FuzzInput
    private let began: Instant
    /// Bytes of a request's answers that are others from then on.
    private var changes: [[UInt8]: [(place: Int, byte: UInt8)]] = [:]
    private var receiver: (@Sendable (ByteLinkEvent) -> Void)?

    init(_ bms: any SimulatedBMS, _ input: FuzzInput, loop: VirtualLoop) {
        (self.bms, self.input, self.loop) = (bms, input, loop)
        began = loop.now
        asksForMore = self.input.byte() & 1 != 0
    }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) { self.receiver = receiver }
    var unsent: Int { 0 }
    func discardInput() {}
    func close() { receiver = nil }

    /// The battery's time goes on, unless the input stops it.
    func pass() {
        let time = Duration.milliseconds(500) * Int(input.byte() & 3)
        for text in bms.advance(to: loop.now - began, by: time, demand: 10) { send(text.bytes, after: text.delay) }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        guard let request = Family.request(bytes) else { return }
        wasWritten = wasWritten || Family.isWrite(request)
        let good = answer(to: bytes)
        let choice = input.byte()
        var delay = Duration.milliseconds(12)
        if choice & 0x80 != 0 { delay = .milliseconds(2 * Int(input.byte())) }
        switch choice & 7 {
        case 0, 1: send(good, after: delay)
        case 2: break
        case 3:
            var damaged = good
            change(&damaged, Int(input.byte()), by: input.byte())
            send(damaged, after: delay)
        case 4:
            send(input.take(Int(input.byte())), after: delay)
            send(good, after: delay + .milliseconds(1))
        case 5: send(Family.answer(to: request, input.take(Int(input.byte()))), after: delay)
        case 6:
            changes[bytes, default: []].append((Int(input.word()), input.byte()))
            send(changed(good, of: bytes), after: delay)
        default:
            guard choice & 0x40 == 0 else {
                receiver?(.ended(.unplugged(name)))
                return
            }
            let echo = choice & 0x20 == 0 ? [] : bytes
            send(echo + good[..<(good.count / 2)], after: delay)
            send(Array(good[(good.count / 2)...]), after: delay + .milliseconds(Int(input.byte())))
        }
    }

    // MARK: - Private

    private func send(_ bytes: [UInt8], after delay: Duration) {
        guard !bytes.isEmpty else { return }
        hasAnswered = true
        loop.schedule(at: loop.now + delay) { [self] in receiver?(.received(bytes, at: loop.now)) }
    }

    private func answer(to request: [UInt8]) -> [UInt8] {
        changed(bms.receive(request, at: loop.now - began).flatMap(\.bytes), of: request)
    }

    /// An answer with what is no longer as the battery has it, and a checksum that fits.
    private func changed(_ answer: [UInt8], of request: [UInt8]) -> [UInt8] {
        guard let changes = changes[request] else { return answer }
        var answer = answer
        for (place, byte) in changes { change(&answer, place, by: byte) }
        return Family.sealed(answer)
    }

    private func change(_ bytes: inout [UInt8], _ place: Int, by other: UInt8) {
        guard !bytes.isEmpty else { return }
        bytes[place % bytes.count] ^= other
    }
}

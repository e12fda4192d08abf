import BMSProtocols
import Links
import Synchronization
import Testing

@testable import Simulator

/// A host on virtual time that keeps what a simulated pack says.
final class Host: Sendable {
    struct Heard: Sendable, Equatable {
        var bytes: [UInt8]
        var at: Duration
    }

    let loop = VirtualLoop(origin: .now)
    let pack: SimulatedPack
    private let began: Instant
    private let heard = Mutex<[Heard]>([])
    private let link = Mutex<(any ByteLink)?>(nil)
    private let endings = Mutex(0)

    init(_ setup: SimulatedPack.Setup) {
        began = loop.now
        let box = ReportBox()
        var setup = setup
        setup.onFault = { report in box.reports.withLock { $0.append(report) } }
        self.box = box
        pack = SimulatedPack(setup, on: loop)
        pack.start()
        loop.runUntilIdle()
        plugIn()
    }

    private let box: ReportBox
    var faultReports: [SimulatedPack.FaultReport] { box.reports.withLock { $0 } }

    final class ReportBox: Sendable { let reports = Mutex<[SimulatedPack.FaultReport]>([]) }

    @discardableResult func plugIn() -> Bool {
        guard let opened = try? pack.openLink() else { return false }
        link.withLock { $0 = opened }
        opened.listen { [weak self] event in
            guard let self else { return }
            switch event {
            case .received(let bytes, let at):
                heard.withLock { $0.append(Heard(bytes: bytes, at: began.duration(to: at))) }
            case .ended: endings.withLock { $0 += 1 }
            }
        }
        return true
    }

    var ended: Int { endings.withLock { $0 } }

    func run(_ duration: Duration) { loop.run(for: duration) }

    func write(_ bytes: [UInt8]) { try? link.withLock { $0 }?.write(bytes) }

    func take() -> [Heard] {
        heard.withLock { heard in
            defer { heard = [] }
            return heard
        }
    }

    /// Sends a request, waits 150 ms and returns everything that came.
    func ask(_ request: TinyBMSRequest) -> [UInt8] {
        _ = take()
        write(request.bytes)
        run(.milliseconds(150))
        return take().flatMap(\.bytes)
    }

    /// Asks for the status as often as it takes, each time with a pause of half a second.
    func answers(of count: Int, _ request: TinyBMSRequest = .onlineStatus) -> [[UInt8]] {
        (0..<count).map { _ in
            let bytes = ask(request)
            run(.milliseconds(350))
            return bytes
        }
    }
}

/// Whether bytes are one good answer.
func isGood(_ bytes: [UInt8]) -> Bool {
    do throws(DecodeError) {
        _ = try TinyBMSAnswer.decode(bytes)
        return true
    } catch { return false }
}

private func host(
    _ faults: [ScheduledFault] = [], current: Double = 20, seed: UInt64 = 1,
    change: (inout SimulatedPack.Setup) -> Void = { _ in }
) -> Host {
    let scenario = Scenario(
        name: "test", profile: LoadProfile([.init(at: 0, .current(current))]), faults: faults)
    var setup = SimulatedPack.Setup(scenario: scenario, seed: seed)
    change(&setup)
    return Host(setup)
}

@Suite(.timeLimit(.minutes(1))) struct SimulatedPackTests {
    @Test func `an answer arrives when its last byte is out`() {
        let host = host()
        host.run(.seconds(1))
        host.write(TinyBMSRequest.readRegisters(address: 0, count: 56).bytes)
        host.run(.milliseconds(100))
        let heard = host.take()
        #expect(heard.count == 1)
        #expect(heard.first?.bytes.count == 117)
        let waited = (heard.first?.at ?? .zero) - .seconds(1)
        #expect(waited > .microseconds(1000 + 117 * 86) && waited < .microseconds(1000 + 117 * 88))
    }

    @Test func `a paced line delivers in pieces at the baud rate`() {
        let host = host { $0.pacing = .baud(9600) }
        host.run(.seconds(1))
        host.write(TinyBMSRequest.readRegisters(address: 0, count: 56).bytes)
        host.run(.milliseconds(200))
        let heard = host.take()
        #expect(heard.count >= 7)
        #expect(heard.allSatisfy { $0.bytes.count <= 16 })
        #expect(isGood(heard.flatMap(\.bytes)))
        let span = (heard.last?.at ?? .zero) - (heard.first?.at ?? .zero)
        #expect(span > .milliseconds(90) && span < .milliseconds(125))
    }

    @Test func `the profile flows, and a plant takes its place`() {
        let profile = host(current: 35)
        profile.run(.seconds(2))
        #expect(profile.pack.terminals.current == 35)
        let plant = host { $0.plant = { terminals, time in time > .seconds(5) ? -terminals.voltage : 3 } }
        plant.run(.seconds(3))
        #expect(plant.pack.terminals.current == 3)
        plant.run(.seconds(5))
        #expect(plant.pack.terminals.current < -50)
    }

    @Test func `the battery ages at its speed while the protocol keeps its time`() {
        let host = host(current: -20) { $0.speed = 60 }
        host.run(.seconds(1))
        guard case .lifetime(let before)? = try? TinyBMSAnswer.decode(host.ask(.lifetime)) else {
            return #expect(Bool(false))
        }
        let charge = host.pack.bms.pack.discharged
        host.run(.seconds(60))
        guard case .lifetime(let after)? = try? TinyBMSAnswer.decode(host.ask(.lifetime)) else {
            return #expect(Bool(false))
        }
        #expect((60...61).contains(after - before))
        #expect(abs(host.pack.bms.pack.discharged - charge - 20) < 0.1)
    }

    @Test func `a stopped pack says nothing and its link is dead`() {
        let host = host()
        #expect(isGood(host.ask(.onlineStatus)))
        host.pack.stop()
        host.run(.seconds(1))
        #expect(host.ask(.onlineStatus).isEmpty)
        #expect(host.ended == 1)
        #expect(!host.plugIn())
        #expect(host.loop.nextTimer == nil)
    }

    @Test func `silence begins and ends at its times and both are reported`() {
        let host = host([ScheduledFault(at: 10, for: 5, Misbehaviour(.silence))])
        host.run(.seconds(9))
        #expect(isGood(host.ask(.onlineStatus)))
        host.run(.seconds(1))
        #expect(host.ask(.onlineStatus).isEmpty)
        host.run(.seconds(5))
        #expect(isGood(host.ask(.onlineStatus)))
        #expect(host.faultReports.map(\.begins) == [true, false])
        #expect(host.faultReports.map(\.time) == [.seconds(10), .seconds(15)])
        #expect(host.faultReports.allSatisfy { $0.misbehaviour.kind == .silence })
    }

    @Test func `an unplugged cable ends the link and can be opened again afterwards`() {
        let host = host([ScheduledFault(at: 5, for: 5, Misbehaviour(.unplugged))])
        host.run(.seconds(6))
        #expect(host.ended == 1)
        #expect(!host.plugIn())
        #expect(host.ask(.onlineStatus).isEmpty)
        host.run(.seconds(5))
        #expect(host.plugIn())
        #expect(isGood(host.ask(.onlineStatus)))
    }

    @Test func `a pack that opens its own link tries again until it succeeds`() {
        let loop = VirtualLoop(origin: .now)
        let attempts = Mutex(0)
        let far = Mutex<(any ByteLink)?>(nil)
        let scenario = Scenario(name: "test", faults: [ScheduledFault(at: 10, for: 5, Misbehaviour(.unplugged))])
        let pack = SimulatedPack(SimulatedPack.Setup(scenario: scenario), on: loop) { () throws(LinkError) in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            guard attempt != 1 else { throw .missing("nothing yet") }
            let (near, other) = MemoryLink.pair(loop: loop)
            far.withLock { $0 = other }
            return near
        }
        let heard = Mutex(0)
        func ask() -> Int {
            let link = far.withLock { $0 }
            link?.listen { if case .received(let bytes, _) = $0 { heard.withLock { $0 += bytes.count } } }
            try? link?.write(TinyBMSRequest.onlineStatus.bytes)
            loop.run(for: .milliseconds(100))
            return heard.withLock { count in
                defer { count = 0 }
                return count
            }
        }
        pack.start()
        loop.run(for: .milliseconds(500))
        #expect(attempts.withLock { $0 } == 1)
        #expect(ask() == 0)
        loop.run(for: .seconds(1))
        #expect(attempts.withLock { $0 } == 2)
        #expect(ask() == 6)
        loop.run(for: .seconds(10))
        #expect(attempts.withLock { $0 } == 2)
        loop.run(for: .seconds(5))
        #expect(attempts.withLock { $0 } == 3)
        _ = ask()
        #expect(ask() == 6)
    }

    // MARK: - Wire faults

    @Test(arguments: [Misbehaviour.Kind.wrongChecksum, .truncatedAnswers, .damagedAnswers])
    func `spoiled answers never pass the checksum`(kind: Misbehaviour.Kind) {
        let host = host([ScheduledFault(at: 0, Misbehaviour(kind))])
        let answers = host.answers(of: 50)
        #expect(answers.allSatisfy { !$0.isEmpty })
        // Damage may undo itself by flipping the same bits twice; that is one chance in very many.
        #expect(answers.allSatisfy { !isGood($0) })
    }

    @Test func `a damaged request is refused for its checksum or not heard`() {
        let host = host([ScheduledFault(at: 0, Misbehaviour(.damagedRequests))])
        let answers = host.answers(of: 60, .readRegisters(address: 0, count: 56))
        let refusal = TinyBMSAnswer.refused(command: 0x03, code: 1).bytes
        #expect(answers.contains(refusal))
        #expect(answers.allSatisfy { $0.count < 117 })
    }

    @Test func `a probability spoils that part of the answers`() {
        let host = host([ScheduledFault(at: 0, Misbehaviour(.wrongChecksum, probability: 0.3))])
        let bad = host.answers(of: 300).filter { !isGood($0) }.count
        #expect((60...120).contains(bad))
    }

    @Test func `late answers come late and complete`() {
        let host = host([ScheduledFault(at: 0, Misbehaviour(.lateAnswers, value: 0.4))])
        #expect(host.ask(.onlineStatus).isEmpty)
        host.run(.milliseconds(400))
        #expect(isGood(host.take().flatMap(\.bytes)))
    }

    @Test func `duplicated answers come twice`() {
        let host = host([ScheduledFault(at: 0, Misbehaviour(.duplicatedAnswers))])
        let bytes = host.ask(.onlineStatus)
        #expect(bytes.count == 12)
        #expect(Array(bytes.prefix(6)) == Array(bytes.suffix(6)))
    }

    @Test func `glued answers come together with the next one`() {
        let host = host([ScheduledFault(at: 0, Misbehaviour(.gluedAnswers))])
        #expect(host.ask(.onlineStatus).isEmpty)
        let bytes = host.ask(.minimumCell)
        #expect(bytes.count == 12)
        #expect(isGood(Array(bytes.prefix(6))) && isGood(Array(bytes.suffix(6))))
    }

    @Test func `text stands before answers and noise on the line`() {
        let text = host([ScheduledFault(at: 0, Misbehaviour(.textNoise))]).ask(.onlineStatus)
        #expect(text.count > 6)
        #expect(isGood(Array(text.suffix(6))))
        let noisy = host([ScheduledFault(at: 0, Misbehaviour(.noise, value: 100))])
        noisy.run(.seconds(10))
        #expect((950...1050).contains(noisy.take().flatMap(\.bytes).count))
    }

    // MARK: - Physical faults

    @Test func `every fault begins, ends and leaves a pack that answers`() {
        for kind in Misbehaviour.Kind.allCases {
            let value = kind.quantity.map { min(max(0.5, $0.range.lowerBound), $0.range.upperBound) } ?? 0
            let fault = Misbehaviour(kind, cell: 2, sensor: 1, value: value, probability: 0.5)
            let host = host([ScheduledFault(at: 2, for: 5, fault)])
            host.run(.seconds(7))
            host.plugIn()
            _ = host.answers(of: 3)
            #expect(isGood(host.ask(.onlineStatus)), "\(kind)")
            #expect(host.faultReports.count == 2, "\(kind)")
            // What was measured wrong is measured right again.
            let sensors = host.pack.bms.pack.sensors
            #expect(
                (sensors.cells + sensors.external + [sensors.voltage, sensors.current, sensors.board]).allSatisfy {
                    $0.fault == nil
                })
        }
    }

    @Test func `the end of one fault leaves another of the same cell`() {
        let host = host([
            ScheduledFault(at: 1, for: 10, Misbehaviour(.cellVoltage, cell: 2, value: 3.5)),
            ScheduledFault(at: 3, for: 2, Misbehaviour(.cellMissing, cell: 2)),
        ])
        host.run(.seconds(4))
        #expect(host.pack.bms.pack.measurement.cells[1] == 0)
        host.run(.seconds(3))
        #expect(host.pack.bms.pack.measurement.cells[1] == 3.5)
        host.run(.seconds(5))
        #expect(host.pack.bms.pack.measurement.cells[1] < 3.4)
    }

    @Test func `a lost probe reads as not connected`() {
        let host = host([ScheduledFault(at: 1, Misbehaviour(.temperatureLost, sensor: 2))])
        host.run(.seconds(2))
        guard case .temperatures(_, let first, let second)? = try? TinyBMSAnswer.decode(host.ask(.temperatures)) else {
            return #expect(Bool(false))
        }
        #expect(first == 220)
        #expect(second == -32768)
    }

    @Test func `faults can begin and end by hand`() {
        let host = host()
        host.pack.beginFault(Misbehaviour(.silence))
        #expect(host.ask(.onlineStatus).isEmpty)
        host.pack.endFault(Misbehaviour(.silence))
        #expect(isGood(host.ask(.onlineStatus)))
        host.pack.change { $0.pack.countedCharge = 12 }
        #expect(host.ask(.stateOfCharge) == TinyBMSAnswer.stateOfCharge(12_000_000).bytes)
    }

    @Test func `the same seed gives the same bytes at the same times`() {
        func recording(_ seed: UInt64) -> [Host.Heard] {
            let scenario = Scenario.named("wild-wire") ?? Scenario(name: "none")
            let host = Host(SimulatedPack.Setup(scenario: scenario, seed: seed))
            var heard: [Host.Heard] = []
            for _ in 0..<200 {
                host.write(TinyBMSRequest.readRegisters(address: 0, count: 56).bytes)
                host.run(.milliseconds(500))
                heard += host.take()
            }
            return heard
        }
        #expect(recording(5) == recording(5))
        #expect(recording(5) != recording(6))
    }
}

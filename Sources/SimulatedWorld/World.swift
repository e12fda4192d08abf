import Configuration
import Glibc
import Links
package import Log
package import Proof
import Simulator

/// A world from one seed: packs, wires, a GX with sun and loads behind it, a disk, people who change settings, and the
/// whole gateway as it runs in its process; on one loop in virtual time.
///
/// Two worlds of one seed are the same, frame by frame. `@unchecked Sendable`: everything is touched on the loop alone, or
/// on the thread that owns the world while the loop rests.
package final class World: @unchecked Sendable {
    /// What a run came to.
    package struct Outcome {
        /// As it was handed in, with what it saw.
        package var onlooker: any Onlooker
        /// Over every byte and frame with its time.
        package var fingerprint: Fingerprint
        /// Frames of the gateway that were on the wire.
        package var frames: Int
        /// Lives of the gateway's process.
        package var processes: Int
    }

    /// Where a run tells what happens, for people.
    package struct Trace: Sendable {
        /// Everything that happens, with its time, µs.
        package var happened: @Sendable (Happening, Int64) -> Void
        /// The gateway's own log.
        package var logged: @Sendable (LogLine) -> Void

        package init(
            happened: @escaping @Sendable (Happening, Int64) -> Void, logged: @escaping @Sendable (LogLine) -> Void
        ) {
            self.happened = happened
            self.logged = logged
        }
    }

    private let setup: WorldSetup
    private let trace: Trace?
    private let loop = VirtualLoop()
    private let origin: Instant
    private let recorder: Recorder
    private let can: CANWire
    private let household: Household
    private let packs: [PackWire]
    private let folder: StateFolder
    private let user: WorldUser
    private var random: SeededRandom
    private var process: GatewayProcess?
    private var processes = 0
    private var wallOffset: Int64 = 0
    private var active = 0
    private var slowness: [Double] = []
    private var disk = SimulatedDisk.Condition()
    private var foreigners: [Int: (current: Double, every: Double)] = [:]
    private var isOver = false

    /// Time from the end of a process to the beginning of the next (`RestartSec`).
    private static let restartDelay: Duration = .milliseconds(500)
    /// What an access to a sound disk takes, s.
    private static let ordinaryLatency = 0.004
    /// The wall clock at the beginning: 2025-03-01.
    private static let beginning: Int64 = 1_740_787_200_000

    /// Builds a world; nothing moves yet.
    ///
    /// - Throws: `WorldError` where no folder can be made for its files.
    package init(_ setup: WorldSetup, onlooker: any Onlooker, trace: Trace? = nil) throws(WorldError) {
        self.setup = setup
        self.trace = trace
        origin = loop.now
        folder = try StateFolder()
        let recorder = Recorder(onlooker, on: loop, trace: trace?.happened)
        self.recorder = recorder
        let can = CANWire(loop: loop, recorder: recorder)
        self.can = can
        let household = Household(
            steps: setup.power, capacities: setup.installation.packs.map(\.parameters.capacity), bus: can.bus,
            loop: loop)
        self.household = household
        var random = SeededRandom(seed: setup.seed &+ 0x57AB_1E)
        packs = setup.installation.packs.enumerated().map { [loop] index, pack in
            let number = index + 1
            return PackWire(
                number, scenario: Scenario(name: "pack\(number)", pack: pack.parameters), family: pack.family,
                seed: random.next(), loop: loop, recorder: recorder, demand: { household.current(into: number, $0) })
        }
        self.random = random
        user = WorldUser(loop: loop, recorder: recorder)
    }

    /// Runs the world to its end and takes it down; once.
    package func run() -> Outcome {
        recorder.note(.confirmed(Site(isCommissioned: false, packs: [])))
        recorder.note(.bus(isUsable: true))
        for pack in packs { pack.pack.start() }
        at(setup.gxAt) { $0.household.bringGX() }
        at(setup.commissionedAt) { $0.user.want($0.setup.installation) }
        for fault in setup.plan.faults { plan(fault) }
        loop.perform { [weak self] in self?.startProcess() }
        loop.run(for: .seconds(setup.seconds))
        takeDown()
        return Outcome(
            onlooker: recorder.onlooker, fingerprint: recorder.fingerprint, frames: recorder.framesSent,
            processes: processes)
    }

    // MARK: - Private

    private func at(_ seconds: Double, _ body: @escaping @Sendable (World) -> Void) {
        loop.schedule(at: origin + .microseconds(Int64((seconds * 1e6).rounded()))) { [weak self] in
            if let self, !isOver { body(self) }
        }
    }

    private func takeDown() {
        isOver = true
        process?.kill()
        for pack in packs { pack.pack.stop() }
        household.takeGX()
        loop.runUntilIdle()
        folder.remove()
    }

    // MARK: - The process

    private func startProcess() {
        guard !isOver else { return }
        processes += 1
        let process = GatewayProcess(environment, recorder: recorder, latency: latency)
        process.disk.change { [disk] in $0 = disk }
        self.process = process
        user.process = process
        process.start()
    }

    private func ended(_ process: GatewayProcess) {
        guard self.process === process else { return }
        self.process = nil
        user.process = nil
        loop.schedule(at: loop.now + Self.restartDelay) { [weak self] in self?.startProcess() }
    }

    private var environment: GatewayProcess.Environment {
        GatewayProcess.Environment(
            folder: folder.path, loop: loop,
            wall: { [weak self] in UTCTime(milliseconds: self?.wall ?? 0) }, random: random.fork(),
            log: trace?.logged,
            openPack: { [weak self] number, process throws(LinkError) in
                guard let self, packs.indices.contains(number - 1) else { throw .missing("uart.\(number)") }
                return try packs[number - 1].open(for: process)
            },
            openBus: { [weak self] process throws(LinkError) in
                guard let self else { throw .missing("can0") }
                return try can.open(for: process)
            },
            onEnd: { [weak self] process in self?.ended(process) })
    }

    private var wall: Int64 {
        let (seconds, attoseconds) = origin.duration(to: loop.now).components
        return Self.beginning + wallOffset + seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    private var latency: Duration { .seconds(slowness.max() ?? Self.ordinaryLatency) }

    private func changeDisk(_ body: (inout SimulatedDisk.Condition) -> Void) {
        body(&disk)
        process?.disk.change { [disk] in
            ($0.isFull, $0.isFailing) = (disk.isFull, disk.isFailing)
        }
    }

    // MARK: - Faults

    private func plan(_ planned: PlannedFault) {
        at(planned.at) { $0.begin(planned.fault) }
        // What is done once is felt for a while.
        let lasting = planned.fault.lasts ? planned.duration : planned.fault.aftermath
        if planned.fault.isFault { at(planned.at + lasting) { $0.end(planned.fault) } }
    }

    private func begin(_ fault: WorldFault) {
        if fault.isFault {
            active += 1
            recorder.note(.fault(fault.description, begins: true, isInside: fault.isInside, isCalm: false))
        }
        switch fault {
        case .pack(let number, let misbehaviour): packs[number - 1].pack.beginFault(misbehaviour)
        case .bus(let trouble): can.begin(trouble)
        case .lateFrames(let seconds): can.delay = .seconds(seconds)
        case .gxGone: household.takeGX()
        case .foreignLimits(let current, let every): beginForeign(current, every)
        case .slowDisk(let seconds): changeSlowness { $0.append(seconds) }
        case .fullDisk: changeDisk { $0.isFull = true }
        case .failingDisk: changeDisk { $0.isFailing = true }
        case .crash(let child): process?.fail(child, .crash)
        case .hang(let child): process?.fail(child, .hang)
        case .kill: process?.kill()
        case .wallClock(let seconds):
            wallOffset += seconds * 1000
            recorder.note(.wallClockSet(by: seconds))
        case .settings(let installation): user.want(installation)
        case .invalidSettings(let key, let value): user.tryOut(key, value)
        }
    }

    private func end(_ fault: WorldFault) {
        active -= 1
        switch fault {
        case .pack(let number, let misbehaviour): packs[number - 1].pack.endFault(misbehaviour)
        case .bus(let trouble): can.end(trouble)
        case .lateFrames: can.delay = .zero
        case .gxGone: household.bringGX()
        case .foreignLimits(let current, let every): endForeign(current, every)
        case .slowDisk(let seconds):
            changeSlowness { slowness in
                if let index = slowness.firstIndex(of: seconds) { slowness.remove(at: index) }
            }
        case .fullDisk: changeDisk { $0.isFull = false }
        case .failingDisk: changeDisk { $0.isFailing = false }
        default: break
        }
        recorder.note(.fault(fault.description, begins: false, isInside: fault.isInside, isCalm: active == 0))
    }

    private func changeSlowness(_ body: (inout [Double]) -> Void) {
        body(&slowness)
        process?.diskThreads.setLatency(latency)
    }

    // MARK: - Another sender

    private func beginForeign(_ current: Double, _ every: Double) {
        let number = (foreigners.keys.max() ?? 0) + 1
        foreigners[number] = (current, every)
        sendForeign(number)
    }

    private func endForeign(_ current: Double, _ every: Double) {
        guard let number = foreigners.first(where: { $0.value == (current, every) })?.key else { return }
        foreigners[number] = nil
    }

    private func sendForeign(_ number: Int) {
        guard let foreigner = foreigners[number], !isOver else { return }
        let tenths = UInt16(clamping: Int(foreigner.current * 10))
        let volts = UInt16(clamping: setup.installation.packs[0].parameters.cells * 34)
        let data = [volts, tenths, tenths, 400].flatMap {
            [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
        }
        if can.carries, let frame = CANFrame(0x351, data) { can.bus.inject(frame) }
        loop.schedule(at: loop.now + .seconds(foreigner.every)) { [weak self] in self?.sendForeign(number) }
    }
}

extension WorldFault {
    /// Whether it hits the gateway's own process.
    fileprivate var isInside: Bool {
        switch self {
        case .crash, .hang, .kill: true
        default: false
        }
    }

    /// How long one is felt that is done at once, s.
    fileprivate var aftermath: Double {
        switch self {
        case .hang: 20
        case .crash, .kill: 8
        default: 0
        }
    }
}

/// Why a world cannot be made.
package struct WorldError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
}

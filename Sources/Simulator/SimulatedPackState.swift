import Battery
import Links

/// What a `SimulatedPack` knows. No link is called here; what must be done outside is returned.
struct SimulatedPackState: Sendable {
    /// What the runner must do.
    struct Actions: Sendable {
        var reports: [SimulatedPack.FaultReport] = []
        var closes: (any ByteLink)?
        var connects = false
    }

    var bms: any SimulatedBMS
    /// The attempt to open a link that is under way.
    var connecting: Task<Void, Never>?
    var tickTimer: LoopTimer?
    var departureTimer: LoopTimer?
    private(set) var isRunning = false
    private var link: (any ByteLink)?
    private var retryAt: Instant?
    private let connects: Bool
    /// Somebody wants to know what is answered.
    private let tells: Bool

    private let scenario: Scenario
    private let speed: Double
    private var faults: WireFaults
    private var timeline: FaultTimeline
    private var active: [Misbehaviour] = []
    /// What was measured when a buffer was filled last that nothing fills any more.
    private var frozen: Telling.Values?
    private var line: UARTLine
    private var began: Instant?
    private var wireTime = Duration.zero
    private var demand = 0.0

    /// Most simulated time that passes at once: about a tenth of a second of work.
    static let longestStep = Duration.seconds(20_000)

    init(_ setup: SimulatedPack.Setup, connects: Bool) {
        self.connects = connects
        tells = setup.onAnswer != nil
        bms = setup.bms
        scenario = setup.scenario
        speed = setup.speed.isFinite ? min(max(setup.speed, 0.001), 100_000) : 1
        var random = SeededRandom(seed: setup.seed)
        faults = WireFaults(random: random.fork())
        timeline = FaultTimeline(setup.scenario.faults)
        switch setup.pacing {
        case .baud(let rate): line = UARTLine(baudRate: rate, isPaced: true)
        case .none: line = UARTLine(baudRate: setup.bms.baudRate, isPaced: false)
        }
    }

    /// Whether there is anything to begin.
    mutating func start(at now: Instant) -> Bool {
        guard !isRunning, began == nil else { return false }
        isRunning = true
        began = now
        return true
    }

    mutating func stop() -> (link: (any ByteLink)?, timers: [LoopTimer], connecting: Task<Void, Never>?) {
        isRunning = false
        line.clear()
        defer {
            link = nil
            tickTimer = nil
            departureTimer = nil
            connecting = nil
        }
        return (link, [tickTimer, departureTimer].compactMap { $0 }, connecting)
    }

    /// Whether the cable is out.
    var isUnplugged: Bool { faults.isUnplugged }

    /// Takes a link where one can be plugged in, and hands back the one before it.
    mutating func attach(_ new: any ByteLink) -> (accepted: Bool, old: (any ByteLink)?) {
        connecting = nil
        retryAt = nil
        guard isRunning, !isUnplugged else { return (false, nil) }
        let old = link
        link = new
        line.clear()
        return (true, old)
    }

    /// A link died.
    mutating func lost(_ dead: any ByteLink) {
        if link === dead { link = nil }
    }

    /// Opening failed.
    mutating func retry(at instant: Instant) {
        connecting = nil
        retryAt = instant
    }

    var terminals: SimulatedPack.Terminals {
        let pack = bms.pack
        return SimulatedPack.Terminals(
            voltage: pack.voltage, current: pack.current, stateOfCharge: pack.stateOfCharge,
            source: pack.source,
            chargeSwitchClosed: pack.chargeSwitchClosed, dischargeSwitchClosed: pack.dischargeSwitchClosed)
    }

    func simulatedTime(at now: Instant) -> Duration { scaled(elapsed(at: now)) }

    /// Brings everything to the present; `demand` nil takes the scenario's profile.
    mutating func advance(to now: Instant, demand given: Double?) -> Actions {
        var actions = Actions()
        guard isRunning else { return actions }
        let time = simulatedTime(at: now)
        applyFaults(at: now, time: time, to: &actions)
        demand = given ?? scenario.profile.demand(at: time.seconds, pack: bms.pack)
        moveWire(to: now)
        connectOrClose(at: now, &actions)
        return actions
    }

    /// Takes bytes from the host; returns them as they reached the BMS, and what it answered. Nil where they did not.
    mutating func receive(_ bytes: [UInt8], at now: Instant) -> (heard: [UInt8], said: [Telling])? {
        guard isRunning, !isUnplugged else { return nil }
        moveWire(to: now)
        let heard = faults.incoming(bytes)
        var said: [Telling] = []
        for answer in bms.receive(heard, at: wireTime) {
            queue(answer)
            if tells { said.append(telling(answer)) }
        }
        return (heard, said)
    }

    /// Bytes that have left by now, and where they go.
    mutating func take(at now: Instant) -> ([UInt8], (any ByteLink)?) {
        (line.take(until: elapsed(at: now)), link)
    }

    /// When more bytes will have left, and the timer that waits for an earlier answer to that.
    var nextDeparture: (Instant?, LoopTimer?) {
        mutating get {
            defer { departureTimer = nil }
            guard isRunning, let began, let departure = line.nextDeparture else { return (nil, departureTimer) }
            return (began.advanced(by: departure), departureTimer)
        }
    }

    mutating func begin(_ misbehaviour: Misbehaviour) {
        active.append(misbehaviour)
        let values = bms.values(frozen: frozen)
        misbehaviour.begin(on: &bms)
        if bms.condition.freezesReadings { frozen = values }
        faults.active = active.filter(\.kind.isOnWire)
    }

    mutating func end(_ misbehaviour: Misbehaviour) {
        guard let index = active.firstIndex(of: misbehaviour) else { return }
        active.remove(at: index)
        misbehaviour.end(on: &bms)
        // Another fault of the same thing goes on.
        active.last { $0.concernsSame(as: misbehaviour) }?.begin(on: &bms)
        if !bms.condition.freezesReadings { frozen = nil }
        faults.active = active.filter(\.kind.isOnWire)
    }

    // MARK: - Private

    private func elapsed(at now: Instant) -> Duration { began.map { $0.duration(to: now) } ?? .zero }

    private func scaled(_ duration: Duration) -> Duration { speed == 1 ? duration : duration * speed }

    private mutating func applyFaults(at now: Instant, time: Duration, to actions: inout Actions) {
        while let change = timeline.take(by: time.seconds) {
            let misbehaviour = change.fault.misbehaviour
            if change.begins { begin(misbehaviour) } else { end(misbehaviour) }
            actions.reports.append(
                SimulatedPack.FaultReport(misbehaviour: misbehaviour, begins: change.begins, time: time, moment: now))
        }
    }

    private mutating func moveWire(to now: Instant) {
        let moment = elapsed(at: now)
        let passed = moment - wireTime
        guard passed > .zero else { return }
        wireTime = moment
        // After a suspended computer woke up, days must not be caught up with on the loop of the control path.
        let aged = min(scaled(passed), Self.longestStep)
        for text in bms.advance(to: moment, by: aged, demand: demand) { queue(text) }
        let noise = faults.noise(during: passed.seconds)
        if !noise.isEmpty { line.send(Transmission(after: .zero, noise, isText: true), at: moment) }
    }

    private func telling(_ answer: Transmission) -> Telling {
        let cells = type(of: bms).cells(in: answer.bytes)
        let isInvented = bms.condition.lacksReadings || bms.condition.inventsReadings
        return Telling(
            bytes: faults.falsified ?? answer.bytes, core: cells ?? answer.bytes.indices,
            values: cells == nil ? nil : bms.values(frozen: frozen),
            isFalsified: faults.falsified != nil || cells != nil && isInvented)
    }

    private mutating func queue(_ transmission: Transmission) {
        guard !isUnplugged else { return }
        for spoiled in faults.outgoing(transmission, falsify: type(of: bms).falsify) {
            line.send(spoiled, at: wireTime)
        }
    }

    private mutating func connectOrClose(at now: Instant, _ actions: inout Actions) {
        if isUnplugged {
            line.clear()
            actions.closes = link
            link = nil
            retryAt = nil
        } else if connects, link == nil, connecting == nil, retryAt.map({ now >= $0 }) ?? true {
            actions.connects = true
        }
    }
}

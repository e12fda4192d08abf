package import BMSProtocols

/// A Daly board of the 13-byte protocol, byte for byte: answers in one or many frames, leftovers, echo, sleep, switches.
///
/// A pure state machine over a `PackModel`. What no source tells is decided here as daly.md 12 says.
package struct DalySimulator: SimulatedBMS {
    /// What differs between boards and adapters.
    package struct Options: Sendable, Hashable {
        /// When the bytes of a request come back as they are.
        package enum Echo: Sendable, Hashable {
            case never
            case asleep
            case always
        }

        /// Which side of 30000 is charging.
        package var sign = DalyCurrentSign.Convention.dischargePositive
        /// Host addresses that are answered.
        package var hosts: Set<DalyRequest.Host> = [.computer, .alternative]
        /// Reserved bytes keep what the answer before left in them.
        package var keepsLeftovers = true
        package var echo = Echo.never
        /// Number of the first frame of 0x95 and 0x96.
        package var firstFrame: UInt8 = 1
        /// Puts a frame numbered 0xFF into every answer of several frames.
        package var sendsInvalidFrames = false
        /// Puts the last frame of the answer before in front of every answer of several frames.
        package var sendsLateFrames = false
        /// Puts a few bytes of anything between frames.
        package var sendsRubbish = false
        /// Requests that follow sooner upon an answer are not heard.
        package var leastPause = Duration.zero
        /// Idle time after which the board sleeps; nil for never.
        package var sleepTime: Duration?
        /// Whether a request wakes the board; it is swallowed.
        package var wakesByTraffic = true
        /// Commands that this board does not answer.
        package var unanswered: Set<DalyCommand> = []
        /// How 0x97 says which cells it means.
        package var balanceForm = DalyBalance.Form.mask

        package init() {}
    }

    package let family = "daly"
    package let baudRate = 9600

    /// Most cells of a simulated pack; a board could do with 48.
    package static let mostCells = 24
    /// Time from the last byte of a request to the first byte of its answer.
    package static let thinkingTime = Duration.milliseconds(60)
    /// Time to the first byte of an echo.
    package static let echoTime = Duration.milliseconds(2)
    /// Time of one byte at 9600 bit/s.
    package static let byteTime = Duration.microseconds(1042)
    /// Silence while the board starts.
    package static let startTime = Duration.seconds(3)
    /// Pause on the wire that ends a request, complete or not.
    package static let frameGap = Duration.milliseconds(100)
    /// Current from which the board says that it charges or discharges, A.
    package static let stateCurrent = 0.5

    package var pack: PackModel
    package var condition = BMSCondition() {
        didSet { conditionChanged(from: oldValue) }
    }
    package let options: Options
    /// Whether the board sleeps.
    package private(set) var isAsleep = false
    /// Battery code, 35 characters.
    let code: [UInt8]
    private(set) var now = Duration.zero
    /// The buffer out of which every answer is sent.
    var leftover = DalyPayload()
    /// The last frame of the newest answer of several.
    var lastNumbered: (command: DalyCommand, payload: DalyPayload)?
    var random: SeededRandom

    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var idleSince = Duration.zero
    private var answeredUntil: Duration?
    private var silentUntil: Duration?
    private var frozenLive: DalyLive?
    private var frozenCounter: UInt8?

    /// Creates a board that has been switched on just now.
    package init(_ parameters: PackParameters, seed: UInt64, options: Options = Options()) {
        var parameters = parameters
        parameters.cells = min(max(parameters.cells, 3), Self.mostCells)
        random = SeededRandom(seed: seed)
        self.options = options
        let number = random.index(below: 1_000_000)
        let text = Array("DL-R16L\(String(number + 1_000_000).dropFirst())".utf8)
        code = text + [UInt8](repeating: 0x20, count: 35 - text.count)
        pack = PackModel(parameters, seed: random.next())
        // A Daly opens its switches at the levels 2 only; it knows no full cell and no empty one before that.
        pack.protection.limits.opensForCutOffsOnly = true
        pack.protection.limits.fullCell = max(pack.protection.limits.fullCell, pack.protection.limits.overVoltageCell)
        pack.protection.limits.emptyCell = pack.protection.limits.underVoltageCell
        // The first sample closes the switches.
        pack.step(by: PackModel.samplePeriod, current: 0)
    }

    // MARK: - Time

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        now = max(now, moment)
        if let until = silentUntil, now >= until { silentUntil = nil }
        pack.step(by: time, current: demand)
        _ = pack.protection.takeEvents()
        fallAsleepOrWake()
        return []
    }

    private mutating func fallAsleepOrWake() {
        if pack.measurement.current.magnitude >= Self.stateCurrent {
            idleSince = now
            isAsleep = false
        } else if let sleepTime = options.sleepTime, now - idleSince >= sleepTime {
            isAsleep = true
        }
    }

    // MARK: - Wire

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        let (echo, isAwake) = hear(bytes, at: moment)
        guard isAwake else { return echo }
        if !reception.isEmpty, now - lastByte > Self.frameGap { reception.removeAll(keepingCapacity: true) }
        lastByte = now
        reception += bytes
        var out = echo
        while let request = takeRequest() {
            guard isListening else { continue }
            if let answer = send(answer(to: request)) { out.append(answer) }
        }
        return out
    }

    /// What any bytes do to a board, whatever its protocol: they wake it, or come back as an echo.
    ///
    /// - Returns: The echo, and whether the bytes are read.
    mutating func hear(_ bytes: [UInt8], at moment: Duration) -> (echo: [Transmission], isAwake: Bool) {
        now = max(now, moment)
        fallAsleepOrWake()
        guard !bytes.isEmpty else { return ([], false) }
        let isDeaf = isAsleep || condition.staysAsleep || silentUntil.map { now < $0 } ?? false
        let echoes = options.echo == .always || options.echo == .asleep && isDeaf
        if isAsleep, !condition.staysAsleep, options.wakesByTraffic { wake() }
        if !isDeaf { idleSince = now }
        return (echoes ? [Transmission(after: Self.echoTime, bytes)] : [], !isDeaf)
    }

    /// Whether a request is heard: not while the board answers, and not in the pause that it needs.
    var isListening: Bool { answeredUntil.map { now >= $0 + options.leastPause } ?? true }

    /// An answer on its way; nil for none.
    mutating func send(_ answer: [UInt8]) -> Transmission? {
        guard !answer.isEmpty else { return nil }
        answeredUntil = now + Self.thinkingTime + Self.byteTime * answer.count
        return Transmission(after: Self.thinkingTime, answer)
    }

    private mutating func wake() {
        isAsleep = false
        idleSince = now
        reception.removeAll(keepingCapacity: true)
    }

    /// Takes the next good request off the reception; nil when more bytes are needed. Bad ones are passed over.
    private mutating func takeRequest() -> DalyRequest? {
        while let start = reception.firstIndex(of: DalyFrame.start) {
            if start > 0 { reception.removeFirst(start) }
            guard reception.count >= DalyFrame.length else { return nil }
            guard let request = try? DalyRequest.decode(Array(reception[..<DalyFrame.length])) else {
                reception.removeFirst()
                continue
            }
            reception.removeFirst(DalyFrame.length)
            return request
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    // MARK: - State

    /// Opens or closes a switch as 0xDA and 0xD9 ask; what protects stays stronger.
    mutating func setSwitch(charge: Bool, closed: Bool) {
        if charge { pack.protection.holdsChargeOpen = !closed } else { pack.protection.holdsDischargeOpen = !closed }
    }

    package mutating func restart() {
        silentUntil = now + Self.startTime
        reception.removeAll(keepingCapacity: true)
        isAsleep = false
        idleSince = now
        leftover = DalyPayload()
        lastNumbered = nil
        pack.protection.restart()
    }

    /// The values as they are answered: out of a buffer that may be frozen, empty or full of nonsense.
    var live: DalyLive {
        mutating get {
            if condition.lacksReadings { return currentLive.withoutReadings }
            if condition.inventsReadings { return currentLive.invented(by: &random) }
            return frozenLive ?? currentLive
        }
    }

    /// Goes round once a second.
    var lifeCounter: UInt8 { frozenCounter ?? UInt8(truncatingIfNeeded: now.components.seconds) }

    private mutating func conditionChanged(from old: BMSCondition) {
        if condition.freezesCounter != old.freezesCounter {
            frozenCounter = condition.freezesCounter ? lifeCounter : nil
        }
        guard condition.freezesReadings != old.freezesReadings else { return }
        frozenLive = condition.freezesReadings ? currentLive : nil
    }
}

import BMSProtocols

/// A JK board with its `NW` protocol, byte for byte: reads, writes of the switches, protections.
///
/// A pure state machine over a `PackModel`. What no source tells is decided here: a refused request gets no answer, a
/// write is answered by its identifier and value, the way for writes stays open for five seconds.
package struct JKSimulator: SimulatedBMS {
    package let family = JKDriver.familyName
    package let baudRate = 115_200

    /// What differs between boards and adapters.
    package struct Options: Sendable, Hashable {
        /// How the current is written (jk.md 1.2).
        package enum CurrentForm: Sendable, Hashable {
            /// Sign and size; identifier C0 is 1.
            case signed
            /// Distance from 10000; there is no C0, as in old firmware.
            case offset
        }

        package var currentForm = CurrentForm.signed
        /// Time from the last byte of a request to the first byte of its answer: 8 ms in one log, 93 ms in another.
        package var thinkingTime = Duration.milliseconds(8)
        /// Whether the adapter sends the request back before the answer.
        package var echoes = false
        /// Bytes of the answer's start that an adapter loses which turns round slowly.
        package var lostBytes = 0
        /// Whether the port is set to another protocol: the board stays silent.
        package var isSilent = false
        /// Silence after which the board swallows one request; nil for a board that always listens.
        package var sleepsAfter: Duration?
        /// Whether a write is refused unless the way was opened before.
        package var needsUnlock = true
        /// Identifier B7, at most 15 characters.
        package var softwareVersion = "11.XW_S11.261__"
        /// Identifier BA, at most 24 characters.
        package var manufacturer = "BT3072020120000200521001"

        package init() {}
    }

    /// Most cells of a board.
    package static let mostCells = 24
    /// Pause on the wire that ends a request, complete or not.
    package static let frameGap = Duration.milliseconds(100)
    /// How long writes are allowed once the way was opened.
    package static let unlockTime = Duration.seconds(5)
    /// Silence after a restart.
    package static let restartTime = Duration.seconds(2)

    package var pack: PackModel
    package var condition = BMSCondition() {
        didSet { conditionChanged(from: oldValue) }
    }
    package let options: Options
    /// What the host wants of the switches.
    var switches = JKSwitches()
    /// The moment on the wire.
    private(set) var now = Duration.zero
    /// Live values that nothing fills any more.
    private(set) var frozenLive: [UInt8]?
    private(set) var frozenTime: Duration?

    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var silentUntil: Duration?
    private var unlockedUntil: Duration?
    /// Running time at the start.
    let timeOffset: Duration
    private(set) var random: SeededRandom

    /// Creates a board that runs for a while already.
    package init(_ parameters: PackParameters, seed: UInt64, options: Options = Options()) {
        var parameters = parameters
        parameters.cells = min(max(parameters.cells, 4), Self.mostCells)
        var random = SeededRandom(seed: seed)
        timeOffset = .seconds(60 * (10_000 + random.index(below: 90_000)))
        pack = PackModel(parameters, seed: random.next())
        pack.protection.limits = JKSwitches.limits(for: parameters)
        self.options = options
        self.random = random
    }

    // MARK: - Time

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        now = max(now, moment)
        pack.step(by: time, current: switches.demand(demand))
        _ = pack.protection.takeEvents()
        return []
    }

    /// Starts anew: silence, then everything but the settings from the beginning.
    package mutating func restart() {
        silentUntil = now + Self.restartTime
        unlockedUntil = nil
        reception.removeAll(keepingCapacity: true)
        pack.protection.restart()
    }

    // MARK: - Wire

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        now = max(now, moment)
        guard !bytes.isEmpty, !condition.staysAsleep, !options.isSilent else { return [] }
        if let until = silentUntil {
            guard now >= until else { return [] }
            silentUntil = nil
        }
        if now - lastByte > Self.frameGap { reception.removeAll(keepingCapacity: true) }
        let slept = options.sleepsAfter.map { now - lastByte >= $0 } ?? false
        lastByte = now
        // What wakes a board is lost to it.
        guard !slept else { return [] }
        reception += bytes
        var out: [Transmission] = []
        while let frame = takeFrame() {
            if options.echoes { out.append(Transmission(after: .zero, frame)) }
            guard let request = try? JKRequest.decode(frame), let answer = answer(to: request) else { continue }
            out.append(Transmission(after: options.thinkingTime, Array(answer.dropFirst(options.lostBytes))))
        }
        return out
    }

    /// Takes the next whole frame, good or bad, off the reception; nil when more bytes are needed.
    private mutating func takeFrame() -> [UInt8]? {
        while let start = reception.firstIndex(of: JKFrame.start[0]) {
            if start > 0 { reception.removeFirst(start) }
            guard reception.count >= 4 else { return nil }
            guard reception[1] == JKFrame.start[1], let length = JKFrame.length(reception[2], reception[3]) else {
                reception.removeFirst()
                continue
            }
            guard reception.count >= length else { return nil }
            defer { reception.removeFirst(length) }
            return Array(reception[..<length])
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    /// The answer to a request; nil where the board says nothing.
    private mutating func answer(to request: JKRequest) -> [UInt8]? {
        let data: [UInt8]
        switch request.command {
        case .readAll: data = values
        case .read where request.identifier == 0: data = values
        case .read:
            guard let value = value(of: request.identifier) else { return nil }
            data = value
        case .activate: data = [request.identifier]
        case .password:
            unlockedUntil = now + Self.unlockTime
            data = [request.identifier]
        case .write:
            guard write(request) else { return nil }
            data = request.data
        }
        return JKFrame.sealed(command: request.command, source: .bms, kind: .reply, data: data)
    }

    private mutating func write(_ request: JKRequest) -> Bool {
        guard !options.needsUnlock || unlockedUntil.map({ now <= $0 }) ?? false else { return false }
        guard request.data.count == 2, request.data[1] <= 1 else { return false }
        let isOn = request.data[1] == 1
        switch request.identifier {
        case JKIdentifier.chargeSwitch: switches.charge = isOn
        case JKIdentifier.dischargeSwitch: switches.discharge = isOn
        default: return false
        }
        return true
    }

    private mutating func conditionChanged(from old: BMSCondition) {
        if condition.freezesReadings != old.freezesReadings {
            frozenLive = condition.freezesReadings ? measuredLive : nil
        }
        if condition.freezesCounter != old.freezesCounter { frozenTime = condition.freezesCounter ? now : nil }
    }
}

import BMSProtocols

/// A TinyBMS, byte for byte: answers, refusals, sleep, reset, broadcast text, settings, statistics and event log.
///
/// A pure state machine over a `PackModel`. What no source tells is decided here as tinybms.md 18 says.
package struct TinyBMSSimulator: SimulatedBMS {
    package let family = "tinybms"
    package let baudRate = 115_200

    /// Most cells of a TinyBMS.
    package static let mostCells = 16
    /// Time from the last byte of a request to the first byte of its answer.
    package static let thinkingTime = Duration.milliseconds(1)
    /// Silence on the wire after which an awake, idle BMS sleeps.
    package static let sleepDelay = Duration.seconds(10)
    /// Silence after the acknowledgement of a reset.
    package static let resetTime = Duration.seconds(2)
    /// Pause on the wire that ends a request, complete or not.
    package static let frameGap = Duration.milliseconds(100)

    package var pack: PackModel
    package var condition = BMSCondition() {
        didSet { conditionChanged(from: oldValue) }
    }
    /// Registers 300...399.
    package internal(set) var settings: TinyBMSSettings
    /// What its current sensor measures at most, A: the BMS moves the maxima of its cut-off currents to it.
    package var mostCurrent: UInt16 = 750
    /// Whether the BMS sleeps: it swallows the next command.
    package private(set) var isAsleep = false
    /// 96 bits, registers 504...509.
    package let serialNumber: [UInt16]

    var log = TinyBMSEventLog()
    var statistics = TinyBMSStatistics()
    /// State of health to show, percent.
    var stateOfHealth = 100.0
    /// The moment on the wire.
    private(set) var now = Duration.zero

    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var swallowsNext = false
    private var silentUntil: Duration?
    private var nextBroadcast: Duration?
    private var counterOffset: UInt32
    private var frozenCounter: UInt32?
    var frozenLive: [UInt16]?

    /// Creates a BMS that has been switched on just now, with a running counter and a serial number of the seed.
    ///
    /// More cells than 16 cannot be connected: the rest of the pack is not measured.
    package init(_ parameters: PackParameters, seed: UInt64) {
        var parameters = parameters
        parameters.cells = min(max(parameters.cells, 4), Self.mostCells)
        var random = SeededRandom(seed: seed)
        // Beyond 2^24 s for half of the seeds, so that event time stamps wrap as they do in old units.
        counterOffset = UInt32(8_000_000 + random.index(below: 16_000_000))
        serialNumber = (0..<6).map { _ in UInt16(truncatingIfNeeded: random.next()) }
        pack = PackModel(parameters, seed: random.next())
        settings = TinyBMSSettings(parameters)
        pack.protection.limits = settings.limits(for: parameters)
        statistics.clear(at: counterOffset)
        logStart()
    }

    /// The running counter, seconds (registers 32 and 33).
    package var counter: UInt32 {
        frozenCounter ?? (counterOffset &+ UInt32(truncatingIfNeeded: now.components.seconds))
    }

    // MARK: - Time

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        now = max(now, moment)
        if let until = silentUntil, now >= until {
            silentUntil = nil
            logStart()
        }
        pack.step(by: time, current: demand)
        noteEvents()
        var out: [Transmission] = []
        if !reception.isEmpty, now - lastByte > Self.frameGap { out = giveUpReception() }
        fallAsleepOrWake()
        appendBroadcast(to: &out)
        return out
    }

    private mutating func noteEvents() {
        statistics.sample(pack.measurement)
        for event in pack.protection.takeEvents() {
            log.append(TinyBMSEventLog.identifier(of: event), at: counter)
            statistics.count(event)
        }
    }

    private mutating func fallAsleepOrWake() {
        let flows = pack.measurement.current.magnitude > pack.protection.limits.idleCurrent
        if isAsleep, flows || pack.protection.hasCharger {
            isAsleep = false
            lastByte = now
            statistics.wakeUpCause = pack.measurement.current < 0 ? 2 : 0
        } else if !isAsleep, !flows, !pack.protection.hasCharger, now - lastByte >= Self.sleepDelay {
            isAsleep = true
        }
    }

    private mutating func appendBroadcast(to out: inout [Transmission]) {
        guard let period = settings.broadcastPeriod else {
            nextBroadcast = nil
            return
        }
        guard !isAsleep, silentUntil == nil, !condition.staysAsleep else { return }
        let due = nextBroadcast ?? now + period
        guard now >= due else {
            nextBroadcast = due
            return
        }
        nextBroadcast = now + period
        if let line = broadcastLine { out.append(Transmission(after: .zero, line, isText: true)) }
    }

    // MARK: - Wire

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        now = max(now, moment)
        guard !bytes.isEmpty, !condition.staysAsleep else { return [] }
        if let until = silentUntil {
            guard now >= until else { return [] }
            silentUntil = nil
            logStart()
        }
        var out: [Transmission] = []
        if !reception.isEmpty, now - lastByte > Self.frameGap { out = giveUpReception() }
        fallAsleepOrWake()
        if isAsleep {
            isAsleep = false
            swallowsNext = true
            statistics.wakeUpCause = 3
        }
        lastByte = now
        reception += bytes
        while let frame = takeFrame() {
            if swallowsNext {
                swallowsNext = false
            } else if let answer = answer(to: frame) {
                out.append(Transmission(after: Self.thinkingTime, answer.bytes))
            }
            // A reset ends the reception of whatever came with it.
            if silentUntil != nil { reception.removeAll(keepingCapacity: true) }
        }
        return out
    }

    /// Takes the next whole frame, good or bad, off the reception; nil when more bytes are needed.
    private mutating func takeFrame() -> [UInt8]? {
        while let start = reception.firstIndex(of: TinyBMSFrame.start) {
            if start > 0 { reception.removeFirst(start) }
            switch TinyBMSFrame.requestLength(reception) {
            case .undecided: return nil
            case .exactly(let length):
                guard reception.count >= length else { return nil }
                return take(length)
            case .either(let one, let other):
                if CRC16.holds(reception, in: 0..<one) { return take(one) }
                guard reception.count >= other else { return nil }
                return take(other)
            case .impossible:
                // An unknown command has no known length: only a valid checksum right behind it makes it a frame.
                if reception.count < 4 { return nil }
                if CRC16.holds(reception, in: 0..<4) { return take(4) }
                reception.removeFirst()
            }
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    private mutating func take(_ length: Int) -> [UInt8] {
        defer { reception.removeFirst(length) }
        return Array(reception[..<length])
    }

    /// The line went quiet in the middle of a frame.
    private mutating func giveUpReception() -> [Transmission] {
        defer {
            reception.removeAll(keepingCapacity: true)
            swallowsNext = false
        }
        // A damaged 0x0B whose length byte counts everything looks incomplete until now.
        guard !swallowsNext, case .either(let one, _) = TinyBMSFrame.requestLength(reception), reception.count >= one
        else { return [] }
        let refusal = TinyBMSAnswer.refused(
            command: TinyBMSCommand.writeBlock.rawValue, code: TinyBMSAnswer.checksumRefusal)
        return [Transmission(after: Self.thinkingTime, refusal.bytes)]
    }

    // MARK: - State

    /// Writes settings; false when they are refused.
    mutating func write(_ writes: [TinyBMSRegisterValue]) -> Bool {
        guard writes.allSatisfy({ !TinyBMSSettings.currents.contains($0.address) || $0.value <= mostCurrent }),
            let effect = settings.write(writes)
        else { return false }
        pack.protection.limits = settings.limits(for: pack.parameters)
        if let percent = effect.stateOfCharge { pack.countedCharge = percent }
        if let percent = effect.stateOfHealth { stateOfHealth = percent }
        if effect.restarts { restart() }
        return true
    }

    /// Restarts as after command `02 05`; the answer under way still leaves.
    package mutating func restart() {
        silentUntil = now + Self.resetTime
        statistics.resetCause = 4
        pack.protection.restart()
        nextBroadcast = nil
    }

    private mutating func logStart() {
        log.append(0x61, at: counter)
        log.append(pack.protection.limits.isSinglePort ? 0x67 : 0x66, at: counter)
    }

    private mutating func conditionChanged(from old: BMSCondition) {
        if condition.freezesCounter != old.freezesCounter {
            if condition.freezesCounter {
                frozenCounter = counter
            } else if let frozen = frozenCounter {
                // The counter goes on from where it stood.
                frozenCounter = nil
                counterOffset = frozen &- UInt32(truncatingIfNeeded: now.components.seconds)
            }
        }
        guard condition.freezesReadings != old.freezesReadings else { return }
        frozenLive = condition.freezesReadings ? currentLive : nil
    }
}

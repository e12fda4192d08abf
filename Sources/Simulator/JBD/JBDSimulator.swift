import BMSProtocols

/// A JBD board, byte for byte: answers, refusals, sleep, factory mode, EEPROM and held switches (jbd.md 12).
///
/// A pure state machine over a `PackModel`. What no source tells is decided here: the board sleeps after half a minute
/// without a request and without current, and a sensor that is not connected reads the raw value 0.
package struct JBDSimulator: SimulatedBMS {
    package let family = "jbd"
    package let baudRate = 9600

    /// What differs between boards, and between the adapters before them.
    package struct Options: Sendable, Hashable {
        /// Requests that a sleeping board swallows while it wakes.
        package var swallowedRequests = 3
        /// Whether it sleeps at the start.
        package var beginsAsleep = false
        /// Longest time from a request to its answer.
        package var longestDelay = Duration.milliseconds(71)
        /// Bytes of 0xFF before every answer.
        package var leadingBytes = 0
        /// Whether the adapter repeats every request.
        package var echoes = false
        /// Answers from now on whose checksum is wrong.
        package var damagedAnswers = 0
        /// Whether basic information ends with nine more bytes, as newer firmware's does.
        package var hasTail = false
        /// Whether the EEPROM can be read without factory mode, as that of old firmware can.
        package var opensEEPROM = false

        package init() {}
    }

    /// Silence on the wire after which a board without current sleeps.
    package static let sleepDelay = Duration.seconds(30)
    /// Pause on the wire that ends a request, complete or not: 50 ms do not.
    package static let frameGap = Duration.milliseconds(100)
    /// Silence after a restart.
    package static let restartTime = Duration.seconds(2)

    package var pack: PackModel
    package var condition = BMSCondition() {
        didSet {
            guard condition.freezesReadings != oldValue.freezesReadings else { return }
            frozen = condition.freezesReadings ? measured : nil
        }
    }
    package var options: Options
    package internal(set) var eeprom: JBDEEPROM
    /// Whether the EEPROM is open.
    package internal(set) var isInFactoryMode = false
    /// Whether it sleeps: it swallows the next requests.
    package private(set) var isAsleep = false
    /// Counters of 0xAA in their order.
    package internal(set) var counters = [UInt16](repeating: 0, count: JBDCounters.names.count)

    var random: SeededRandom
    /// What 0x03 and 0x04 tell from a buffer that nothing fills any more.
    var frozen: (information: JBDBasicInformation, cells: [UInt16])?

    private var now = Duration.zero
    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var swallows = 0
    private var silentUntil: Duration?

    /// Creates a board that has been switched on just now, with answers as irregular as the seed says.
    package init(_ parameters: PackParameters, seed: UInt64, options: Options = Options()) {
        self.options = options
        var random = SeededRandom(seed: seed)
        pack = PackModel(parameters, seed: random.next())
        self.random = random.fork()
        eeprom = JBDEEPROM(parameters)
        pack.protection.limits = eeprom.limits(for: parameters)
        // The switches close with the first sample.
        pack.step(by: PackModel.samplePeriod, current: 0)
        if options.beginsAsleep { fallAsleep() }
    }

    // MARK: - Time

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        now = max(now, moment)
        pack.step(by: time, current: demand)
        for event in pack.protection.takeEvents() { count(event) }
        if pack.measurement.current.magnitude > pack.protection.limits.idleCurrent {
            isAsleep = false
            swallows = 0
        } else if !isAsleep, now - lastByte >= Self.sleepDelay {
            fallAsleep()
        }
        return []
    }

    package mutating func restart() {
        silentUntil = now + Self.restartTime
        isInFactoryMode = false
        reception.removeAll(keepingCapacity: true)
        pack.protection.restart()
    }

    private mutating func fallAsleep() {
        isAsleep = true
        swallows = options.swallowedRequests
    }

    // MARK: - Wire

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        now = max(now, moment)
        guard !bytes.isEmpty else { return [] }
        var out: [Transmission] = []
        if options.echoes { out.append(Transmission(after: .zero, bytes)) }
        if let until = silentUntil {
            guard now >= until else { return out }
            silentUntil = nil
        }
        if now - lastByte > Self.frameGap { reception.removeAll(keepingCapacity: true) }
        lastByte = now
        guard !condition.staysAsleep else { return out }
        reception += bytes
        while let request = takeRequest() {
            if swallows > 0 {
                swallows -= 1
            } else {
                isAsleep = false
                out.append(Transmission(after: delay, onWire(answer(to: request))))
            }
        }
        return out
    }

    /// Takes the next good request off the reception; what is damaged is passed over in silence.
    private mutating func takeRequest() -> JBDRequest? {
        while let start = reception.firstIndex(of: JBDFrame.start) {
            if start > 0 { reception.removeFirst(start) }
            guard reception.count >= JBDFrame.headLength else { return nil }
            let length = Int(reception[3]) + JBDFrame.overhead
            guard JBDRequest.Access(rawValue: reception[1]) != nil else {
                reception.removeFirst()
                continue
            }
            guard reception.count >= length else { return nil }
            guard let request = try? JBDRequest.decode(Array(reception[..<length])) else {
                reception.removeFirst()
                continue
            }
            reception.removeFirst(length)
            return request
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    /// Half of the answers begin at once, the others any time within the longest delay.
    private var delay: Duration {
        mutating get {
            guard random.happens(0.5) else { return min(.microseconds(200), options.longestDelay) }
            return options.longestDelay * random.unit()
        }
    }

    private mutating func onWire(_ answer: JBDAnswer) -> [UInt8] {
        var bytes = answer.bytes
        if options.damagedAnswers > 0 {
            options.damagedAnswers -= 1
            bytes[bytes.count - 2] ^= 0x01
        }
        return [UInt8](repeating: 0xFF, count: max(0, options.leadingBytes)) + bytes
    }
}

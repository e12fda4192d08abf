import BMSProtocols

/// A board of JK's PB series on RS485, byte for byte: records on request, writes of the switches, protections.
///
/// A pure state machine over a `PackModel`. What no source tells is decided here: a write is acknowledged and done, one to
/// an unknown register refused by a Modbus exception, a request for another board or with a wrong CRC not answered.
package struct JKPBSimulator: SimulatedBMS {
    package let family = JKPBDriver.familyName
    package let baudRate = 115_200

    /// What differs between boards and adapters.
    package struct Options: Sendable, Hashable {
        /// Address by the DIP switches, 1...15.
        package var address: UInt8 = 1
        /// Byte 5 of every record: 0 on some boards, 5 on others (jk.md 2.1).
        package var counter: UInt8 = 5
        /// Zeros before the acknowledgement and behind it, as one bus showed them.
        package var hasFiller = false
        /// Time from the last byte of a request to the first byte of its answer.
        package var thinkingTime = Duration.milliseconds(10)
        /// Whether the adapter sends the request back before the answer.
        package var echoes = false
        /// Silence after which the board swallows one request; nil for a board that always listens.
        package var sleepsAfter: Duration?
        package var model = "JK_PB2A16S15P"
        package var hardware = "15.XA"
        package var software = "15.10"
        package var name = "ATR BMS"

        package init() {}
    }

    /// Pause on the wire that ends a request, complete or not.
    package static let frameGap = Duration.milliseconds(100)
    /// Silence after a restart.
    package static let restartTime = Duration.seconds(2)
    /// The Modbus exception for a register that is not there.
    package static let illegalAddress: UInt8 = 2

    package var pack: PackModel
    package var condition = BMSCondition() {
        didSet { conditionChanged(from: oldValue) }
    }
    package let options: Options
    /// What the host wants of the switches.
    var switches = JKSwitches()
    /// The moment on the wire.
    private(set) var now = Duration.zero
    /// A status record that nothing fills any more.
    private(set) var frozenStatus: [UInt8]?

    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var silentUntil: Duration?
    private var timeOffset: Duration
    private var frozenTime: Duration?

    /// Creates a board that runs for a while already.
    package init(_ parameters: PackParameters, seed: UInt64, options: Options = Options()) {
        var parameters = parameters
        parameters.cells = min(max(parameters.cells, 4), 24)
        var random = SeededRandom(seed: seed)
        timeOffset = .seconds(500_000 + random.index(below: 20_000_000))
        pack = PackModel(parameters, seed: random.next())
        pack.protection.limits = JKSwitches.limits(for: parameters)
        self.options = options
    }

    /// Running time, s.
    package var runTime: UInt32 { UInt32(clamping: ((frozenTime ?? now) + timeOffset).components.seconds) }

    // MARK: - Time

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        now = max(now, moment)
        pack.step(by: time, current: switches.demand(demand))
        _ = pack.protection.takeEvents()
        return []
    }

    /// Starts anew: silence, then everything but the settings from the beginning, the running time too.
    package mutating func restart() {
        silentUntil = now + Self.restartTime
        timeOffset = .zero - now
        reception.removeAll(keepingCapacity: true)
        pack.protection.restart()
    }

    // MARK: - Wire

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        now = max(now, moment)
        guard !bytes.isEmpty, !condition.staysAsleep else { return [] }
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
        while let request = takeRequest() {
            if options.echoes { out.append(Transmission(after: .zero, request.bytes)) }
            out.append(Transmission(after: options.thinkingTime, answer(to: request)))
        }
        return out
    }

    /// Takes the next good request to this board off the reception; nil when more bytes are needed.
    private mutating func takeRequest() -> JKPBRequest? {
        while let start = reception.firstIndex(of: options.address) {
            if start > 0 { reception.removeFirst(start) }
            guard reception.count > 6 else { return nil }
            let length = Int(reception[6]) + 9
            guard reception[1] == 0x10, length <= 13 else {
                reception.removeFirst()
                continue
            }
            guard reception.count >= length else { return nil }
            if let request = try? JKPBRequest.decode(Array(reception[..<length])) {
                reception.removeFirst(length)
                return request
            }
            reception.removeFirst()
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    private mutating func answer(to request: JKPBRequest) -> [UInt8] {
        switch request {
        case .record(let kind, _):
            let filler: [UInt8] = options.hasFiller ? [0] : []
            return record(kind) + filler + request.acknowledgement + filler
        case .write(let register, let value, _):
            guard value <= 1 else { return request.refusal(code: 3) }
            switch register {
            case JKPBRequest.chargeSwitch: switches.charge = value == 1
            case JKPBRequest.dischargeSwitch: switches.discharge = value == 1
            default: return request.refusal(code: Self.illegalAddress)
            }
            return request.acknowledgement
        }
    }

    private mutating func conditionChanged(from old: BMSCondition) {
        if condition.freezesReadings != old.freezesReadings {
            frozenStatus = condition.freezesReadings ? measuredStatus : nil
        }
        guard condition.freezesCounter != old.freezesCounter else { return }
        if condition.freezesCounter {
            frozenTime = now
        } else if let frozen = frozenTime {
            // The counter goes on from where it stood.
            timeOffset = timeOffset + frozen - now
            frozenTime = nil
        }
    }
}

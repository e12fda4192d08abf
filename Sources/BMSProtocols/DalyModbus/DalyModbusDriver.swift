package import Battery
package import Links

/// Speaks to a newer Daly board by Modbus: a poll is one read of registers (D2) or two (p81).
///
/// Confined to its loop, one call at a time. Source of the behaviour: daly.md 10, safety.md S31, S32.
package final class DalyModbusDriver: SwitchControl {
    /// The word of `pack.N.family`.
    package static let familyName = "daly-modbus"
    /// Speed of the UART, bit/s (8N1).
    package static let baudRate = 9600

    /// What every reading of this family promises (S24). Not alarms: the meaning of their bits is not known for sure; what
    /// the board does by them shows in its switches.
    package static let promised: PackInputs = [.cellVoltages, .temperature, .current, .voltage, .stateOfCharge]

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// The register map; nil to find out.
        package var variant: DalyModbusVariant?
        /// Which way the current counts.
        package var sign: DalyCurrentSign.Setting
        /// Longest wait for an answer beside the time that its bytes take.
        package var answerTimeout: Duration
        /// Pause between an answer and the next request.
        package var leastPause: Duration

        package init(
            variant: DalyModbusVariant? = nil, sign: DalyCurrentSign.Setting = .chargePositive,
            answerTimeout: Duration = .milliseconds(500), leastPause: Duration = .milliseconds(120)
        ) {
            self.variant = variant
            self.sign = sign
            self.answerTimeout = answerTimeout
            self.leastPause = leastPause
        }

        /// Those of a user's word on the current; without one the map's own convention holds.
        package init(_ sign: DalyCurrentSign.Setting) {
            self.init(sign: sign == .automatic ? .chargePositive : sign)
        }
    }

    package var family: String { Self.familyName }
    package var statistics: DriverStatistics { exchange.statistics }

    /// Creates the driver of an open link; it speaks only when asked to.
    package init(pack: Int, link: any ByteLink, loop: any Loop, options: Options = Options()) {
        self.pack = pack
        self.loop = loop
        self.options = options
        variant = options.variant ?? .d2
        sign = DalyCurrentSign(options.sign)
        var timing = LineTiming(
            baudRate: Self.baudRate, answerTimeout: options.answerTimeout, idleGap: .milliseconds(40),
            sleepAfter: .seconds(60))
        timing.leastPause = options.leastPause
        exchange = RequestExchange(
            DalyModbusStreamParser(), markers: variant.markers, link: link, loop: loop, timing: timing)
    }

    package func poll() async throws(BMSError) -> PackReading {
        do throws(BMSError) {
            try await readSlow()
            let began = loop.now
            let registers = try await readLive(until: began + Self.liveLimit)
            let reading = try reading(registers, began: began)
            isAnswering = true
            return reading
        } catch {
            isAnswering = false
            // Nobody has answered yet: perhaps the board speaks the other map.
            if error == .silent, exchange.statistics.answers == 0, options.variant == nil {
                variant = variant == .d2 ? .p81 : .d2
            }
            throw error
        }
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        var failure = BMSError.silent
        let variants = options.variant.map { [$0] } ?? DalyModbusVariant.allCases
        // Who answers once has the rest of the time.
        let share = (end - loop.now) / variants.count
        for variant in variants where loop.now < end {
            do throws(BMSError) {
                let limit = min(end, loop.now + share)
                let long = try await ask(variant.liveReads[0], within: limit)
                let short = try await ask(variant.shortRead, within: end)
                try check(long, short)
                self.variant = variant
                return PackIdentity(family: Self.familyName, hardware: "Daly " + variant.rawValue)
            } catch {
                if error == .cancelled { throw error }
                if case .link = error { throw error }
                failure = error
            }
        }
        throw failure
    }

    package func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError) {
        let before = try await switches(until: end)
        let request = DalyModbusRequest.setSwitch(variant, charge: one == .charge, closed: closed)
        do throws(BMSError) { _ = try await exchange.answer(to: request, until: end, within: end) } catch {
            // Whether a write is answered says nothing on these boards: what they then do, does.
            guard error == .silent else { throw error }
        }
        for _ in 0..<3 where loop.now < end {
            let after = try await switches(until: end)
            let wanted = one == .charge ? (closed, before.discharge) : (before.charge, closed)
            if (after.charge, after.discharge) == wanted { return }
        }
        throw .unexpected("the \(one.rawValue) switch does not read back as \(closed ? "closed" : "open")")
    }

    // MARK: - Private

    /// Longest time that the live reads may take, repetitions included: beyond it the next poll is the better one.
    private static let liveLimit = Duration.seconds(2)
    /// Distance of two readings of what newer boards have besides.
    private static let slowInterval = Duration.seconds(10)
    /// Volts of a cell at which a board is believed to be one (auto-detect.md 4).
    private static let cellVolts = 1.0...5.0
    private static let switchSensor: SensorName = "MOS"
    private static let boardSensor: SensorName = "BMS"
    private static let sensorNames = (1...DalyModbusMap.mostSensors).map { SensorName("T\($0)") }

    private let pack: Int
    private let loop: any Loop
    private let options: Options
    private let exchange: RequestExchange<DalyModbusStreamParser>
    private var variant: DalyModbusVariant {
        didSet { exchange.markers = variant.markers }
    }
    private var sign: DalyCurrentSign
    private var counter = DalyLifeCounter()
    private var slow: DalyModbusRegisters?
    private var slowDue: Instant?
    /// The newest poll brought a reading.
    private var isAnswering = false

    // MARK: Reading

    private func readLive(until limit: Instant) async throws(BMSError) -> DalyModbusRegisters {
        let reads = variant.liveReads
        var registers = try await read(reads[0], until: limit)
        for request in reads.dropFirst() { registers.append(try await read(request, until: limit)) }
        return registers
    }

    /// Reads what is due beside the live registers before them (S6), not after a failed poll.
    ///
    /// - Throws: only `cancelled` and `link`: not every board has them.
    private func readSlow() async throws(BMSError) {
        guard isAnswering, let request = variant.slowRead, slowDue.map({ $0 <= loop.now }) ?? true else { return }
        slowDue = loop.now + Self.slowInterval
        do throws(BMSError) { slow = try await read(request, until: loop.now + Self.liveLimit) } catch {
            slow = nil
            if error == .cancelled { throw error }
            if case .link = error { throw error }
        }
    }

    private func switches(until limit: Instant) async throws(BMSError) -> (charge: Bool, discharge: Bool) {
        let map = variant.map
        let request = DalyModbusRequest.read(variant, map.chargeSwitch, 2)
        let registers = try await read(request, until: limit)
        guard let charge = registers[map.chargeSwitch], let discharge = registers[map.dischargeSwitch] else {
            throw .unexpected("the board does not tell its switches")
        }
        return (charge != 0, discharge != 0)
    }

    private func read(
        _ request: DalyModbusRequest, until limit: Instant
    ) async throws(BMSError) -> DalyModbusRegisters {
        try await exchange.confirmed(until: limit, agrees: { $0.agrees(with: $1) }) {
            () async throws(BMSError) -> DalyModbusRegisters in
            try Self.registers(try await exchange.answer(to: request, until: limit), of: request)
        }
    }

    /// Asks without a marker, for who does not know yet whether anybody is there.
    private func ask(_ request: DalyModbusRequest, within end: Instant) async throws(BMSError) -> DalyModbusRegisters {
        try Self.registers(
            try await exchange.answer(to: request, until: end, within: end, isProbe: true), of: request)
    }

    private static func registers(
        _ frame: [UInt8], of request: DalyModbusRequest
    ) throws(BMSError) -> DalyModbusRegisters {
        guard let answer = try? DalyModbusAnswer.decode(frame), case .registers(let words) = answer.content else {
            throw .unexpected("no registers in the answer to 0x03")
        }
        return DalyModbusRegisters(request.variant, first: request.register, words)
    }

    private func check(_ long: DalyModbusRegisters, _ short: DalyModbusRegisters) throws(BMSError) {
        guard let one = long[long.map.voltage], let other = short[short.map.voltage], let count = short.cellCount,
            let volts = short[short.map.voltage].map({ Double($0) / 10 })
        else { throw .unexpected("no voltage and no cells in the answers") }
        let cells = (0..<UInt16(count)).compactMap { long[long.map.cells + $0] }.reduce(0.0) { $0 + Double($1) / 1000 }
        guard abs(Int(one) - Int(other)) <= Int(one) / 20, abs(cells - volts) <= 0.05 * volts,
            Self.cellVolts.contains(volts / Double(count))
        else { throw .unexpected("\(volts) V and \(count) cells of \(cells) V do not fit together") }
    }

    // MARK: Values

    private func reading(_ registers: DalyModbusRegisters, began: Instant) throws(BMSError) -> PackReading {
        guard let count = registers.cellCount else { throw .unexpected("the board does not tell its cells") }
        let map = registers.map
        let deciamperes = registers.currentDeciamperes
        if let deciamperes { sign.learn(deciamperes, registers.state) }
        var reading = PackReading(pack: pack, began: began, completed: loop.now, promised: Self.promised)
        reading.cells = (0..<UInt16(count)).map { positive(registers[map.cells + $0], 1000) }
        reading.reportedMaximumCell = positive(registers[map.highestCell], 1000)
        reading.reportedMinimumCell = positive(registers[map.lowestCell], 1000)
        reading.temperatures = temperatures(registers)
        reading.chargeEnabled = registers[map.chargeSwitch].map { $0 != 0 }
        reading.dischargeEnabled = registers[map.dischargeSwitch].map { $0 != 0 }
        reading.activity = activity(registers.state)
        reading.cycles = registers[map.cycles].map(Int.init)
        // What the balancer does is known only where it does nothing: the order of the mask's bits is not.
        reading.balancing = registers[map.balancer] == 0 ? [Bool](repeating: false, count: count) : nil
        reading.runningCounter = map.heartbeat.flatMap { registers[$0] }.flatMap { counter.noted($0) }
        reading.identity = PackIdentity(family: Self.familyName, hardware: "Daly " + variant.rawValue)
        if sign.hasFlipped {
            var alarms = AlarmSet()
            alarms.raise(.bmsInternal, .warning)
            reading.alarms = Aged(alarms, taken: began)
        }
        // No volts although the board answers: it lost its measurements, and these are none (daly.md 5).
        guard let voltage = positive(registers[map.voltage], 10) else { return reading }
        reading.voltage = voltage
        reading.current = deciamperes.flatMap { sign.amperes($0) }
        reading.stateOfCharge = registers[map.charge].map { Double($0) / 10 }
        reading.remainingCapacity = registers[map.remaining].map { Double($0) / 10 }
        return reading
    }

    private func positive(_ raw: UInt16?, _ scale: Double) -> Double? {
        raw.flatMap { $0 == 0 ? nil : Double($0) / scale }
    }

    private func temperatures(_ registers: DalyModbusRegisters) -> [TemperatureReading] {
        let map = registers.map
        var readings = Self.sensorNames.prefix(registers.sensorCount ?? 0).enumerated().map { index, name in
            TemperatureReading(
                name: name, place: .cells, celsius: registers.celsius(map.temperatures + UInt16(index)).map(Double.init)
            )
        }
        for (register, name, place) in [
            (map.switchTemperature, Self.switchSensor, TemperatureReading.Place.switches),
            (map.boardTemperature, Self.boardSensor, .board),
        ] {
            guard let celsius = registers.celsius(register) ?? slow?.celsius(register) else { continue }
            readings.append(TemperatureReading(name: name, place: place, celsius: Double(celsius)))
        }
        return readings
    }

    private func activity(_ state: DalyState?) -> PackActivity {
        switch state {
        case .stationary: .idle
        case .charging: .charging
        case .discharging: .discharging
        case nil: .unknown
        }
    }
}

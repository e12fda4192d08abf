package import BMSProtocols

/// A newer Daly board that answers Modbus, byte for byte: both register maps, and 13-byte frames where it is told to.
///
/// The board itself, its sleep, echo and switches, is a `DalySimulator`; here is only how it is spoken to.
package struct DalyModbusSimulator: SimulatedBMS {
    /// What differs between boards.
    package struct Options: Sendable, Hashable {
        /// Maps that are answered.
        package var variants: Set<DalyModbusVariant> = [.d2]
        /// Whether 13-byte frames are answered too.
        package var answersFrames = false
        /// Whether a write is answered; done it is all the same.
        package var answersWrites = true
        /// Part of the requests that are not heard, 0...1.
        package var lostRequests = 0.0
        /// Number of registers of D2: 62 of older boards, 80 of newer.
        package var registers = 80
        /// The board behind it. The sign is its own business: here more is charging unless it says otherwise.
        package var board: DalySimulator.Options

        package init() {
            board = DalySimulator.Options()
            board.sign = .chargePositive
        }
    }

    package let family = "daly-modbus"
    package let baudRate = 9600
    package let options: Options

    package var pack: PackModel {
        get { board.pack }
        set { board.pack = newValue }
    }

    package var condition: BMSCondition {
        get { board.condition }
        set { board.condition = newValue }
    }

    /// The board behind the protocol.
    package private(set) var board: DalySimulator
    private var reception: [UInt8] = []
    private var lastByte = Duration.zero
    private var random: SeededRandom

    /// Creates a board that has been switched on just now.
    package init(_ parameters: PackParameters, seed: UInt64, options: Options = Options()) {
        self.options = options
        board = DalySimulator(parameters, seed: seed, options: options.board)
        random = SeededRandom(seed: seed ^ 0xD2)
    }

    package mutating func advance(to moment: Duration, by time: Duration, demand: Double) -> [Transmission] {
        board.advance(to: moment, by: time, demand: demand)
    }

    package mutating func restart() {
        reception.removeAll(keepingCapacity: true)
        board.restart()
    }

    package mutating func receive(_ bytes: [UInt8], at moment: Duration) -> [Transmission] {
        var (out, isAwake) = options.answersFrames ? ([], true) : board.hear(bytes, at: moment)
        if options.answersFrames {
            isAwake = !board.isAsleep && !board.condition.staysAsleep
            out = board.receive(bytes, at: moment)
        }
        guard isAwake else { return out }
        if !reception.isEmpty, moment - lastByte > DalySimulator.frameGap { reception.removeAll(keepingCapacity: true) }
        lastByte = moment
        reception += bytes
        while let request = takeRequest() {
            guard board.isListening, !random.happens(options.lostRequests) else { continue }
            if let answer = answer(to: request).flatMap({ board.send($0.bytes) }) { out.append(answer) }
        }
        return out
    }

    // MARK: - Private

    /// Takes the next good request off the reception; nil when more bytes are needed. Bad ones are passed over.
    private mutating func takeRequest() -> DalyModbusRequest? {
        while let start = reception.firstIndex(where: { DalyModbusVariant(requestAddress: $0) != nil }) {
            if start > 0 { reception.removeFirst(start) }
            guard reception.count >= DalyModbusRequest.length else { return nil }
            guard let request = try? DalyModbusRequest.decode(Array(reception[..<DalyModbusRequest.length])) else {
                reception.removeFirst()
                continue
            }
            reception.removeFirst(DalyModbusRequest.length)
            return request
        }
        reception.removeAll(keepingCapacity: true)
        return nil
    }

    /// The answer to a request; nil where the board stays silent.
    private mutating func answer(to request: DalyModbusRequest) -> DalyModbusAnswer? {
        guard options.variants.contains(request.variant) else { return nil }
        switch request.action {
        case .read(let count):
            let all = registers(request.variant)
            let words = (0..<count).map { index in
                let register = Int(request.register) + index
                return all.indices.contains(register) ? all[register] : DalyModbusMap.absent
            }
            return DalyModbusAnswer(request.variant, .registers(words))
        case .write(let value):
            let map = request.variant.map
            guard request.register == map.setChargeSwitch || request.register == map.setDischargeSwitch else {
                return DalyModbusAnswer(request.variant, .refused(function: 0x06, code: 2))
            }
            board.setSwitch(charge: request.register == map.setChargeSwitch, closed: value != 0)
            guard options.answersWrites else { return nil }
            return DalyModbusAnswer(request.variant, .written(register: request.register, value: value))
        }
    }

    /// Every register of a map from 0 on.
    private mutating func registers(_ variant: DalyModbusVariant) -> [UInt16] {
        let live = board.live
        let map = variant.map
        var words = [UInt16](repeating: 0, count: variant == .d2 ? max(62, options.registers) : 0x7F)
        func put(_ register: UInt16?, _ value: some BinaryInteger) {
            guard let register, words.indices.contains(Int(register)) else { return }
            words[Int(register)] = UInt16(truncatingIfNeeded: value)
        }
        for (index, cell) in live.cells.prefix(map.mostCells).enumerated() { words[Int(map.cells) + index] = cell }
        for (index, raw) in live.temperatures.enumerated() { words[Int(map.temperatures) + index] = UInt16(raw) }
        put(map.voltage, live.packState.voltageDecivolts)
        put(map.current, live.packState.currentRaw)
        put(map.charge, live.packState.chargePermille)
        put(map.heartbeat, live.switches.lifeCounter)
        put(map.cellCount, live.status.cells)
        put(map.sensorCount, live.status.sensors)
        let (cells, sensors) = (live.cellExtremes, live.temperatureExtremes)
        put(map.highestCell, cells.highest)
        put(map.highestCellNumber, cells.highestNumber)
        put(map.lowestCell, cells.lowest)
        put(map.highestTemperature, DalyTemperature.raw(sensors.highest))
        put(map.lowestTemperature, DalyTemperature.raw(sensors.lowest))
        put(map.state, live.switches.stateCode)
        put(map.remaining, live.switches.remainingMilliampereHours / 100)
        put(map.cycles, live.status.cycles)
        put(map.balancer, live.balancing.isEmpty ? 0 : 1)
        put(map.chargeSwitch, live.switches.isChargeClosed ? 1 : 0)
        put(map.dischargeSwitch, live.switches.isDischargeClosed ? 1 : 0)
        put(map.meanCell, live.cells.reduce(0) { $0 + Int($1) } / max(live.cells.count, 1))
        put(map.cellDifference, cells.highest - cells.lowest)
        let watts = Int(live.packState.voltageDecivolts) * abs(live.packState.currentDeciamperes) / 100
        put(map.power, min(watts, 65_534))
        put(map.balanceCurrent, DalyPackState.currentOffset)
        let board = DalyTemperature.raw(Int(pack.measurement.board.rounded()))
        put(map.switchTemperature, board)
        put(map.boardTemperature, variant == .p81 ? board : 0)
        return words
    }
}

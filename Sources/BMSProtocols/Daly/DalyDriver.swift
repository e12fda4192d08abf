package import Battery
package import Links

/// Speaks to a Daly board of the 13-byte protocol: a poll is a round of five requests, and one for slower values before it.
///
/// Confined to its loop, one call at a time. A round takes about a second at 9600 baud and the pause that boards need.
/// Source of the behaviour: daly.md 2 to 8, safety.md S31, S32.
package final class DalyDriver: SwitchControl {
    /// The word of `pack.N.family`.
    package static let familyName = "daly"
    /// Speed of the UART, bit/s (8N1).
    package static let baudRate = 9600

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// Which way the current counts.
        package var sign: DalyCurrentSign.Setting
        /// How 0x97 says which cells are balanced.
        package var balanceForm: DalyBalance.Form
        /// Longest wait for an answer beside the time that its bytes take.
        package var answerTimeout: Duration
        /// Pause between an answer and the next request.
        package var leastPause: Duration
        /// Distance of two readings of a parameter.
        package var settingsInterval: Duration

        package init(
            sign: DalyCurrentSign.Setting = .automatic, balanceForm: DalyBalance.Form = .automatic,
            answerTimeout: Duration = .milliseconds(500), leastPause: Duration = .milliseconds(120),
            settingsInterval: Duration = .seconds(300)
        ) {
            self.sign = sign
            self.balanceForm = balanceForm
            self.answerTimeout = answerTimeout
            self.leastPause = leastPause
            self.settingsInterval = settingsInterval
        }
    }

    package var family: String { Self.familyName }
    package var statistics: DriverStatistics { exchange.statistics }

    /// Creates the driver of an open link; it speaks only when asked to.
    package init(pack: Int, link: any ByteLink, loop: any Loop, options: Options = Options()) {
        self.pack = pack
        self.loop = loop
        self.options = options
        sign = DalyCurrentSign(options.sign)
        slow = DalySlowValues(interval: options.settingsInterval, balanceForm: options.balanceForm)
        var timing = LineTiming(
            baudRate: Self.baudRate, answerTimeout: options.answerTimeout, idleGap: .milliseconds(40),
            sleepAfter: .seconds(60))
        timing.leastPause = options.leastPause
        timing.trustsChecksum = false
        // A round with its pauses takes more than a second.
        timing.vouching = .seconds(4)
        exchange = RequestExchange(
            DalyStreamParser(), markers: Self.markers(host), link: link, loop: loop, timing: timing)
    }

    package func poll() async throws(BMSError) -> PackReading {
        do throws(BMSError) {
            _ = try await knownStatus()
            try await readSlow()
            let began = loop.now
            let status = try await knownStatus()
            let round = try await readRound(status, until: began + Self.roundLimit)
            try await learnDirection(round.packState.currentDeciamperes, until: began + Self.roundLimit)
            isAnswering = true
            return reading(round, status, began: began)
        } catch {
            isAnswering = false
            // Nobody has answered yet: perhaps the board answers the other host address.
            if error == .silent, exchange.statistics.answers == 0 {
                host = host == .computer ? .alternative : .computer
            }
            throw error
        }
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        var failure = BMSError.silent
        // Who answers once has the rest of the time.
        let share = (end - loop.now) / DalyRequest.Host.allCases.count
        for host in DalyRequest.Host.allCases where loop.now < end {
            do throws(BMSError) {
                let limit = min(end, loop.now + share)
                let state = try await exchange.answer(
                    to: DalyRequest(.packState, host: host), until: limit, within: limit, isProbe: true)
                let status = try await exchange.answer(
                    to: DalyRequest(.status, host: host), until: end, within: end, isProbe: true)
                try check(DalyPackState(state.payload), DalyStatus(status.payload))
                self.host = host
                return PackIdentity(family: Self.familyName)
            } catch {
                if error == .cancelled { throw error }
                if case .link = error { throw error }
                failure = error
            }
        }
        throw failure
    }

    package func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError) {
        let before = DalySwitches(try await read(DalyRequest(.switches, host: host), until: end).payload)
        let request = DalyRequest.setSwitch(charge: one == .charge, closed: closed, host: host)
        _ = try await exchange.answer(to: request, until: end, within: end)
        // Its own answer proves nothing, and a switch takes a moment (daly.md 7).
        for _ in 0..<3 where loop.now < end {
            let after = DalySwitches(try await read(DalyRequest(.switches, host: host), until: end).payload)
            let (asked, other) =
                one == .charge
                ? (after.isChargeClosed, after.isDischargeClosed == before.isDischargeClosed)
                : (after.isDischargeClosed, after.isChargeClosed == before.isChargeClosed)
            if asked == closed, other { return }
        }
        throw .unexpected("the \(one.rawValue) switch does not read back as \(closed ? "closed" : "open")")
    }

    // MARK: - Private

    /// Longest time that a round may take, repetitions included: beyond it the next poll is the better one.
    private static let roundLimit = Duration.seconds(3)
    /// Volts of a cell at which a board is believed to be one (auto-detect.md 4).
    private static let cellVolts = 1.0...5.0
    /// Requests that are made for little else: their answers tell that nothing older is under way (S32). Every board answers
    /// them, and in turn they come round after more than 2 s.
    private static func markers(_ host: DalyRequest.Host) -> [DalyRequest] {
        [DalyCommand.cellExtremes, .temperatureExtremes, .balance, .status].map { DalyRequest($0, host: host) }
    }

    private let pack: Int
    private let loop: any Loop
    private let options: Options
    private let exchange: RequestExchange<DalyStreamParser>

    private var host = DalyRequest.Host.computer {
        didSet { exchange.markers = Self.markers(host) }
    }
    /// The newest answers that were believed.
    private var believed: [DalyCommand: Aged<DalyAnswer>] = [:]
    private var status: DalyStatus?
    private var slow: DalySlowValues
    private var sign: DalyCurrentSign
    private var counter = DalyLifeCounter()
    /// The newest poll brought a reading.
    private var isAnswering = false

    private func check(_ state: DalyPackState, _ status: DalyStatus) throws(BMSError) {
        let volts = Double(state.voltageDecivolts) / 10
        guard status.isPossible, Self.cellVolts.contains(volts / Double(status.cells)) else {
            throw .unexpected("\(volts) V and \(status.cells) cells do not fit together")
        }
    }

    private func reading(_ round: DalyLiveRound, _ status: DalyStatus, began: Instant) -> PackReading {
        sign.learn(round.packState.currentDeciamperes, round.switches.state)
        var reading = PackReading(
            pack: pack, began: began, completed: loop.now, promised: DalyLiveRound.promised)
        round.fill(&reading, status: status, sign: sign)
        reading.runningCounter = counter.noted(UInt16(round.switches.lifeCounter))
        var alarms = round.failures.alarms
        // Somebody should look at a board whose current changed its direction, and set it by hand.
        if sign.hasFlipped { alarms.raise(.bmsInternal, .warning) }
        reading.alarms = Aged(alarms, taken: began)
        reading.cycles = Int(status.cycles)
        slow.fill(&reading, cells: Int(status.cells))
        return reading
    }

    private func readRound(_ status: DalyStatus, until limit: Instant) async throws(BMSError) -> DalyLiveRound {
        // Cells and pack voltage one behind the other: they are held against each other (S22).
        let cells = try await read(.cellVoltages(cells: Int(status.cells), host: host), until: limit)
        try await waitForUnusedFrames(of: cells)
        let packState = DalyPackState(try await read(DalyRequest(.packState, host: host), until: limit).payload)
        let switches = DalySwitches(try await read(DalyRequest(.switches, host: host), until: limit).payload)
        let failures = DalyFailures(try await read(DalyRequest(.failures, host: host), until: limit).payload)
        var temperatures: DalyAnswer?
        if status.sensors > 0 {
            temperatures = try await read(.temperatures(sensors: Int(status.sensors), host: host), until: limit)
        }
        return DalyLiveRound(
            cells: cells, packState: packState, switches: switches, temperatures: temperatures, failures: failures)
    }

    /// Asks for current and state again at once where the direction of a current is unknown: a poll later the inverter
    /// would have gone without a current for longer than S40 allows.
    private func learnDirection(_ deciamperes: Int, until limit: Instant) async throws(BMSError) {
        guard sign.amperes(deciamperes) == nil else { return }
        for _ in 1..<DalyCurrentSign.lesson {
            let state = DalyPackState(try await read(DalyRequest(.packState, host: host), until: limit).payload)
            let switches = DalySwitches(try await read(DalyRequest(.switches, host: host), until: limit).payload)
            sign.learn(state.currentDeciamperes, switches.state)
        }
    }

    /// By the other host address some boards send every frame there is, and hear nothing until they are through.
    private func waitForUnusedFrames(of answer: DalyAnswer) async throws(BMSError) {
        guard host == .alternative else { return }
        let frames = answer.command.mostFrames - answer.payloads.count
        let time = Duration.nanoseconds(10_000_000_000 / Int64(Self.baudRate)) * (frames * DalyFrame.length)
        do { try await LoopClock(loop).sleep(until: loop.now + time) } catch { throw .cancelled }
    }

    private func knownStatus() async throws(BMSError) -> DalyStatus {
        if let status { return status }
        let fresh = DalyStatus(try await read(DalyRequest(.status, host: host), until: nil).payload)
        guard fresh.isPossible else {
            throw .unexpected("a board of \(fresh.cells) cells and \(fresh.sensors) sensors")
        }
        status = fresh
        return fresh
    }

    /// Reads what is due of the slower values before the round, so that nothing stands between live values and limits (S6).
    ///
    /// The limits of the board come before the first reading; after a failed poll it is asked for live values only.
    /// - Throws: only `cancelled` and `link`: a slower value that cannot be read ages.
    private func readSlow() async throws(BMSError) {
        guard isAnswering || !slow.isComplete else { return }
        var count = slow.isComplete ? 1 : DalySlowValues.urgent.count
        while count > 0, let command = slow.due(at: loop.now) {
            count -= 1
            do throws(BMSError) {
                let answer = try await read(DalyRequest(command, host: host), until: loop.now + Self.roundLimit)
                if command == .status { notice(DalyStatus(answer.payload)) }
                slow.take(answer, at: loop.now)
            } catch {
                if error == .cancelled { throw error }
                if case .link = error { throw error }
                slow.fail(command, at: loop.now)
            }
        }
    }

    /// Another number of cells is another board, whose limits are not known yet.
    private func notice(_ fresh: DalyStatus) {
        guard fresh.isPossible else { return }
        if let status, status.cells != fresh.cells {
            slow = DalySlowValues(interval: options.settingsInterval, balanceForm: options.balanceForm)
        }
        status = fresh
    }

    private func read(_ request: DalyRequest, until limit: Instant?) async throws(BMSError) -> DalyAnswer {
        let last = believed[request.command]
        let answer = try await exchange.confirmed(
            by: last, until: limit ?? loop.now + Self.roundLimit, agrees: { $0.agrees(with: $1) }
        ) { () async throws(BMSError) -> DalyAnswer in try await exchange.answer(to: request, until: limit) }
        believed[request.command] = Aged(answer, taken: loop.now)
        return answer
    }
}

/// A life counter (0x93, or the heartbeat of p81) as the running counter of S8.
///
/// No paper says how fast it runs, so it counts only once it was seen to move: a board whose counter stands still for
/// ever is not taken for a frozen one.
struct DalyLifeCounter: Sendable {
    private var first: UInt16?
    private var isRunning = false

    mutating func noted(_ value: UInt16) -> UInt32? {
        if let first, first != value { isRunning = true }
        first = first ?? value
        return isRunning ? UInt32(value) : nil
    }
}

package import Battery
package import Links

/// Speaks to a JBD board: 0x03 and 0x04 in every poll, its name and, where old firmware lets them be read, its limits now
/// and then before them.
///
/// Confined to its loop, one call at a time. Source of the behaviour: jbd.md 1 to 9, safety.md S28, S31, S32.
package final class JBDDriver: BMSDriver {
    /// The word of `pack.N.family`.
    package static let familyName = "jbd"
    /// Speed of the line, bit/s.
    package static let baudRate = 9600

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// Longest wait for an answer beside the time that its bytes take.
        package var answerTimeout: Duration
        /// Distance of two readings of name and limits.
        package var slowInterval: Duration

        package init(answerTimeout: Duration = .milliseconds(250), slowInterval: Duration = .seconds(300)) {
            self.answerTimeout = answerTimeout
            self.slowInterval = slowInterval
        }
    }

    package var family: String { Self.familyName }
    package var statistics: DriverStatistics { exchange.statistics }

    /// Creates the driver of an open link; it speaks only when asked to.
    package init(pack: Int, link: any ByteLink, loop: any Loop, options: Options = Options()) {
        self.pack = pack
        self.loop = loop
        self.options = options
        exchange = RequestExchange(
            JBDStreamParser(), markers: JBDFormat.markers, link: link, loop: loop,
            timing: JBDFormat.timing(options.answerTimeout))
    }

    package func poll() async throws(BMSError) -> PackReading {
        try await readAhead()
        let began = loop.now
        let limit = began + Self.liveLimit
        let information = try await readInformation(until: limit)
        let cells = try await readCells(until: limit)
        var reading = information.reading(pack: pack, began: began, completed: loop.now, cells: cells)
        reading.settings = limits
        reading.identity = information.identity(hardware: hardware)
        isAnswering = true
        return reading
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        let information = try await information(within: end)
        let cells = try await words(.cellVoltages, within: end)
        guard cells.count == Int(information.cellCount) else {
            throw .unexpected("0x03 counts \(information.cellCount) cells, 0x04 has \(cells.count)")
        }
        guard cells.allSatisfy({ $0 == 0 || (1000...5000).contains($0) }) else {
            throw .unexpected("0x04 holds a cell outside 1 to 5 V")
        }
        let (sum, voltage) = (cells.reduce(0) { $0 + Int($1) }, 10 * Int(information.voltage))
        guard sum > 0, (sum - voltage).magnitude * 20 <= sum else {
            throw .unexpected("the cells of 0x04 add up to \(sum) mV, 0x03 says \(voltage) mV")
        }
        return information.identity(hardware: nil)
    }

    // MARK: - Private

    /// Longest time that the live values may take, retries included: beyond it the next poll is the better one.
    private static let liveLimit = Duration.seconds(1)

    private let pack: Int
    private let loop: any Loop
    private let options: Options
    let exchange: RequestExchange<JBDStreamParser>

    private var lastInformation: Aged<JBDBasicInformation>?
    private var lastCells: Aged<[UInt16]>?
    private var hardware: String?
    private var settings = JBDSettings()
    private var limits: Aged<BMSSettings>?
    private var slowDue: Instant?
    /// The newest poll brought a reading.
    private var isAnswering = false

    private func readInformation(until limit: Instant) async throws(BMSError) -> JBDBasicInformation {
        let information = try await exchange.confirmed(
            by: lastInformation, until: limit, agrees: { $0.agrees(with: $1) },
            { () async throws(BMSError) in try await self.information(until: limit) })
        if let last = lastInformation, !information.isSameBoard(as: last.value) { forgetBoard() }
        lastInformation = Aged(information, taken: loop.now)
        return information
    }

    private func readCells(until limit: Instant) async throws(BMSError) -> [UInt16] {
        let cells = try await exchange.confirmed(
            by: lastCells, until: limit, agrees: { JBDBasicInformation.agree($0, $1) },
            { () async throws(BMSError) in try await self.words(.cellVoltages, until: limit) })
        lastCells = Aged(cells, taken: loop.now)
        return cells
    }

    /// Another board hangs on the line: what is known of the old one is worth nothing.
    private func forgetBoard() {
        hardware = nil
        limits = nil
        settings = JBDSettings()
        slowDue = nil
    }

    // MARK: Slower values

    /// Reads one of the slower values before the live ones: nothing may stand between those and the limits made of them
    /// (S6). Not after a failed poll: a board that is away is asked for one thing only.
    ///
    /// - Throws: Only `cancelled` and `link`: what cannot be read stays unknown, or ages.
    private func readAhead() async throws(BMSError) {
        guard isAnswering else { return }
        isAnswering = false
        guard slowDue.map({ $0 <= loop.now }) ?? true else { return }
        do throws(BMSError) {
            guard hardware != nil else { return hardware = try await readName() }
            guard let register = settings.next else { return finishSettings() }
            settings.take(try await readTwice(register), of: register, at: loop.now)
        } catch {
            switch error {
            case .cancelled, .link: throw error
            default:
                // A board that does not answer for its EEPROM now will not do so in the next poll either.
                settings = JBDSettings()
                slowDue = loop.now + options.slowInterval
            }
        }
    }

    private func finishSettings() {
        limits = settings.limits
        settings = JBDSettings()
        slowDue = loop.now + options.slowInterval
    }

    private func readName() async throws(BMSError) -> String {
        let name = try await data(.hardwareName)
        guard name == (try await data(.hardwareName)) else { throw .unconfirmed }
        return String(decoding: name, as: UTF8.self)
    }

    /// A wrong limit would be believed for minutes.
    private func readTwice(_ register: UInt8) async throws(BMSError) -> UInt16 {
        let request = JBDRequest(.read, register)
        let words = try await words(request)
        guard let word = words.first, words == (try await self.words(request)) else { throw .unconfirmed }
        return word
    }

    // MARK: Requests

    /// The data of a good answer.
    func data(
        _ request: JBDRequest, until limit: Instant? = nil, within end: Instant? = nil
    ) async throws(BMSError) -> [UInt8] {
        let frame = try await exchange.answer(to: request, until: limit, within: end)
        do throws(DecodeError) { return try JBDAnswer.decode(frame).data } catch {
            throw .unexpected(error.description)
        }
    }

    func information(
        until limit: Instant? = nil, within end: Instant? = nil
    ) async throws(BMSError) -> JBDBasicInformation {
        let data = try await data(.basicInformation, until: limit, within: end)
        do throws(DecodeError) { return try JBDBasicInformation(data) } catch {
            throw .unexpected(error.description)
        }
    }

    private func words(
        _ request: JBDRequest, until limit: Instant? = nil, within end: Instant? = nil
    ) async throws(BMSError) -> [UInt16] {
        JBDAnswer(request.register, try await data(request, until: limit, within: end)).words
    }

    /// Lets time pass; at most until a moment.
    func pause(_ duration: Duration, within end: Instant) async throws(BMSError) {
        do { try await LoopClock(loop).sleep(until: min(loop.now + duration, end)) } catch { throw .cancelled }
    }

    /// Whether a moment is over.
    func isOver(_ end: Instant) -> Bool { loop.now >= end }
}

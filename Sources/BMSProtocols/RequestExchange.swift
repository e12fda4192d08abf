package import Battery
package import Links

/// How fast a family's line is, and how patient one has to be with it.
package struct LineTiming: Sendable, Hashable {
    /// Speed, bit/s (8N1).
    package var baudRate: Int
    /// Longest wait for an answer beside the time that its bytes take.
    package var answerTimeout: Duration
    /// Pause that the BMS needs between an answer and the next request.
    package var leastPause = Duration.zero
    /// Silence on the line that ends a damaged answer (S31): many times the time of a byte.
    package var idleGap: Duration
    /// Silence after which the BMS may sleep and swallow a request (S28).
    package var sleepAfter: Duration
    /// Requests that a sleeping BMS may swallow before it answers one.
    package var mostWakeUps = 1
    /// Whether what passes the checksum of an undisturbed line counts alone: true of a CRC, not of a sum, which two damaged
    /// bytes may pass that make up for each other, the first of them without a warning (S31).
    package var trustsChecksum = true
    /// How long the reading of one poll can vouch for that of the next.
    package var vouching = Duration.seconds(2)

    package init(baudRate: Int, answerTimeout: Duration, idleGap: Duration, sleepAfter: Duration) {
        (self.baudRate, self.answerTimeout, self.idleGap) = (max(1, baudRate), answerTimeout, idleGap)
        self.sleepAfter = sleepAfter
    }

    /// One byte with its start and stop bit.
    package var byteTime: Duration { .nanoseconds(10_000_000_000 / Int64(baudRate)) }
}

/// One request and its answer: flush, send, wait, skip everything else; wakes the BMS and repeats what was damaged
/// (safety.md S28, S31, S32).
///
/// An answer does not name its request: one that comes a poll late looks like the answer to the next request of the same
/// kind. So after a silence, and on a line just opened, a *marker* is asked for first, which no recent request was. Its
/// answer is behind everything that was still under way, and is nobody else's (S32).
///
/// What a checksum says is worth as much as the checksum: `confirmed` asks for a second reading where that is too little.
package final class RequestExchange<Parser: AnswerParser> {
    package private(set) var statistics = DriverStatistics()

    /// Requests whose answers tell where the exchange stands: asked in turn before anything else on a line that was silent
    /// or was just opened (S32). The more there are, the later may an old answer be and still be known as one. Empty for a
    /// family whose answers name their request.
    package var markers: [Parser.Request]

    /// Creates the exchange over an open link.
    package init(
        _ parser: Parser, markers: [Parser.Request], link: any ByteLink, loop: any Loop, timing: LineTiming
    ) {
        self.parser = parser
        self.markers = markers
        self.link = link
        self.loop = loop
        self.timing = timing
        reader = ByteReader(link, loop: loop)
    }

    /// Whether an answer was damaged within the last 10 s.
    package var isDisturbed: Bool { lastDamage.map { $0 + disturbance > loop.now } ?? false }

    /// Asks until there is a good answer.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - limit: Moment after which nothing is repeated; nil for no limit.
    ///   - end: Moment after which the answer is not even waited for, as somebody else is to ask; nil for no limit.
    ///   - isProbe: Whether it is not known yet if anybody is there: then no marker goes ahead.
    /// - Returns: The answer, checksum checked, which fits the request (S32).
    /// - Throws: `silent` without any answer, `garbled` after the last repetition, `refused`, `link`, `cancelled`,
    ///   `unexpected` when another exchange is under way.
    package func answer(
        to request: Parser.Request, until limit: Instant? = nil, within end: Instant? = nil, isProbe: Bool = false
    ) async throws(BMSError) -> Parser.Answer {
        guard !isBusy else { throw .unexpected("two requests at once") }
        isBusy = true
        defer { isBusy = false }
        var wakeUps = maySleep ? timing.mostWakeUps : 0
        var repetitions = 0
        while true {
            let complaint: BMSError
            switch try await isProbe ? ask(request, within: end) : askInStep(request, within: end) {
            case .answered(.answer(let answer)):
                statistics.answers += 1
                return answer
            case .silence:
                guard wakeUps > 0, end.map({ loop.now < $0 }) ?? true else {
                    statistics.timeouts += 1
                    isInStep = false
                    throw .silent
                }
                // The first request after a sleep only wakes the BMS: no error, and the same again at once.
                wakeUps -= 1
                statistics.wakeUps += 1
                continue
            case .answered(.refused(let code)):
                throw .refused(command: Parser.command(of: request), code: code)
            case .answered(.misheard(let code)):
                complaint = .refused(command: Parser.command(of: request), code: code)
            case .damage:
                complaint = .garbled("damaged answer to " + hexadecimal(Parser.command(of: request)))
            }
            lastDamage = loop.now
            wakeUps = 0
            guard repetitions < mostRepetitions, (limit ?? end).map({ loop.now < $0 }) ?? true else {
                isInStep = false
                throw complaint
            }
            repetitions += 1
            statistics.retries += 1
            try await waitForIdle()
        }
    }

    /// Reads something until it can be believed: at once where the checksum is trusted and the line undisturbed, else when
    /// two readings agree, that of the last poll among them (S31).
    ///
    /// A CRC of 16 bits lets one damaged frame in 65536 through: nothing on a good line, on a bad one a wrong cell or
    /// temperature every few hours. A sum lets much more through, and on a good line, too.
    ///
    /// - Parameters:
    ///   - last: The reading of the last poll, which counts as the first of two.
    ///   - limit: Moment after which the next poll is the better one.
    ///   - agrees: Whether two readings say the same, but for what moves.
    ///   - read: Asks, by this exchange.
    /// - Returns: the newest reading.
    /// - Throws: what `read` throws, and `unconfirmed` where no two agree.
    package func confirmed<Value>(
        by last: Aged<Value>? = nil, until limit: Instant, agrees: (Value, Value) -> Bool,
        _ read: () async throws(BMSError) -> Value
    ) async throws(BMSError) -> Value {
        var seen: [Value] = []
        if let last, last.taken + timing.vouching >= loop.now { seen.append(last.value) }
        for _ in 0..<mostReadings {
            let value = try await read()
            guard !timing.trustsChecksum || isDisturbed else { return value }
            if seen.contains(where: { agrees($0, value) }) { return value }
            seen.append(value)
            // One that had to be woken has used up the time, and still has to vouch for its first value.
            guard loop.now < limit || !timing.trustsChecksum && seen.count < 2 else { break }
        }
        throw .unconfirmed
    }

    // MARK: - Private

    private enum Outcome {
        case answered(AnswerOutcome<Parser.Answer>)
        /// Something came that is no answer.
        case damage
        case silence
    }

    /// Repetitions of a request whose answer, or which itself, was damaged.
    private let mostRepetitions = 3
    /// Readings from which two must agree on a disturbed line.
    private let mostReadings = 4
    /// How long a damaged answer casts doubt on the line.
    private let disturbance = Duration.seconds(10)

    private let link: any ByteLink
    private let loop: any Loop
    private let timing: LineTiming
    private let reader: ByteReader
    private var parser: Parser
    private var lastTraffic: Instant?
    private var lastDamage: Instant?
    private var isBusy = false
    /// No answer to an earlier request can still be under way.
    private var isInStep = false
    private var nextMarker = 0

    private var maySleep: Bool { lastTraffic.map { $0 + timing.sleepAfter < loop.now } ?? true }

    /// Asks, behind a marker where an older answer may be under way.
    private func askInStep(_ request: Parser.Request, within end: Instant?) async throws(BMSError) -> Outcome {
        if !isInStep, !markers.isEmpty {
            let outcome = try await ask(markers[nextMarker % markers.count], within: end)
            nextMarker = (nextMarker + 1) % markers.count
            guard case .answered(.answer) = outcome else { return outcome }
            isInStep = true
        }
        return try await ask(request, within: end)
    }

    private func ask(_ request: Parser.Request, within end: Instant?) async throws(BMSError) -> Outcome {
        try await pause()
        let before = parser.counters
        defer { statistics.skippedBytes += parser.counters.skippedBytes - before.skippedBytes }
        reader.discard()
        parser.expect(request)
        let bytes = Parser.bytes(of: request)
        do throws(LinkError) { try link.write(bytes) } catch { throw .link(error) }
        statistics.requests += 1
        lastTraffic = loop.now
        let most = bytes.count + link.unsent + Parser.longestAnswer(to: request)
        let patience = loop.now + timing.answerTimeout + timing.byteTime * most
        let deadline = end.map { min($0, patience) } ?? patience
        var hasGarbage = false
        while true {
            let received = try await next(until: deadline)
            guard !received.isEmpty else { return hasGarbage ? .damage : .silence }
            hasGarbage = hasGarbage || received.contains { Parser.isDamage($0) }
            if let outcome = parser.take(received) { return .answered(outcome) }
            let errors = parser.counters.checksumErrors - before.checksumErrors
            guard errors == 0 else {
                statistics.checksumErrors += errors
                return .damage
            }
        }
    }

    /// Lets the pause pass that the BMS needs.
    private func pause() async throws(BMSError) {
        guard let lastTraffic, lastTraffic + timing.leastPause > loop.now else { return }
        do { try await LoopClock(loop).sleep(until: lastTraffic + timing.leastPause) } catch { throw .cancelled }
    }

    /// Lets the rest of a damaged answer pass by.
    private func waitForIdle() async throws(BMSError) {
        let limit = loop.now + timing.answerTimeout
        while loop.now < limit, !(try await next(until: loop.now + timing.idleGap)).isEmpty {}
    }

    private func next(until deadline: Instant) async throws(BMSError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(LinkError) { bytes = try await reader.next(until: deadline) } catch { throw .link(error) }
        guard !Task.isCancelled else { throw .cancelled }
        if !bytes.isEmpty { lastTraffic = loop.now }
        return bytes
    }
}

extension BMSError {
    /// On a disturbed line no reading was like another (S31).
    package static let unconfirmed = BMSError.garbled("no two readings agree on a disturbed line")
}

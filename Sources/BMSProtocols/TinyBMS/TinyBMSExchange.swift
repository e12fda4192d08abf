package import Battery
package import Links

/// One request and its answer: flush, send, wait, skip everything else; wakes the BMS and repeats what was damaged
/// (tinybms.md 17 no. 1 to 3).
///
/// An answer does not name its request: one that comes a poll late looks like the answer to the next request of the same
/// kind. So after a silence, and on a line just opened, a *marker* is asked for first: a few registers whose number no
/// recent marker had. Its answer is behind everything that was still under way, and is nobody else's (S32).
package final class TinyBMSExchange {
    /// Silence after which the BMS may sleep and swallow a request (S28).
    package static let sleepAfter = Duration.seconds(8)
    /// Repetitions of a request whose answer, or which itself, was damaged.
    package static let mostRepetitions = 3
    /// Silence on the line that ends a damaged answer (S31): many times the 87 µs of a byte.
    package static let idleGap = Duration.milliseconds(10)
    /// One byte at 115200 bit/s, 8N1.
    package static let byteTime = Duration.nanoseconds(86_806)
    /// How long a damaged answer casts doubt on the line.
    package static let disturbance = Duration.seconds(10)
    /// Numbers of registers that markers ask for in turn, from the running counter on (tinybms.md 7): more than are asked
    /// for in 2 s.
    package static let markers: ClosedRange<Int> = 2...21

    package private(set) var statistics = DriverStatistics()

    /// Creates the exchange over an open link.
    package init(link: any ByteLink, loop: any Loop, answerTimeout: Duration) {
        self.link = link
        self.loop = loop
        self.answerTimeout = answerTimeout
        reader = ByteReader(link, loop: loop)
    }

    /// Whether an answer was damaged within the last 10 s.
    package var isDisturbed: Bool { lastDamage.map { $0 + Self.disturbance > loop.now } ?? false }

    /// Asks until there is a good answer.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - limit: Moment after which nothing is repeated; nil for no limit.
    ///   - end: Moment after which the answer is not even waited for, as somebody else is to ask; nil for no limit.
    /// - Returns: The frame of the answer, checksum checked, which fits the request (S32).
    /// - Throws: `silent` without any answer, `garbled` after the last repetition, `refused` for a NACK, `link`,
    ///   `cancelled`, `unexpected` when another exchange is under way.
    package func answer(
        to request: TinyBMSRequest, until limit: Instant? = nil, within end: Instant? = nil
    ) async throws(BMSError) -> [UInt8] {
        guard !isBusy else { throw .unexpected("two requests at once") }
        isBusy = true
        defer { isBusy = false }
        var mayWake = maySleep
        var repetitions = 0
        while true {
            let complaint: BMSError
            switch try await askInStep(request, within: end) {
            case .answer(let frame):
                statistics.answers += 1
                return frame
            case .silence:
                guard mayWake, end.map({ loop.now < $0 }) ?? true else {
                    statistics.timeouts += 1
                    isInStep = false
                    throw .silent
                }
                // The first request after a sleep only wakes the BMS: no error, and the same again at once.
                mayWake = false
                statistics.wakeUps += 1
                continue
            case .refusal(let code):
                complaint = .refused(command: request.command.rawValue, code: code)
                guard code == TinyBMSAnswer.checksumRefusal else { throw complaint }
            case .damage:
                complaint = .garbled("damaged answer to " + hexadecimal(request.command.rawValue))
            }
            lastDamage = loop.now
            mayWake = false
            guard repetitions < Self.mostRepetitions, (limit ?? end).map({ loop.now < $0 }) ?? true else {
                throw complaint
            }
            repetitions += 1
            statistics.retries += 1
            try await waitForIdle()
        }
    }

    // MARK: - Private

    private enum Outcome {
        case answer([UInt8])
        case refusal(code: UInt8)
        /// Something came that is no answer.
        case damage
        case silence
    }

    private let link: any ByteLink
    private let loop: any Loop
    private let reader: ByteReader
    private let answerTimeout: Duration
    private var parser = TinyBMSStreamParser()
    private var lastTraffic: Instant?
    private var lastDamage: Instant?
    private var isBusy = false
    /// No answer to an earlier request can still be under way.
    private var isInStep = false
    private var marker = markers.lowerBound

    private var maySleep: Bool { lastTraffic.map { $0 + Self.sleepAfter < loop.now } ?? true }

    /// Asks, behind a marker where an older answer may be under way.
    private func askInStep(_ request: TinyBMSRequest, within end: Instant?) async throws(BMSError) -> Outcome {
        if !isInStep {
            let marker = TinyBMSRequest.readRegisters(address: TinyBMSLiveBlock.counterRegister, count: self.marker)
            let outcome = try await ask(marker, within: end)
            self.marker = self.marker < Self.markers.upperBound ? self.marker + 1 : Self.markers.lowerBound
            guard case .answer = outcome else { return outcome }
            isInStep = true
        }
        return try await ask(request, within: end)
    }

    private func ask(_ request: TinyBMSRequest, within end: Instant?) async throws(BMSError) -> Outcome {
        let skipped = parser.counters.skippedBytes
        defer { statistics.skippedBytes += parser.counters.skippedBytes - skipped }
        reader.discard()
        parser.reset()
        parser.pending = request
        let bytes = request.bytes
        do throws(LinkError) { try link.write(bytes) } catch { throw .link(error) }
        statistics.requests += 1
        lastTraffic = loop.now
        let most = bytes.count + link.unsent + (request.answerLength ?? TinyBMSFrame.longestAnswer)
        let patience = loop.now + answerTimeout + Self.byteTime * most
        let deadline = end.map { min($0, patience) } ?? patience
        var hasGarbage = false
        let checksumErrors = parser.counters.checksumErrors
        while true {
            let received = try await next(until: deadline)
            guard !received.isEmpty else { return hasGarbage ? .damage : .silence }
            // Broadcast text is below 0x80 throughout and nobody's answer; anything else that is left over is damage.
            hasGarbage = hasGarbage || received.contains { $0 >= 0x80 }
            if let frame = parser.receive(received).first {
                return frame.byte(at: 1) == 0x00 ? .refusal(code: frame.byte(at: 3)) : .answer(frame)
            }
            let errors = parser.counters.checksumErrors - checksumErrors
            guard errors == 0 else {
                statistics.checksumErrors += errors
                return .damage
            }
        }
    }

    /// Lets the rest of a damaged answer pass by.
    private func waitForIdle() async throws(BMSError) {
        let limit = loop.now + answerTimeout
        while loop.now < limit, !(try await next(until: loop.now + Self.idleGap)).isEmpty {}
    }

    private func next(until deadline: Instant) async throws(BMSError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(LinkError) { bytes = try await reader.next(until: deadline) } catch { throw .link(error) }
        guard !Task.isCancelled else { throw .cancelled }
        if !bytes.isEmpty { lastTraffic = loop.now }
        return bytes
    }
}

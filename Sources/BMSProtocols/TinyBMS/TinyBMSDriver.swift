package import Battery
package import Links

/// Speaks to a TinyBMS: one poll, one read of registers 0 to 55; events, settings and version beside it when they are due.
///
/// Confined to its loop, one call at a time. Source of the behaviour: tinybms.md 3 and 17, safety.md S28, S31, S32.
package final class TinyBMSDriver: BMSDriver {
    /// The word of `pack.N.family`.
    package static let familyName = "tinybms"

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// Which register holds cell 1.
        package var cellOrder: TinyBMSCellOrder
        /// Longest wait for an answer beside the time that its bytes take.
        package var answerTimeout: Duration
        /// Distance of two readings of the event log.
        package var eventsInterval: Duration
        /// Distance of two readings of settings and version.
        package var settingsInterval: Duration

        package init(
            cellOrder: TinyBMSCellOrder = .register0First, answerTimeout: Duration = .milliseconds(150),
            eventsInterval: Duration = .seconds(3), settingsInterval: Duration = .seconds(300)
        ) {
            self.cellOrder = cellOrder
            self.answerTimeout = answerTimeout
            self.eventsInterval = eventsInterval
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
        exchange = RequestExchange(
            TinyBMSStreamParser(), markers: TinyBMSFormat.markers, link: link, loop: loop,
            timing: TinyBMSFormat.timing(options.answerTimeout))
    }

    package func poll() async throws(BMSError) -> PackReading {
        try await readAhead()
        let began = loop.now
        let block = try await readLive(began: began)
        notice(block)
        try await readEvents(block)
        try await readSettings()
        var reading = block.reading(
            pack: pack, began: began, completed: loop.now, order: options.cellOrder,
            seriesCells: settings?.value.cellCount)
        reading.alarms = alarms(block, began: began)
        reading.settings = settings
        reading.identity = identity
        previousStatus = block.word(50)
        isAnswering = true
        return reading
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        _ = try await exchange.answer(to: TinyBMSLiveBlock.request, within: end)
        return PackIdentity(tinyBMS: try await read(TinyBMSRegister.Area.version.range, within: end))
    }

    /// Reads registers 300 to 343 afresh, for the settings editor.
    ///
    /// - Parameter end: moment after which the answer is not waited for; nil for no limit.
    /// - Returns: the registers as they stand.
    /// - Throws: `BMSError` as any request.
    package func readSettingsWords(within end: Instant? = nil) async throws(BMSError) -> TinyBMSRegisterWords {
        try await read(TinyBMSRegister.Area.settings.range, within: end)
    }

    /// Writes settings step by step and reads each back before the next.
    ///
    /// - Throws: `BMSError.unexpected` when a register reads back as something else; the steps after it are not written.
    package func write(_ plan: TinyBMSSettingsWritePlan) async throws(BMSError) {
        let clock = LoopClock(loop)
        for step in plan.steps {
            try await begin(step)
            do { try await clock.sleep(until: loop.now + step.pause) } catch { throw .cancelled }
            guard try await isProven(step) else {
                throw .unexpected("register \(step.register) does not read back as \(step.words)")
            }
        }
    }

    /// Writes one step. The BMS then needs `step.pause` before it is read back.
    package func begin(_ step: TinyBMSSettingsWritePlan.Step, within end: Instant? = nil) async throws(BMSError) {
        // Whatever happens from here on, what we knew about the settings may be wrong.
        settingsDue = loop.now
        inquiry = TinyBMSLimitsInquiry()
        _ = try await exchange.answer(to: .writeRegisters(address: step.register, values: step.words), within: end)
    }

    /// Reads one step back.
    package func isProven(
        _ step: TinyBMSSettingsWritePlan.Step, within end: Instant? = nil
    ) async throws(BMSError) -> Bool {
        let last = step.register + UInt16(step.words.count - 1)
        return step.isProven(by: try await read(step.register...last, within: end).words)
    }

    // MARK: - Private

    /// Longest time that the live block may take, retries included: beyond it the next poll is the better one.
    private static let liveLimit = Duration.seconds(1)
    /// Distance of two readings of the event log while the status says fault.
    private static let faultEventsInterval = Duration.seconds(1)
    /// Pause after a slower value could not be read.
    private static let slowRetry = Duration.seconds(3)

    private let pack: Int
    let loop: any Loop
    private let options: Options
    let exchange: RequestExchange<TinyBMSStreamParser>

    /// What the BMS reports of the limits of its settings.
    var inquiry = TinyBMSLimitsInquiry()

    private var settings: Aged<BMSSettings>?
    private var identity: PackIdentity?
    private var settingsDue: Instant?
    private var log: EventLog?
    private var eventsDue: Instant?
    private var eventFailures = 0
    private var readsEventRegisters = false
    /// The newest poll brought a reading.
    private var isAnswering = false
    private var previousStatus: UInt16?
    private var previousLifetime: UInt32?
    private var previousStart: UInt64?

    /// The event log as read last.
    private struct EventLog {
        var records: [TinyBMSEventRecord]
        var bmsTime: UInt32
        var taken: Instant
    }

    /// Reads the live block; on a disturbed line until two readings agree (S31).
    private func readLive(began: Instant) async throws(BMSError) -> TinyBMSLiveBlock {
        let limit = began + Self.liveLimit
        return try await exchange.confirmed(until: limit, agrees: { $0.agrees(with: $1) }) {
            () async throws(BMSError) -> TinyBMSLiveBlock in
            let frame = try await exchange.answer(to: TinyBMSLiveBlock.request, until: limit)
            do throws(DecodeError) { return try TinyBMSLiveBlock(frame: frame) } catch {
                throw .unexpected(error.description)
            }
        }
    }

    /// Looks for signs that the BMS restarted or is another one.
    private func notice(_ block: TinyBMSLiveBlock) {
        defer { previousLifetime = block.lifetime }
        guard let previousLifetime, block.lifetime < previousLifetime else { return }
        // The lifetime counter survives a restart: one that runs backwards belongs to another BMS, whose limits we
        // do not know yet.
        settings = nil
        identity = nil
        log = nil
        previousStart = nil
        inquiry = TinyBMSLimitsInquiry()
        settingsDue = nil
        eventsDue = nil
    }

    private func alarms(_ block: TinyBMSLiveBlock, began: Instant) -> Aged<AlarmSet>? {
        guard let log else {
            // Which fault it is cannot be told, that there is one can.
            guard block.status == .fault else { return nil }
            let alarms = TinyBMSEvents.alarms([], bmsTime: 0, status: block.word(50), statusTime: block.lifetime)
            return Aged(alarms, taken: began)
        }
        let alarms = TinyBMSEvents.alarms(
            log.records, bmsTime: log.bmsTime, status: block.word(50), statusTime: block.lifetime)
        return Aged(alarms, taken: log.taken)
    }

    // MARK: Slower values

    /// Reads what is due again before the live block: nothing may stand between live values and the limits made of them
    /// (S6). Not after a failed poll: a BMS that is away is asked for one thing only.
    ///
    /// - Throws: Only `cancelled`.
    private func readAhead() async throws(BMSError) {
        guard isAnswering else { return }
        isAnswering = false
        if log != nil, !readsEventRegisters, isDue(eventsDue) { try await updateLog(lifetime: previousLifetime ?? 0) }
        if settings != nil { try await readSettings() }
    }

    /// Reads the event log while it is unknown, when the status changed, and every second under a fault; from registers,
    /// which do not tell the time of the BMS, also when it is due again.
    ///
    /// - Throws: Only `cancelled`: a log that cannot be read ages.
    private func readEvents(_ block: TinyBMSLiveBlock) async throws(BMSError) {
        let isAwaited = isDue(eventsDue) && (log == nil || readsEventRegisters)
        let hasChanged = previousStatus != nil && previousStatus != block.word(50)
        let isFaultDue = block.status == .fault && log.map { $0.taken + Self.faultEventsInterval <= loop.now } ?? true
        if isAwaited || hasChanged || isFaultDue { try await updateLog(lifetime: block.lifetime) }
    }

    private func updateLog(lifetime: UInt32) async throws(BMSError) {
        let taken = loop.now
        do throws(BMSError) {
            let (records, bmsTime) = try await events(lifetime: lifetime)
            noticeStart(records, bmsTime)
            log = EventLog(records: records, bmsTime: bmsTime, taken: taken)
            eventsDue = taken + options.eventsInterval
            eventFailures = 0
        } catch {
            if error == .cancelled { throw error }
            eventFailures += 1
            // Command 0x12 is documented by one source only, registers 200 to 297 were read on hardware.
            if case .refused = error {
                readsEventRegisters.toggle()
            } else if eventFailures.isMultiple(of: 3) {
                readsEventRegisters.toggle()
            }
            eventsDue = loop.now + (eventFailures == 1 ? .zero : Self.slowRetry)
        }
    }

    private func events(
        lifetime: UInt32
    ) async throws(BMSError) -> (records: [TinyBMSEventRecord], bmsTime: UInt32) {
        if readsEventRegisters {
            let words = try await readConfirmed(TinyBMSEventRecord.registers)
            return (TinyBMSEventRecord.records(in: words), lifetime)
        }
        let (records, bmsTime) = try await allEvents()
        if exchange.isDisturbed, try await allEvents().records != records { throw BMSError.unconfirmed }
        return (records, bmsTime)
    }

    private func allEvents() async throws(BMSError) -> (records: [TinyBMSEventRecord], bmsTime: UInt32) {
        guard case .allEvents(let bmsTime, let records) = try decode(try await exchange.answer(to: .allEvents)) else {
            throw .unexpected("no event log in the answer to 0x12")
        }
        return (records, bmsTime)
    }

    /// A restart that is new to us makes the settings due: they may have been changed for it.
    private func noticeStart(_ records: [TinyBMSEventRecord], _ bmsTime: UInt32) {
        let start = records.filter { $0.identifier == TinyBMSEvent.systemStarted }
            .map { TinyBMSEvents.time(of: $0.timestamp, bmsTime: bmsTime) }.max()
        defer { previousStart = start ?? previousStart }
        // The first log tells of the past only.
        guard log != nil, let start, start > previousStart ?? 0 else { return }
        settingsDue = loop.now
    }

    /// Reads settings and version when they are due.
    ///
    /// - Throws: Only `cancelled`: settings that cannot be read age, and are unknown while they never were.
    private func readSettings() async throws(BMSError) {
        guard isDue(settingsDue) else { return }
        let taken = loop.now
        do throws(BMSError) {
            let words = try await readConfirmed(TinyBMSRegister.Area.settings.range)
            settings = Aged(BMSSettings(tinyBMS: words), taken: taken)
            identity = PackIdentity(tinyBMS: try await readConfirmed(TinyBMSRegister.Area.version.range))
            settingsDue = taken + options.settingsInterval
        } catch {
            if error == .cancelled { throw error }
            settingsDue = loop.now + Self.slowRetry
        }
    }

    private func isDue(_ due: Instant?) -> Bool { due.map { $0 <= loop.now } ?? true }

    /// Reads registers that hardly ever change; on a disturbed line twice, and only the same words count.
    private func readConfirmed(_ registers: ClosedRange<UInt16>) async throws(BMSError) -> TinyBMSRegisterWords {
        let words = try await read(registers)
        if exchange.isDisturbed, try await read(registers) != words { throw BMSError.unconfirmed }
        return words
    }

    private func read(
        _ registers: ClosedRange<UInt16>, within end: Instant? = nil
    ) async throws(BMSError) -> TinyBMSRegisterWords {
        let request = TinyBMSRequest.readRegisters(address: registers.lowerBound, count: registers.count)
        guard case .registers(let words) = try decode(try await exchange.answer(to: request, within: end)) else {
            throw .unexpected("no registers in the answer to 0x03")
        }
        return TinyBMSRegisterWords(first: registers.lowerBound, words)
    }

    func decode(_ frame: [UInt8]) throws(BMSError) -> TinyBMSAnswer {
        do throws(DecodeError) { return try TinyBMSAnswer.decode(frame) } catch {
            throw .unexpected(error.description)
        }
    }
}

package import Links

/// Where the reading of a TinyBMS's own limits stands: four answers, each between two polls, and then held for a while.
struct TinyBMSLimitsInquiry {
    /// Answers so far.
    private(set) var pages: [TinyBMSSettingsOption: TinyBMSRegisterWords] = [:]
    private var held: (limits: TinyBMSSettingsLimits, until: Instant)?
    private var failures = 0

    /// How long what the BMS reports is held; also that it does not know the command.
    private static let validity = Duration.seconds(3600)
    /// How long it is held that no answer came to it.
    private static let retry = Duration.seconds(300)
    /// Failures before nobody asks any more for a while.
    private static let mostFailures = 3

    /// What is known, while it is held.
    func limits(at now: Instant) -> TinyBMSSettingsLimits? { held.flatMap { now < $0.until ? $0.limits : nil } }

    /// What is to be asked next; nil when all is there.
    var next: TinyBMSSettingsOption? { TinyBMSSettingsOption.allCases.first { pages[$0] == nil } }

    mutating func take(_ words: TinyBMSRegisterWords, of option: TinyBMSSettingsOption) { pages[option] = words }

    /// Judges what came, against the registers, and holds it.
    mutating func conclude(_ registers: TinyBMSRegisterWords, at now: Instant) {
        self.hold(TinyBMSSettingsLimits(pages, registers: registers), until: now + Self.validity)
    }

    /// The BMS does not know the command.
    mutating func refuse(at now: Instant) { hold(TinyBMSSettingsLimits(), until: now + Self.validity) }

    /// An answer was missing or damaged.
    mutating func fail(at now: Instant) {
        failures += 1
        if failures >= Self.mostFailures { hold(TinyBMSSettingsLimits(), until: now + Self.retry) }
    }

    // MARK: - Private

    private mutating func hold(_ limits: TinyBMSSettingsLimits, until end: Instant) {
        self = TinyBMSLimitsInquiry()
        held = (limits, end)
    }
}

extension TinyBMSDriver {
    /// Least time that is worth asking for one answer: 93 bytes take 8 ms, and the BMS thinks before.
    private static let leastTime = Duration.milliseconds(60)

    /// Reads between which values the settings may be as the BMS itself reports it, as far as there is time; what was read is
    /// held for an hour, or until something is written.
    ///
    /// - Parameters:
    ///   - registers: registers 300 to 343 as just read.
    ///   - end: moment after which no answer is waited for.
    /// - Returns: what it reports, nothing of it where the command is not known or contradicts what was read; nil where more
    ///   time is needed: ask again.
    /// - Throws: `link` and `cancelled` only.
    package func readSettingsLimits(
        _ registers: TinyBMSRegisterWords, within end: Instant
    ) async throws(BMSError) -> TinyBMSSettingsLimits? {
        while true {
            if let limits = inquiry.limits(at: loop.now) { return limits }
            guard let option = inquiry.next else {
                inquiry.conclude(registers, at: loop.now)
                continue
            }
            guard loop.now + Self.leastTime < end else { return nil }
            do throws(BMSError) {
                inquiry.take(try await readSettings(option, within: end), of: option)
            } catch {
                switch error {
                case .link, .cancelled: throw error
                case .refused(_, TinyBMSAnswer.commandRefusal): inquiry.refuse(at: loop.now)
                case .silent, .garbled, .refused, .unexpected: inquiry.fail(at: loop.now)
                }
            }
        }
    }

    // MARK: - Private

    /// What the BMS reports of registers 300 to 343 by command 0x1D; on a disturbed line twice, and only the same counts.
    private func readSettings(
        _ option: TinyBMSSettingsOption, within end: Instant
    ) async throws(BMSError) -> TinyBMSRegisterWords {
        let area = TinyBMSRegister.Area.settings.range
        func page() async throws(BMSError) -> [UInt16] {
            let request = TinyBMSRequest.settings(option, count: area.count)
            guard case .settings(let words) = try decode(try await exchange.answer(to: request, within: end)) else {
                throw .unexpected("no settings in the answer to 0x1D")
            }
            return words
        }
        let words = try await page()
        if exchange.isDisturbed, try await page() != words { throw BMSError.unconfirmed }
        return TinyBMSRegisterWords(first: area.lowerBound, words)
    }
}

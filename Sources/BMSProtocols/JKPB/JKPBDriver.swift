package import Battery
package import Links

/// Speaks to a board of JK's PB series over RS485: one poll, one status record; settings and about beside it when they are
/// due.
///
/// Confined to its loop, one call at a time. Source of the behaviour: jk.md part 2, safety.md S28, S31, S32.
package final class JKPBDriver: SwitchControl {
    /// The word of `pack.N.family`.
    package static let familyName = "jk-pb"
    /// Speed of the line, bit/s.
    package static let baudRate = 115_200

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// Address by the DIP switches, 1...15. A board at 0 is a bus master, which must not be asked: 1 is taken for it.
        package var address: UInt8
        /// Longest wait for an answer beside the time that its bytes take.
        package var answerTimeout: Duration
        /// Distance of two readings of settings and about.
        package var settingsInterval: Duration

        package init(
            address: UInt8 = 1, answerTimeout: Duration = .milliseconds(500),
            settingsInterval: Duration = .seconds(300)
        ) {
            self.address = min(max(address, 1), JKPBFormat.highestAddress)
            self.answerTimeout = answerTimeout
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
            JKPBStreamParser(),
            markers: [.record(.settings, address: options.address), .record(.about, address: options.address)],
            link: link, loop: loop, timing: JKPBFormat.timing(options.answerTimeout))
    }

    package func poll() async throws(BMSError) -> PackReading {
        let began = loop.now
        // Before the live values: nothing may stand between them and the limits made of them (S6).
        try await readSlow()
        let status = try await read(.status, by: previous, until: loop.now + Self.pollLimit)
        notice(status)
        var reading = status.reading(
            pack: pack, began: began, completed: loop.now, seriesCells: settings?.value.cellCount)
        reading.settings = settings
        reading.identity = identity
        return reading
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        let settings = BMSSettings(jkPB: try await readOnce(.settings, end, end))
        let status = try await readOnce(.status, end, end)
        guard status.isPlausible, settings.cellCount == status.cellMask.nonzeroBitCount else {
            throw .unexpected("two records that contradict each other or themselves")
        }
        return PackIdentity(jkPB: try await readOnce(.about, end, end))
    }

    package func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError) {
        let before = try await read(.settings, within: end).switches
        let wanted = before.with(one, closed)
        // Whatever happens from here on, what we knew about the settings may be wrong.
        settingsDue = nil
        let write = JKPBRequest.write(
            register: one == .charge ? JKPBRequest.chargeSwitch : JKPBRequest.dischargeSwitch,
            value: closed ? 1 : 0, address: options.address)
        do throws(BMSError) {
            _ = try await exchange.answer(to: write, within: min(end, loop.now + Self.pollLimit))
        } catch {
            switch error {
            // Only reading back tells whether it was done.
            case .silent, .garbled: break
            default: throw error
            }
        }
        // The switch needs a moment to follow its setting.
        for attempt in 1...Self.readBacks {
            let after = try await read(.settings, within: end).switches
            let status = try await read(.status, within: end)
            if after == wanted, status.isSwitch(one, closed: closed) { return }
            guard attempt < Self.readBacks, loop.now < end else { break }
        }
        throw .unexpected("the \(one.rawValue) switch did not become \(closed ? "closed" : "open")")
    }

    // MARK: - Private

    /// Longest time that a poll may take, retries included: beyond it the next poll is the better one.
    private static let pollLimit = Duration.seconds(1)
    /// Pause after a slower value could not be read.
    private static let slowRetry = Duration.seconds(3)
    /// Readings after a write of which one must show what was written.
    private static let readBacks = 5

    private let pack: Int
    private let loop: any Loop
    private let options: Options
    private let exchange: RequestExchange<JKPBStreamParser>

    private var settings: Aged<BMSSettings>?
    private var identity: PackIdentity?
    private var settingsDue: Instant?
    private var aboutDue: Instant?
    private var previous: Aged<JKPBRecord>?

    /// Reads settings and about when they are due.
    ///
    /// - Throws: What ends the poll; a record that cannot be read ages, and is unknown while it never was.
    private func readSlow() async throws(BMSError) {
        for kind in [JKPBRecord.Kind.settings, .about] where isDue(kind) {
            do throws(BMSError) { take(try await read(kind)) } catch {
                switch error {
                case .cancelled, .link: throw error
                default: setDue(kind, loop.now + Self.slowRetry)
                }
                // The rest of the poll must not wait behind more of them; who is silent is asked for nothing else.
                if error == .silent { throw error }
                return
            }
        }
    }

    private func take(_ record: JKPBRecord) {
        switch record.kind {
        case .settings: settings = Aged(BMSSettings(jkPB: record), taken: loop.now)
        case .about: identity = PackIdentity(jkPB: record)
        case .status: return
        }
        setDue(record.kind, loop.now + options.settingsInterval)
    }

    private func isDue(_ kind: JKPBRecord.Kind) -> Bool {
        (kind == .settings ? settingsDue : aboutDue).map { $0 <= loop.now } ?? true
    }

    private func setDue(_ kind: JKPBRecord.Kind, _ moment: Instant) {
        if kind == .settings { settingsDue = moment } else { aboutDue = moment }
    }

    /// A running time that runs backwards is that of a board that was restarted, or of another one, whose limits we do not
    /// know yet.
    private func notice(_ status: JKPBRecord) {
        defer { previous = Aged(status, taken: loop.now) }
        guard let previous, status.runTime < previous.value.runTime else { return }
        (settings, identity, settingsDue, aboutDue) = (nil, nil, nil, nil)
    }

    /// Reads a record until it can be believed: a sum of eight bits lets one damaged record in 256 through (S31).
    private func read(
        _ kind: JKPBRecord.Kind, by last: Aged<JKPBRecord>? = nil, until limit: Instant? = nil,
        within end: Instant? = nil
    ) async throws(BMSError) -> JKPBRecord {
        let limit = limit ?? end ?? loop.now + Self.pollLimit
        return try await exchange.confirmed(by: last, until: limit, agrees: { $0.agrees(with: $1) }) {
            () async throws(BMSError) -> JKPBRecord in try await self.readOnce(kind, limit, end)
        }
    }

    private func readOnce(_ kind: JKPBRecord.Kind, _ limit: Instant, _ end: Instant?) async throws(BMSError)
        -> JKPBRecord
    {
        let frame = try await exchange.answer(
            to: .record(kind, address: options.address), until: limit, within: end)
        do throws(DecodeError) { return try JKPBRecord(frame) } catch { throw .unexpected(error.description) }
    }
}

extension JKPBRecord {
    /// What the host wants of both switches, by a settings record.
    var switches: JKSwitchSettings { JKSwitchSettings(charge: long(118) != 0, discharge: long(122) != 0) }

    /// Whether a switch itself is as said, by a status record.
    func isSwitch(_ one: PackSwitch, closed: Bool) -> Bool { (byte(one == .charge ? 198 : 199) != 0) == closed }
}

package import Battery
package import Links

/// Speaks to a JK board by its `NW` protocol: one poll, one request, everything in one answer.
///
/// Confined to its loop, one call at a time. Source of the behaviour: jk.md part 1, safety.md S28, S31, S32.
package final class JKDriver: SwitchControl {
    /// The word of `pack.N.family`.
    package static let familyName = "jk"
    /// Speed of the line, bit/s.
    package static let baudRate = 115_200

    /// What may differ between installations.
    package struct Options: Sendable, Hashable {
        /// Longest wait for an answer beside the time that its bytes take: boards were seen to think for 93 ms.
        package var answerTimeout: Duration

        package init(answerTimeout: Duration = .milliseconds(300)) { self.answerTimeout = answerTimeout }
    }

    package var family: String { Self.familyName }
    package var statistics: DriverStatistics { exchange.statistics }

    /// Creates the driver of an open link; it speaks only when asked to.
    package init(pack: Int, link: any ByteLink, loop: any Loop, options: Options = Options()) {
        self.pack = pack
        self.loop = loop
        exchange = RequestExchange(
            JKStreamParser(), markers: JKFormat.markers, link: link, loop: loop,
            timing: JKFormat.timing(options.answerTimeout))
    }

    package func poll() async throws(BMSError) -> PackReading {
        let began = loop.now
        let answer = try await readProven(until: began + Self.pollLimit)
        return answer.reading(pack: pack, began: began, completed: loop.now)
    }

    package func identify(within end: Instant) async throws(BMSError) -> PackIdentity {
        let one = try await read(.readEverything, within: end)
        let two = try await read(.readAll, within: end)
        guard one.isSameBoard(as: two), one.isPlausible, two.isPlausible else {
            throw .unexpected("two NW answers that contradict each other or themselves")
        }
        return PackIdentity(jk: two) ?? PackIdentity(family: Self.familyName)
    }

    package func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError) {
        let before = try await readProven(until: end, within: end)
        let wanted = before.switches.map { $0.with(one, closed) }
        guard let wanted else { throw .unexpected("the board does not tell its switches") }
        try await command(.unlock, within: end)
        try await pause(Self.writePause)
        try await command(.write(one.jkIdentifier, isOn: closed), within: end)
        // The switch needs a moment to follow its setting.
        for attempt in 1...Self.readBacks {
            try await pause(Self.writePause)
            let after = try await readProven(until: end, within: end)
            if after.switches == wanted, after.isSwitch(one, closed: closed) { return }
            guard attempt < Self.readBacks, loop.now < end else { break }
        }
        throw .unexpected("the \(one.rawValue) switch did not become \(closed ? "closed" : "open")")
    }

    // MARK: - Private

    /// Longest time that a poll may take, retries included: beyond it the next poll is the better one.
    private static let pollLimit = Duration.seconds(1)
    /// Pause that the board needs between the steps of a write (jk.md 1.3).
    private static let writePause = Duration.milliseconds(150)
    /// Readings after a write of which one must show what was written.
    private static let readBacks = 5

    private let pack: Int
    private let loop: any Loop
    private let exchange: RequestExchange<JKStreamParser>
    /// The newest answer that was believed.
    private var previous: Aged<JKAnswer>?

    private func readProven(until limit: Instant, within end: Instant? = nil) async throws(BMSError) -> JKAnswer {
        let answer = try await exchange.confirmed(by: previous, until: limit, agrees: { $0.agrees(with: $1) }) {
            () async throws(BMSError) -> JKAnswer in try await self.read(.readAll, until: limit, within: end)
        }
        previous = Aged(answer, taken: loop.now)
        return answer
    }

    private func read(
        _ request: JKRequest, until limit: Instant? = nil, within end: Instant? = nil
    ) async throws(BMSError) -> JKAnswer {
        let frame = try await exchange.answer(to: request, until: limit, within: end)
        do throws(DecodeError) { return try JKAnswer(frame: frame) } catch { throw .unexpected(error.description) }
    }

    /// Sends what a board may do without a word: only reading back tells whether it did.
    private func command(_ request: JKRequest, within end: Instant) async throws(BMSError) {
        do throws(BMSError) {
            _ = try await exchange.answer(to: request, within: min(end, loop.now + Self.pollLimit))
        } catch {
            switch error {
            case .silent, .garbled: return
            default: throw error
            }
        }
    }

    private func pause(_ duration: Duration) async throws(BMSError) {
        do { try await LoopClock(loop).sleep(until: loop.now + duration) } catch { throw .cancelled }
    }
}

/// What the host wants of both switches: identifiers AB and AC.
struct JKSwitchSettings: Sendable, Hashable {
    var charge: Bool
    var discharge: Bool

    func with(_ one: PackSwitch, _ closed: Bool) -> JKSwitchSettings {
        switch one {
        case .charge: JKSwitchSettings(charge: closed, discharge: discharge)
        case .discharge: JKSwitchSettings(charge: charge, discharge: closed)
        }
    }
}

extension JKAnswer {
    var switches: JKSwitchSettings? {
        guard let charge = byte(JKIdentifier.chargeSwitch), let discharge = byte(JKIdentifier.dischargeSwitch) else {
            return nil
        }
        return JKSwitchSettings(charge: charge != 0, discharge: discharge != 0)
    }

    /// Whether a switch itself, not its setting, is as said.
    func isSwitch(_ one: PackSwitch, closed: Bool) -> Bool {
        status?.contains(one == .charge ? .chargeSwitch : .dischargeSwitch) == closed
    }

    /// Whether the answer is one of a battery: its cells are cells, and their sum is the pack (auto-detect.md 4).
    var isPlausible: Bool {
        guard let cells, (1...Self.mostCells).contains(cells.count), let pack = word(JKIdentifier.packVoltage) else {
            return false
        }
        guard cells.allSatisfy({ $0.millivolts == 0 || (1000...5000).contains($0.millivolts) }) else { return false }
        let sum = cells.reduce(0) { $0 + Int($1.millivolts) }
        return (sum - Int(pack) * 10).magnitude * 20 <= sum.magnitude
    }
}

extension PackSwitch {
    fileprivate var jkIdentifier: UInt8 {
        switch self {
        case .charge: JKIdentifier.chargeSwitch
        case .discharge: JKIdentifier.dischargeSwitch
        }
    }
}

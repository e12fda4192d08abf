/// A CAN bus behind a serial adapter in Lawicel (slcan) ASCII mode.
///
/// The controller's state is `unknown`: few adapters can tell it, and asking would mix its answers with those to frames.
/// While an adapter that stopped answering is closed and opened again, it is `down`.
/// `@unchecked Sendable`: everything is touched on the loop alone, as `CANBus` asks.
package final class SLCANBus: CANBus, @unchecked Sendable {
    /// How long the adapter has to answer a command before the next one is sent; many never answer. The slowest part of an
    /// answer is the 16 ms for which an FTDI chip collects bytes.
    private static let commandPatience: Duration = .milliseconds(25)
    /// How often the tty is asked whether it is drained: about 58 characters at 115200 baud.
    private static let drainPeriod: Duration = .milliseconds(5)
    /// How often an adapter that answers is looked after.
    private static let answerPeriod: Duration = .milliseconds(50)

    package let name: String
    package private(set) var counters = CANCounters()
    package var hasUnconfirmed: Bool { ledger.hasUnconfirmed }
    package private(set) var state = CANState.down

    private let link: any ByteLink
    private let loop: any Loop
    private let bitRate: UInt32
    private var parser = SLCANParser()
    private var ledger = SLCANLedger()
    private var receiver: (@Sendable (CANBusEvent) -> Void)?
    private var mode = Mode.closed
    private var timer: LoopTimer?
    private var failure: LinkError?
    private var openAnswer: OneAnswer<LinkError?>?
    /// The adapter has not answered to being closed: a refusal may still mean that.
    private var owesClosing = false

    /// Commands are sent one after the other, each after the answer to the one before or after a while.
    private enum Mode {
        case opening(current: SLCANCommand, next: [SLCANCommand])
        case open
        case closed
    }

    private init(_ link: any ByteLink, bitRate: UInt32, loop: any Loop) {
        (self.link, self.loop, self.bitRate) = (link, loop, bitRate)
        name = link.name.hasPrefix("/") ? "slcan:\(link.name)" : link.name
    }

    /// Brings an adapter onto the bus: closes it, sets the bit rate, opens it.
    ///
    /// Takes 75 ms with an adapter that does not answer. The bus becomes the link's listener and owns it: both are
    /// closed together.
    /// - Throws: `.notADevice` when the adapter refuses the bit rate or will not open, and what the link throws.
    package static func open(
        over link: any ByteLink, bitRate: UInt32, loop: any Loop
    ) async throws(LinkError) -> SLCANBus {
        guard SLCANCommand.rates[bitRate] != nil else {
            throw .notADevice(link.name, reason: "slcan has no command for \(bitRate) bit/s")
        }
        let answer = OneAnswer<LinkError?>()
        let bus = await loop.run {
            let bus = SLCANBus(link, bitRate: bitRate, loop: loop)
            bus.start(answer)
            return bus
        }
        guard let failure = await answer.value() else { return bus }
        await loop.run { bus.close() }
        throw failure
    }

    package func listen(_ receiver: @escaping @Sendable (CANBusEvent) -> Void) {
        self.receiver = receiver
        guard let failure else { return }
        loop.perform { [self] in deliverEnd(failure) }
    }

    package func send(_ frame: CANFrame) throws(LinkError) {
        if let failure { throw failure }
        guard case .open = mode else { throw .down(name) }
        guard !ledger.isUnconfirmed(frame), let bytes = SLCANCommand.transmit(frame).bytes else {
            counters.congested += 1
            throw .congested(name)
        }
        do { try link.write(bytes) } catch {
            if case .congested = error { counters.congested += 1 }
            throw error
        }
        counters.sent += 1
        ledger.sent(frame, at: loop.now)
        checkLater()
    }

    package func close() {
        receiver = nil
        if case .closed = mode {} else if let bytes = SLCANCommand.close.bytes { try? link.write(bytes) }
        mode = .closed
        state = .down
        stopTimer()
        link.close()
    }

    // MARK: - Private: opening

    private func start(_ answer: OneAnswer<LinkError?>?) {
        openAnswer = answer
        if answer != nil { link.listen { [weak self] in self?.take($0) } }
        parser.reset()
        owesClosing = false
        // Closed first: an adapter left open by a killed gateway refuses a bit rate.
        command(.close, then: [.bitRate(bitRate), .open])
    }

    private func command(_ command: SLCANCommand, then next: [SLCANCommand]) {
        mode = .opening(current: command, next: next)
        do {
            if let bytes = command.bytes { try link.write(bytes) }
            startTimer(Self.commandPatience) {
                $0.owesClosing = $0.owesClosing || command == .close
                $0.commandDone()
            }
        } catch { opened(error) }
    }

    private func commandDone() {
        stopTimer()
        guard case .opening(_, var next) = mode else { return }
        if next.isEmpty {
            mode = .open
            opened(nil)
        } else {
            let command = next.removeFirst()
            self.command(command, then: next)
        }
    }

    /// Tells whoever waits for the opening; a second opening, of an adapter that was stuck, is told to the listener.
    private func opened(_ error: LinkError?) {
        if error != nil {
            mode = .closed
            stopTimer()
        }
        if let openAnswer {
            self.openAnswer = nil
            state = error == nil ? .unknown : .down
            return openAnswer.give(error)
        }
        if let error { return end(error) }
        change(to: .unknown)
        receiver?(.restarted)
    }

    // MARK: - Private: open

    private func take(_ event: ByteLinkEvent) {
        switch event {
        case .received(let bytes, let instant):
            for line in parser.feed(bytes) { take(line, at: instant) }
        case .ended(let error):
            if openAnswer != nil { opened(error) } else { end(error) }
        }
    }

    private func take(_ line: SLCANLine, at instant: Instant) {
        if case .opening(let command, _) = mode { return takeWhileOpening(line, command) }
        guard case .open = mode else { return }
        switch line {
        case .frame(let frame):
            counters.received += 1
            receiver?(.received(frame, at: instant))
        case .remote: counters.received += 1  // no data: nothing that a listener could believe
        case .done, .transmitted: confirm(ledger.answered(isRefusal: false, at: instant), at: instant)
        case .refused:
            counters.congested += 1
            _ = ledger.answered(isRefusal: true, at: instant)
        case .malformed: counters.errors += 1
        case .status, .other: break
        }
    }

    private func takeWhileOpening(_ line: SLCANLine, _ command: SLCANCommand) {
        switch (line, command) {
        case (.refused, .bitRate) where owesClosing:
            // Perhaps a slow adapter's answer to being closed twice: asked again, it answers for the bit rate alone.
            owesClosing = false
            self.command(command, then: [.open])
        case (.done, _), (.refused, .close): commandDone()  // an adapter that is closed refuses to be closed
        case (.refused, .bitRate):
            opened(.notADevice(name, reason: "the adapter refuses \(bitRate) bit/s"))
        case (.refused, _): opened(.notADevice(name, reason: "the adapter will not go on the bus"))
        default: break  // the rest of an old line, frames from before the close
        }
    }

    private func confirm(_ frame: CANFrame?, at instant: Instant) {
        guard let frame else { return }
        counters.confirmed += 1
        receiver?(.confirmed(frame, at: instant))
    }

    private func checkLater() {
        if timer == nil { startTimer(ledger.answers ? Self.answerPeriod : Self.drainPeriod) { $0.check() } }
    }

    private func check() {
        timer = nil
        guard case .open = mode else { return }
        let now = loop.now
        let isDrained = link.unsent == 0
        if isDrained { for frame in ledger.drained() { confirm(frame, at: now) } }
        counters.errors += ledger.dropLostAnswers(at: now)
        if ledger.isStuck(at: now) {
            // A tty that takes nothing is let go, because only closing it throws away the old frame that waits in it.
            guard isDrained else { return end(.congested(name)) }
            // Opened again, the adapter forgets what it held back, and no old frame leaves late.
            counters.errors += ledger.reset()
            change(to: .down)
            start(nil)
        } else if ledger.hasUnconfirmed {
            checkLater()
        }
    }

    private func change(to state: CANState) {
        guard self.state != state else { return }
        self.state = state
        receiver?(.state(state))
    }

    private func end(_ error: LinkError) {
        guard failure == nil else { return }
        failure = error
        mode = .closed
        state = .down
        stopTimer()
        link.close()
        deliverEnd(error)
    }

    private func deliverEnd(_ error: LinkError) {
        let receiver = receiver
        self.receiver = nil
        receiver?(.ended(error))
    }

    private func startTimer(_ wait: Duration, _ body: @escaping @Sendable (SLCANBus) -> Void) {
        stopTimer()
        timer = loop.schedule(at: loop.now + wait) { [weak self] in
            guard let self else { return }
            self.timer = nil
            body(self)
        }
    }

    private func stopTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}

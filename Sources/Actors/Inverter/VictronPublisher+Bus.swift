import Battery
import InverterProtocols
import JSONText
import Links

extension VictronPublisher {
    /// Opens the bus, uses it until it ends, opens it again, for ever: a missing bus is a state of the world (S42).
    func keepBusOpen() async throws {
        let clock = LoopClock(parts.loop)
        var backoff = ReopenBackoff()
        while !Task.isCancelled {
            if keepalive.permission(now: parts.loop.now) == .closed {
                inverter.link = .left
                try await clock.sleep(for: .milliseconds(250))
                continue
            }
            do throws(LinkError) {
                let ends = try await openBus()
                backoff.reset()
                closeBus(await ends.first { _ in true } ?? "stopped")
            } catch {
                closeBus(error.description)
                try await clock.sleep(for: backoff.next())
            }
        }
    }

    /// Notes what the world says of the bus, for the picture, and returns what changed.
    func observeInverter(_ now: Instant, transmitting: Bool) -> [GatewayEvent] {
        var news: [GatewayEvent] = []
        var next = inverter
        next.keepaliveAge = keepalive.age(now: now)?.seconds
        next.counters = bus?.counters ?? next.counters
        next.state = bus?.state ?? .unknown
        next.hasDuplicateSender = duplicates.isAlarmed(now: now)
        next.isTransmitLost = bus != nil && transmission.isLost(now: now)
        if next.isTransmitLost != inverter.isTransmitLost {
            news.append(.transmitLost(next.isTransmitLost, parts.address))
        }
        if next.hasDuplicateSender != inverter.hasDuplicateSender {
            news.append(.duplicateSender(next.hasDuplicateSender))
        }
        let state = keepalive.state(now: now)
        // On a dry bus there is nobody to be heard.
        if transmitting, bus != nil, !parts.address.hasPrefix("dry:"), state != keepaliveShown {
            news.append(.keepalive(state, age: next.keepaliveAge))
            keepaliveShown = state
        }
        inverter = next
        if let reason = reasonToLeave(now) { busEnd?.yield(reason) }
        return news
    }

    // MARK: - Private

    private func openBus() async throws(LinkError) -> AsyncStream<String> {
        inverter.link = .opening
        let opened = try await parts.openBus()
        guard !Task.isCancelled else {
            opened.close()
            throw .down(parts.address)
        }
        let (ends, end) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1))
        busEnd = end
        opened.listen { [weak self] event in
            self?.assumeIsolated { $0.handle(event, end: end) }
        }
        bus = opened
        inverter.link = .open
        inverter.problem = nil
        transmission = TransmissionWatch()
        showBus(.busOpened(parts.address))
        beginOnBus()
        return ends
    }

    /// Why the bus is to be left: the silence of the GX asks for it (S43), or only a new start helps.
    private func reasonToLeave(_ now: Instant) -> String? {
        guard let bus else { return nil }
        if keepalive.permission(now: now) == .closed { return "the GX has been silent too long" }
        return transmission.isStuck(bus.state, now: now)
            ? "the controller is well but has confirmed no frame for 10 s" : nil
    }

    private func handle(_ event: CANBusEvent, end: AsyncStream<String>.Continuation) {
        switch event {
        case .received(let frame, let time): receive(frame, at: time)
        case .confirmed(let frame, let time):
            guard frame.identifier == UInt32(VictronFrameID.limits.rawValue) else { return }
            // What waited in a queue may allow more than now is allowed: a fresh one follows at once (S41).
            refreshLimits(always: transmission.confirmed(at: time))
        case .state(let state): showBus(.busState(state, parts.address))
        case .restarted:
            parts.report(.busRestarted(parts.address))
            restartSchedule(parts.loop.now)
        case .ended(let error):
            end.yield(error.description)
            end.finish()
        }
    }

    private func receive(_ frame: CANFrame, at time: Instant) {
        guard !frame.isExtended else { return }
        switch UInt16(exactly: frame.identifier).flatMap(VictronFrameID.init(rawValue:)) {
        case .keepalive: keepalive.hear(at: time)
        case .limits:
            duplicates.hear(at: time)
            parts.senders.store(duplicates)
        default: break
        }
    }

    private func closeBus(_ reason: String) {
        bus?.close()
        bus = nil
        busEnd = nil
        guard !Task.isCancelled else { return }
        let isNews = inverter.problem != reason || inverter.link == .open
        inverter.link = .opening
        inverter.problem = reason
        if isNews { showBus(.busClosed(parts.address, reason)) }
    }
}

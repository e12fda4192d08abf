import Actors
import BMSProtocols
import Battery
import Configuration
import InverterProtocols
import Links
import Synchronization
import Wiring

/// A gateway that lives in a recording: the real driver, poller, charge control and publisher on virtual time, the
/// recorded packs and the recorded GX at the other ends of its wires.
final class ReplayWorld: Sendable {
    /// What a replay came to.
    struct Outcome: Sendable {
        /// Frames that the gateway would have sent, with the recording's times.
        var sent: [CaptureRecord] = []
        /// What the gateway had to say.
        var events: [GatewayEvent] = []
    }

    let loop: VirtualLoop
    /// The recording's first and last time, µs.
    let span: ClosedRange<Int64>
    /// The recording's bus.
    let bus: String
    private let origin: Instant
    private let links: [ReplayLink]
    private let wire: MemoryBus
    private let children: [any Child]
    private let log = ReplayLog()
    private let onFrame: @Sendable (CaptureRecord) -> Void

    /// Builds the world of a recording; nothing moves yet.
    ///
    /// - Parameters:
    ///   - records: in order of time.
    ///   - configuration: the gateway's, as it is to be tried.
    ///   - onFrame: told of each frame that would have been sent, in order.
    /// - Throws: a command failure where the configuration is not complete or the recording is empty.
    init(
        _ records: [CaptureRecord], _ configuration: GatewayConfiguration,
        onFrame: @escaping @Sendable (CaptureRecord) -> Void = { _ in }
    ) throws(CommandFailure) {
        guard let first = records.first, let last = records.last else {
            throw CommandFailure(.badData, "cellbridge replay: the recording is empty")
        }
        guard let control = configuration.control else {
            let sentences = configuration.obstacles.map { "cellbridge replay: \($0)" }
            throw CommandFailure(.configuration, sentences.joined(separator: "\n"))
        }
        let origin = Instant.now
        let loop = VirtualLoop(origin: origin)
        let time = CaptureTime(origin: origin, microseconds: first.microseconds)
        self.origin = origin
        self.loop = loop
        self.onFrame = onFrame
        span = first.microseconds...last.microseconds
        bus = records.first { Self.isFrame($0) }?.channel ?? "can0"
        let wire = MemoryBus(loop: loop)
        self.wire = wire
        links = configuration.packs.map {
            ReplayLink(records, channel: "uart.\($0.number)", loop: loop, time: time)
        }
        children = Self.children(configuration, control, links, wire, loop) { [log] event in
            log.outcome.withLock { $0.events.append(event) }
        }
        inject(records)
        wire.attach(name: "observer").listen { [weak self] event in
            guard case .received(let frame, let instant) = event else { return }
            self?.hear(frame, time.microseconds(at: instant))
        }
    }

    /// Runs it from the first record to the last.
    ///
    /// - Parameters:
    ///   - step: how often `pace` is asked, in virtual time.
    ///   - pace: called before each step with the time that has passed; false ends it early.
    /// - Returns: what came of it.
    func run(step: Duration = .milliseconds(100), pace: (Duration) -> Bool = { _ in true }) -> Outcome {
        // Cancelled below; they live on virtual time alone.
        let tasks = children.map { child in
            Task(executorPreference: loop.taskExecutor) { try await child.run() }
        }
        let length = Duration.microseconds(span.upperBound - span.lowerBound)
        var passed = Duration.zero
        while passed < length, pace(passed) {
            passed = min(passed + step, length)
            loop.run(until: origin + passed)
        }
        for task in tasks { task.cancel() }
        loop.runUntilIdle()
        return log.outcome.withLock { $0 }
    }

    /// Requests that the gateway made, and those that the recording knew; per pack.
    var statistics: [ReplayLink.Statistics] { links.map(\.statistics) }

    /// Whether a record is a frame that a gateway like this one sends.
    static func isOwn(_ record: CaptureRecord) -> Bool {
        guard case .frame(let frame) = record.content, !frame.isExtended,
            let id = UInt16(exactly: frame.identifier).flatMap(VictronFrameID.init(rawValue:))
        else { return false }
        return id.sender == .battery
    }

    // MARK: - Private

    private static func isFrame(_ record: CaptureRecord) -> Bool {
        if case .frame = record.content { return true }
        return false
    }

    /// What others said on the bus is said again.
    private func inject(_ records: [CaptureRecord]) {
        for record in records where !Self.isOwn(record) {
            guard case .frame(let frame) = record.content else { continue }
            loop.schedule(at: origin + .microseconds(record.microseconds - span.lowerBound)) { [weak self] in
                self?.wire.inject(frame)
            }
        }
    }

    private func hear(_ frame: CANFrame, _ microseconds: Int64) {
        let record = CaptureRecord(microseconds: microseconds, channel: bus, content: .frame(frame))
        guard Self.isOwn(record) else { return }
        log.outcome.withLock { $0.sent.append(record) }
        onFrame(record)
    }

    /// The pollers and the publisher, wired as the daemon wires them.
    private static func children(
        _ configuration: GatewayConfiguration, _ control: ControlConfiguration, _ links: [ReplayLink],
        _ wire: MemoryBus, _ loop: VirtualLoop, report: @escaping EventReport
    ) -> [any Child] {
        var children: [any Child] = []
        var slots: [Latest<PackReport>] = []
        for (index, (pack, specification)) in zip(configuration.packs, control.packs).enumerated() {
            let slot = Latest<PackReport>()
            slots.append(slot)
            let link = links[index]
            // A family that was looked for is not named in a capture: of those, only the first one can be replayed.
            let family = SpokenFamily.named(pack.family.rawValue) ?? SpokenFamily.all[0]
            let options = SpokenFamily.Options(pack)
            children.append(
                BMSPoller(
                    .init(
                        loop: loop, specification: specification, interval: pack.pollInterval,
                        hold: control.freshness.hold,
                        link: PackLinkPicture(
                            pack: pack.number, address: link.name, family: family.name),
                        openLink: { link },
                        makeDriver: { family.makeDriver(pack.number, $0, loop, options) },
                        reports: slot, linkPicture: Latest(), report: report, beat: {})))
        }
        let (identity, _) = configuration.identity
        let acknowledgements = Latest<Int>()
        children.append(
            VictronPublisher(
                .init(
                    loop: loop, control: control, identity: identity,
                    period: configuration.can.period, keepalive: configuration.keepalive, address: "replay:",
                    reports: slots, openBus: { wire.attach(name: "replay:") }, picture: Latest(),
                    report: report, beat: {}, fault: nil, keepFault: { _ in },
                    acknowledgements: acknowledgements)))
        return children
    }
}

/// What a replay has come to so far.
private final class ReplayLog: Sendable {
    let outcome = Mutex(ReplayWorld.Outcome())
}

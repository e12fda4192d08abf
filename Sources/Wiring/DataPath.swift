package import Actors
import BMSProtocols
package import Battery
import Configuration
import InverterProtocols
package import Links
import Log
import Synchronization

/// Makes the children of the data path from the configuration that holds when each is started (S51, S55).
///
/// Pollers and publisher meet in the slots that are made with the pollers; the rest-for-one order makes the publisher
/// anew whenever they are.
package final class DataPath: Sendable {
    static let acquisition = "acquisition"
    static let inverter = "inverter"
    /// Before the number of the pack whose poller reports under that name.
    static let pollerPrefix = "bms."

    private struct State {
        var configuration: GatewayConfiguration
        var slots: [Latest<PackReport>] = []
        var links: [Latest<PackLinkPicture>] = []
        var errands: [Int: (errands: PackErrands, link: Latest<PackLinkPicture>)] = [:]
        var fault: LatchedFault?
    }

    /// What is going on, for those who show it.
    package let picture = Latest<GatewayPicture>()
    private let acknowledgements = Latest<Int>()
    private let controller = Latest<ChargeControl>()
    private let senders = Latest<DuplicateSenderWatch>()
    private let loop: any Loop
    private let openers: LinkOpeners
    private let wrap: @Sendable (String, any Child) -> any Child
    private let heartbeats: Heartbeats
    private let report: EventReport
    private let capture: @Sendable (CaptureRecord) -> Void
    /// How moments become times of captures.
    package let captureTime: CaptureTime
    private let keepFault: @Sendable (LatchedFault?) -> Void
    private let state: Mutex<State>

    init(
        _ configuration: GatewayConfiguration, fault: LatchedFault?, surroundings: Surroundings, heartbeats: Heartbeats,
        captureTime: CaptureTime, capture: @escaping @Sendable (CaptureRecord) -> Void,
        keepFault: @escaping @Sendable (LatchedFault?) -> Void, report: @escaping EventReport
    ) {
        loop = surroundings.control
        openers = surroundings.openers
        wrap = surroundings.wrapChild
        self.heartbeats = heartbeats
        self.captureTime = captureTime
        self.capture = capture
        self.keepFault = keepFault
        self.report = report
        state = Mutex(State(configuration: configuration, fault: fault))
        acknowledgements.store(0)
    }

    /// The configuration for children that start from now on.
    func adopt(_ configuration: GatewayConfiguration) { state.withLock { $0.configuration = configuration } }

    /// Events that wait for each slow subscriber.
    package var eventQueueLength: Int { state.withLock { $0.configuration.eventQueueLength } }

    /// The fault that is latched now.
    package var latchedFault: LatchedFault? { state.withLock { $0.fault } }

    /// The packs' links as they stand.
    package var links: [PackLinkPicture] { state.withLock { $0.links.compactMap(\.value) } }

    /// Where to ask the poller of a pack for something beside its polls, and the family that it speaks; nil where there is
    /// no such pack.
    package func errands(ofPack pack: Int) -> (errands: PackErrands, family: String)? {
        state.withLock { $0.errands[pack] }.map { ($0.errands, $0.link.value?.family ?? "") }
    }

    /// What the status document says beside the live picture.
    package var context: StatusContext {
        let configuration = state.withLock { $0.configuration }
        let bus = BusOpener(configuration, open: openers.bus, loop: loop)
        // Without a battery to control nothing is polled and no bus is opened.
        let isRunning = configuration.control != nil
        return StatusContext(
            isCommissioned: configuration.isCommissioned, dryBecause: bus.dryBecause,
            packs: Dictionary(configuration.packs.map { ($0.number, Self.context($0, isPolled: isRunning)) }) { $1 },
            bus: isRunning && bus.dryBecause == nil ? bus.address : nil)
    }

    /// The two children, in start order.
    var children: [ChildSpecification] {
        [
            child(Self.acquisition) { [self] in makeAcquisition() },
            child(Self.inverter) { [self] in makePublisher() },
        ]
    }

    /// The user has seen what is latched.
    package func acknowledge() { acknowledgements.store((acknowledgements.value ?? 0) + 1) }

    // MARK: - Private

    private static func context(_ pack: PackConfiguration, isPolled: Bool) -> StatusContext.Pack {
        StatusContext.Pack(
            name: pack.name, capacity: pack.capacity,
            limits: pack.specification.map { pack in
                .init(
                    maximum: pack.maximumCell, minimum: pack.minimumCell, absorption: pack.absorptionCell,
                    float: pack.floatCell)
            }, link: isPolled ? pack.link : nil)
    }

    private func child(_ id: String, _ make: @escaping @Sendable () -> any Child) -> ChildSpecification {
        // Watched by itself: an unconfigured gateway has no unit of work to finish.
        ChildSpecification(
            id: id, group: .dataPath, stopDeadline: .zero, isWatched: false, executorPreference: loop.taskExecutor
        ) { _ in make() }
    }

    private func makeAcquisition() -> any Child {
        let configuration = state.withLock { $0.configuration }
        guard let control = configuration.control else {
            for obstacle in configuration.obstacles { report(.notConfigured(obstacle)) }
            // Nobody polls any more: no link of before may look as if it were open.
            state.withLock { ($0.slots, $0.links, $0.errands) = ([], [], [:]) }
            return Idle()
        }
        var pollers: [any Child] = []
        var slots: [Latest<PackReport>] = []
        var links: [Latest<PackLinkPicture>] = []
        var errands: [Int: (errands: PackErrands, link: Latest<PackLinkPicture>)] = [:]
        for (pack, specification) in zip(configuration.packs, control.packs) {
            let slot = Latest<PackReport>()
            let link = Latest<PackLinkPicture>()
            slots.append(slot)
            links.append(link)
            let own = PackErrands()
            errands[pack.number] = (own, link)
            pollers.append(makePoller(pack, specification, control.freshness.hold, slot, link, own))
        }
        state.withLock { state in
            state.slots = slots
            state.errands = errands
            state.links = links
        }
        return Together(pollers)
    }

    private func makePoller(
        _ pack: PackConfiguration, _ specification: PackSpecification, _ hold: Duration, _ slot: Latest<PackReport>,
        _ link: Latest<PackLinkPicture>, _ errands: PackErrands
    ) -> any Child {
        let id = Self.pollerPrefix + "\(pack.number)"
        let number = pack.number
        var picture = PackLinkPicture(pack: number, address: pack.link ?? "", family: pack.family.rawValue)
        picture.isSimulated = pack.isSimulated
        let heartbeat = heartbeats.heartbeat(of: id)
        let line = PackLine(pack, on: loop, open: openers.pack(pack))
        let poller = BMSPoller(
            .init(
                loop: loop, specification: specification, interval: pack.pollInterval, hold: hold, link: picture,
                openLink: { [loop, captureTime, capture] () throws(LinkError) in
                    let link = try await line.open()
                    return CapturingLink(link, channel: "uart.\(number)", loop: loop, time: captureTime, sink: capture)
                },
                makeDriver: { line.driver($0) },
                reports: slot, linkPicture: link, report: report, beat: { heartbeat.beat() }, errands: errands))
        return Watched(wrap(id, poller), id: id, heartbeats: heartbeats, loop: loop)
    }

    private func makePublisher() -> any Child {
        let (configuration, slots, fault) = state.withLock { ($0.configuration, $0.slots, $0.fault) }
        guard let control = configuration.control else { return Idle() }
        let bus = BusOpener(configuration, open: openers.bus, loop: loop)
        if let reason = bus.dryBecause { report(.dryRun(reason.sentence)) }
        let (identity, problems) = configuration.identity
        for problem in problems { report(.badName(problem)) }
        let heartbeat = heartbeats.heartbeat(of: Self.inverter)
        let publisher = VictronPublisher(
            .init(
                loop: loop, control: control, identity: identity, period: configuration.can.period,
                keepalive: configuration.keepalive, address: bus.address, reports: slots,
                openBus: { [captureTime, capture] () throws(LinkError) in
                    CapturingBus(try await bus.open(), channel: bus.channel, time: captureTime, sink: capture)
                },
                picture: picture, report: report, beat: { heartbeat.beat() }, fault: fault,
                keepFault: { [self] fault in
                    state.withLock { $0.fault = fault }
                    keepFault(fault)
                },
                acknowledgements: acknowledgements, controller: controller, senders: senders))
        return Watched(wrap(Self.inverter, publisher), id: Self.inverter, heartbeats: heartbeats, loop: loop)
    }
}

extension GatewayEvent {
    fileprivate static func notConfigured(_ obstacle: String) -> GatewayEvent {
        GatewayEvent(.warning, "not_configured", "nothing is read and nothing is sent: \(obstacle)")
    }

    fileprivate static func badName(_ problem: String) -> GatewayEvent {
        GatewayEvent(.warning, "battery_name", "\(problem); the gateway's own names are sent instead")
    }

    fileprivate static func dryRun(_ reason: String) -> GatewayEvent {
        GatewayEvent(.warning, "dry_run", "nothing is transmitted: \(reason)")
    }
}

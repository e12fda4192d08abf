import BMSProtocols
import Battery
import InverterProtocols
import Links
import Simulator
import Synchronization

@testable import Actors

/// The whole control path on virtual time: a simulated TinyBMS, the poller, the publisher, and a GX that records what it
/// hears. Only the loop's owner makes anything happen.
final class World: Sendable {
    struct Sent: Hashable {
        /// Since the beginning.
        var at: Duration
        var id: UInt32
        var data: [UInt8]
    }

    let loop = VirtualLoop()
    let pack: SimulatedPack
    let wire: MemoryBus
    let gatewayEnd: Mutex<MemoryBusEnd?> = Mutex(nil)
    let record = Mutex<[Sent]>([])
    let events = Mutex<[GatewayEvent]>([])
    /// The same, as everybody else is told.
    let told = Broadcast<GatewayEvent>()
    /// The bus in the picture as it stood when each event was told.
    let busAtEvents = Mutex<[InverterPicture?]>([])
    let opened = Mutex(0)
    let openFails = Mutex(false)
    let reports = Latest<PackReport>()
    let picture = Latest<GatewayPicture>()
    let linkPicture = Latest<PackLinkPicture>()
    let acknowledgements = Latest<Int>()
    let errands = PackErrands()
    /// Faults as the publisher had them kept, the newest last.
    let keptFaults = Mutex<[LatchedFault?]>([])
    /// Signs of life of the publisher.
    let beats = Mutex<[Instant]>([])
    let gx: SimulatedGX?
    private let origin: Instant
    private let tasks = Mutex<[Task<Void, any Error>]>([])
    let specification: PackSpecification
    private let keepalive: KeepaliveWatch.Settings
    private let fault: LatchedFault?
    private let forceBelow: Double?

    /// Where `half` is given, for so many seconds nothing flows and then for as many the current, in turn.
    init(
        _ scenario: String = "healthy", hasGX: Bool = true, seed: UInt64 = 1, current: Double = 20,
        keepalive: KeepaliveWatch.Settings = .init(), fault: LatchedFault? = nil, maximumDischarge: Double = 150,
        forceBelow: Double? = nil, pausing half: Int64? = nil, change: (inout Scenario) -> Void = { _ in }
    ) {
        var scene = Scenario.named(scenario) ?? Scenario.library[0]
        change(&scene)
        var setup = SimulatedPack.Setup(scenario: scene, seed: seed)
        setup.plant = { _, time in half.map { time.components.seconds / $0 % 2 == 0 } ?? false ? 0 : current }
        pack = SimulatedPack(setup, on: loop)
        wire = MemoryBus(loop: loop)
        (self.keepalive, self.fault, self.forceBelow) = (keepalive, fault, forceBelow)
        specification = PackSpecification(
            chemistry: .lfp, cellCount: scene.pack.cells, capacity: scene.pack.capacity, maximumCharge: 100,
            maximumDischarge: maximumDischarge)
        origin = loop.now
        // Nothing but the record would hold the wire's listener.
        let (loop, origin, wire) = (loop, origin, wire)
        let listen = wire.attach(name: "recorder")
        gx = hasGX ? SimulatedGX(on: loop, bus: wire.attach(name: "gx")) : nil
        loop.perform { [weak self] in
            listen.listen { event in
                guard case .received(let frame, let time) = event, frame.identifier > 0x307 else { return }
                self?.record.withLock {
                    $0.append(Sent(at: time - origin, id: frame.identifier, data: frame.data))
                }
            }
        }
        gx?.start()
        pack.start()
    }

    /// Starts poller and publisher, as the supervisor would.
    func start() {
        let poller = BMSPoller(
            .init(
                loop: loop, specification: specification, interval: .milliseconds(500), hold: .seconds(2),
                link: PackLinkPicture(pack: 1, address: "sim:", family: "tinybms"),
                openLink: { [loop, pack] () throws(LinkError) in
                    try await loop.run { () throws(LinkError) in try pack.openLink() }
                },
                makeDriver: { [loop] in TinyBMSDriver(pack: 1, link: $0, loop: loop) }, reports: reports,
                linkPicture: linkPicture, report: { [weak self] event in self?.note(event) },
                beat: {}, errands: errands))
        var control = ControlConfiguration(packs: [specification])
        control.forceBelow = forceBelow
        let publisher = VictronPublisher(
            .init(
                loop: loop, control: control, identity: VictronIdentity(),
                period: .seconds(1), keepalive: keepalive, address: "memory:", reports: [reports],
                openBus: { [weak self, loop] () throws(LinkError) in
                    try await loop.run { () throws(LinkError) in
                        guard let self, !self.openFails.withLock({ $0 }) else { throw .down("memory:") }
                        self.opened.withLock { $0 += 1 }
                        let end = self.wire.attach(name: "gateway")
                        self.gatewayEnd.withLock { $0 = end }
                        return end
                    }
                },
                picture: picture, report: { [weak self] event in self?.note(event) },
                beat: { [weak self, loop] in self?.beats.withLock { $0.append(loop.now) } }, fault: fault,
                keepFault: { [weak self] fault in self?.keptFaults.withLock { $0.append(fault) } },
                acknowledgements: acknowledgements))
        for child in [poller, publisher] as [any Child] {
            let task = Task(executorPreference: loop.taskExecutor) { try await child.run() }
            tasks.withLock { $0.append(task) }
        }
    }

    /// Cancels poller and publisher and lets them end.
    func stop() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        loop.runUntilIdle()
    }

    deinit { stop() }

    /// Time since the beginning.
    var time: Duration { loop.now - origin }

    func run(_ duration: Duration) { loop.run(for: duration) }

    /// Frames of an id since a moment.
    func frames(_ id: UInt32, since: Duration = .zero) -> [Sent] {
        record.withLock { $0.filter { $0.id == id && $0.at >= since } }
    }

    /// Limits as they stood on the wire, V and A.
    func limits(since: Duration = .zero) -> [(at: Duration, cvl: Double, ccl: Double, dcl: Double)] {
        frames(0x351, since: since).map { frame in
            func value(_ index: Int) -> Double {
                Double(UInt16(frame.data[index]) | UInt16(frame.data[index + 1]) << 8) / 10
            }
            return (frame.at, value(0), value(2), value(4))
        }
    }

    private func note(_ event: GatewayEvent) {
        events.withLock { $0.append(event) }
        told.send(event)
        busAtEvents.withLock { $0.append(picture.value?.inverter) }
    }

    /// The bus in the picture when an event of a name was told first.
    func bus(at name: String) -> InverterPicture? {
        guard let index = events.withLock({ $0.firstIndex { $0.name == name } }) else { return nil }
        return busAtEvents.withLock { $0[index] }
    }

    func events(_ name: String) -> [GatewayEvent] { events.withLock { $0.filter { $0.name == name } } }
}

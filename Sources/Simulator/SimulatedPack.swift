package import Links
import Synchronization

/// Runs a simulated BMS on a loop and a link: the device at the other end of a cable.
///
/// Everything happens on the loop. The protocol keeps the loop's time; the battery ages `speed` times as fast, and the
/// scenario's times are the battery's. The lock makes the state sendable; it is never held while a link is called.
package final class SimulatedPack: Sendable {
    /// How bytes leave.
    package enum Pacing: Sendable, Hashable {
        /// In small pieces at a baud rate, as on a real line.
        case baud(Int)
        /// Each transmission as a whole, at the moment its last byte would have left: for virtual time.
        case none
    }

    /// What a plant or a page sees of the pack.
    package struct Terminals: Sendable, Hashable {
        /// V.
        package var voltage: Double
        /// A that really flows, positive while charging.
        package var current: Double
        /// True state of charge, percent.
        package var stateOfCharge: Double
        /// Voltage behind the resistance, V, and the resistance, Ω: for a charger that tapers.
        package var source: PackModel.Source
        /// Whether current can flow in.
        package var chargeSwitchClosed: Bool
        /// Whether current can flow out.
        package var dischargeSwitchClosed: Bool
    }

    /// A fault that began or ended.
    package struct FaultReport: Sendable, Hashable {
        /// What it is.
        package var misbehaviour: Misbehaviour
        /// Whether it begins here (or ends).
        package var begins: Bool
        /// Simulated time since the start.
        package var time: Duration
        /// The moment on the loop.
        package var moment: Instant
    }

    /// Everything a simulated pack is made from.
    package struct Setup: Sendable {
        /// The front of the pack's BMS.
        package var bms: any SimulatedBMS
        /// Name and faults; its profile flows unless there is a plant.
        package var scenario: Scenario
        /// Of every random number on the wire.
        package var seed: UInt64
        /// How much faster than real time the battery ages, 0.001...100000.
        package var speed = 1.0
        /// How bytes leave.
        package var pacing = Pacing.none
        /// Current that the outside wants to flow, A, positive while charging; nil for the scenario's profile. Called on the
        /// loop with the pack as it is and the simulated time.
        package var plant: (@Sendable (Terminals, Duration) -> Double)?
        /// How often the pack moves on without being asked.
        package var tick = SimulatedPack.tick
        /// Sees the bytes that reach the BMS, as the wire has damaged them, on the loop.
        package var onRequest: (@Sendable ([UInt8]) -> Void)?
        /// Told of every answer as it leaves the BMS, behind the request, on the loop.
        package var onAnswer: (@Sendable (Telling) -> Void)?
        /// Told of every fault that begins or ends, on the loop.
        package var onFault: (@Sendable (FaultReport) -> Void)?

        /// Creates the setup of a TinyBMS in a scenario.
        package init(scenario: Scenario, seed: UInt64 = 1) {
            self.init(scenario: scenario, bms: TinyBMSSimulator(scenario.pack, seed: seed), seed: seed)
        }

        /// Creates the setup of a family's BMS in a scenario; nil for a family that is not simulated.
        package init?(scenario: Scenario, family: String, seed: UInt64 = 1) {
            guard let make = SimulatedFamily.named(family) else { return nil }
            self.init(scenario: scenario, bms: make(scenario.pack, seed), seed: seed)
        }

        /// Creates the setup of any BMS in a scenario.
        package init(scenario: Scenario, bms: any SimulatedBMS, seed: UInt64 = 1) {
            self.scenario = scenario
            self.bms = bms
            self.seed = seed
        }
    }

    /// How often the pack moves on without being asked, unless its setup says otherwise.
    package static let tick = Duration.milliseconds(100)
    /// Pause between attempts to open the link again.
    package static let reconnectDelay = Duration.seconds(1)

    /// Opens the pack's end of its cable.
    package typealias Connect = @Sendable () async throws(LinkError) -> any ByteLink

    private let loop: any Loop
    private let setup: Setup
    private let connect: Connect?
    private let state: Mutex<SimulatedPackState>

    /// Creates a pack that does nothing yet.
    ///
    /// - Parameters:
    ///   - setup: what to simulate.
    ///   - loop: where it runs.
    ///   - connect: opens the pack's end of the cable (a pseudo-terminal, a socket): awaited at the start, when an unplugged
    ///     cable is back, and once a second while it fails or after the link died. Nil where others plug in, by
    ///     `openLink` or `attach`.
    package init(_ setup: Setup, on loop: any Loop, connect: Connect? = nil) {
        self.setup = setup
        self.loop = loop
        self.connect = connect
        state = Mutex(SimulatedPackState(setup, connects: connect != nil))
    }

    /// Opens a link to the pack inside this process, as a host opens its serial port. Called on the loop.
    ///
    /// - Returns: the host's end; the one of an earlier call is dead.
    /// - Throws: `LinkError.missing` while the cable is unplugged or the pack is not running.
    package func openLink() throws(LinkError) -> any ByteLink {
        let name = "sim:" + setup.scenario.name
        guard state.withLock({ $0.isRunning && !$0.isUnplugged }) else { throw .missing(name) }
        let (near, far) = MemoryLink.pair(loop: loop, names: (name, name + " (pack)"))
        attach(far)
        return near
    }

    /// Hands over the pack's end of an open cable, in place of an earlier one, which is closed. Called on the loop.
    package func attach(_ link: any ByteLink) {
        let (accepted, old) = state.withLock { $0.attach(link) }
        old?.close()
        guard accepted else { return link.close() }
        link.listen { [weak self, weak link] event in
            guard let self, let link else { return }
            received(event, from: link)
        }
    }

    /// Begins, soon, on the loop.
    package func start() {
        loop.perform { [self] in
            guard state.withLock({ $0.start(at: loop.now) }) else { return }
            move()
            scheduleTick()
        }
    }

    /// Ends, soon, on the loop: the link is closed and nothing is sent any more.
    package func stop() {
        loop.perform { [self] in
            let (link, timers, connecting) = state.withLock { $0.stop() }
            for timer in timers { loop.cancel(timer) }
            connecting?.cancel()
            link?.close()
        }
    }

    /// The pack as it is now. May be called from anywhere but a plant.
    package var terminals: Terminals { state.withLock { $0.terminals } }

    /// A copy of the BMS as it is now, for tests and pages.
    package var bms: any SimulatedBMS { state.withLock { $0.bms } }

    /// Changes the BMS or its pack from outside, soon, on the loop: for tests and interactive faults.
    package func change(_ body: @escaping @Sendable (inout any SimulatedBMS) -> Void) {
        loop.perform { [self] in state.withLock { body(&$0.bms) } }
    }

    /// Lets something go wrong now, until `endFault` of the same misbehaviour.
    package func beginFault(_ misbehaviour: Misbehaviour) {
        loop.perform { [self] in
            state.withLock { $0.begin(misbehaviour) }
            move()
        }
    }

    /// Ends what `beginFault` began.
    package func endFault(_ misbehaviour: Misbehaviour) {
        loop.perform { [self] in
            state.withLock { $0.end(misbehaviour) }
            move()
        }
    }

    // MARK: - Private

    private func scheduleTick() {
        let timer = loop.schedule(at: loop.now.advanced(by: setup.tick)) { [weak self] in
            guard let self, state.withLock({ $0.isRunning }) else { return }
            move()
            scheduleTick()
        }
        state.withLock { $0.tickTimer = timer }
    }

    /// Brings the pack to the present and does what follows from it.
    private func move() {
        let now = loop.now
        // The plant runs without the lock: it may ask other things of the loop.
        var demand: Double?
        if let plant = setup.plant {
            let (terminals, time) = state.withLock { ($0.terminals, $0.simulatedTime(at: now)) }
            demand = plant(terminals, time)
        }
        perform(state.withLock { $0.advance(to: now, demand: demand) })
    }

    private func received(_ event: ByteLinkEvent, from link: any ByteLink) {
        switch event {
        case .received(let bytes, _):
            if let (heard, said) = state.withLock({ $0.receive(bytes, at: loop.now) }) {
                setup.onRequest?(heard)
                if let onAnswer = setup.onAnswer { for telling in said { onAnswer(telling) } }
            }
            send()
        case .ended: state.withLock { $0.lost(link) }
        }
    }

    private func perform(_ actions: SimulatedPackState.Actions) {
        for report in actions.reports { setup.onFault?(report) }
        actions.closes?.close()
        if actions.connects { open() }
        send()
    }

    private func open() {
        guard let connect else { return }
        // Ends by itself when the link is open or refused; `stop` cancels it.
        let task = Task(executorPreference: loop.taskExecutor) { [weak self, loop] in
            do throws(LinkError) {
                let link = try await connect()
                loop.perform { if let self { self.attach(link) } else { link.close() } }
            } catch {
                self?.state.withLock { $0.retry(at: loop.now.advanced(by: Self.reconnectDelay)) }
            }
        }
        state.withLock { $0.connecting = task }
    }

    /// Hands over what has left by now, and comes back when more will have.
    private func send() {
        let (bytes, link) = state.withLock { $0.take(at: loop.now) }
        // A full or dead link loses bytes, as a wire does.
        if !bytes.isEmpty { try? link?.write(bytes) }
        let (departure, old) = state.withLock { $0.nextDeparture }
        if let old { loop.cancel(old) }
        guard let departure else { return }
        let timer = loop.schedule(at: departure) { [weak self] in
            guard let self else { return }
            state.withLock { $0.departureTimer = nil }
            send()
        }
        state.withLock { $0.departureTimer = timer }
    }
}
